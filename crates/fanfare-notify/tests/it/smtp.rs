//! Through a real SMTP server; what it kept is read back.

use std::process::Command;

use fanfare_model::limits;
use fanfare_notify::{SmtpSettings, WaySettings};
use fanfare_store::Verdict;

use crate::mailbox::{Mailbox, data, header};
use crate::world::World;

fn way(url: &str) -> WaySettings {
    let authorities = std::fs::read(data("ca.pem")).unwrap();
    WaySettings::Smtp(SmtpSettings::parse(url).unwrap().with_authorities(authorities))
}

/// What Python's own library makes of a mail: subject, plain text, HTML.
fn read(mail: &str) -> [String; 3] {
    const READ: &str = "
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
assert not m.defects, m.defects
text = m.get_body(('plain',)).get_content()
html = m.get_body(('html',)).get_content()
print(json.dumps([m['subject'], text, html]))";
    let mut child = Command::new(std::env::var("FANFARE_TEST_PYTHON").unwrap());
    child.args(["-c", READ]).stdin(std::process::Stdio::piped());
    let mut child = child.stdout(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), mail.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{mail}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Writes a mail's HTML where somebody asked for it, to be looked at.
fn show(name: &str, html: &str) {
    if let Ok(folder) = std::env::var("FANFARE_TEST_SHOW") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), html).unwrap();
    }
}

