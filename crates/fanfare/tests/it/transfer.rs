//! An installation moves from the embedded store to PostgreSQL: everything is there, page by page,
//! and what was pending goes out. Killed anywhere, an import goes on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use fanfare_testdb::administer;
use fanfare_testkit::{Answer, HttpClient, Receiver};
use serde_json::{Value, json};

use crate::cli::run;
use crate::inbound::something_of_each;
use crate::nodes::{Database, SEALED_WITH, ask, until};
use crate::server::{KEY, Server, create_webhook, free_addr};

const SECRET: &str = "whsec_your_secret_key";
const EVENT: &str = r#"{"type":"consumer.deleted","data":{"consumer_id":"con_123"}}"#;
const TENANT: &str = r#"{"email":"ada@shop.example","fullName":"Ada","metadata":{"vip":true}}"#;

/// An installation with everything in it, and what its server said of it.
struct Installation {
    turn: Mutex<()>,
    folder: tempfile::TempDir,
    said: Vec<(String, Value)>,
    /// The webhook that was paused at once, that which was paused after its first attempts, and
    /// what they will be sent to.
    paused: [String; 2],
    waiting: Receiver,
    /// How many deliveries wait for each of them.
    pending: [usize; 2],
}

/// Made once: the tests only read it.
static INSTALLATION: LazyLock<Installation> = LazyLock::new(Installation::new);

impl Installation {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let addr = free_addr();
        let sealed = [("FANFARE_ENCRYPTION_KEY", SEALED_WITH)];
        let server = Server::on(&source(folder.path()), folder.path(), addr, &sealed);
        let (good, waiting) = (Receiver::start(), Receiver::answering(Answer::text(503, "later")));
        let broken = Receiver::answering(Answer::text(500, "no"));
        create_webhook(addr, &good.url("/good"), SECRET);
        let changed = create_webhook(addr, &good.url("/before"), SECRET);
        patch(addr, &format!("/api/webhooks/{changed}"), &json!({"url": good.url("/after")}));
        let failing = create_webhook(addr, &broken.url("/hook"), SECRET);
        let late = create_webhook(addr, &waiting.url("/late"), SECRET);
        let paused = create_webhook(addr, &waiting.url("/paused"), SECRET);
        act(addr, &paused, "pause");
        ask(addr, "POST", "/api/events", &serde_json::from_str(EVENT).unwrap());
        waiting.wait_for_blocking(1);
        act(addr, &late, "pause");
        // Its deliveries fail for good; of what follows, some.
        let failed = format!("/api/webhooks/{failing}/deliveries?status=failed");
        until("retries end", Duration::from_secs(60), || count(addr, &failed) > 0);
        act(addr, &failing, "pause");
        keyed(addr);
        something_of_each(addr);
        let url = format!("http://{addr}");
        let variables = [("FANFARE_URL", &*url), ("FANFARE_API_KEY", KEY)];
        let play = ["simulate", "--format", "json", "--consumers", "60", "--seed", "3"];
        run(folder.path(), &variables, &play);
        act(addr, &failing, "disable");
        let replay = json!({"since": "2020-01-01T00:00:00Z", "eventType": ["consumer.deleted"],
                            "onlyMissing": false});
        ask(addr, "POST", &format!("/api/webhooks/{changed}/replay"), &replay);
        let running =
            || everything_in(addr, "/api/jobs").iter().any(|job| job["status"] == "running");
        until("the job ends", Duration::from_secs(30), || !running());
        let busy = format!("/api/webhooks/{changed}/deliveries?status=pending");
        until("the rest goes out", Duration::from_secs(60), || count(addr, &busy) == 0);
        let pending = [&paused, &late].map(|webhook| {
            count(addr, &format!("/api/webhooks/{webhook}/deliveries?status=pending"))
        });
        let said = everything(addr);
        // SIGKILL: what it had not copied out of its log is in the export as well.
        drop(server);
        Self { turn: Mutex::new(()), folder, said, paused: [paused, late], waiting, pending }
    }

    /// One export after another: each holds the database.
    fn export(&self, to: &Path) -> Output {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let database = source(self.folder.path());
        let to = to.to_str().unwrap();
        run(self.folder.path(), &[("FANFARE_DATABASE_URL", &database)], &["export", "--to", to])
    }
}

