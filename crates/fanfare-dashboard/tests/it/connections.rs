//! Settings → Integrations: connections, what came in through them, and what it told.

use fanfare_app::{Address, AppError, Done, Effect, ErrorCode, Mark, NewConsumer};
use fanfare_model::inbound::{InboundOutcome, Plan, PlanStatus, Provider, SentMessage, SentState};
use fanfare_model::{Clock as _, OrganizationId};
use http::StatusCode;

use crate::inbound::CONNECTIONS;
use crate::world::{ORIGIN, World};

const INDEX: &str = "/settings/integrations";

async fn organization(world: &World) -> OrganizationId {
    world.caller().await.organization_id
}

#[tokio::test]
async fn a_connection_is_added_without_its_secret_and_gets_it_later() {
    let world = World::new().await;
    let empty = world.get(&world.owner, INDEX).await;
    empty.has("No connections yet");
    empty.has("fanfare connections create");
    let form = world.get(&world.owner, &format!("{CONNECTIONS}/new?provider=stripe")).await;
    form.has("Signing secret");
    form.has_not("Account SID");
    let fields = [("provider", "stripe"), ("name", "Shop <payments>"), ("mode", "test")];
    let added = world.follow(&world.owner, CONNECTIONS, &fields).await;
    added.has("Connection added. Give its URL to Stripe.");
    added.has("Shop &#60;payments&#62;");
    added.has(&format!("<code>{ORIGIN}/api/integrations/stripe/webhooks/conn_"));
    added.has("No secret yet");
    added.has("<dt>Mode</dt><dd>test</dd>");
    let made = world.app.connections(&world.caller().await).await.unwrap().remove(0);
    let secret = format!("{CONNECTIONS}/{}/secret", made.connection.id);
    added.has(&format!("action=\"{secret}\""));
    let short = world.post(&world.owner, &secret, &[("secret", "short")]).await;
    assert_eq!(short.status, StatusCode::BAD_REQUEST);
    short.has("id=\"secret-error\"");
    let long = "0123456789abcdef0123456789abcdef";
    let set = world.follow(&world.owner, &secret, &[("secret", long)]).await;
    set.has("The secret is set.");
    set.has("Waiting for the first");
    set.has_not(long);
    world.get(&world.owner, INDEX).await.has("Waiting for the first");
}

