//! The real binary is killed between marking a webhook as failed and sending the mail about it.
//! Everybody gets exactly one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fanfare_testkit::HttpClient;
use serde_json::Value;

use crate::server::{KEY, Server, create_webhook, free_addr};

const SEALED_WITH: &str = "7777777777777777777777777777777777777777777777777777777777777777";

/// The mail server of `fanfare-notify`'s tests.
struct Mailbox(Child);

impl Mailbox {
    fn start(folder: &Path, port: u16) -> Self {
        let python = std::env::var("FANFARE_TEST_PYTHON");
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut child = Command::new(python.expect("cargo xtask test sets FANFARE_TEST_PYTHON"))
            .arg(script.join("../fanfare-notify/tests/mailbox.py"))
            .arg(folder)
            .args(["--port", &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), port.to_string());
        Self(child)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        let _ended = (self.0.kill(), self.0.wait());
    }
}

/// Takes connections on a port and says nothing, or goes as far as the end of the message.
struct Stalled {
    connections: Arc<AtomicUsize>,
    messages: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
    addr: SocketAddr,
    accepting: Option<thread::JoinHandle<()>>,
}

impl Stalled {
    fn start(addr: SocketAddr, talks: bool) -> Self {
        let listener = TcpListener::bind(addr).unwrap();
        let (connections, messages) = (Arc::<AtomicUsize>::default(), Arc::default());
        let ended = Arc::<AtomicBool>::default();
        let (counted, taken, over) = (connections.clone(), Arc::clone(&messages), ended.clone());
        let accepting = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                counted.fetch_add(1, Ordering::Relaxed);
                let taken: Arc<AtomicUsize> = Arc::clone(&taken);
                thread::spawn(move || talk(stream, talks, &taken));
            }
        });
        Self { connections, messages, ended, addr, accepting: Some(accepting) }
    }
}

/// Speaks SMTP up to the dot at the end of a message, which it never answers.
fn talk(mut stream: std::net::TcpStream, talks: bool, taken: &AtomicUsize) -> Option<()> {
    if talks {
        stream.write_all(b"220 here\r\n").ok()?;
        let mut lines = BufReader::new(stream.try_clone().ok()?);
        let mut inside = false;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match (inside, line.trim_end()) {
                (true, ".") => break,
                (true, _) => {}
                (false, "DATA") => {
                    inside = true;
                    stream.write_all(b"354 go on\r\n").ok()?;
                }
                (false, _) => stream.write_all(b"250 ok\r\n").ok()?,
            }
        }
        taken.fetch_add(1, Ordering::Relaxed);
    }
    // Until the other side goes away.
    let _gone = stream.read(&mut [0; 1]);
    Some(())
}

impl Drop for Stalled {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _wakes_the_listener = std::net::TcpStream::connect(self.addr);
        if let Some(accepting) = self.accepting.take() {
            accepting.join().unwrap();
        }
    }
}

