use super::*;
use crate::publisher::{ALL, CONSUMERS};

fn rules() -> Rules {
    Rules {
        waits: [0, 200, 400].map(Duration::from_millis).to_vec(),
        tolerance: Duration::from_millis(20),
        lag: Duration::ZERO,
        echo: Duration::from_secs(6),
        manners: Manners { failing: false, ..Manners::default() },
        queue_shown: true,
    }
}

fn arrival(path: &str, attempt: usize, at: Instant, status: u16) -> Arrival {
    Arrival {
        event: "wh_evt_1".to_owned(),
        delivery: format!("dlv{path}"),
        path: path.to_owned(),
        attempt,
        at,
        body: 7,
        key: "con_1".to_owned(),
        verified: true,
        status,
    }
}

/// One event for two webhooks; the first attempt at one of them failed.
fn pages(begin: Instant) -> Pages {
    let paths: &[&str] = &[ALL, CONSUMERS];
    let ack = Ack { event: "wh_evt_1".to_owned(), at: begin, paths };
    let ms = |ms| begin + Duration::from_millis(ms);
    let arrivals = vec![
        arrival(ALL, 1, ms(10), 200),
        arrival(CONSUMERS, 1, ms(10), 500),
        arrival(CONSUMERS, 2, ms(215), 200),
    ];
    Pages { acks: [("con_1".to_owned(), ack)].into(), arrivals, ..Pages::default() }
}

fn tables() -> Tables {
    Tables { deliveries: 2, succeeded: 2, most_attempts: 2, ..Tables::default() }
}

/// What breaks when the pages are changed so.
fn broken(change: impl FnOnce(&mut Pages, &mut Tables)) -> Vec<String> {
    let (mut pages, mut tables) = (pages(Instant::now()), tables());
    change(&mut pages, &mut tables);
    judge(&pages, &tables, &rules()).broken
}

#[test]
fn a_run_as_it_should_be_breaks_nothing() {
    let pages = pages(Instant::now());
    let figures = judge(&pages, &tables(), &rules());
    assert!(figures.broken.is_empty(), "{:?}", figures.broken);
    assert_eq!((figures.acknowledged, figures.delivered, figures.duplicates), (1, 2, 0));
    assert!(is_settled(&pages, &rules()));
}

#[test]
fn every_breach_is_seen() {
    type Change = fn(&mut Pages, &mut Tables);
    let breaches: &[(&str, Change)] = &[
        ("lost", |pages, _| drop(pages.arrivals.remove(0))),
        ("lost", |pages, _| pages.arrivals[2].status = 500),
        ("early", |pages, _| pages.arrivals[2].at -= Duration::from_millis(50)),
        ("early", |pages, _| pages.arrivals[2].attempt = 4),
        ("early", |_, tables| tables.early = 1),
        ("not what was acknowledged", |pages, _| pages.arrivals[2].body = 8),
        ("not what was acknowledged", |pages, _| pages.arrivals[2].verified = false),
        ("not what was acknowledged", |pages, _| pages.arrivals[2].delivery = "dlv_3".to_owned()),
        ("not what was acknowledged", |pages, _| pages.arrivals[0].key = "con_2".to_owned()),
        ("not what was acknowledged", |pages, _| pages.arrivals[0].event = "wh_evt_2".to_owned()),
        ("are one event", |pages, _| {
            let ack = pages.acks["con_1"].clone();
            pages.acks.insert("con_2".to_owned(), ack);
        }),
        ("without a cause", |pages, _| pages.arrivals.push(pages.arrivals[0].clone())),
        ("live leases", |_, tables| tables.double_claims = 1),
        ("left over", |_, tables| tables.waiting = 1),
        ("left over", |_, tables| tables.pending = 1),
        ("attempts were recorded", |_, tables| tables.most_attempts = 4),
        ("out of order", |_, tables| tables.gaps = 1),
        ("that were promised", |_, tables| tables.deliveries = 3),
        ("told twice", |pages, _| pages.wrong.push("told twice".to_owned())),
    ];
    for (text, change) in breaches {
        let broken = broken(change);
        assert!(broken.iter().any(|line| line.contains(text)), "{text}: {broken:?}");
    }
}

#[test]
fn a_fault_explains_an_arrival_during_it_and_its_echo() {
    let begin = Instant::now();
    let mut pages = pages(begin);
    let second = begin + Duration::from_secs(7);
    pages.arrivals.push(Arrival { at: second, ..pages.arrivals[0].clone() });
    let fault = |from, until| Fault {
        what: "a kill".to_owned(),
        from: begin + Duration::from_millis(from),
        until: begin + Duration::from_millis(until),
    };
    let broken = |pages: &Pages| !judge(pages, &tables(), &rules()).broken.is_empty();
    assert!(broken(&pages));
    pages.faults = vec![fault(7_100, 7_200)];
    assert!(broken(&pages), "it came later");
    pages.faults = vec![fault(20, 500)];
    assert!(!broken(&pages));
    let figures = judge(&pages, &tables(), &rules());
    assert_eq!((figures.duplicates, figures.recovery), (1, Duration::ZERO));
}

#[test]
fn recovery_is_until_all_that_was_acknowledged_before_had_arrived() {
    let begin = Instant::now();
    let mut pages = pages(begin);
    pages.arrivals.remove(1);
    pages.faults = vec![Fault { what: "a kill".to_owned(), from: begin, until: begin }];
    let expected = (Duration::from_millis(215), "a kill".to_owned());
    assert_eq!(recovery(&pages), Some(expected));
}
