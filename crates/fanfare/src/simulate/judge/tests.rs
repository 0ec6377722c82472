use super::*;
use crate::cli::Play;

const PLAN: Plan = Plan { play: Play::Queue, consumers: 100, seed: 1 };

fn counts(all: &[(&str, u64)]) -> Counts {
    all.iter().map(|(status, count)| ((*status).to_owned(), *count)).collect()
}

/// 25 of 100 were admitted, of whom one left; so did two who still waited.
fn tally() -> Tally {
    let mut tally = Tally { left: 3, admitted_and_left: 1, ..Tally::default() };
    tally.happened(EventType::DistributionAdmitted, 25);
    tally
}

fn kept(tally: &Tally, all: &[(&str, u64)]) -> [bool; 2] {
    queue(tally, PLAN, &counts(all)).map(|promise| promise.kept)
}

#[test]
fn a_queue_stands_as_it_was_left() {
    let right = [("ADMITTED", 4), ("COMPLETED", 20), ("LEFT", 3), ("LOST", 73)];
    assert_eq!(kept(&tally(), &right), [true, true]);
    let lost_one = [("ADMITTED", 4), ("COMPLETED", 20), ("LEFT", 3), ("LOST", 72)];
    assert_eq!(kept(&tally(), &lost_one), [false, true]);
    let came_back = [("ADMITTED", 4), ("COMPLETED", 20), ("LEFT", 2), ("LOST", 74)];
    assert_eq!(kept(&tally(), &came_back), [false, true]);
    let one_too_many = [("ADMITTED", 5), ("COMPLETED", 20), ("LEFT", 3), ("LOST", 72)];
    assert_eq!(kept(&tally(), &one_too_many), [true, false]);
    let mut too_few = tally();
    too_few.events.insert(EventType::DistributionAdmitted, 24);
    let admitted = [("ADMITTED", 3), ("COMPLETED", 20), ("LEFT", 3), ("LOST", 74)];
    assert_eq!(kept(&too_few, &admitted), [true, false], "24 of 25");
}

#[test]
fn who_waits_is_counted() {
    let all = [("QUEUED", 1), ("ENTERED", 2), ("WINNING", 4), ("OUTBID", 8), ("LOST", 16)];
    assert_eq!(waiting(&counts(&all)), 15);
    assert_eq!(waiting(&counts(&[("LOST", 1), ("SELECTED", 1)])), 0);
}

#[test]
fn surprises_break_a_promise() {
    let mut tally = Tally::default();
    assert!(no_surprises(&tally).kept);
    tally.surprise("POST /api/orders was answered 500 internal".to_owned());
    let promise = no_surprises(&tally);
    assert_eq!(
        (promise.text.as_str(), promise.kept),
        ("1 requests were refused or got no answer", false)
    );
}