fn until(what: &str, seconds: u64, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn mails(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().flatten().map(|file| file.path());
    let kept = files.filter(|path| path.extension().is_some_and(|end| end == "eml"));
    kept.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// To whom, sorted.
fn addressees(mails: &[String]) -> Vec<&str> {
    let to = |mail: &'_ String| -> Option<usize> { mail.find("\r\nTo: ") };
    let mut all: Vec<&str> =
        mails.iter().filter_map(|mail| mail[to(mail)? + 6..].split("\r\n").next()).collect();
    all.sort_unstable();
    all
}

/// A member with a password, through the command line and the page of the invitation.
fn join(database: &str, folder: &Path, addr: SocketAddr, email: &str, role: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_fanfare"))
        .args(["user", "invite", email, "--role", role, "--database-url", database])
        .current_dir(folder)
        .env("FANFARE_ENCRYPTION_KEY", SEALED_WITH)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let token = text.split("token=").nth(1).and_then(|rest| rest.split_whitespace().next());
    let form = format!("token={}&name=Ada&password=correct+horse+battery", token.unwrap());
    let mut stream = std::net::TcpStream::connect(addr).unwrap();
    let request = format!(
        "POST /invitation HTTP/1.1\r\nhost: {addr}\r\norigin: http://{addr}\r\n\
         content-type: application/x-www-form-urlencoded\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _cut_off = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
}

fn notices(addr: SocketAddr) -> usize {
    let answer = HttpClient::new(addr, Some(KEY)).get("/api/notices").unwrap();
    let list: Value = serde_json::from_slice(&answer.body).unwrap();
    list["data"].as_array().unwrap().len()
}

/// What a killed process had done when it was killed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Killed {
    /// It had marked the webhook as failed.
    Marked,
    /// It had begun to talk to the mail server.
    Connected,
    /// It had said the whole message and waited for the answer.
    Said,
}

fn exactly_one_mail(killed: Killed) {
    let folder = tempfile::tempdir().unwrap();
    let kept = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let smtp: SocketAddr = (Ipv4Addr::LOCALHOST, free_addr().port()).into();
    let database = format!("sqlite:{}", folder.path().join("test.db").display());
    let url = format!("smtp://{smtp}?tls=none");
    let variables = [
        ("FANFARE_SMTP_URL", url.as_str()),
        ("FANFARE_MAIL_FROM", "notices@fanfare.example"),
        ("FANFARE_ENCRYPTION_KEY", SEALED_WITH),
        ("FANFARE_RETRY_SCHEDULE", "0s,50ms,50ms,50ms,50ms,50ms"),
    ];
    let stalled = Stalled::start(smtp, killed == Killed::Said);
    let server = Server::on(&database, folder.path(), addr, &variables);
    join(&database, folder.path(), addr, "owner@shop.example", "owner");
    join(&database, folder.path(), addr, "admin@shop.example", "admin");
    join(&database, folder.path(), addr, "viewer@shop.example", "viewer");
    create_webhook(addr, "http://127.0.0.1:9/nobody", "whsec_your_secret_key");
    let event = r#"{"type":"distribution.winner_selected","data":{"consumer_id":"con_123",
        "distribution_id":"dist_456","experience_id":"exp_789","product_id":"prod_012"}}"#;
    let answer = HttpClient::new(addr, Some(KEY)).post("/api/events", event).unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text());
    match killed {
        Killed::Marked => until("a notice", 60, || notices(addr) == 1),
        Killed::Connected => {
            until("a connection", 60, || stalled.connections.load(Ordering::Relaxed) >= 2);
        }
        Killed::Said => until("a message", 60, || stalled.messages.load(Ordering::Relaxed) >= 2),
    }
    drop(server);
    drop(stalled);
    let _mailbox = Mailbox::start(kept.path(), smtp.port());
    let _server = Server::on(&database, folder.path(), addr, &variables);
    until("two mails", 60, || mails(kept.path()).len() >= 2);
    // Whatever would come a second time comes by now: the loop looks every second.
    thread::sleep(Duration::from_secs(4));
    let mails = mails(kept.path());
    assert_eq!(addressees(&mails), ["admin@shop.example", "owner@shop.example"], "{killed:?}");
    assert_eq!(notices(addr), 1);
    if killed == Killed::Marked {
        mailboxes_unsubscribe_by_themselves(addr, &mails[0]);
    }
}

/// RFC 8058: one POST of a mailbox, without a session and from nowhere.
fn mailboxes_unsubscribe_by_themselves(addr: SocketAddr, mail: &str) {
    let head = mail.replace("\r\n ", " ");
    let url = head.split("List-Unsubscribe: <").nth(1).and_then(|rest| rest.split('>').next());
    let path = url.unwrap().strip_prefix(&format!("http://{addr}")).expect("where it listens");
    let asked = |method: &str| {
        let body = if method == "POST" { "List-Unsubscribe=One-Click" } else { "" };
        let mut stream = std::net::TcpStream::connect(addr).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        let _cut_off = stream.read_to_string(&mut answer);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer.contains("gets no more mails")
    };
    assert!(!asked("GET"), "looking changes nothing");
    assert!(asked("POST"));
    assert!(asked("GET"));
}

#[test]
fn killed_after_marking_everybody_gets_one_mail() {
    exactly_one_mail(Killed::Marked);
}

#[test]
fn killed_while_connecting_everybody_gets_one_mail() {
    exactly_one_mail(Killed::Connected);
}

#[test]
fn killed_before_the_answer_everybody_gets_one_mail() {
    exactly_one_mail(Killed::Said);
}

#[test]
fn a_test_mail_says_what_the_server_answered() {
    let kept = tempfile::tempdir().unwrap();
    let port = free_addr().port();
    let mailbox = Mailbox::start(kept.path(), port);
    let run = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fanfare"));
        command.args(["notices", "test-mail", "--to", "ada@shop.example"]);
        command.current_dir(kept.path()).envs(variables.iter().copied()).output().unwrap()
    };
    let url = format!("smtp://127.0.0.1:{port}?tls=none");
    let from = ("FANFARE_MAIL_FROM", "Fanfare <notices@fanfare.example>");
    let sent = run(&[("FANFARE_SMTP_URL", &url), from]);
    let said = String::from_utf8(sent.stdout).unwrap();
    assert_eq!(said, "The server took a mail for ada@shop.example: 250 2.0.0 kept as number 1\n");
    drop(mailbox);
    for (variables, complaint) in [
        (vec![("FANFARE_SMTP_URL", url.as_str()), from], "the mail was not taken"),
        (vec![from], "no mails are configured"),
        (vec![("FANFARE_SMTP_URL", url.as_str())], "set mail_from"),
        (
            vec![("FANFARE_SMTP_URL", url.as_str()), ("FANFARE_RESEND_API_KEY", "re_1"), from],
            "not both",
        ),
    ] {
        let refused = run(&variables);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.contains(complaint), "{said}");
    }
}
