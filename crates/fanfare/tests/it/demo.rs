//! The main job in one command.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::cli::run;
use crate::people::Visitor;

#[test]
fn everything_is_as_promised_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let temporary = [("TMPDIR", folder.path().to_str().unwrap())];
    let output = run(folder.path(), &temporary, &["demo", "--exit"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}\n{errors}");
    assert_eq!(errors, "");
    assert!(text.contains("As promised"), "{text}");
    assert!(text.contains("0s,1s,2s,2s,3s,3s: shortened"), "{text}");
    assert!(!text.contains('\x1b'), "plain lines in a pipe");
    for event_type in fanfare_model::EventType::ALL {
        assert!(text.contains(event_type.as_str()), "{event_type} is shown");
    }
    let outage: Vec<_> = text.lines().filter(|line| line.contains(" outage   ")).collect();
    let attempts: Vec<_> = (1..=6).map(|number| format!(" {number}/6 ")).collect();
    let shown = outage.iter().filter(|line| line.contains(" 503 "));
    assert!(shown.zip(&attempts).all(|(line, number)| line.contains(number)), "{text}");
    assert!(text.contains("notice: "), "{text}");
    assert!(is_empty(folder.path()), "the database is removed");
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

/// A demo that goes on until it is interrupted.
struct Running(Child);

impl Running {
    /// The link with which somebody signs in.
    fn link(&mut self) -> String {
        let mut lines = BufReader::new(self.0.stdout.take().unwrap()).lines().map(Result::unwrap);
        let heading = lines.by_ref().find(|line| line.contains("# sign in, once"));
        assert!(heading.is_some(), "the demo says how to sign in");
        let link = lines.next().unwrap().trim().to_owned();
        // Whatever else it prints is read, so that it does not wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        link
    }

    fn interrupt(mut self) -> ExitStatus {
        let pid = self.0.id().to_string();
        let kill = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(kill.success());
        self.0.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only a test that failed leaves it running.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

#[test]
fn its_link_signs_in_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Command::new(env!("CARGO_BIN_EXE_fanfare"));
    demo.arg("demo").current_dir(folder.path()).env_clear().env("TMPDIR", folder.path());
    demo.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut demo = Running(demo.spawn().unwrap());
    let link = demo.link();
    let addr = link.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let mut visitor = Visitor::at(addr.parse().unwrap());
    let come = visitor.use_link(&link, &[]);
    assert_eq!((come.status, come.header("location")), (303, Some("/")), "{}", come.text());
    let page = visitor.get("/");
    assert_eq!(page.status, 200);
    for text in ["Overview", "demo@fanfare.example", "Owner"] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    let list = visitor.get("/settings/integrations/webhooks");
    assert_eq!(list.text().matches("data-row=").count(), 2, "both webhooks of the demo");
    let (path, token) = link.split_once("?token=").unwrap();
    let path = path.strip_prefix(&format!("http://{addr}")).unwrap();
    let mut other = Visitor::at(addr.parse().unwrap());
    assert_ne!(other.post(path, &[("token", token)]).status, 303, "it works once");
    assert_eq!(other.get("/").status, 303, "nobody is signed in there");
    assert_eq!(demo.interrupt().code(), Some(0));
    assert!(is_empty(folder.path()), "the database is removed");
}