fn source(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("test.db").display())
}

fn act(addr: std::net::SocketAddr, webhook: &str, what: &str) {
    ask(addr, "POST", &format!("/api/webhooks/{webhook}/{what}"), &json!({}));
}

fn patch(addr: std::net::SocketAddr, path: &str, body: &Value) {
    let mut client = HttpClient::new(addr, Some(KEY));
    let json = [("content-type", "application/json")];
    let answer = client.send("PATCH", path, &json, body.to_string().as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// A request with a key: the first makes a consumer, the same again gets the same answer.
fn keyed(addr: std::net::SocketAddr) -> Value {
    let mut client = HttpClient::new(addr, Some(KEY));
    let headers = [("content-type", "application/json"), ("idempotency-key", "make-ada")];
    let answer = client.send("POST", "/api/consumers", &headers, TENANT.as_bytes()).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

/// Every item of a list, a few a page.
fn everything_in(addr: std::net::SocketAddr, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut after = String::new();
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = ask(addr, "GET", &format!("{path}{separator}limit=40{after}"), &json!(null));
        items.extend(page["data"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] != true {
            return items;
        }
        after = format!("&after={}", page["pageInfo"]["endCursor"].as_str().unwrap());
    }
}

fn count(addr: std::net::SocketAddr, path: &str) -> usize {
    everything_in(addr, path).len()
}

/// Everything that the API shows.
fn everything(addr: std::net::SocketAddr) -> Vec<(String, Value)> {
    let mut said = Vec::new();
    let mut list = |path: String| {
        let mut items = everything_in(addr, &path);
        for item in &mut items {
            // Asking is using the key.
            item.as_object_mut().unwrap().remove("lastUsedAt");
        }
        said.push((path, Value::from(items.clone())));
        items
    };
    let mut one = Vec::new();
    for path in ["/api/keys", "/api/notices", "/api/jobs", "/api/products", "/api/experiences"] {
        list(path.to_owned());
    }
    for path in ["/api/consumers", "/api/orders"] {
        list(path.to_owned());
        list(format!("{path}?sort=updatedAt"));
    }
    for webhook in list("/api/webhooks".to_owned()) {
        let id = webhook["id"].as_str().unwrap();
        list(format!("/api/webhooks/{id}/deliveries?status=failed"));
        one.push(format!("/api/webhooks/{id}/stats"));
    }
    for (path, sample) in [("/api/events", 1), ("/api/deliveries", 7)] {
        let items = list(path.to_owned());
        let ids = items.iter().step_by(sample).map(|item| item["id"].as_str().unwrap());
        one.extend(ids.map(|id| format!("{path}/{id}")));
    }
    for distribution in list("/api/distributions".to_owned()) {
        let path = format!("/api/distributions/{}", distribution["id"].as_str().unwrap());
        list(format!("{path}/consumers"));
        list(format!("{path}/consumers?sort=updatedAt"));
        match distribution["kind"].as_str().or(distribution["type"].as_str()).unwrap() {
            "auction" => drop(list(format!("{path}/bids"))),
            "draw" => one.push(format!("{path}/draw")),
            _ => {}
        }
    }
    for connection in list("/api/integrations/connections".to_owned()) {
        let path = format!("/api/integrations/connections/{}", connection["id"].as_str().unwrap());
        list(format!("{path}/messages"));
        one.push(path);
    }
    one.extend(["plan", "sent/resend/em_1"].map(|told| format!("/api/integrations/{told}")));
    for path in one {
        let mut item = ask(addr, "GET", &path, &json!(null));
        // The window of figures ends now.
        if let Some(stats) = item.as_object_mut().filter(|_| path.ends_with("/stats")) {
            stats.retain(|name, _| name == "totals");
        }
        said.push((path, item));
    }
    said
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn must(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
}

#[test]
fn everything_moves_and_what_is_pending_goes_out() {
    let installation = &*INSTALLATION;
    let database = Database::new();
    let to = database.path().join("export");
    must(&installation.export(&to));
    for file in fs::read_dir(&to).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let folder = to.to_str().unwrap();
    let imported = database.fanfare(&["import", "--from", folder]);
    must(&imported);
    let told = String::from_utf8(imported.stdout).unwrap();
    assert!(told.contains("Imported and verified"), "{told}");
    let again = database.fanfare(&["import", "--from", folder]);
    must(&again);
    assert!(String::from_utf8(again.stdout).unwrap().contains("nothing to do"));

    let addr = free_addr();
    let _node = database.node(addr, &[]);
    let lists = installation.said.iter().zip(everything(addr));
    for ((path, before), (path_now, now)) in lists {
        assert_eq!(*path, path_now);
        assert_eq!(*before, now, "{path}");
    }
    let named = |wanted: &str| {
        let found = installation.said.iter().find(|(path, _)| path == wanted);
        found.unwrap().1.as_array().unwrap().len()
    };
    for path in ["/api/notices", "/api/jobs", "/api/orders", "/api/consumers", "/api/deliveries"] {
        assert!(named(path) > 0, "{path}");
    }
    let before = keyed(addr);
    let consumers = everything_in(addr, "/api/consumers");
    assert!(consumers.iter().any(|each| each["id"] == before["id"]), "the answer was kept");

    // What was pending goes out, once, as what it was.
    let [paused, late] = installation.pending;
    assert!(paused > 1 && late > 1, "{paused} and {late} wait");
    installation.waiting.forget();
    installation.waiting.always(Answer::OK);
    for webhook in &installation.paused {
        act(addr, webhook, "resume");
    }
    let arrived = installation.waiting.wait_for_blocking(paused + late);
    let mut ids: Vec<_> = arrived
        .iter()
        .map(|request| {
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            (request.path.clone(), body["id"].as_str().unwrap().to_owned())
        })
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), paused + late);
    for webhook in &installation.paused {
        let waits = format!("/api/webhooks/{webhook}/deliveries?status=pending");
        until("recorded", Duration::from_secs(20), || count(addr, &waits) == 0);
    }
}

/// An import that stands still when it wants to write to a table.
struct Standstill<'d> {
    database: &'d Database,
    holder: Option<thread::JoinHandle<()>>,
}

impl<'d> Standstill<'d> {
    fn before(database: &'d Database, table: &str) -> Self {
        administer(&database.url, "CREATE TABLE IF NOT EXISTS public.go_on (one integer)");
        let hold = format!(
            "DO $$ BEGIN LOCK TABLE fanfare.{table} IN SHARE ROW EXCLUSIVE MODE; \
             WHILE NOT EXISTS (SELECT 1 FROM public.go_on) LOOP PERFORM pg_sleep(0.02); END LOOP; \
             END $$"
        );
        let url = database.url.clone();
        let holder = thread::spawn(move || drop(administer(&url, &hold)));
        let held = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
             WHERE d.datname = current_database() AND l.mode = 'ShareRowExclusiveLock' AND granted";
        until("the table is held", Duration::from_secs(20), || {
            administer(&database.url, held).trim() == "1"
        });
        Self { database, holder: Some(holder) }
    }

    fn wait(&self) {
        let stands = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
             WHERE d.datname = current_database() AND NOT granted";
        until("the import stands", Duration::from_secs(60), || {
            administer(&self.database.url, stands).trim() == "1"
        });
    }

    fn end(mut self) {
        administer(&self.database.url, "INSERT INTO public.go_on VALUES (1)");
        self.holder.take().unwrap().join().unwrap();
        administer(&self.database.url, "TRUNCATE public.go_on");
    }
}

fn start_import(database: &Database, folder: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_fanfare"))
        .args(["import", "--from", folder])
        .env("FANFARE_DATABASE_URL", &database.url)
        .current_dir(database.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn an_import_that_is_killed_anywhere_goes_on() {
    let installation = &*INSTALLATION;
    let database = Database::new();
    let to = database.path().join("export");
    must(&installation.export(&to));
    let folder = to.to_str().unwrap();
    for table in ["api_keys", "events", "waiting", "notices", "participants", "orders"] {
        let standstill = Standstill::before(&database, table);
        let mut import = start_import(&database, folder);
        standstill.wait();
        import.kill().unwrap();
        import.wait().unwrap();
        standstill.end();
        let refused = database.fanfare(&["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains("run `fanfare import` again"), "{}", stderr(&refused));
    }
    // What somebody changed meanwhile is found.
    let change = |sql: &str| {
        administer(&database.url, &format!("SET fanfare.organization = '*'; {sql}"));
    };
    let refused = |because: &str| {
        let refused = database.fanfare(&["import", "--from", folder]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains(because), "{}", stderr(&refused));
    };
    change("UPDATE fanfare.api_keys SET name = name || '!'");
    refused("api_keys in the database are not those that were exported");
    change("UPDATE fanfare.api_keys SET name = rtrim(name, '!')");
    change("UPDATE fanfare.waiting SET due_at = due_at + 1");
    refused("deliveries are pending, but");
    change("UPDATE fanfare.waiting SET due_at = due_at - 1");
    change(
        "INSERT INTO fanfare.products VALUES (gen_random_uuid(), gen_random_uuid(), 'x', NULL, \
            NULL, 0, 0)",
    );
    refused("a server wrote to it");
    change("DELETE FROM fanfare.products WHERE created_at = 0");
    must(&database.fanfare(&["import", "--from", folder]));
    let exported: Value =
        serde_json::from_slice(&fs::read(to.join("manifest.json")).unwrap()).unwrap();
    for file in exported["files"].as_array().unwrap() {
        let table = file["name"].as_str().unwrap().trim_end_matches(".jsonl");
        let sql = format!("SET fanfare.organization = '*'; SELECT count(*) FROM fanfare.{table}");
        let count = administer(&database.url, &sql);
        assert_eq!(count.trim(), file["rows"].to_string(), "{table}");
    }
    drop(database.node(free_addr(), &[]));
}

#[test]
fn what_is_not_as_it_was_exported_is_refused() {
    let installation = &*INSTALLATION;
    let database = Database::new();
    let to = database.path().join("export");
    must(&installation.export(&to));
    let folder = to.to_str().unwrap();

    // An export that broke off is continued, and is the same then.
    let manifest = fs::read(to.join("manifest.json")).unwrap();
    fs::remove_file(to.join("manifest.json")).unwrap();
    let unfinished = database.fanfare(&["import", "--from", folder]);
    assert!(stderr(&unfinished).contains("not finished"), "{}", stderr(&unfinished));
    let orders = fs::read(to.join("orders.jsonl")).unwrap();
    fs::write(to.join("orders.jsonl"), &orders[..orders.len() / 2]).unwrap();
    fs::remove_file(to.join("bids.jsonl")).unwrap();
    must(&installation.export(&to));
    assert_eq!(fs::read(to.join("manifest.json")).unwrap(), manifest);

    // One character of one order.
    let mut other = fs::read(to.join("orders.jsonl")).unwrap();
    let middle = other.len() / 2;
    other[middle] ^= 1;
    fs::write(to.join("orders.jsonl"), &other).unwrap();
    let refused = database.fanfare(&["import", "--from", folder]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("orders.jsonl is not as the export wrote it"));
    other[middle] ^= 1;
    fs::write(to.join("orders.jsonl"), &other).unwrap();

    // A database that has something.
    drop(database.node(free_addr(), &[]));
    let refused = database.fanfare(&["import", "--from", folder]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("the database is not empty"), "{}", stderr(&refused));
}

#[test]
fn a_database_that_is_served_is_not_exported() {
    let folder = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let server = Server::start(folder.path(), addr);
    let url = source(folder.path());
    let variables = [("FANFARE_DATABASE_URL", &*url)];
    let refused = run(folder.path(), &variables, &["export", "--to", "out"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("stop the server"), "{}", stderr(&refused));
    assert!(!folder.path().join("out").exists());
    drop(server);
    must(&run(folder.path(), &variables, &["export", "--to", "out"]));
    // A server writes: what was exported before is not continued.
    let server = Server::start(folder.path(), addr);
    create_webhook(addr, "http://127.0.0.1:9/hook", SECRET);
    drop(server);
    let refused = run(folder.path(), &variables, &["export", "--to", "out"]);
    assert!(stderr(&refused).contains("export into an empty folder"), "{}", stderr(&refused));
}
