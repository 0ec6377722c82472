//! Who cannot receive webhooks polls: misses nobody, sees nothing twice, and pays little for an
//! answer without news.

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};

use fanfare_api::openapi::DOCUMENT;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::World;

const WRITERS: u64 = 4;
const CONSUMERS: u64 = 12;
const CHANGES: u64 = 3;

/// Makes consumers and changes each of them; `metadata.version` says how often.
async fn write(world: &World, writer: u64) {
    let mut made = Vec::new();
    for _ in 0..CONSUMERS {
        let body = json!({"metadata": {"version": 0}});
        made.push(world.create("/api/consumers", body).await);
        if writer == 0 {
            world.advance(1);
        }
    }
    for version in 1..=CHANGES {
        for id in &made {
            let body = json!({"metadata": {"version": version}});
            let path = format!("/api/consumers/{id}");
            let answer = world.request(Method::PATCH, &path).json(body).send().await;
            answer.expect(StatusCode::OK);
        }
    }
}

/// Follows a list by its cursor until the writers are done and nothing new comes.
async fn follow(world: &World, sort: &str, limit: u64, done: &Cell<u64>) -> Vec<Value> {
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let were_done = done.get() == WRITERS;
        let path = format!("/api/consumers?sort={sort}&limit={limit}{after}");
        let page = world.get(&path).send().await.expect(StatusCode::OK);
        match page["pageInfo"]["endCursor"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None if were_done => return seen,
            None => {}
        }
        seen.extend(page["data"].as_array().unwrap().iter().cloned());
    }
}

#[tokio::test]
async fn a_poller_misses_nobody_and_sees_every_change_once_while_others_write() {
    let world = World::new().await;
    let done = Cell::new(0);
    let writer = async |number| {
        write(&world, number).await;
        done.set(done.get() + 1);
    };
    let (created, changed, wide, ..) = tokio::join!(
        follow(&world, "createdAt", 3, &done),
        follow(&world, "updatedAt", 3, &done),
        follow(&world, "updatedAt", 100, &done),
        writer(0),
        writer(1),
        writer(2),
        writer(3),
    );
    let ids: Vec<_> = created.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted());
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "nobody is seen twice");
    assert_eq!(ids.len() as u64, WRITERS * CONSUMERS, "nobody is missed");
    for seen in [changed, wide] {
        let mut latest = BTreeMap::new();
        for one in &seen {
            let version = one["metadata"]["version"].as_u64().unwrap();
            let before = latest.insert(one["id"].as_str().unwrap(), version);
            assert!(before < Some(version), "{one} was seen as {before:?} before");
        }
        assert_eq!(latest.len() as u64, WRITERS * CONSUMERS);
        assert!(latest.values().all(|version| *version == CHANGES), "{latest:?}");
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_the_field_that_is_sorted_by() {
    let world = World::new().await;
    world.create("/api/consumers", json!({})).await;
    let cursor = async |sort: &str| {
        let page = world.get(&format!("/api/consumers?sort={sort}")).send().await.json();
        page["pageInfo"]["endCursor"].as_str().unwrap().to_owned()
    };
    let (created, updated) = (cursor("createdAt").await, cursor("updatedAt").await);
    for (sort, own, other) in
        [("-createdAt", &created, &updated), ("-updatedAt", &updated, &created)]
    {
        let page = async |cursor: &str| {
            world.get(&format!("/api/consumers?sort={sort}&after={cursor}")).send().await
        };
        assert_eq!(page(own).await.expect(StatusCode::OK)["data"], json!([]));
        assert_eq!(page(other).await.refused_field(), "after");
    }
    world.create("/api/products", json!({"name": "Shoe"})).await;
    let sorted = world.get("/api/products?sort=updatedAt").send().await;
    assert_eq!(sorted.refused_field(), "sort", "not every list can be sorted by its last change");
}

#[tokio::test]
async fn an_answer_without_news_is_304_without_a_body() {
    let world = World::new().await;
    let id = world.create("/api/consumers", json!({"fullName": "Ada"})).await;
    let path = format!("/api/consumers/{id}");
    for path in ["/api/consumers?sort=-createdAt&limit=100", "/api/v1/consumers", path.as_str()] {
        let first = world.get(path).send().await;
        first.expect(StatusCode::OK);
        let tag = first.headers["etag"].to_str().unwrap().to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 20, "{tag}");
        for held in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
            let again = world.get(path).header("If-None-Match", &held).send().await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path} {held}");
            assert_eq!(again.headers["etag"], tag.as_str());
            assert_eq!(again.headers["cache-control"], "private, no-cache");
            assert!(again.headers.contains_key("x-request-id"));
            assert!(!again.headers.contains_key("content-type"));
        }
        let other = world.get(path).header("If-None-Match", "\"other\"").send().await;
        assert_eq!(other.expect(StatusCode::OK), first.json());
        let body = json!({"fullName": path});
        let change = format!("/api/consumers/{id}");
        world.request(Method::PATCH, &change).json(body).send().await.expect(StatusCode::OK);
        let changed = world.get(path).header("If-None-Match", &tag).send().await;
        assert_eq!(changed.expect(StatusCode::OK).to_string().matches(path).count(), 1);
        assert_ne!(changed.headers["etag"], tag.as_str());
    }
}

#[tokio::test]
async fn only_good_answers_to_gets_have_a_tag() {
    let world = World::new().await;
    let missing = world.get("/api/consumers/con_01h455vb4pex5vsknk084sn02q");
    let missing = missing.header("If-None-Match", "*").send().await;
    missing.refused(404, "not_found");
    let made = world.post("/api/consumers", json!({})).header("If-None-Match", "*").send().await;
    made.expect(StatusCode::CREATED);
    let secret = world.get("/api/webhooks").send().await;
    for answer in [missing, made, secret] {
        assert!(!answer.headers.contains_key("etag"), "{answer:?}");
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
    let closed = world.get("/api/consumers").anonymous().header("If-None-Match", "*").send().await;
    closed.refused(401, "unauthorized");
}

#[tokio::test]
async fn what_the_document_says_has_a_tag_has_one() {
    let world = World::new().await;
    let mut lists = 0;
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        let get = &item["get"];
        if path.contains('{') || !get.is_object() || !path.starts_with("/api/") {
            continue;
        }
        let described = get["responses"]["304"].is_object();
        let answer = world.get(path).send().await;
        assert_eq!(answer.headers.contains_key("etag"), described, "{path}");
        lists += usize::from(described);
    }
    assert!(lists >= 4, "{lists}");
}
