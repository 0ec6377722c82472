//! Every route of the document: closed without a key, closed to a key without its scope.

use std::collections::HashMap;

use fanfare_api::openapi::DOCUMENT;
use fanfare_model::{Scope, Scopes};
use http::Method;
use serde_json::Value;

use crate::world::{Answer, World};

/// The routes that are open to everybody. Adding one here is a decision.
const OPEN: [&str; 4] = ["GET /api/event-types", "GET /healthz", "GET /metrics", "GET /readyz"];

struct Route {
    method: Method,
    path: String,
    needed: Option<Vec<String>>,
    body: Option<Value>,
}

/// Every route of the document, ids and bodies filled in with its own examples.
fn routes() -> Vec<Route> {
    let mut routes = Vec::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["parameters"].as_array().into_iter().flatten();
            let id = id.filter(|parameter| parameter["in"] == "path");
            let path = id.fold(path.clone(), |path, id| {
                let name = format!("{{{}}}", id["name"].as_str().unwrap());
                path.replace(&name, id["example"].as_str().expect("path ids have examples"))
            });
            let query = operation["parameters"].as_array().into_iter().flatten();
            let query = query.filter(|one| one["in"] == "query" && one["required"] == true);
            let path = query.fold(path, |path, one| {
                let value = one["example"].as_str().expect("required parameters have examples");
                format!("{path}?{}={value}", one["name"].as_str().unwrap())
            });
            routes.push(Route {
                method: method.to_uppercase().parse().unwrap(),
                path,
                needed: operation["security"][0]["bearer"].as_array().map(|scopes| {
                    scopes.iter().map(|scope| scope.as_str().unwrap().to_owned()).collect()
                }),
                body: example(operation),
            });
        }
    }
    routes
}

fn example(operation: &Value) -> Option<Value> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let choices = schema["oneOf"].as_array();
    let schema = choices.and_then(|choices| choices.last()).unwrap_or(schema);
    let name = schema["$ref"].as_str()?;
    let body = DOCUMENT.pointer(&name[1..]).unwrap()["example"].clone();
    assert!(body.is_object(), "{name} has no example");
    Some(body)
}

async fn send(world: &World, route: &Route, key: Option<&str>) -> Answer {
    let mut call = world.request(route.method.clone(), &route.path);
    if let Some(body) = &route.body {
        call = call.json(body.clone());
    }
    match key {
        Some(key) => call.key(key).send().await,
        None => call.anonymous().send().await,
    }
}

#[tokio::test]
async fn no_route_but_the_open_ones_answers_without_a_key() {
    let world = World::new().await;
    world.state.set_ready(true);
    let mut open = Vec::new();
    for route in routes() {
        let name = format!("{} {}", route.method, route.path);
        let answer = send(&world, &route, None).await;
        if route.needed.is_none() {
            assert!(answer.status.is_success(), "{name}: {answer:?}");
            open.push(name);
            continue;
        }
        answer.refused(401, "unauthorized");
        assert!(answer.headers.contains_key("www-authenticate"), "{name}");
        for key in ["", "sk_live_unknown", "whatever"] {
            send(&world, &route, Some(key)).await.refused(401, "unauthorized");
        }
    }
    open.sort();
    assert_eq!(open, OPEN);
}

#[tokio::test]
async fn no_route_answers_a_key_without_its_scope() {
    let world = World::new().await;
    let mut keys = HashMap::new();
    for route in routes() {
        let Some(needed) = &route.needed else { continue };
        let needed: Vec<Scope> = needed.iter().map(|scope| scope.parse().unwrap()).collect();
        if needed.is_empty() {
            continue;
        }
        let lacking: Scopes = Scopes::KEYS.iter().filter(|scope| !needed.contains(scope)).collect();
        let key = key_with(&world, &mut keys, lacking).await;
        let answer = send(&world, &route, Some(&key)).await;
        let body = answer.refused(403, "forbidden");
        let message = body["error"]["message"].as_str().unwrap();
        assert!(message.contains(needed[0].as_str()), "{} {}: {message}", route.method, route.path);

        // A key can only give what it has.
        let given = route.body.as_ref().and_then(|body| body["scopes"].as_array());
        let given = given.into_iter().flatten().map(|scope| scope.as_str().unwrap());
        let granted = needed.into_iter().chain(given.map(|scope| scope.parse().unwrap()));
        let key = key_with(&world, &mut keys, granted.collect()).await;
        let answer = send(&world, &route, Some(&key)).await;
        let status = answer.status.as_u16();
        assert!(
            status < 300 || [404, 409].contains(&status) || leads_nowhere(&answer),
            "{} {}: {answer:?}",
            route.method,
            route.path
        );
    }
}

/// A key with these scopes; there is a limit on keys, so each set has one.
async fn key_with(world: &World, keys: &mut HashMap<u32, String>, scopes: Scopes) -> String {
    if let Some(key) = keys.get(&scopes.bits()) {
        return key.clone();
    }
    let key = world.key_with(scopes).await;
    keys.insert(scopes.bits(), key.clone());
    key
}

/// The examples' host does not resolve in this world, and their ids are nobody's.
fn leads_nowhere(answer: &Answer) -> bool {
    if answer.status != 400 {
        return false;
    }
    let details = answer.refused(400, "validation_failed")["error"]["details"].clone();
    let message = details[0]["message"].as_str().unwrap();
    details[0]["field"] == "url" || message.starts_with("is the id of no ")
}

#[tokio::test]
async fn a_key_is_given_in_one_way() {
    let world = World::new().await;
    let me = || world.get("/api/me").anonymous();
    let key = world.key.clone();
    for value in [format!("Basic {key}"), key.clone(), format!("Bearer{key}"), "Bearer".into()] {
        me().header("Authorization", value).send().await.refused(401, "unauthorized");
    }
    let twice = me().header("Authorization", format!("Bearer {key}"));
    let twice = twice.header("Authorization", format!("Bearer {key}"));
    twice.send().await.refused(401, "unauthorized");
    me().header("Authorization", b"Bearer \xff\xfe").send().await.refused(401, "unauthorized");
    let lower = me().header("Authorization", format!("bearer {key}")).send().await;
    assert!(lower.status.is_success());
}

#[tokio::test]
async fn a_revoked_key_is_refused() {
    let world = World::new().await;
    let body = serde_json::json!({"name": "short", "scopes": ["webhooks:read"]});
    let created = world.post("/api/keys", body).send().await.json();
    let key = created["key"].as_str().unwrap();
    assert!(world.get("/api/webhooks").key(key).send().await.status.is_success());
    let path = format!("/api/keys/{}", created["id"].as_str().unwrap());
    assert!(world.request(Method::DELETE, &path).send().await.status.is_success());
    world.get("/api/webhooks").key(key).send().await.refused(401, "unauthorized");
}
