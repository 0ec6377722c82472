//! People and the audit log through the real binary: links that are printed on the console let
//! somebody in, the log is checked and printed, and both move to another database.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;

use fanfare_testkit::{HttpAnswer, HttpClient};
use serde_json::Value;

use crate::cli::run;
use crate::nodes::Database;
use crate::server::{Server, create_webhook, free_addr};

const PASSWORD: &str = "correct horse battery";

/// Somebody's browser.
pub(crate) struct Visitor {
    client: HttpClient,
    origin: String,
    cookie: String,
}

impl Visitor {
    pub(crate) fn at(addr: SocketAddr) -> Self {
        let client = HttpClient::new(addr, None);
        Self { client, origin: format!("http://{addr}"), cookie: String::new() }
    }

    pub(crate) fn get(&mut self, path: &str) -> HttpAnswer {
        let answer = self.client.send("GET", path, &[("cookie", &self.cookie)], b"");
        self.keep(answer.unwrap())
    }

    /// Sends a form, as a page of the dashboard does.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> HttpAnswer {
        let form =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", self.origin.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = self.client.send("POST", path, &headers, form.as_bytes());
        self.keep(answer.unwrap())
    }

    /// Follows a one-time link and sends its form.
    pub(crate) fn use_link(&mut self, link: &str, fields: &[(&str, &str)]) -> HttpAnswer {
        let path = link.strip_prefix(&self.origin).unwrap();
        let page = self.get(path);
        assert_eq!(page.status, 200, "{}", page.text());
        let (action, token) = path.split_once("?token=").unwrap();
        assert!(page.text().contains(token), "the form carries what the link does");
        self.post(action, &[&[("token", token)], fields].concat())
    }

    fn keep(&mut self, answer: HttpAnswer) -> HttpAnswer {
        let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
        let pair = set.map(|(_, value)| value.split(';').next().unwrap());
        if let Some(session) = pair.into_iter().find(|pair| pair.contains("session=")) {
            session.clone_into(&mut self.cookie);
        }
        answer
    }
}

struct Shop {
    folder: tempfile::TempDir,
    addr: SocketAddr,
}

impl Shop {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), addr: free_addr() }
    }

    fn server(&self) -> Server {
        Server::start(self.folder.path(), self.addr)
    }

    fn fanfare(&self, args: &[&str]) -> Output {
        let database = format!("sqlite:{}", self.folder.path().join("test.db").display());
        let listen = self.addr.to_string();
        let variables = [("FANFARE_DATABASE_URL", &*database), ("FANFARE_LISTEN", &*listen)];
        run(self.folder.path(), &variables, args)
    }

    fn says(&self, args: &[&str]) -> String {
        said(&self.fanfare(args))
    }
}

fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The link on the first line.
fn link(said: &str) -> &str {
    said.lines().next().unwrap()
}

fn is_in(answer: &HttpAnswer) {
    assert_eq!(answer.status, 303, "{}", answer.text());
}

