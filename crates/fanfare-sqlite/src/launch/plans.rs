//! Tests: every statement of the launch domain finds its rows by the index it was written for,
//! and none scans or sorts.

use fanfare_model::ExperienceId;
use fanfare_model::launch::OrderStatus;
use fanfare_store::{ConsumerFilter, DistributionFilter, ParticipantOrder, SortKey};

use rusqlite::StatementStatus;

use super::order::Through;
use super::{bid, consumer, distribution, due, erase, experience, order, participant, product};
use crate::idempotency;
use crate::plans::{database, plan};

const SORTS: [SortKey; 2] = [SortKey::Created, SortKey::Updated];

/// Statements, each with a part of the step that finds its rows.
fn cases() -> Vec<(String, String)> {
    let mut cases: Vec<(String, &str)> = vec![
        (consumer::ONE.clone(), "consumers_id (organization=? AND id=?)"),
        (consumer::IS_THERE.into(), "COVERING INDEX consumers_id (organization=? AND id=?)"),
        (consumer::BY_EMAIL.into(), "consumers_email (organization=? AND email_folded=?)"),
        (consumer::BY_EXTERNAL_ID.into(), "consumers_external (organization=? AND external_id=?)"),
        (consumer::BY_PHONE.into(), "consumers_phone (organization=? AND phone=?)"),
        (order::BY_PAYMENT.into(), "orders_payment (organization=? AND payment_reference=?)"),
        (consumer::DELETE.into(), "consumers_id (organization=? AND id=?)"),
        (product::USES[0].into(), "experience_products_product (organization=? AND product=?)"),
        (product::USES[1].into(), "distributions_product (organization=? AND product=?)"),
        (product::USES[2].into(), "orders_product (organization=? AND product=?)"),
        (experience::BY_SLUG.into(), "experiences_slug (organization=? AND slug=?)"),
        (distribution::ONE.clone(), "distributions_id (organization=? AND id=?)"),
        (distribution::KEY.into(), "distributions_id (organization=? AND id=?)"),
        (distribution::COUNTS.into(), "USING PRIMARY KEY (distribution=?)"),
        (
            distribution::of_experience_sql(),
            "distributions_experience (organization=? AND experience=?)",
        ),
        (participant::ONE.clone(), "participants_consumer (distribution=? AND consumer=?)"),
        (participant::ranked_sql(), "participants_rank (distribution=? AND status=? AND rank>?)"),
        (participant::JOINED_FROM.into(), "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        (participant::UPDATE.into(), "USING INTEGER PRIMARY KEY (rowid=?)"),
        (order::ONE.clone(), "orders_id (organization=? AND id=?)"),
        (order::BY_EXTERNAL_ID.into(), "orders_external (organization=? AND external_order_id=?)"),
        (erase::NAMING.into(), "events_person (person=?)"),
        (idempotency::SHOWING.into(), "idempotency_consumer (organization=? AND consumer=?)"),
    ];
    for (by, index) in [
        (ParticipantOrder::Number, "participants_number (distribution=? AND status=?)"),
        (ParticipantOrder::Rank, "participants_rank (distribution=? AND status=? AND rank>?)"),
        (
            ParticipantOrder::Expiry,
            "participants_expiry (distribution=? AND status=? AND expires_at>?)",
        ),
    ] {
        cases.push((participant::first_sql(by), index));
    }
    cases.into_iter().map(|(sql, index)| (sql, index.to_owned())).chain(lists()).collect()
}

fn lists() -> Vec<(String, String)> {
    let mut cases = Vec::new();
    for direction in ["ASC", "DESC"] {
        for sort in SORTS {
            let column = if sort == SortKey::Created { "id" } else { "change" };
            let by_column = format!("{column}>? AND {column}<?)");
            let consumers = |filter: &ConsumerFilter| consumer::list_sql(filter, sort, direction);
            let index = if sort == SortKey::Created { "id" } else { "change" };
            cases.push((
                consumers(&ConsumerFilter::default()),
                format!("consumers_{index} (organization=? AND {by_column}"),
            ));
            let email = ConsumerFilter { email: Some(String::new()), ..Default::default() };
            cases.push((consumers(&email), "consumers_email (organization=? AND email".into()));
            let external =
                ConsumerFilter { external_id: Some(String::new()), ..Default::default() };
            cases.push((
                consumers(&external),
                "consumers_external (organization=? AND external_id=?)".into(),
            ));
            for (through, index, key) in [
                (Through::Consumer, "orders_consumer", "consumer=? AND "),
                (Through::Distribution, "orders_distribution", "distribution=? AND "),
            ] {
                let suffix = if sort == SortKey::Created { "" } else { "_change" };
                let index = format!("{index}{suffix} (organization=? AND {key}{by_column}");
                cases.push((order::list_sql(through, sort, direction), index));
            }
            let status = Through::Status(OrderStatus::Paid);
            let index = if sort == SortKey::Created { "orders_status" } else { "orders_change" };
            cases.push((
                order::list_sql(status, sort, direction),
                format!("{index} (organization=? AND status=? AND {by_column}"),
            ));
            cases.push((
                order::list_sql(Through::External, sort, direction),
                "orders_external (organization=? AND external_order_id=?)".into(),
            ));
        }
        cases.extend(lists_with_one_order(direction));
    }
    for table in ["experiences", "distributions"] {
        cases.push((due::sql(table), format!("INDEX {table}_due (next_at>?)")));
    }
    cases
}

fn lists_with_one_order(direction: &str) -> Vec<(String, String)> {
    let experience_id = Some(ExperienceId::from_u128(1));
    let of_experience = DistributionFilter { experience_id, ..Default::default() };
    let cases = [
        (product::list_sql(direction), "USING PRIMARY KEY (organization=? AND id>? AND id<?)"),
        (experience::list_sql(direction), "USING PRIMARY KEY (organization=? AND id>? AND id<?)"),
        (
            distribution::list_sql(&DistributionFilter::default(), direction),
            "distributions_id (organization=? AND id>? AND id<?)",
        ),
        (
            distribution::list_sql(&of_experience, direction),
            "distributions_experience (organization=? AND experience=? AND id>? AND id<?)",
        ),
        (
            participant::list_sql(SortKey::Created, true, direction),
            "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        ),
        (
            participant::list_sql(SortKey::Created, false, direction),
            "participants_number (distribution=? AND status=? AND rowid>? AND rowid<?)",
        ),
        (
            participant::list_sql(SortKey::Updated, false, direction),
            "participants_change (distribution=? AND status=? AND change>? AND change<?)",
        ),
        (bid::list_sql(direction), "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
        (
            order::list_sql(Through::Everything, SortKey::Created, direction),
            "orders_id (organization=? AND id>? AND id<?)",
        ),
    ];
    cases.into_iter().map(|(sql, index)| (sql, index.to_owned())).collect()
}

#[test]
fn statements_search_and_never_scan_or_sort() {
    let connection = database();
    for (sql, wanted) in cases() {
        let plan = plan(&connection, &sql);
        assert!(plan.iter().any(|step| step.contains(&wanted)), "{sql}\n{wanted}\n{plan:?}");
        for step in &plan {
            assert!(!step.starts_with("SCAN"), "{sql}\n{plan:?}");
            assert!(!step.contains("TEMP B-TREE"), "{sql}\n{plan:?}");
        }
    }
}

/// Whatever values it is run with, a statement is prepared once.
#[test]
fn statements_are_prepared_once() {
    let connection = database();
    for (sql, _) in cases() {
        let mut statement = connection.prepare(&sql).unwrap();
        for value in 1..=3 {
            for index in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(index, value).unwrap();
            }
            let mut rows = statement.raw_query();
            while rows.next().unwrap().is_some() {}
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
    }
}

/// Joining writes the row and three indexes; those of draws and of ended times are left out.
#[test]
fn joining_writes_three_indexes() {
    let connection = database();
    let indexes: Vec<(String, bool)> = connection
        .prepare("SELECT name, partial FROM pragma_index_list('participants') ORDER BY name")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let written: Vec<_> = indexes.iter().filter(|(_, partial)| !partial).collect();
    assert_eq!(written.len(), 3, "{indexes:?}");
}