#[tokio::test]
async fn a_form_with_complaints_keeps_what_was_typed_and_not_the_secret() {
    let world = World::new().await;
    let form = world.get(&world.owner, &format!("{CONNECTIONS}/new?provider=twilio")).await;
    form.has(&format!("value=\"{ORIGIN}\""));
    let fields = [
        ("provider", "twilio"),
        ("name", "Texts"),
        ("account", "not a sid"),
        ("publicUrl", "nowhere"),
        ("secret", "a secret that is typed again"),
    ];
    let refused = world.post(&world.owner, CONNECTIONS, &fields).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    for text in [
        "id=\"account-error\"",
        "id=\"publicUrl-error\"",
        "value=\"not a sid\"",
        "value=\"nowhere\"",
    ] {
        refused.has(text);
    }
    refused.has_not("a secret that is typed again");
    // Fields of another provider, left over in a form, are not sent along.
    let fields = [("provider", "resend"), ("name", "Mails"), ("account", "AC1"), ("mode", "live")];
    world.post(&world.owner, CONNECTIONS, &fields).await.redirects();
    let unknown = world.post(&world.owner, CONNECTIONS, &[("provider", "paypal")]).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_page_says_what_came_and_why_it_was_refused() {
    let world = World::new().await;
    let id = world.connection(Provider::Twilio).await;
    let home = format!("{CONNECTIONS}/{id}");
    let waits = world.get(&world.owner, &home).await;
    waits.has("Nothing has come yet.");
    waits.has(&format!(
        "<code>https://hooks.example.com/base/api/integrations/twilio/webhooks/{id}</code>"
    ));
    world.requested(Provider::Twilio, id, InboundOutcome::BadSignature).await;
    let refused = world.get(&world.owner, &home).await;
    refused.has("none was signed with the secret that is set here");
    refused.has("No signature matches: another secret, or a changed body");
    refused.has("192.0.2.7");
    world.received(Provider::Twilio, id, "SM1:sent", "MessageSid=SM1").await;
    let verified = world.get(&world.owner, &home).await;
    verified.has("Messages come through.");
    verified.has("1 accepted, 1 refused.");
    let index = world.get(&world.owner, INDEX).await;
    index.has("badge good");
    index.has("AC0123");
}

#[tokio::test]
async fn every_reason_of_refusal_has_words() {
    let world = World::new().await;
    let id = world.connection(Provider::Resend).await;
    for outcome in InboundOutcome::ALL {
        world.requested(Provider::Resend, id, *outcome).await;
    }
    let page = world.get(&world.owner, &format!("{CONNECTIONS}/{id}")).await;
    page.page();
    for outcome in InboundOutcome::ALL.iter().filter(|one| one.as_str().contains('_')) {
        page.has_not(outcome.as_str());
    }
    page.has("2 accepted, 9 refused.");
}

#[tokio::test]
async fn messages_are_listed_by_status_and_page() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let list = format!("{CONNECTIONS}/{id}/messages");
    world.get(&world.owner, &list).await.has("No messages yet");
    world.failed_message(id).await;
    for number in 0..30 {
        world.received(Provider::Stripe, id, &format!("evt_more_{number}"), "{}").await;
    }
    let first = world.get(&world.owner, &list).await;
    assert_eq!(first.body.matches("data-row=\"inb_").count(), 25);
    first.has("rel=\"next\"");
    let failed = world.get(&world.owner, &format!("{list}?status=failed")).await;
    assert_eq!(failed.body.matches("data-row=\"inb_").count(), 1);
    failed.has("10 EUR were paid for &#60;ord&#62;, too little");
    failed.has("<option value=\"failed\" selected>");
    world.get(&world.owner, &format!("{list}?status=ignored")).await.has("No message matches");
}

#[tokio::test]
async fn what_could_not_be_handled_is_shown_and_handled_again() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let message = world.failed_message(id).await;
    let place = format!("{INDEX}/messages/{message}");
    let failed = world.get(&world.owner, &place).await;
    failed.has("Handle again");
    failed.has("&#60;script&#62;");
    failed.has_not("<script>\"");
    let again = world.follow(&world.owner, &format!("{place}/handle"), &[]).await;
    again.has("It is handled again.");
    again.has("Pending");
    again.has_not("Handle again</button>");
    let refused = world.follow(&world.owner, &format!("{place}/handle"), &[]).await;
    refused.has("The message is pending; only a failed one is handled again.");
    let order = "ord_01h455vb4pex5vsknk084sn02q";
    world.ended(Done::Handled(Some(format!("{order}: it was paid before")))).await;
    let handled = world.get(&world.owner, &place).await;
    handled.has(&format!("href=\"/orders/{order}\""));
    handled.has("not kept");
    handled.has_not("&#60;script&#62;");
}

#[tokio::test]
async fn a_form_that_came_is_shown_field_by_field() {
    let world = World::new().await;
    let id = world.connection(Provider::Twilio).await;
    world.received(Provider::Twilio, id, "SM1:sent", "MessageSid=SM1&Body=%3Cb%3E%E2%80%AE").await;
    let error = AppError::new(ErrorCode::Conflict, "no");
    let message = world.ended(Done::Failed(error)).await;
    let page = world.get(&world.owner, &format!("{INDEX}/messages/{message}")).await;
    page.has("href=\"/settings/integrations/sent?provider=twilio&#38;id=SM1\"");
    page.has("<dt>MessageSid</dt><dd>SM1</dd>");
    page.has("<dt>Body</dt><dd>&#60;b&#62;⟨U+202E⟩</dd>");
}

