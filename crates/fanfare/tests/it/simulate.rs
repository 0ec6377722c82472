//! `fanfare simulate` and `fanfare draw verify`, as two people would use them: one plays a launch,
//! the other does not believe in its draw.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use fanfare_model::EventType;
use fanfare_testkit::{HttpClient, Receiver};
use serde_json::{Value, json};

use crate::cli::run;
use crate::server::{KEY, Server, create_webhook, free_addr};

/// A command against a server.
fn ask(folder: &Path, addr: SocketAddr, args: &[&str]) -> Output {
    let url = format!("http://{addr}");
    run(folder, &[("FANFARE_URL", &url), ("FANFARE_API_KEY", KEY)], args)
}

fn simulated(folder: &Path, addr: SocketAddr, args: &[&str]) -> Value {
    let output = ask(folder, addr, &[&["simulate", "--format", "json"], args].concat());
    let (told, errors) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{told}\n{errors}");
    assert!(!errors.contains('\r'), "plain lines in a pipe: {errors}");
    serde_json::from_str(told).unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_simulated_launch_is_as_promised_and_its_draw_can_be_verified() {
    let folder = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let _server = Server::start(folder.path(), addr);
    let receiver = Receiver::start();
    create_webhook(addr, &receiver.url("/hook"), "whsec_your_secret_key");

    let told = simulated(folder.path(), addr, &["--consumers", "300", "--seed", "7"]);
    assert_eq!((&told["kept"], &told["surprises"]), (&json!(true), &json!([])));
    let events = told["events"].as_object().unwrap();
    let never: Vec<_> =
        EventType::ALL.into_iter().filter(|it| !events.contains_key(it.as_str())).collect();
    let left_out =
        [EventType::ConsumerUpdated, EventType::ConsumerDeleted, EventType::ExperienceCancelled];
    assert_eq!(never, left_out);
    let all: u64 = events.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(told["webhooks"][0]["succeeded"], all);
    assert_eq!(receiver.wait_for_blocking(all as usize).len() as u64, all);
    assert_eq!(
        told["participants"]["draw"]["SELECTED"].as_u64().unwrap_or(0)
            + told["participants"]["draw"]["COMPLETED"].as_u64().unwrap(),
        15
    );

    let draw = told["drawId"].as_str().unwrap();
    verified(folder.path(), addr, draw);
    tampered(folder.path());
}

/// The draw holds, at the server and from the file that was saved.
fn verified(folder: &Path, addr: SocketAddr, draw: &str) {
    let save = ["draw", "verify", "--distribution", draw, "--save", "draw.json"];
    let at_server = ask(folder, addr, &save);
    assert_eq!(at_server.status.code(), Some(0), "{}", text(&at_server.stderr));
    let from_file = run(folder, &[], &["draw", "verify", "--file", "draw.json"]);
    assert_eq!(from_file, at_server, "no server is needed for it");
    let told = text(&from_file.stdout);
    assert!(told.starts_with(&format!("Draw {draw}\n")), "{told}");
    assert!(told.contains("✓ the winners are the first 15 by rank"), "{told}");
    let again = ask(folder, addr, &save);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(text(&again.stderr), "fanfare: draw.json is there already\n");
}

/// Whoever swaps a winner for somebody else is found out, with or without the ranks.
fn tampered(folder: &Path) {
    let text = std::fs::read_to_string(folder.join("draw.json")).unwrap();
    let honest: Value = serde_json::from_str(&text).unwrap();
    let (winner, loser) = (&honest["entrants"][0], &honest["entrants"][20]);
    let mut swapped = honest.clone();
    for field in ["status", "selectedAt"] {
        swapped["entrants"][0][field] = loser[field].clone();
        swapped["entrants"][20][field] = winner[field].clone();
    }
    let mut renamed = swapped.clone();
    for (place, other) in [(0, loser), (20, winner)] {
        for field in ["consumerId", "status", "selectedAt"] {
            renamed["entrants"][place][field] = other[field].clone();
        }
    }
    for (forged, complaint) in [
        (swapped, "has place 1 and was not selected"),
        (renamed, "every rank follows from the seed and the entrant's id: con_"),
    ] {
        std::fs::write(folder.join("forged.json"), forged.to_string()).unwrap();
        let args = ["draw", "verify", "--file", "forged.json", "--format", "json"];
        let output = run(folder, &[], &args);
        assert_eq!((output.status.code(), &*output.stderr), (Some(1), &b""[..]));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["holds"], false);
        let broken = |step: &&Value| step["holds"] == false;
        let steps = told["steps"].as_array().unwrap().iter().filter(broken);
        let found = steps.map(|step| step["text"].as_str().unwrap());
        assert!(found.clone().any(|text| text.contains(complaint)), "{told}");
    }
}

#[test]
fn each_part_can_be_played_alone_and_a_draw_that_waits_does_not_hold() {
    let folder = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let _server = Server::start(folder.path(), addr);
    for part in ["queue", "draw", "auction"] {
        let told = simulated(folder.path(), addr, &["--experience", part, "--consumers", "40"]);
        assert_eq!(told["kept"], true, "{told}");
        for other in ["queue", "draw", "auction"] {
            assert_eq!(told["participants"][other].is_object(), other == part, "{told}");
        }
    }

    let mut client = HttpClient::new(addr, Some(KEY));
    let mut create = |path: &str, body: Value| {
        let answer = client.post(path, &body.to_string()).unwrap();
        let made: Value = serde_json::from_slice(&answer.body).unwrap();
        made["id"].as_str().unwrap().to_owned()
    };
    let experience = create("/api/experiences", json!({"name": "Later"}));
    let draw = json!({"experienceId": experience, "type": "draw", "winnerCount": 1});
    let draw = create("/api/distributions", draw);
    let output = ask(folder.path(), addr, &["draw", "verify", "--distribution", &draw]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stdout);
    assert!(told.contains("not published yet: the draw is not finished"), "{told}");
}

#[test]
fn a_server_that_goes_away_ends_the_simulation() {
    let folder = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let server = Server::start(folder.path(), addr);
    let mut child = Command::new(env!("CARGO_BIN_EXE_fanfare"))
        .args(["simulate", "--consumers", "1000", "--rate", "100"])
        .env("FANFARE_URL", format!("http://{addr}"))
        .env("FANFARE_API_KEY", KEY)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // At this rate it joins for more than ten seconds.
    let mut client = HttpClient::new(addr, Some(KEY));
    let deadline = Instant::now() + Duration::from_secs(30);
    while !client.get("/api/events?type=distribution.joined").unwrap().text().contains("evt_") {
        assert!(Instant::now() < deadline, "somebody joins");
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(server);
    let gone = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(gone.elapsed() < Duration::from_secs(15), "{:?}", gone.elapsed());
    assert_eq!((output.status.code(), &*output.stdout), (Some(1), &b""[..]));
    let complaint = text(&output.stderr).lines().last().unwrap();
    assert!(complaint.starts_with("fanfare: "), "{complaint}");
}
