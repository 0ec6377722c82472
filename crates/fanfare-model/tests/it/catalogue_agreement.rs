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

use crate::catalogue_data::{damaged, edges, just_wrong, valid};

/// Random documents for each event type: right ones, and damaged ones.
const RIGHT: usize = 60;
const DAMAGED: usize = 80;

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
    assert!(accepted > 1_000 && refused > 1_000, "a lopsided corpus: {figures}");
}

fn write_corpus(path: &Path) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let schemas: Map<String, Value> =
        EventType::known().map(|each| (each.as_str().to_owned(), json_schema(each))).collect();
    writeln!(file, "{}", Value::Object(schemas)).unwrap();
    for (event_type, data) in at_the_edges().into_iter().chain(at_random()) {
        let verdict = validate(event_type, &data).is_ok();
        writeln!(file, "{}", json!([event_type, data, verdict])).unwrap();
    }
    file.flush().unwrap();
}

/// Every edge in one field of every kind there is.
fn at_the_edges() -> Vec<(EventType, Value)> {
    let mut kinds = Vec::new();
    let mut documents = Vec::new();
    for event_type in EventType::known() {
        let example = example_data(event_type);
        for field in event_type.fields() {
            if kinds.contains(&(field.kind, field.nullable)) {
                continue;
            }
            kinds.push((field.kind, field.nullable));
            for value in edges().into_iter().chain([just_wrong(&field.kind)]) {
                let mut data = example.clone();
                data[field.name] = value;
                documents.push((event_type, data));
            }
        }
        documents.push((event_type, example));
    }
    documents
}

/// Right documents and damaged ones of every type.
fn at_random() -> impl Iterator<Item = (EventType, Value)> {
    // The cheapest generator: the default one takes most of the time without optimisation.
    let config = Config { rng_algorithm: RngAlgorithm::XorShift, ..Config::default() };
    let mut runner = TestRunner::new(config);
    EventType::known().flat_map(move |event_type| {
        let right = sample(&mut runner, &valid(event_type), RIGHT);
        let wrong = sample(&mut runner, &damaged(event_type), DAMAGED);
        right.into_iter().chain(wrong).map(move |data| (event_type, data))
    })
}

fn sample(
    runner: &mut TestRunner,
    strategy: &impl Strategy<Value = Value>,
    number: usize,
) -> Vec<Value> {
    (0..number).map(|_| strategy.new_tree(runner).unwrap().current()).collect()
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