#[test]
fn links_of_the_console_let_people_in_beside_a_running_server() {
    let shop = Shop::new();
    let _server = shop.server();
    let invited = shop.says(&["user", "invite", "Ada@Shop.example", "--role", "owner"]);
    assert!(invited.contains("become a member, once, until "), "{invited}");
    let listed = shop.says(&["user", "list"]);
    assert!(listed.contains("ada@shop.example") && listed.contains("pending"), "{listed}");

    let mut ada = Visitor::at(shop.addr);
    is_in(&ada.use_link(link(&invited), &[("name", "Ada"), ("password", PASSWORD)]));
    let page = ada.get("/settings/members");
    assert!(page.text().contains("ada@shop.example"), "{}", page.text());
    let listed = shop.says(&["user", "list"]);
    let row = listed.lines().find(|line| line.contains("ada@shop.example")).unwrap();
    for cell in ["usr_", "owner", "active", "Ada"] {
        assert!(row.contains(cell), "{row}");
    }
    assert!(!row.contains("never"), "who came in was active: {row}");
    let again = shop.fanfare(&["user", "invite", "ada@shop.example", "--role", "viewer"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("is a member's already"));

    let reset = shop.says(&["user", "reset", "ada@shop.example"]);
    assert!(reset.contains("set a new password, once, until "), "{reset}");
    let mut elsewhere = Visitor::at(shop.addr);
    is_in(&elsewhere.use_link(link(&reset), &[("password", "another one, as long")]));
    assert_eq!(ada.get("/settings/members").status, 303, "a new password signs out everywhere");
    let fields = [("email", "ada@shop.example"), ("password", "another one, as long")];
    is_in(&ada.post("/sign-in", &fields));
    assert_eq!(ada.get("/settings/members").status, 200);
    let nobody = shop.fanfare(&["user", "reset", "eve@shop.example"]);
    assert_eq!(nobody.status.code(), Some(1), "there is no such person");
}

/// The lines of an exported log.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_log_is_verified_and_printed_and_a_change_is_found() {
    let shop = Shop::new();
    let server = shop.server();
    create_webhook(shop.addr, "http://127.0.0.1:9/hook", "whsec_your_secret_key");
    shop.says(&["user", "invite", "ada@shop.example", "--role", "owner"]);
    let whole = shop.says(&["audit", "verify"]);
    assert!(whole.contains("The log is whole"), "{whole}");
    let text = shop.says(&["audit", "export"]);
    let entries = lines(&text);
    let numbers = entries.iter().map(|entry| entry["number"].as_u64().unwrap());
    assert!(numbers.eq(1..=entries.len() as u64), "{text}");
    for action in ["webhook.created", "member.invited"] {
        assert!(entries.iter().any(|entry| entry["action"] == action), "{action}: {text}");
    }
    assert!(!text.contains("whsec_your_secret_key"), "no secret is in it");
    drop(server);

    tamper(&shop.folder.path().join("test.db"));
    let broken = shop.fanfare(&["audit", "verify"]);
    assert_eq!(broken.status.code(), Some(1));
    let why = String::from_utf8_lossy(&broken.stderr);
    assert!(why.contains("the log does not hold from entry 2 on"), "{why}");
}

/// Somebody with the file changes an entry, past what the database refuses.
fn tamper(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let triggers: Vec<String> = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit_entries'",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let change = "UPDATE audit_entries SET action = 'webhook.deleted' WHERE number = 2";
    assert!(connection.execute(change, []).is_err(), "the database refuses it");
    for trigger in triggers {
        connection.execute(&format!("DROP TRIGGER {trigger}"), []).unwrap();
    }
    assert_eq!(connection.execute(change, []).unwrap(), 1);
}

#[test]
fn people_and_their_log_move_to_another_database() {
    let shop = Shop::new();
    let server = shop.server();
    let invited = shop.says(&["user", "invite", "ada@shop.example", "--role", "admin"]);
    let mut ada = Visitor::at(shop.addr);
    is_in(&ada.use_link(link(&invited), &[("name", "Ada"), ("password", PASSWORD)]));
    shop.says(&["user", "invite", "bob@shop.example", "--role", "viewer"]);
    drop(server);
    let (people, log) = (shop.says(&["user", "list"]), shop.says(&["audit", "export"]));
    assert!(lines(&log).iter().any(|entry| entry["action"] == "member.joined"));

    let database = Database::new();
    let to = database.path().join("export");
    let to = to.to_str().unwrap();
    shop.says(&["export", "--to", to]);
    said(&database.fanfare(&["import", "--from", to]));
    let row = |list: &str| {
        let row = list.lines().find(|line| line.contains("ada@shop.example")).unwrap();
        row.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let there = said(&database.fanfare(&["user", "list"]));
    assert_eq!(row(&there), row(&people));
    assert_eq!(lines(&said(&database.fanfare(&["audit", "export"]))), lines(&log));
    assert!(said(&database.fanfare(&["audit", "verify"])).contains("The log is whole"));

    let addr = free_addr();
    let _node = database.node(addr, &[]);
    let mut ada = Visitor::at(addr);
    is_in(&ada.post("/sign-in", &[("email", "ada@shop.example"), ("password", PASSWORD)]));
    assert_eq!(ada.get("/settings/members").status, 200, "as an admin");
    let whole = said(&database.fanfare(&["audit", "verify"]));
    assert!(whole.contains("The log is whole"), "it goes on there: {whole}");
    let after = lines(&said(&database.fanfare(&["audit", "export"])));
    assert_eq!(after.len(), lines(&log).len() + 1);
    assert_eq!(after.last().unwrap()["action"], "session.created");
}
