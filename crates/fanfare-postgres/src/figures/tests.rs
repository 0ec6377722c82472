use fanfare_model::EventType;
use fanfare_store::EventSource;

use super::*;

const HOUR: i64 = StatsWidth::Hour.millis();

fn accepted(at: i64) -> Figure {
    let at = Timestamp::from_millis(at);
    Figure::accepted(at, EventSource::Api, EventType::OrderPaid)
}

fn kinds(rows: &[Unwritten]) -> Vec<Kind> {
    rows.iter().map(|row| row.key.kind).collect()
}

#[test]
fn what_happened_late_begins_another_part() {
    let organization = OrganizationId::from_u128(1);
    let figures = Figures::new(3);
    let now = Timestamp::from_millis(HOUR + HELD_MS * 2);
    figures.add_accepted(organization, &accepted(1));
    figures.let_go(now);
    let first = figures.unwritten().expect("rows");
    assert_eq!(kinds(&first), [Kind::OrganizationMinute, Kind::OrganizationHour]);
    assert_eq!(first[0].count, 1, "not written, not let go of");
    figures.add_accepted(organization, &accepted(2));
    figures.note_written(&first);
    let both = figures.unwritten().expect("rows");
    assert_eq!((both[0].name, both[0].count), (first[0].name, 2), "the whole part again");
    figures.note_written(&both);
    assert!(figures.unwritten().expect("rows").is_empty());
    figures.let_go(now);
    assert!(figures.held(|_| true).is_empty());
    figures.add_accepted(organization, &accepted(3));
    let late = figures.unwritten().expect("rows");
    assert_ne!(late[0].name, first[0].name, "what was written stays");
    figures.expire((now, now));
    assert!(figures.unwritten().expect("rows").is_empty());
}

#[test]
fn an_hour_is_held_as_long_as_its_last_minute() {
    let organization = OrganizationId::from_u128(1);
    let figures = Figures::new(3);
    figures.add_accepted(organization, &accepted(HOUR - 1));
    figures.note_written(&figures.unwritten().expect("rows"));
    let held = |now| {
        figures.let_go(Timestamp::from_millis(now));
        figures.held(|_| true).into_iter().map(|(key, ..)| key.kind).collect::<Vec<_>>().len()
    };
    assert_eq!(held(HOUR - 60_000 + HELD_MS), 2);
    assert_eq!(held(HOUR - 60_000 + HELD_MS + 1), 0);
    figures.add(organization, WebhookId::from_u128(2), &Figure::made(Timestamp::from_millis(1)));
    let four =
        [Kind::WebhookMinute, Kind::WebhookHour, Kind::OrganizationMinute, Kind::OrganizationHour];
    assert_eq!(kinds(&figures.unwritten().expect("rows")), four);
}
