//! A published JSON Schema library, given our schemas, takes and refuses what our own check
//! does. It is Python's, since none in Rust is cheap to build.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use fanfare_model::catalogue::{EventType, example_data, json_schema, validate};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRunner};
use serde_json::{Map, Value, json};

use crate::catalogue_data::{damaged, valid};

/// Documents for each event type.
const DOCUMENTS: usize = 200;

#[test]
fn a_published_library_agrees_with_our_check() {
    let corpus = Path::new(env!("CARGO_TARGET_TMPDIR")).join("catalogue_agreement.jsonl");
    write_corpus(&corpus);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema_agreement.py");
    let output = python().arg(script).arg(&corpus).output().unwrap();
    assert!(
        output.status.success(),
        "corpus: {}\n{}{}",
        corpus.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let figures = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<usize> = figures.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [accepted, refused, 0] = numbers[..] else { panic!("{figures}") };
    let all = EventType::ALL.len() * DOCUMENTS;
    assert_eq!(accepted + refused, all);
    assert!(accepted * 4 > all && refused * 4 > all, "a lopsided corpus: {figures}");
}

fn write_corpus(path: &Path) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let schemas: Map<String, Value> = EventType::ALL
        .map(|each| (each.as_str().to_owned(), json_schema(each)))
        .into_iter()
        .collect();
    writeln!(file, "{}", Value::Object(schemas)).unwrap();
    // The cheapest generator: the default one takes most of the time without optimisation.
    let config = Config { rng_algorithm: RngAlgorithm::XorShift, ..Config::default() };
    let mut runner = TestRunner::new(config);
    for event_type in EventType::ALL {
        let (valid, damaged) = (valid(event_type), damaged(event_type));
        for number in 0..DOCUMENTS {
            let data = match number {
                0 => example_data(event_type),
                _ if number % 4 == 0 => valid.new_tree(&mut runner).unwrap().current(),
                _ => damaged.new_tree(&mut runner).unwrap().current(),
            };
            let verdict = validate(event_type, &data).is_ok();
            writeln!(file, "{}", json!([event_type, data, verdict])).unwrap();
        }
    }
    file.flush().unwrap();
}

/// A Python that has the library: the one that the test set-up names, or the system's.
#[expect(clippy::disallowed_methods, reason = "the test set-up names its Python this way")]
fn python() -> Command {
    let python = std::env::var("FANFARE_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let proof = Command::new(&python).args(["-c", "import jsonschema"]).output();
    assert!(
        proof.is_ok_and(|proof| proof.status.success()),
        "`{python}` cannot import jsonschema: run `cargo xtask test`, it installs jsonschema"
    );
    Command::new(python)
}
