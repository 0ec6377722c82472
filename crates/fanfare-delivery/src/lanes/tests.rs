use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const PLAIN: Allowance = Allowance { in_flight: 4, rate: None };

fn drive(lanes: &mut Lanes<u8, u32>, now: Instant) -> Vec<(u8, u32)> {
    let mut out = Vec::new();
    while let Next::Go(key, item) = lanes.next(now) {
        out.push((key, item));
    }
    out
}

#[test]
fn a_long_queue_does_not_hold_up_its_neighbour() {
    let now = Instant::now();
    let mut lanes = Lanes::new(2);
    for item in 0..1_000 {
        lanes.push(1, EventClass::Normal, item, PLAIN);
    }
    lanes.push(2, EventClass::Normal, 7, PLAIN);
    assert_eq!(drive(&mut lanes, now), [(1, 0), (2, 7)]);
}

#[test]
fn scarce_places_go_round() {
    let now = Instant::now();
    let mut lanes = Lanes::new(1);
    for item in 0..6 {
        for key in 1..=3 {
            lanes.push(key, EventClass::Normal, item, PLAIN);
        }
    }
    let mut order = Vec::new();
    let Next::Go(mut key, _) = lanes.next(now) else { panic!("work waits") };
    order.push(key);
    while order.len() < 18 {
        assert_eq!(lanes.finish(key, Signal::Healthy, now, now), None, "others wait");
        match lanes.next(now) {
            Next::Go(next, _) => key = next,
            // The last lane left goes on by itself.
            other => panic!("expected work, got {other:?}"),
        }
        order.push(key);
        if lanes.waiting() == 0 {
            break;
        }
    }
    assert_eq!(&order[..9], &[1, 2, 3, 1, 2, 3, 1, 2, 3]);
}

#[test]
fn whoever_finishes_goes_on_with_its_own_lane() {
    let now = Instant::now();
    let mut lanes = Lanes::new(100);
    for item in 0..20 {
        lanes.push(1, EventClass::Normal, item, PLAIN);
    }
    assert_eq!(drive(&mut lanes, now).len(), 4);
    assert_eq!(lanes.finish(1, Signal::Unwell, now, now), Some(4));
}

#[test]
fn a_rate_holds_a_lane_and_lets_it_go_in_time() {
    let now = Instant::now();
    let mut lanes = Lanes::new(100);
    for item in 0..5 {
        lanes.push(1, EventClass::Normal, item, Allowance { in_flight: 64, rate: Some(10) });
    }
    lanes.push(2, EventClass::Normal, 0, PLAIN);
    assert_eq!(drive(&mut lanes, now), [(1, 0), (2, 0)]);
    let Next::WaitUntil(at) = lanes.next(now) else { panic!("held by its rate") };
    assert_eq!(at, now + Duration::from_millis(100));
    assert_eq!(drive(&mut lanes, at), [(1, 1)]);
}

#[test]
fn drained_and_removed_items_do_not_come_back() {
    let now = Instant::now();
    let mut lanes = Lanes::new(100);
    for item in 0..10 {
        lanes.push(1, EventClass::Normal, item, PLAIN);
    }
    assert_eq!(lanes.remove(1, |item| *item == 3), Some(3));
    assert_eq!(lanes.remove(1, |item| *item == 3), None);
    assert_eq!(lanes.drain(1).len(), 9);
    assert_eq!(lanes.next(now), Next::Nothing);
}

#[derive(Debug, Clone)]
enum Step {
    Push(u8),
    Next,
    Finish(usize),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0u8..5).prop_map(Step::Push),
        4 => Just(Step::Next),
        3 => (0usize..100).prop_map(Step::Finish),
        1 => (1u64..200).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..300)
}

proptest! {
    /// Limits hold at every step, order within a lane is kept, and nothing is lost or doubled.
    #[test]
    fn laws(steps in steps(), limit in 1usize..12, rated in any::<bool>()) {
        let mut now = Instant::now();
        let mut lanes = Lanes::new(limit);
        let rate = rated.then_some(50);
        let (mut pushed, mut running) = (HashMap::<u8, u32>::new(), Vec::<u8>::new());
        let mut started = HashMap::<u8, u32>::new();
        let allowance = Allowance { in_flight: 3, rate };
        let began = |started: &mut HashMap<u8, u32>, key: u8, item: u32| {
            let next = started.entry(key).or_default();
            assert_eq!(item, *next, "order of arrival");
            *next += 1;
        };
        for step in steps {
            match step {
                Step::Push(key) => {
                    let next = pushed.entry(key).or_default();
                    lanes.push(key, EventClass::Normal, *next, allowance);
                    *next += 1;
                }
                Step::Next => if let Next::Go(key, item) = lanes.next(now) {
                    began(&mut started, key, item);
                    running.push(key);
                },
                Step::Finish(index) if !running.is_empty() => {
                    let key = running.swap_remove(index % running.len());
                    if let Some(item) = lanes.finish(key, Signal::Healthy, now, now) {
                        began(&mut started, key, item);
                        running.push(key);
                    }
                }
                Step::Finish(_) => {}
                Step::Pass(ms) => now += Duration::from_millis(ms),
            }
            prop_assert!(running.len() <= limit);
            prop_assert_eq!(lanes.in_flight(), running.len());
            for key in 0..5 {
                prop_assert!(running.iter().filter(|lane| **lane == key).count() <= 3);
            }
        }
        // Let all of it end: everything pushed is started exactly once.
        for _ in 0..10_000 {
            match lanes.next(now) {
                Next::Go(key, item) => {
                    began(&mut started, key, item);
                    running.push(key);
                }
                Next::WaitUntil(at) => now = at,
                Next::Nothing => match running.pop() {
                    Some(key) => if let Some(item) = lanes.finish(key, Signal::Healthy, now, now) {
                        began(&mut started, key, item);
                        running.push(key);
                    },
                    None => break,
                },
            }
        }
        prop_assert_eq!(lanes.waiting(), 0);
        prop_assert_eq!(started, pushed);
    }

    /// While places are scarce, between two turns of a lane every other lane with work gets one.
    #[test]
    fn turns_are_fair(lengths in prop::collection::vec(1u32..60, 2..6), limit in 1usize..4) {
        let now = Instant::now();
        let mut lanes = Lanes::new(limit);
        for (key, length) in lengths.iter().enumerate() {
            for item in 0..*length {
                lanes.push(key as u8, EventClass::Normal, item, Allowance { in_flight: 64, rate: None });
            }
        }
        let mut left = lengths.clone();
        let mut served = vec![0u32; lengths.len()];
        let mut running = std::collections::VecDeque::new();
        loop {
            while let Next::Go(key, _) = lanes.next(now) {
                running.push_back(key);
                served[usize::from(key)] += 1;
                left[usize::from(key)] -= 1;
            }
            let busy = (0..left.len()).filter(|key| left[*key] > 0);
            let counts: Vec<_> = busy.map(|key| served[key]).collect();
            if let (Some(most), Some(least)) = (counts.iter().max(), counts.iter().min()) {
                prop_assert!(most - least <= 1 + limit as u32, "{counts:?}");
            }
            let Some(key) = running.pop_front() else { break };
            if let Some(_own) = lanes.finish(key, Signal::Unwell, now, now) {
                running.push_back(key);
                served[usize::from(key)] += 1;
                left[usize::from(key)] -= 1;
            }
        }
        prop_assert_eq!(served, lengths);
    }
}
