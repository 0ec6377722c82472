//! Deliveries: lists, one, what receivers answered, what is live.

use futures_util::StreamExt as _;
use http::StatusCode;
use http_body_util::BodyExt as _;

use crate::world::{HOME, World};

#[tokio::test]
async fn what_a_receiver_answers_is_text() {
    const EVIL: &[u8] =
        b"<script>alert(1)</script>\"><svg onload=alert(1)>\0\x1b[31m\xff\xe2\x80\xae</textarea>";
    let world = World::new().await;
    let webhook = world.webhook().await;
    let delivery = world.delivery(webhook).await;
    world.attempt(500, EVIL).await;
    let page = world.get(&world.owner, &format!("/deliveries/{delivery}")).await;
    page.page();
    page.has(
        "&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#62;&#60;svg onload=alert(1)&#62;␀␛[31m",
    );
    page.has("⟨U+202E⟩");
    for text in ["<script>alert", "<svg onload", "\0", "\u{1b}", "\u{202e}"] {
        page.has_not(text);
    }
    let file = world.open(&world.owner, &format!("/deliveries/{delivery}/response/1")).await;
    assert_eq!(file.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(file.headers()["content-security-policy"], "default-src 'none'; sandbox");
    assert!(file.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let bytes = file.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(bytes, EVIL, "the file has the bytes as they were");
}

#[tokio::test]
async fn a_delivery_shows_its_attempt_and_is_sent_again() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let delivery = world.delivery(webhook).await;
    let path = format!("/deliveries/{delivery}");
    world.get(&world.owner, &path).await.has("The first attempt is on its way.");
    world.attempt(503, b"the shop is down").await;
    let page = world.get(&world.owner, &path).await;
    for text in
        ["badge bad", "the shop is down", "x-fanfare-signature", "curl -i -X POST", "http_5xx"]
    {
        page.has(text);
    }
    let again = world.post(&world.owner, &format!("{path}/resend"), &[]).await;
    let new = again.redirects().to_owned();
    assert_ne!(new, path);
    world.attempt(200, b"").await;
    let page = world.get(&world.owner, &new).await;
    page.has("badge good");
    page.has("Without a body.");
    let ended = world.post(&world.owner, &format!("{new}/cancel"), &[]).await;
    assert_eq!(ended.redirects(), new, "what has ended stays");
}

#[tokio::test]
async fn pages_keep_the_filter() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    for _ in 0..30 {
        world.delivery(webhook).await;
    }
    let first = world.get(&world.owner, "/deliveries?type=order.paid&status=pending").await;
    assert_eq!(first.page().matches("data-row=").count(), 25);
    first.has("data-live=\"/deliveries/live?status=pending");
    let lately = world.get(&world.owner, "/deliveries?range=1h").await;
    lately.has("data-live=\"/deliveries/live?range=1h\"");
    lately.has("value=\"1h\" selected");
    let link = |page: &str, rel: &str| {
        let end = page.find(&format!("\" rel=\"{rel}\"")).unwrap();
        let begin = page[..end].rfind('"').unwrap() + 1;
        page[begin..end].replace("&#38;", "&")
    };
    let older = link(first.page(), "next");
    assert!(older.starts_with("/deliveries?type=order.paid&status=pending&after=dlv_"), "{older}");
    let second = world.get(&world.owner, &older).await;
    assert_eq!(second.page().matches("data-row=").count(), 5);
    second.has_not("rel=\"next\"");
    second.has_not("data-live=");
    let newer = link(second.page(), "prev");
    assert!(newer.contains("type=order.paid") && !newer.contains("after="), "{newer}");
    let back = world.get(&world.owner, &newer).await;
    assert_eq!(back.page().matches("data-row=").count(), 25);
    let none = world.get(&world.owner, "/deliveries?status=failed").await;
    none.has("No delivery matches");
    let wrong = world.get(&world.owner, "/deliveries?status=lost").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    wrong.has("Status: expected one of");
}

#[tokio::test]
async fn all_that_match_are_sent_again_after_asking() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    world.delivery(webhook).await;
    world.attempt(500, b"down").await;
    let everything = world.post(&world.owner, "/deliveries/resend", &[]).await;
    assert_eq!(everything.redirects(), "/deliveries", "a filter that names nothing is refused");
    let filter = [("status", "failed"), ("range", "24h")];
    let asked = world.post(&world.owner, "/deliveries/resend", &filter).await;
    asked.has("1 delivery match");
    asked.has("name=\"from\"");
    asked.has_not("name=\"range\"");
    let sure = [("status", "failed"), ("from", "2024-01-01T00:00:00Z"), ("sure", "1")];
    let begun = world.post(&world.owner, "/deliveries/resend", &sure).await;
    assert!(begun.redirects().starts_with("/jobs/job_"));
}

#[tokio::test]
async fn rows_arrive_while_a_page_is_open() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let delivery = world.delivery(webhook).await;
    let live = world.open(&world.owner, &format!("/deliveries/live?webhook={webhook}&one=1")).await;
    assert_eq!(live.headers()["content-type"], "text/event-stream");
    assert_eq!(live.headers()["cache-control"], "no-cache");
    let mut rows = live.into_body().into_data_stream();
    let first = rows.next().await.unwrap().unwrap();
    let first = String::from_utf8(first.to_vec()).unwrap();
    assert!(first.starts_with("event: rows\n") && first.contains(&delivery.to_string()), "{first}");
    assert!(first.contains("Pending"));
    world.attempt(200, b"ok").await;
    let second = rows.next().await.unwrap().unwrap();
    assert!(String::from_utf8(second.to_vec()).unwrap().contains("Succeeded"));
}

#[tokio::test]
async fn the_helper_says_why_a_signature_does_not_verify() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let delivery = world.delivery(webhook).await;
    world.attempt(200, b"").await;
    let path = format!("/deliveries/{delivery}/explain");
    let fields = [("family", "fanfare"), ("attempt", "1"), ("signature", "00"), ("body", "{}\r\n")];
    let told = world.post(&world.owner, &path, &fields).await;
    told.page();
    told.has("class=\"findings\"");
    told.has("value=\"00\"");
    let long = "a".repeat(5_000);
    let refused = world.post(&world.owner, &path, &[("signature", &long), ("attempt", "1")]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    refused.has("id=\"signature-error\"");
    world.get(&world.owner, &format!("{HOME}/{webhook}")).await.page();
}
