//! The published algorithm of a draw: fair over seeds, fixed by vectors, computable again.

use fanfare_signing::draw::{commitment, from_hex, hex, rank};

const DRAW: &str = "dist_01h455vb4pex5vsknk084sn02q";

/// Seeds that are the same in every run.
fn seeds(count: u64) -> impl Iterator<Item = [u8; 32]> {
    (0..count).map(|index| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&index.to_be_bytes());
        commitment(&bytes)
    })
}

fn entrants(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("con_{index:026}")).collect()
}

/// The places of the entrants, the first to be selected first.
fn order(seed: &[u8; 32], entrants: &[String]) -> Vec<usize> {
    let mut order: Vec<_> = (0..entrants.len()).collect();
    order.sort_by_key(|index| rank(seed, DRAW, &entrants[*index]));
    order
}

/// How far counts are from being equal, in the measure of Pearson.
fn chi_square(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum()
}

/// Once computed with another implementation (Python's `hmac` and `hashlib`).
#[test]
fn ranks_and_commitments_are_these() {
    let seed =
        from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").unwrap();
    assert_eq!(
        hex(&commitment(&seed)),
        "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
    );
    assert_eq!(
        hex(&rank(&seed, DRAW, "con_01h455vb4pex5vsknk084sn02q")),
        "298f74ce244893da084b55063be23b679b1f1dcb53c44bcd1e89581a4c8deeb2"
    );
    for text in ["", "00", &"0".repeat(63), &"0".repeat(65), &"G".repeat(64)] {
        assert_eq!(from_hex(text), None, "{text}");
    }
}

#[test]
fn each_entrant_is_as_likely_to_win() {
    let entrants = entrants(20);
    let mut wins = vec![0_u32; entrants.len()];
    for seed in seeds(10_000) {
        order(&seed, &entrants)[..5].iter().for_each(|winner| wins[*winner] += 1);
    }
    // 19 degrees of freedom: above 43.8 once in a thousand.
    let distance = chi_square(&wins);
    assert!(distance < 43.8, "{distance} {wins:?}");
}

#[test]
fn each_order_is_as_likely() {
    let entrants = entrants(4);
    let mut orders = std::collections::BTreeMap::new();
    for seed in seeds(24_000) {
        *orders.entry(order(&seed, &entrants)).or_insert(0_u32) += 1;
    }
    assert_eq!(orders.len(), 24);
    // 23 degrees of freedom: above 49.7 once in a thousand.
    let counts: Vec<_> = orders.into_values().collect();
    let distance = chi_square(&counts);
    assert!(distance < 49.7, "{distance} {counts:?}");
}

#[test]
fn one_more_or_less_moves_nobody_else() {
    let all = entrants(50);
    for seed in seeds(20) {
        let whole = order(&seed, &all);
        let fewer = order(&seed, &all[..49]);
        let without: Vec<_> = whole.into_iter().filter(|index| *index != 49).collect();
        assert_eq!(fewer, without);
    }
}

#[test]
fn a_rank_depends_on_the_draw_and_on_the_consumer() {
    let seed = [7; 32];
    let other = "dist_01h455vb4pex5vsknk084sn02r";
    assert_ne!(rank(&seed, DRAW, "con_1"), rank(&seed, other, "con_1"));
    assert_ne!(rank(&seed, DRAW, "con_1"), rank(&seed, DRAW, "con_2"));
    assert_ne!(rank(&seed, DRAW, "con_1"), rank(&[8; 32], DRAW, "con_1"));
}
