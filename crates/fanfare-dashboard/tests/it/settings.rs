//! API keys, members, one's own account, the audit log.

use std::time::Duration;

use fanfare_app::{ClientInfo, SignIn};
use fanfare_model::Role;
use http::StatusCode;

use crate::world::{Answer, Browser, PASSWORD, World};

const KEYS: &str = "/settings/api-keys";
const MEMBERS: &str = "/settings/members";
const LOG: &str = "/settings/audit-log";

/// What stands between two texts of a page.
#[track_caller]
fn between<'a>(page: &'a Answer, before: &str, after: &str) -> &'a str {
    let begin = page.body.find(before).unwrap_or_else(|| panic!("{before}: {}", page.body));
    let rest = &page.body[begin + before.len()..];
    &rest[..rest.find(after).unwrap()]
}

/// The id of the row with this text.
#[track_caller]
fn row<'a>(page: &'a Answer, text: &str) -> &'a str {
    let at = page.body.find(text).unwrap_or_else(|| panic!("{text}: {}", page.body));
    let begin = page.body[..at].rfind("data-row=\"").unwrap() + "data-row=\"".len();
    page.body[begin..].split('"').next().unwrap()
}

impl World {
    /// Signs in by password, in a browser of one's own.
    async fn come_in(&self, email: &str, password: &str) -> Option<Browser> {
        let client = ClientInfo::default();
        let sign_in = SignIn { email: email.into(), password: password.into(), client };
        let session = self.app.sign_in(sign_in).await.ok()?.token.expose();
        let signed_in = self.app.session(&session, &ClientInfo::default()).await.unwrap();
        Some(Browser { session, csrf: signed_in.csrf.expose().to_owned() })
    }
}

