//! The main job in one command.

use std::path::Path;

use crate::cli::run;

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
