//! One field of an event's `data`, and the kinds of value a field may have.

use std::fmt;

use super::EventType;
use super::tables;

/// One field of the `data` of an event type: a row of the catalogue's tables.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field {
    /// Its name, in `snake_case`.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// Whether `data` must have it. Only what no receiver can do without is required.
    pub required: bool,
    /// Whether its value may be `null`.
    pub nullable: bool,
    /// What it means, in one sentence for people.
    pub description: &'static str,
    /// A value as it would be in an event.
    pub example: Example,
}

impl Field {
    pub(super) const fn new(
        name: &'static str,
        kind: Kind,
        example: Example,
        description: &'static str,
    ) -> Self {
        Self { name, kind, required: false, nullable: false, description, example }
    }

    pub(super) const fn id(
        name: &'static str,
        prefix: &'static str,
        example: &'static str,
        description: &'static str,
    ) -> Self {
        Self::new(name, Kind::Id(prefix), Example::Text(example), description)
    }

    pub(super) const fn time(
        name: &'static str,
        example: &'static str,
        description: &'static str,
    ) -> Self {
        Self::new(name, Kind::Timestamp, Example::Text(example), description)
    }

    pub(super) const fn text(
        name: &'static str,
        max: usize,
        example: &'static str,
        description: &'static str,
    ) -> Self {
        Self::new(name, Kind::Text { max }, Example::Text(example), description)
    }

    /// One of some words; the example is the first.
    pub(super) const fn one_of(
        name: &'static str,
        words: &'static [&'static str],
        description: &'static str,
    ) -> Self {
        Self::new(name, Kind::Enum(words), Example::Text(words[0]), description)
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }
}

/// What the value of a field may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// An id: this prefix (its `_` included), then letters, digits and `_`, in all at most
    /// [`Kind::ID_LENGTH`]. No more is asked of it, since other services make these ids.
    Id(&'static str),
    /// A text of at most this many characters.
    Text {
        /// The most characters.
        max: usize,
    },
    /// An e-mail address: one `@` with something on both sides, no spaces or control characters,
    /// at most [`Kind::EMAIL_LENGTH`] characters.
    Email,
    /// A phone number: 3 to 32 digits, spaces, `(`, `)`, `.`, `-`, perhaps after a `+`.
    Phone,
    /// A moment: RFC 3339 in UTC with a capital `T` and `Z`, and at most nine decimals.
    Timestamp,
    /// An amount of money as a decimal string: up to 12 digits, and up to 8 after a dot. Where
    /// one is, `currency_code` must be too.
    Money,
    /// Three capital letters (ISO 4217).
    Currency,
    /// A whole number from this one to [`Kind::INTEGER_MAX`].
    Integer {
        /// The least value.
        min: i64,
    },
    /// `true` or `false`.
    Boolean,
    /// An object with anything in it.
    Object,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// A list.
    Array {
        /// What its items may be; never an array itself.
        of: &'static Self,
        /// The most items.
        max: usize,
    },
}

impl Kind {
    /// The most characters of an id.
    pub const ID_LENGTH: usize = 128;
    /// The most characters of an e-mail address.
    pub const EMAIL_LENGTH: usize = 254;
    /// The largest whole number: the largest that JavaScript holds exactly.
    pub const INTEGER_MAX: i64 = (1 << 53) - 1;

    /// Whether this text is a value of the kind, as an event's `data` would have it.
    pub fn takes(&self, text: &str) -> bool {
        super::fits::text_fits(self, text)
    }
}

/// What a value must be, as in "must be …".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(prefix) => write!(
                f,
                "an id such as \"{prefix}123\": `{prefix}`, then letters, digits or `_`, \
                 at most {} characters in all",
                Self::ID_LENGTH
            ),
            Self::Text { max } => write!(f, "a string of at most {max} characters"),
            Self::Email => f.write_str("an e-mail address such as \"ada@example.com\""),
            Self::Phone => f.write_str("a phone number such as \"+15550100123\""),
            Self::Timestamp => {
                f.write_str("an RFC 3339 time in UTC such as \"2024-06-20T15:30:00Z\"")
            }
            Self::Money => f.write_str("a decimal string such as \"149.99\""),
            Self::Currency => f.write_str("three capital letters such as \"USD\""),
            Self::Integer { min } => {
                write!(f, "a whole number from {min} to {}", Self::INTEGER_MAX)
            }
            Self::Boolean => f.write_str("true or false"),
            Self::Object => f.write_str("an object"),
            Self::Enum([word]) => write!(f, "\"{word}\""),
            Self::Enum(words) => write!(f, "one of \"{}\"", words.join("\", \"")),
            Self::Array { of, max } => {
                write!(f, "an array of at most {max} items, each of them {of}")
            }
        }
    }
}

/// An example value, in a form that a table can hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Example {
    /// A string.
    Text(&'static str),
    /// A number.
    Integer(i64),
    /// A truth value.
    Boolean(bool),
    /// A list of strings.
    Texts(&'static [&'static str]),
    /// An object with string values.
    Object(&'static [(&'static str, &'static str)]),
}

impl EventType {
    /// The fields of its `data`, in the order of documents. At most 32, no two with one name.
    pub const fn fields(self) -> &'static [Field] {
        tables::fields(self)
    }
}
