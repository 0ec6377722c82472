use fanfare_model::{ConsumerId, DistributionId, Timestamp};

use super::*;

const SEED: [u8; 32] = [7; 32];
const DRAWN: i64 = 1_000;

/// A draw of so many among so many, as an honest server tells it; entrants by rank.
fn honest(winners: usize, entrants: u128) -> Record {
    let id = DistributionId::from_u128(1);
    let mut list: Vec<_> = (1..=entrants)
        .map(|number| {
            let consumer_id = ConsumerId::from_u128(number);
            let rank = rank(&SEED, &id.to_string(), &consumer_id.to_string());
            Entrant {
                consumer_id,
                rank: Some(hex(&rank)),
                status: "LOST".to_owned(),
                selected_at: None,
                is_backfill: false,
                left_at: None,
            }
        })
        .collect();
    list.sort_by(|one, other| one.rank.cmp(&other.rank));
    for winner in list.iter_mut().take(winners) {
        winner.status = "SELECTED".to_owned();
        winner.selected_at = Some(Timestamp::from_millis(DRAWN + 1));
    }
    let draw = Draw {
        distribution_id: id,
        algorithm: ALGORITHM.to_owned(),
        commitment: hex(&commitment(&SEED)),
        seed: Some(hex(&SEED)),
        drawn_at: Some(Timestamp::from_millis(DRAWN)),
        winner_count: winners,
        selected: winners.min(list.len()),
        entrants: list.len(),
    };
    Record { draw, entrants: list }
}

/// The text of the step that does not hold.
fn complaint(record: &Record) -> String {
    let steps = judge(record);
    let wrong: Vec<_> = steps.iter().filter(|step| !step.holds).collect();
    assert_eq!(wrong.len(), 1, "{steps:?}");
    wrong[0].text.clone()
}

/// A winner lets the place go, and this place by rank gets it.
fn replace(record: &mut Record, place: usize, at: i64) {
    record.entrants[0].status = "EXPIRED".to_owned();
    let next = &mut record.entrants[place];
    next.status = "SELECTED".to_owned();
    next.selected_at = Some(Timestamp::from_millis(at));
    next.is_backfill = true;
    record.draw.selected += 1;
}

#[test]
fn an_honest_draw_holds_in_any_order_of_the_list() {
    for (winners, entrants) in [(3, 10), (10, 10), (10, 3), (1, 0)] {
        let mut record = honest(winners, entrants);
        record.entrants.reverse();
        let steps = judge(&record);
        assert_eq!(steps.len(), 7);
        assert!(steps.iter().all(|step| step.holds), "{steps:?}");
    }
}

#[test]
fn a_seed_must_be_there_and_fit() {
    let mut record = honest(3, 10);
    record.draw.seed = Some(hex(&[8; 32]));
    assert!(complaint(&record).contains("committed was"));
    record.draw.seed = None;
    assert!(complaint(&record).contains("not finished"));
    record.draw.seed = Some("7".to_owned());
    assert!(complaint(&record).contains("64 hex digits"));
    let mut record = honest(3, 10);
    record.draw.algorithm = "dice".to_owned();
    assert!(complaint(&record).contains("does not know"));
}

#[test]
fn nobody_is_preferred_and_nobody_hidden() {
    let mut record = honest(3, 10);
    record.entrants[3].selected_at = record.entrants[2].selected_at.take();
    assert!(complaint(&record).contains("was not selected"));
    let mut record = honest(3, 10);
    record.entrants[1].rank = record.entrants[2].rank.clone();
    assert!(complaint(&record).contains("computed"));
    let mut record = honest(3, 10);
    record.entrants.remove(9);
    assert!(complaint(&record).contains("by the list 9"));
    let mut record = honest(3, 10);
    record.entrants[9] = record.entrants[8].clone();
    assert!(complaint(&record).contains("listed twice"));
    let mut record = honest(3, 10);
    record.draw.winner_count = 2;
    record.draw.selected = 2;
    assert!(complaint(&record).contains("was selected with place 3"));
}

#[test]
fn who_left_before_the_draw_does_not_count() {
    let mut record = honest(3, 10);
    let mut left = record.entrants[5].clone();
    left.left_at = Some(Timestamp::from_millis(DRAWN));
    left.status = "LEFT".to_owned();
    record.entrants[5] = left;
    record.draw.entrants = 9;
    assert!(judge(&record).iter().all(|step| step.holds));
}

#[test]
fn a_replacement_is_the_next_who_was_still_there() {
    let mut record = honest(3, 10);
    replace(&mut record, 3, 5_000);
    assert!(judge(&record).iter().all(|step| step.holds), "{:?}", judge(&record));
    let mut record = honest(3, 10);
    replace(&mut record, 4, 5_000);
    assert!(complaint(&record).contains("was passed over"));
    record.entrants[3].left_at = Some(Timestamp::from_millis(4_999));
    record.entrants[3].status = "LEFT".to_owned();
    assert!(judge(&record).iter().all(|step| step.holds), "the fourth had left");
    record.entrants[3].left_at = Some(Timestamp::from_millis(5_001));
    assert!(complaint(&record).contains("was passed over"));
    let mut record = honest(3, 10);
    replace(&mut record, 3, 5_000);
    record.entrants[0].status = "COMPLETED".to_owned();
    assert!(complaint(&record).contains("only 0 winners"));
    let mut record = honest(3, 10);
    replace(&mut record, 3, 5_000);
    record.draw.selected = 3;
    assert!(complaint(&record).contains("by the list 4"));
}
