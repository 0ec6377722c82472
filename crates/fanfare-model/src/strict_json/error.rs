//! What is wrong with a body, and where.

use std::fmt;

use serde_json::error::Category;

use super::path::{Segment, render};
use super::{InvalidField, MAX_VALUES};
use crate::limits;

/// Why bytes are not the JSON they should be. `Display` tells what, where, and in which field;
/// it never repeats a value that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// The path of the value or key it happened at, such as `data.items[3].name`; empty for the
    /// document itself. Cut to 200 characters.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
    /// Offset in bytes, from 0: of the offending byte, or just after what was read when it
    /// became clear.
    pub offset: usize,
}

/// What is wrong with a JSON text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonErrorKind {
    /// Nothing but white space.
    #[error("the body is empty; expected JSON")]
    Empty,
    /// Bytes that are no UTF-8.
    #[error("invalid UTF-8")]
    InvalidUtf8,
    /// No JSON; the text says what was met or expected.
    #[error("invalid JSON: {0}")]
    Syntax(String),
    /// The text stops within the value.
    #[error("invalid JSON: the text ends too early")]
    UnexpectedEnd,
    /// A key stands twice in one object; the path is the key's.
    #[error("duplicate key")]
    DuplicateKey,
    /// Objects and arrays nested beyond [`limits::JSON_DEPTH`].
    #[error("nested deeper than {} levels", limits::JSON_DEPTH)]
    TooDeep,
    /// More than [`MAX_VALUES`] values.
    #[error("more than {MAX_VALUES} values in one body; send less at a time")]
    TooManyValues,
    /// The escape `\u0000` in a string or a key.
    #[error("NUL character in a string")]
    Nul,
    /// A key that begins with `$serde_json::private::`.
    #[error("reserved key")]
    ReservedKey,
}

impl JsonError {
    pub(super) fn at_offset(kind: JsonErrorKind, bytes: &[u8], offset: usize) -> Self {
        let before = &bytes[..offset];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
        Self { kind, path: String::new(), line, column, offset }
    }

    pub(super) fn from_reader(
        fault: Option<JsonErrorKind>,
        path: &[Segment],
        error: &serde_json::Error,
        bytes: &[u8],
    ) -> Self {
        let kind = fault.unwrap_or_else(|| match error.classify() {
            Category::Eof => JsonErrorKind::UnexpectedEnd,
            _ => JsonErrorKind::Syntax(without_position(error)),
        });
        let (line, column) = (error.line(), error.column());
        let offset = line_start(bytes, line) + column.saturating_sub(1);
        Self { kind, path: render(path), line, column, offset: offset.min(bytes.len()) }
    }
}

fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&position).map(str::to_owned).unwrap_or(text)
}

fn line_start(bytes: &[u8], line: usize) -> usize {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let ends = ends.map(|(end, _)| end + 1);
    std::iter::once(0).chain(ends).nth(line.saturating_sub(1)).unwrap_or(bytes.len())
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if self.kind == JsonErrorKind::Empty {
            return Ok(());
        }
        if !self.path.is_empty() {
            write!(f, " at `{}`", self.path)?;
        }
        write!(f, " (line {}, column {}, byte {})", self.line, self.column, self.offset)
    }
}

impl std::error::Error for JsonError {}

/// Why a body is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is not the JSON it should be.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It is JSON, but a field is missing, unknown or of the wrong kind.
    #[error(transparent)]
    Field(#[from] InvalidField),
}
