//! Who sees what: sessions, roles, organizations.

use fanfare_dashboard::{RouteFor, route_table};
use fanfare_model::Role;
use fanfare_model::inbound::Provider;
use http::{Method, StatusCode};

use crate::inbound::CONNECTIONS;
use crate::world::{Browser, HOME, PASSWORD, World, request};

/// Things that are there, for paths.
struct Ids {
    webhook: String,
    delivery: String,
    connection: String,
    message: String,
}

impl Ids {
    async fn of(world: &World) -> Self {
        let webhook = world.webhook().await;
        let delivery = world.delivery(webhook).await;
        world.attempt(500, b"down").await;
        let connection = world.connection(Provider::Stripe).await;
        let message = world.failed_message(connection).await;
        world.app.create_feed_group(&world.caller().await, "erp").await.unwrap();
        Self {
            webhook: webhook.to_string(),
            delivery: delivery.to_string(),
            connection: connection.to_string(),
            message: message.to_string(),
        }
    }

    /// A path of the table with ids of things that are there.
    fn filled(&self, path: &str) -> Option<String> {
        if !path.contains('{') {
            return Some(path.to_owned());
        }
        let places = [
            (HOME, &*self.webhook),
            (CONNECTIONS, &*self.connection),
            ("/settings/integrations/messages", &*self.message),
            ("/settings/integrations/feed", "erp"),
            ("/settings/integrations/automations", "n8n"),
            ("/deliveries", &*self.delivery),
        ];
        let (_, id) = places.iter().find(|(place, _)| path.starts_with(place))?;
        let path = path.replace("{id}", id).replace("{name}", id).replace("{channel}", id);
        Some(path.replace("{attempt}", "1"))
    }
}

#[tokio::test]
async fn every_route_obeys_the_role() {
    let world = World::new().await;
    let ids = Ids::of(&world).await;
    for role in Role::ALL {
        let browser = match role {
            Role::Owner => world.owner.clone(),
            role => world.member(role).await,
        };
        for route in route_table() {
            let RouteFor::Scope(scope) = route.needs else { continue };
            let Some(path) = ids.filled(route.path) else { continue };
            if route.method == Method::GET && path.ends_with("/live") {
                continue;
            }
            let may = role.scopes().contains(scope);
            if may && route.method == Method::POST {
                // What these do is looked at elsewhere; here only that a role is refused.
                continue;
            }
            let answer = match route.method == Method::GET {
                true => world.get(&browser, &path).await,
                false => world.post(&browser, &path, &[]).await,
            };
            let wanted = if may { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(answer.status, wanted, "{role} {} {path}", route.method);
        }
    }
}

#[tokio::test]
async fn nothing_of_another_organization_is_there() {
    let world = World::new().await;
    let ids = Ids::of(&world).await;
    let stranger = world.stranger().await;
    let mut seen = 0;
    for route in route_table() {
        let Some(path) = ids.filled(route.path) else { continue };
        if !route.path.contains("{id}") && !route.path.contains("{name}") {
            continue;
        }
        let answer = match route.method == Method::GET {
            true => world.get(&stranger, &path).await,
            false => {
                let fields = [
                    ("command", "pause"),
                    ("type", "order.paid"),
                    ("hours", "1"),
                    ("url", "https://hooks.example.com/x"),
                    ("events", "*"),
                    ("password", PASSWORD),
                    ("signature", "sha256=00"),
                    ("secret", "a_secret_of_a_stranger"),
                ];
                world.post(&stranger, &path, &fields).await
            }
        };
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{} {path}", route.method);
        answer.has_not("hooks.example.com");
        seen += 1;
    }
    assert!(seen > 35);
    let own = world.get(&world.owner, &format!("{HOME}/{}", ids.webhook)).await;
    own.has("badge bad");
    own.has("value=\"pause\"");
    let list = world.get(&stranger, HOME).await;
    list.has("No webhooks yet");
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_there_and_back() {
    let world = World::new().await;
    let nobody = Browser::default();
    let asked = world.get(&nobody, "/deliveries?status=failed").await;
    let sign_in = asked.redirects().to_owned();
    assert_eq!(sign_in, "/sign-in?next=%2Fdeliveries%3Fstatus%3Dfailed");
    world.get(&nobody, &sign_in).await.has("name=\"next\" value=\"/deliveries?status=failed\"");

    let wrong =
        [("email", "owner@example.com"), ("password", "not this one"), ("next", "/deliveries")];
    let refused = world.post(&nobody, "/sign-in", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    refused.has("role=\"alert\"");
    refused.has("value=\"owner@example.com\"");
    refused.has_not("not this one");

    let right = [("email", "Owner@Example.com"), ("password", PASSWORD), ("next", "/deliveries")];
    let let_in = world.post(&nobody, "/sign-in", &right).await;
    assert_eq!(let_in.redirects(), "/deliveries");
    let session = let_in.cookie("__Host-fanfare_session").unwrap();
    let browser = Browser { session, ..Browser::default() };
    world.get(&browser, "/deliveries").await.page();
}

#[tokio::test]
async fn nobody_is_led_away_after_signing_in() {
    let world = World::new().await;
    let fields = [
        ("email", "owner@example.com"),
        ("password", PASSWORD),
        ("next", "//evil.example/deliveries"),
    ];
    let let_in = world.post(&Browser::default(), "/sign-in", &fields).await;
    assert_eq!(let_in.redirects(), "/");
}

#[tokio::test]
async fn signing_out_ends_the_session_everywhere() {
    let world = World::new().await;
    let out = world.post(&world.owner, "/sign-out", &[]).await;
    assert_eq!(out.redirects(), "/sign-in?done=signed-out");
    assert_eq!(out.cookie("__Host-fanfare_session").as_deref(), Some(""));
    assert!(world.get(&world.owner, HOME).await.redirects().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_link_is_used_by_its_form_and_not_by_looking() {
    let world = World::new().await;
    let link = world.app.reset_link("owner@example.com").await.unwrap();
    let nobody = Browser::default();
    for _ in 0..2 {
        world.get(&nobody, &link.path()).await.has("For owner@example.com");
    }
    let token = link.token.expose();
    let short = world.post(&nobody, "/reset", &[("token", &token), ("password", "short")]).await;
    assert_eq!(short.status, StatusCode::BAD_REQUEST);
    short.has("id=\"password-error\"");
    let fields = [("token", token.as_str()), ("password", "a new password, long")];
    let done = world.post(&nobody, "/reset", &fields).await;
    assert_eq!(done.redirects(), "/sign-in?done=password");
    let again = world.post(&nobody, "/reset", &fields).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    again.has("used already");
}

#[tokio::test]
async fn the_theme_is_kept_in_a_cookie() {
    let world = World::new().await;
    let fields = [("theme", "dark"), ("next", HOME)];
    let set = world.post(&world.owner, "/theme", &fields).await;
    assert_eq!(set.redirects(), HOME);
    let mut request = request(Method::GET, HOME, &world.owner);
    let cookie = format!(
        "__Host-fanfare_session={}; __Host-fanfare_theme={}",
        world.owner.session,
        set.cookie("__Host-fanfare_theme").unwrap()
    );
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    world.send(request).await.has("data-theme=\"dark\"");
}
