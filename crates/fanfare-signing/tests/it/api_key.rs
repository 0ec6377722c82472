use fanfare_signing::{ApiKey, ApiKeyError, ApiKeyMode};

const LIVE: &str = "sk_live_EgOGusQGwpWJhXqJNbv5nx0olkKwtL4eznnm";
const TEST: &str = "sk_test_9n8mt7Fhc79n8mt7Fhc79n8mt7Fhc72n4TTf";

fn live() -> ApiKey {
    ApiKey::generate(ApiKeyMode::Live, std::array::from_fn(|i| i as u8))
}

#[test]
fn generated_keys_are_fixed_by_their_bytes() {
    assert_eq!(live().expose(), LIVE);
    assert_eq!(ApiKey::generate(ApiKeyMode::Test, [0xff; 48]).expose(), TEST);
    let zero = ApiKey::generate(ApiKeyMode::Live, [0; 48]);
    assert_eq!(zero.expose().len(), 44);
    assert!(zero.expose().starts_with("sk_live_000000000000000000000000000000"));
}

#[test]
fn prefix_hash_and_debug() {
    let key = live();
    assert_eq!(key.mode(), ApiKeyMode::Live);
    assert_eq!(key.prefix(), "sk_live_EgOG");
    assert_eq!(format!("{key:?}"), "ApiKey(sk_live_EgOG***)");
    let hash: String = key.hash().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "8166b9b4bde0419a39f37cfd64ef6c82334de4ff1d3d4da4e5e760672b5c458c");
    assert_eq!(ApiKey::hash_presented(LIVE.as_bytes()), key.hash());
    assert_ne!(ApiKey::hash_presented(b""), key.hash());
}

#[test]
fn parse_takes_what_generate_made_and_nothing_near_it() {
    for (text, mode) in [(LIVE, ApiKeyMode::Live), (TEST, ApiKeyMode::Test)] {
        let key = ApiKey::parse(text).unwrap();
        assert_eq!((key.expose(), key.mode()), (text, mode));
    }
    let refused = |text: &str| ApiKey::parse(text).unwrap_err();
    // The checksum covers the mode, too.
    assert_eq!(refused(&LIVE.replace("live", "test")), ApiKeyError::Checksum);
    assert_eq!(refused(&LIVE.replace("EgOG", "EgoG")), ApiKeyError::Checksum);
    assert_eq!(refused(&LIVE.replace("EgOG", "gEOG")), ApiKeyError::Checksum);
    assert_eq!(refused(&LIVE[..43]), ApiKeyError::Length { chars: 43 });
    assert_eq!(refused(&format!("{LIVE}0")), ApiKeyError::Length { chars: 45 });
    assert_eq!(refused(&LIVE.replace("EgOG", "Eg_G")), ApiKeyError::Alphabet);
    assert_eq!(refused(&LIVE.replace("EgOG", "EgéG")), ApiKeyError::Alphabet);
    assert_eq!(refused(&format!("{LIVE}\n")), ApiKeyError::Alphabet);
    for text in ["", "sk_live", &LIVE[3..], &LIVE.to_uppercase(), &format!(" {LIVE}")] {
        assert_eq!(refused(text), ApiKeyError::Prefix, "{text}");
    }
}

#[test]
fn a_bootstrap_key_needs_no_checksum_but_length_and_alphabet() {
    let letters = |count: usize| format!("sk_test_{}", "aB3".repeat(100).split_at(count).0);
    for text in [letters(24), letters(256), LIVE.to_owned()] {
        let key = ApiKey::parse_bootstrap(&text).unwrap();
        assert_eq!(key.expose(), text);
        assert_eq!(key.hash(), ApiKey::hash_presented(text.as_bytes()));
    }
    assert_eq!(ApiKey::parse_bootstrap(&letters(24)).unwrap().prefix(), "sk_test_aB3a");
    let refused = |text: &str| ApiKey::parse_bootstrap(text).unwrap_err();
    assert_eq!(refused(&letters(23)), ApiKeyError::BootstrapLength { chars: 23 });
    assert_eq!(refused(&letters(257)), ApiKeyError::BootstrapLength { chars: 257 });
    assert_eq!(refused("sk_test_aaaaaaaaaaaaaaaaaaaaaaaa-"), ApiKeyError::Alphabet);
    assert_eq!(refused("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), ApiKeyError::Prefix);
}

#[test]
fn each_block_of_random_bytes_spreads_over_the_whole_alphabet() {
    // A small deterministic generator: 3,000 keys, 90,000 characters, 1,451 expected of each.
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut counts = [0u32; 128];
    for _ in 0..3_000 {
        let random = std::array::from_fn(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        });
        let key = ApiKey::generate(ApiKeyMode::Live, random);
        key.expose()[8..38].bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    }
    let used: Vec<u32> = counts.into_iter().filter(|count| *count > 0).collect();
    assert_eq!(used.len(), 62);
    // Six standard deviations are 229; taking single bytes modulo 62 would give 8 characters 25 %
    // more than the others.
    assert!(used.iter().all(|count| count.abs_diff(1_451) < 229), "{used:?}");
}