#[tokio::test]
async fn a_third_secret_waits_for_the_overlap() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let path = format!("{CONNECTIONS}/{id}/secret");
    world.get(&world.owner, &path).await.has("Another secret");
    let second = [("secret", "2222222222222222222222"), ("overlap", "3600")];
    let rotated = world.follow(&world.owner, &path, &second).await;
    rotated.has("the old one as well for a while");
    rotated.has("Old secret ends");
    let third = [("secret", "3333333333333333333333"), ("overlap", "3600")];
    let refused = world.post(&world.owner, &path, &third).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.has("The overlap of an earlier rotation runs until");
    refused.has("Two secrets are accepted");
    let both = [("secret", "3333333333333333333333"), ("overlap", "0")];
    world.follow(&world.owner, &path, &both).await.has("The secret is set.");
}

#[tokio::test]
async fn removing_asks_first_and_takes_everything_along() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let message = world.failed_message(id).await;
    let path = format!("{CONNECTIONS}/{id}/remove");
    world.get(&world.owner, &path).await.has("This cannot be taken back");
    let gone = world.follow(&world.owner, &path, &[]).await;
    gone.has("Connection removed.");
    gone.has("No connections yet");
    for path in [path, format!("{INDEX}/messages/{message}")] {
        assert_eq!(world.get(&world.owner, &path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_plan_is_shown_as_stripe_told_it() {
    let world = World::new().await;
    world.get(&world.owner, INDEX).await.has_not("Plan of");
    let plan = Plan {
        subscription: "sub_1".into(),
        price: Some("price_<1>".into()),
        status: PlanStatus::PastDue,
        period_end: Some(world.clock.now()),
        ends_with_period: true,
        event_at: world.clock.now(),
    };
    world.app.apply_effect(organization(&world).await, Effect::Plan(plan)).await.unwrap();
    let page = world.get(&world.owner, INDEX).await;
    for text in ["Plan of", "Payment late", "price_&#60;1&#62;", "sub_1", "<dt>Ends</dt>"] {
        page.has(text);
    }
}

#[tokio::test]
async fn a_sent_message_is_looked_up() {
    let world = World::new().await;
    let path = format!("{INDEX}/sent");
    world.get(&world.owner, &path).await.has("No message is looked for");
    let message = SentMessage {
        provider: Provider::Twilio,
        id: "SM1".into(),
        state: SentState::Undelivered,
        error: Some("30003: <unreachable>".into()),
        at: world.clock.now(),
    };
    world.app.apply_effect(organization(&world).await, Effect::Sent(message)).await.unwrap();
    let found = world.get(&world.owner, &format!("{path}?provider=twilio&id=SM1")).await;
    found.has("Undelivered");
    found.has("30003: &#60;unreachable&#62;");
    let other = world.get(&world.owner, &format!("{path}?provider=resend&id=SM1")).await;
    other.has("Nothing is known of it");
    other.has("value=\"SM1\"");
}

#[tokio::test]
async fn what_providers_told_is_marked_on_the_consumer() {
    let world = World::new().await;
    let email = "ada@example.com";
    let new = NewConsumer { email: Some(email.into()), ..NewConsumer::default() };
    let consumer = world.app.create_consumer(&world.caller().await, new).await.unwrap();
    let place = format!("/consumers/{}", consumer.id);
    world.get(&world.owner, &place).await.has_not("E-mail bounced");
    for mark in [Mark::Bounced, Mark::OptedOut] {
        let address = Address::Email(email.into());
        let effect = Effect::Mark { address, mark, at: world.clock.now() };
        world.app.apply_effect(organization(&world).await, effect).await.unwrap();
    }
    for path in [&*place, "/consumers"] {
        let page = world.get(&world.owner, path).await;
        page.has("E-mail bounced");
        page.has("No more e-mail");
        page.has_not("Called e-mail spam");
    }
}
