//! Whatever is sent: no reader panics, and nothing verifies that was not signed. The corpus is
//! replayed first, then inputs are made up from it; `cargo xtask fuzz` gives that a minute.

use std::fs;
use std::path::{Path, PathBuf};

use fanfare_inbound::read::{resend as read_resend, stripe as read_stripe, twilio as read_twilio};
use fanfare_inbound::verify::{resend, stripe, twilio};
use fanfare_model::inbound::InboundContent;
use fanfare_model::{OrganizationId, Timestamp};
use fanfare_signing::Secret;
use proptest::prelude::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

type Reader = fn(&[u8]);

/// What can be read, by the name of its folder in the corpus.
const TARGETS: [(&str, Reader); 5] = [
    ("stripe_header", stripe_header),
    ("twilio_header", twilio_header),
    ("svix_headers", svix_headers),
    ("form", form),
    ("body", body),
];

fn stripe_header(input: &[u8]) {
    for now in [i64::MIN, 0, 1_700_000_000, i64::MAX] {
        assert!(stripe::verify(Some(input), b"{}", &[SECRET.as_bytes()], now, 300).is_err());
    }
}

fn twilio_header(input: &[u8]) {
    let url = String::from_utf8_lossy(input);
    let key = SECRET.as_bytes();
    let none = twilio::Fields::new();
    assert!(twilio::verify_form(Some(input), "https://a.example/x", &none, &[key]).is_err());
    assert!(twilio::verify_body(Some(input), &url, input, &[key]).is_err());
    let all = twilio::spellings(&url);
    assert!(all.len() <= 3 && all[0] == url);
}

fn svix_headers(input: &[u8]) {
    let secret = Secret::parse(SECRET).expect("a secret");
    let mut parts = input.split(|byte| *byte == b'\n');
    let headers =
        resend::Headers { id: parts.next(), timestamp: parts.next(), signature: parts.next() };
    for now in [i64::MIN, 0, 1_700_000_000, i64::MAX] {
        assert!(resend::verify(headers, b"{}", &[&secret], now, 300).is_err());
    }
}

fn form(input: &[u8]) {
    if let Ok(fields) = twilio::fields(input) {
        let bytes: usize = fields
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| name.len() + value.len()))
            .sum();
        assert!(bytes <= input.len(), "reading makes nothing longer");
        let callback = read_twilio::Callback::of_form(&fields);
        let _any = callback.identify();
        let _any = callback.effects(Timestamp::from_millis(0));
    }
}

fn body(input: &[u8]) {
    let at = Timestamp::from_millis(0);
    if let Ok((identity, _)) = read_stripe::identify(input) {
        assert!(identity.key.len() <= 300 && identity.kind.len() <= 300);
    }
    let _any = read_stripe::effects(input, OrganizationId::from_u128(7));
    let _any = read_resend::identify(b"msg_1", input);
    let _any = read_resend::effects(input, at);
    if let Ok(callback) = read_twilio::Callback::of_stored(InboundContent::Json, input) {
        let _any = callback.effects(at);
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("a file")).collect()
}

#[test]
fn the_corpus_is_read_without_a_panic() {
    for (name, target) in TARGETS {
        let inputs = corpus(name);
        assert!(inputs.len() >= 4, "{name}");
        inputs.iter().for_each(|input| target(input));
    }
}

/// A piece of the corpus, changed in some places: what a reader of its form gets deepest into.
fn changed(target: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let inputs = corpus(target);
    let edits = proptest::collection::vec((any::<prop::sample::Index>(), any::<Edit>()), 0..8);
    (prop::sample::select(inputs), edits).prop_map(|(mut input, edits)| {
        for (place, edit) in edits {
            let place = place.index(input.len() + 1);
            match edit {
                Edit::Insert(bytes) => drop(input.splice(place..place, bytes)),
                Edit::Cut(count) => {
                    let end = (place + usize::from(count)).min(input.len());
                    drop(input.drain(place..end));
                }
                Edit::Repeat(count) => {
                    let piece = input[place..].to_vec();
                    for _ in 0..count % 32 {
                        input.extend_from_slice(&piece);
                    }
                    input.truncate(64 * 1024);
                }
            }
        }
        input
    })
}

#[derive(Debug, Clone)]
enum Edit {
    Insert(Vec<u8>),
    Cut(u8),
    Repeat(u8),
}

impl Arbitrary for Edit {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 1..8).prop_map(Self::Insert),
            "[=,.&%+ 0-9a-fv:@?\\[\\]{}\"\\\\u]{1,6}".prop_map(|text| Self::Insert(text.into())),
            any::<u8>().prop_map(Self::Cut),
            any::<u8>().prop_map(Self::Repeat),
        ]
        .boxed()
    }
}

macro_rules! fuzzed {
    ($($name:ident,)*) => {$(
        proptest! {
            #[test]
            fn $name(
                made in changed(stringify!($name)),
                random in proptest::collection::vec(any::<u8>(), 0..512),
            ) {
                super::$name(&made);
                super::$name(&random);
            }
        }
    )*};
}

mod fuzz {
    use super::*;

    fuzzed! { stripe_header, twilio_header, svix_headers, form, body, }
}
