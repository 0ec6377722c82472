//! Where in a document something is: `data.items[3].name`.

use crate::catalogue::suggest::shown;

/// Longest path that an error shows, in characters.
const LONGEST: usize = 200;

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    /// Into an object, by a key that may be shown.
    Key(String),
    /// Into an array, from 0.
    Index(usize),
}

impl Segment {
    pub(super) fn key(key: &str) -> Self {
        Self::Key(shown(key))
    }
}

/// The path of segments that were collected from the inside out; empty for the document itself.
pub(super) fn render(inside_out: &[Segment]) -> String {
    let mut path = String::new();
    for segment in inside_out.iter().rev() {
        match segment {
            Segment::Key(key) if path.is_empty() => path.push_str(key),
            Segment::Key(key) => {
                path.push('.');
                path.push_str(key);
            }
            Segment::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    match path.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &path[..cut]),
        None => path,
    }
}