#[tokio::test]
async fn a_key_is_shown_once_and_revoked_after_asking() {
    let world = World::new().await;
    let wrong = [("name", " "), ("scope", "orders:read"), ("mode", "test")];
    let refused = world.post(&world.owner, KEYS, &wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    refused.has("id=\"name-error\"");
    refused.has("value=\"orders:read\" checked");
    refused.has_not("value=\"events:write\" checked");
    refused.has("value=\"test\" checked");
    let none = world.post(&world.owner, KEYS, &[("name", "export")]).await;
    none.has("Must name at least one scope.");
    none.has("value=\"export\"");
    let right = [("name", "export"), ("scope", "orders:read"), ("mode", "test")];
    let made = world.post(&world.owner, KEYS, &right).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let key = between(&made, "<code>sk_test_", "<").to_owned();
    let list = world.get(&world.owner, KEYS).await;
    list.has("orders:read");
    list.has_not(&key);
    let id = row(&list, "export").to_owned();
    let revoke = format!("{KEYS}/{id}/revoke");
    let asked = world.get(&world.owner, &revoke).await;
    asked.has("export (sk_test_");
    let stranger = world.stranger().await;
    assert_eq!(world.get(&stranger, &revoke).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.post(&stranger, &revoke, &[]).await.status, StatusCode::NOT_FOUND);
    let key = format!("sk_test_{key}");
    assert!(world.app.authenticate(&key).await.is_ok(), "asking changes nothing");
    world.follow(&world.owner, &revoke, &[]).await.has("The key “export” is revoked.");
    assert!(world.app.authenticate(&key).await.is_err());
    world.get(&world.owner, KEYS).await.has_not(&revoke);
}

#[tokio::test]
async fn somebody_is_invited_by_a_link_that_is_shown_once() {
    let world = World::new().await;
    let invite = format!("{MEMBERS}/invite");
    let wrong = [("email", "nobody"), ("role", "admin")];
    let refused = world.post(&world.owner, &invite, &wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    refused.has("id=\"email-error\"");
    refused.has("value=\"nobody\"");
    refused.has("value=\"admin\" selected>");
    // Its links lead to pages, although its own address is none.
    refused.has("name=\"next\" value=\"/settings/members\"");
    let right = [("email", "New@Example.com"), ("role", "viewer")];
    let made = world.post(&world.owner, &invite, &right).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let link = between(&made, "<code>https://dashboard.example.com", "<").replace("&#38;", "&");
    let list = world.get(&world.owner, MEMBERS).await;
    list.has("new@example.com");
    list.has_not(&link);
    let nobody = Browser::default();
    world.get(&nobody, &link).await.has("new@example.com");
    let token = link.split("token=").nth(1).unwrap();
    let fields = [("token", token), ("name", "Nina"), ("password", "a password, long")];
    let come = world.post(&nobody, "/invitation", &fields).await;
    come.redirects();
    let list = world.get(&world.owner, MEMBERS).await;
    assert_eq!(row(&list, "Nina").split('_').next(), Some("usr"));
    list.has_not("<h2 id=\"invited\">");
    list.has_not(">never<");

    world.post(&world.owner, &invite, &[("email", "late@example.com"), ("role", "viewer")]).await;
    let list = world.get(&world.owner, MEMBERS).await;
    let withdraw = between(&list, "action=\"/settings/invitations/", "\"");
    let withdraw = format!("/settings/invitations/{withdraw}");
    let stranger = world.stranger().await;
    assert_eq!(world.post(&stranger, &withdraw, &[]).await.status, StatusCode::NOT_FOUND);
    world.follow(&world.owner, &withdraw, &[]).await.has("The invitation is withdrawn");
}

#[tokio::test]
async fn a_member_is_changed_suspended_and_removed_after_asking() {
    let world = World::new().await;
    let admin = world.member(Role::Admin).await;
    let viewer = world.member(Role::Viewer).await;
    let list = world.get(&world.owner, MEMBERS).await;
    let [owner_id, viewer_id] =
        ["owner", "viewer"].map(|who| row(&list, &format!("\"sub\">{who}@example")).to_owned());
    let of = |id: &str, what: &str| format!("{MEMBERS}/{id}/{what}");

    world.follow(&world.owner, &of(&viewer_id, "suspend"), &[]).await.has("is suspended");
    let shut_out = world.get(&viewer, "/experiences").await;
    assert_eq!(shut_out.redirects(), "/no-organization");
    world.follow(&world.owner, &of(&viewer_id, "restore"), &[]).await.has("may come in again");
    world.get(&viewer, "/experiences").await.page();

    let role = [("role", "editor")];
    let done = world.follow(&world.owner, &of(&viewer_id, "role"), &role).await;
    done.has("The role is Editor now.");
    assert!(world.get(&viewer, "/").await.redirects().starts_with("/sign-in"), "signs in again");
    let odd = world.post(&world.owner, &of(&viewer_id, "role"), &[("role", "king")]).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);

    let last = world.follow(&world.owner, &of(&owner_id, "role"), &role).await;
    last.has("class=\"flash bad\"");
    let forbidden = world.post(&admin, &of(&owner_id, "suspend"), &[]).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN, "an admin is no owner");

    let remove = of(&viewer_id, "remove");
    let asked = world.get(&world.owner, &remove).await;
    asked.has("Ada (viewer@example.com)");
    asked.has(&format!("action=\"{remove}\""));
    world.get(&world.owner, MEMBERS).await.has("viewer@example.com");
    let stranger = world.stranger().await;
    assert_eq!(world.get(&stranger, &remove).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.post(&stranger, &remove, &[]).await.status, StatusCode::NOT_FOUND);
    world.follow(&world.owner, &remove, &[]).await.has("The member is removed.");
    world.get(&world.owner, MEMBERS).await.has_not("viewer@example.com");
    assert_eq!(world.get(&world.owner, &remove).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_session_elsewhere_is_ended() {
    let world = World::new().await;
    world.clock.advance(Duration::from_secs(1));
    let there = world.come_in("owner@example.com", PASSWORD).await.unwrap();
    let page = world.get(&world.owner, "/account").await;
    assert_eq!(page.page().matches("data-row=").count(), 2);
    let revoke =
        format!("/account/sessions/{}", between(&page, "action=\"/account/sessions/", "\""));
    let stranger = world.stranger().await;
    assert_eq!(world.post(&stranger, &revoke, &[]).await.status, StatusCode::NOT_FOUND);
    world.get(&there, "/account").await.page();
    world.follow(&world.owner, &revoke, &[]).await.has("That browser is signed out.");
    assert!(world.get(&there, "/account").await.redirects().starts_with("/sign-in"));
    world.get(&world.owner, "/account").await.page();
    let out = world.post(&world.owner, "/sign-out/everywhere", &[]).await;
    assert!(out.redirects().starts_with("/sign-in"));
    assert!(world.get(&world.owner, "/account").await.redirects().starts_with("/sign-in"));
}

#[tokio::test]
async fn the_password_is_changed_by_who_knows_it() {
    let world = World::new().await;
    let there = world.come_in("owner@example.com", PASSWORD).await.unwrap();
    let path = "/account/password";
    let wrong = [("current", "not this one, no"), ("password", "a new password, long")];
    let refused = world.post(&world.owner, path, &wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    refused.has("id=\"current-error\"");
    refused.has_not("not this one");
    let short = world.post(&world.owner, path, &[("current", PASSWORD), ("password", "x")]).await;
    short.has("id=\"password-error\"");
    let right = [("current", PASSWORD), ("password", "a new password, long")];
    let done = world.follow(&world.owner, path, &right).await;
    done.has("The password is changed.");
    assert!(world.get(&there, "/account").await.redirects().starts_with("/sign-in"));
    assert!(world.come_in("owner@example.com", PASSWORD).await.is_none());
    assert!(world.come_in("owner@example.com", "a new password, long").await.is_some());
}

#[tokio::test]
async fn the_log_is_narrowed_checked_and_exported() {
    let world = World::new().await;
    let webhook = world.webhook().await.to_string();
    let all = world.get(&world.owner, LOG).await;
    for text in ["webhook.created", "session.created", "owner@example.com", &webhook] {
        all.has(text);
    }
    all.has_not("whsec_your_secret_key");
    let some = world.get(&world.owner, &format!("{LOG}?action=webhook.created")).await;
    assert_eq!(some.page().matches("data-row=").count(), 1);
    some.has("value=\"webhook.created\"");
    let user = between(&all, "<span class=\"sub mono\">usr_", "<");
    let by_user = world.get(&world.owner, &format!("{LOG}?actor=usr_{user}")).await;
    by_user.has("webhook.created");
    let by_none = world.get(&world.owner, &format!("{LOG}?resource=whk_nothing")).await;
    by_none.has("No entry matches");
    let wrong = world.get(&world.owner, &format!("{LOG}?actor=%3Cada%3E")).await;
    wrong.has("id=\"actor-error\"");
    wrong.has("value=\"&#60;ada&#62;\"");
    let checked = world.get(&world.owner, &format!("{LOG}?check=1")).await;
    checked.has("The chain holds:");
    let file = world.get(&world.owner, &format!("{LOG}/export")).await;
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let lines: Vec<serde_json::Value> =
        file.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers = lines.iter().map(|line| line["number"].as_u64().unwrap());
    assert!(numbers.eq(1..=lines.len() as u64), "all of it, in order");
    assert!(lines.iter().any(|line| line["action"] == "webhook.created"));
    let stranger = world.stranger().await;
    world.get(&stranger, LOG).await.has_not(&webhook);
    assert!(!world.get(&stranger, &format!("{LOG}/export")).await.body.contains(&webhook));
}

#[tokio::test]
async fn pages_of_the_log_are_by_number() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let path = format!("/settings/integrations/webhooks/{webhook}/command");
    for command in ["pause", "resume"].into_iter().cycle().take(30) {
        world.post(&world.owner, &path, &[("command", command)]).await.redirects();
    }
    let first = world.get(&world.owner, LOG).await;
    assert_eq!(first.page().matches("data-row=").count(), 25);
    let older = first.body.find("\" rel=\"next\"").unwrap();
    let begin = first.body[..older].rfind('"').unwrap() + 1;
    let second = world.get(&world.owner, &first.body[begin..older]).await;
    second.has("session.created");
    assert!(second.page().matches("data-row=").count() < 25);
}