#[tokio::test]
async fn a_failure_arrives_whole_over_tls_with_a_password() {
    let (certificate, key) = (data("server.pem"), data("server-key.pem"));
    let tls = ["--tls", &certificate, &key, "--auth", "me@shop", "p:ss w"];
    let mailbox = Mailbox::start(&tls);
    let world = World::new().await;
    world.webhook("Fulfilment \"A\" <b>").await;
    world.fail(1_234).await;
    world.tell().await;
    let url = format!("smtp://me%40shop:p%3Ass%20w@localhost:{}", mailbox.port);
    world.sends(way(&url), || !mailbox.mails().is_empty()).await;
    let mails = mailbox.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(header(mail, "X-Encrypted").as_deref(), Some("True"));
    assert_eq!(header(mail, "To").as_deref(), Some("ada@shop.example"));
    assert_eq!(header(mail, "X-Envelope-To").as_deref(), Some("ada@shop.example"));
    assert!(header(mail, "From").unwrap().contains("<notices@fanfare.example>"));
    let id = header(mail, "Message-ID").unwrap();
    assert!(id.starts_with("<mail_") && id.ends_with("@fanfare.example>"), "{id}");
    assert_eq!(header(mail, "Date").as_deref(), Some("Thu, 20 Jun 2024 15:30:06 +0000"));
    assert_eq!(header(mail, "Auto-Submitted").as_deref(), Some("auto-generated"));
    let post = header(mail, "List-Unsubscribe-Post");
    assert_eq!(post.as_deref(), Some("List-Unsubscribe=One-Click"));
    let unsubscribe = header(mail, "List-Unsubscribe").unwrap();
    let unsubscribe = unsubscribe.trim_start_matches('<').trim_end_matches('>');
    let base = "https://hooks.fanfare.example/unsubscribe?token=";
    let token = unsubscribe.strip_prefix(base).expect("a whole URL");
    world.app.unsubscribe(token).await.unwrap();

    let [subject, text, html] = read(mail);
    let given_up = "1,234 deliveries to Fulfilment \"A\" <b> given up";
    assert_eq!(subject, format!("[Müller & Söhne] {given_up}"));
    for wanted in [
        given_up,
        "Given up: 1,234 deliveries",
        "Event types: order.paid",
        "First error: 2024-06-20 15:30 UTC: HTTP 503. The receiver failed.",
        "Last error: 2024-06-20 15:30 UTC: HTTP 503. The receiver failed.",
        "Sends to: http://127.0.0.1:9/hooks",
        "What happens next: New events are still sent to it.",
        "https://hooks.fanfare.example/deliveries?status=failed&webhook=whk_",
        "You get it as an owner or admin of Müller & Söhne",
        unsubscribe,
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    assert!(!text.contains("token=secret") && !html.contains("token=secret"));
    assert!(html.contains("Fulfilment &#34;A&#34; &#60;b&#62;"), "{html}");
    assert!(html.contains("&amp;webhook=whk_") || html.contains("&#38;webhook=whk_"), "{html}");
    show("failed", &html);
}

#[tokio::test]
async fn every_kind_of_mail_arrives() {
    let mailbox = Mailbox::start(&[]);
    let world = World::new().await;
    world.webhook("Warehouse").await;
    world.fail(1).await;
    world.tell().await;
    let caller = world.owner.caller.unwrap();
    let data = fanfare_model::catalogue::example_data(fanfare_model::EventType::OrderPaid);
    let input = fanfare_app::EventInput { event_type: "order.paid", data: &data };
    world.app.publish(&caller, input, None).await.unwrap();
    world.end(Verdict::Succeeded).await;
    world.tell().await;
    world.app.publish(&caller, input, None).await.unwrap();
    world.end(Verdict::RetryAt(fanfare_model::Timestamp::from_millis(i64::MAX / 2))).await;
    world.clock.advance(limits::DISABLE_AFTER / 2);
    world.app.warn_of_disabling().await.unwrap();
    world.app.publish(&caller, input, None).await.unwrap();
    world.end(Verdict::Gone).await;
    world.tell().await;
    // What waited since before is too late by now, and the warning is about one that is no more.
    let role = fanfare_model::Role::Admin;
    world.app.invite_member(&caller, "new@shop.example", role).await.unwrap();
    let client = fanfare_app::ClientInfo::default();
    world.app.mail_reset_link("ada@shop.example", &client).await.unwrap();
    let url = format!("smtp://127.0.0.1:{}?tls=none", mailbox.port);
    world.sends(way(&url), || mailbox.mails().len() >= 3).await;
    let mut subjects = Vec::new();
    for mail in mailbox.mails() {
        let [subject, text, html] = read(&mail);
        let is_asked_for = header(&mail, "List-Unsubscribe").is_none();
        assert_eq!(is_asked_for, !subject.starts_with('['), "{subject}");
        assert!(text.contains("?token="), "{text}");
        show(&subject.replace(|c: char| !c.is_ascii_alphanumeric(), "_"), &html);
        subjects.push(subject);
    }
    subjects.sort();
    assert_eq!(
        subjects,
        [
            "Set a new password",
            "You are invited to Müller & Söhne",
            "[Müller & Söhne] Warehouse was disabled",
        ]
    );
}

#[tokio::test]
async fn what_is_refused_for_good_is_given_up_and_what_is_not_is_tried_again() {
    let mailbox = Mailbox::start(&["--refuse", "ada@shop.example", "--auth", "me", "right"]);
    let world = World::new().await;
    world.webhook("Warehouse").await;
    world.fail(1).await;
    world.tell().await;
    // aiosmtpd takes a password without TLS only when told so; here it never asks for TLS.
    let notifier = world.notifier(way(&format!("smtp://127.0.0.1:{}?tls=none", mailbox.port)));
    let id = fanfare_model::MailId::from_u128(7);
    let refused = notifier.send_test(id, "somebody@shop.example").await.unwrap_err();
    assert!(refused.contains("530"), "it wants a password: {refused}");
    let nowhere = world.notifier(way("smtp://127.0.0.1:9?tls=none"));
    let nobody = nowhere.send_test(id, "somebody@shop.example").await.unwrap_err();
    assert!(nobody.contains("refused"), "{nobody}");
    drop(mailbox);

    let mailbox = Mailbox::start(&["--refuse", "ada@shop.example"]);
    let url = format!("smtp://127.0.0.1:{}?tls=none", mailbox.port);
    let notifier = world.notifier(way(&url));
    let taken = notifier.send_test(id, "somebody@shop.example").await.unwrap();
    assert!(taken.contains("kept as number 1"), "{taken}");
    let refused = notifier.send_test(id, "ada@shop.example").await.unwrap_err();
    assert!(refused.contains("550") && refused.contains("nobody has this address"), "{refused}");
    let caller = world.owner.caller.unwrap();
    let role = fanfare_model::Role::Viewer;
    world.app.invite_member(&caller, "last@shop.example", role).await.unwrap();
    world.sends(way(&url), || mailbox.mails().len() >= 2).await;
    world.clock.advance(limits::MAIL_LIFE / 2);
    assert!(world.app.claim_mails(10).await.unwrap().is_empty(), "the refused one was given up");
}

#[tokio::test]
async fn a_server_that_is_away_gets_it_when_it_is_back() {
    let world = World::new().await;
    world.webhook("Warehouse").await;
    world.fail(1).await;
    world.tell().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("smtp://127.0.0.1:{free}?tls=none");
    let until = std::time::Instant::now() + std::time::Duration::from_millis(300);
    world.sends(way(&url), || std::time::Instant::now() > until).await;
    let port = free.to_string();
    let mailbox = Mailbox::start(&["--port", &port]);
    world.clock.advance(std::time::Duration::from_secs(31));
    world.sends(way(&url), || !mailbox.mails().is_empty()).await;
    assert_eq!(mailbox.mails().len(), 1);
}

#[tokio::test]
async fn a_certificate_of_nobody_we_know_is_refused() {
    let (certificate, key) = (data("server.pem"), data("server-key.pem"));
    let mailbox = Mailbox::start(&["--tls", &certificate, &key]);
    let world = World::new().await;
    let url = format!("smtp://localhost:{}", mailbox.port);
    let id = fanfare_model::MailId::from_u128(7);
    let strict = world.notifier(WaySettings::Smtp(SmtpSettings::parse(&url).unwrap()));
    let refused = strict.send_test(id, "ada@shop.example").await.unwrap_err();
    assert!(refused.to_lowercase().contains("certificate"), "{refused}");
    let plain = Mailbox::start(&[]);
    let url = format!("smtp://localhost:{}", plain.port);
    let refused = world.notifier(way(&url)).send_test(id, "ada@shop.example").await.unwrap_err();
    assert!(refused.contains("STARTTLS"), "no mail without TLS: {refused}");
    assert!(mailbox.mails().is_empty() && plain.mails().is_empty());
}
