//! What a check complains about.

use std::fmt;

/// One breach of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The rule's short name; the first word of a line in `xtask/exceptions.txt`.
    pub(crate) rule: &'static str,
    /// The file, crate or package.
    pub(crate) place: String,
    /// What is wrong there.
    pub(crate) what: String,
    /// How to mend it.
    pub(crate) mend: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}: {}. {}.", self.rule, self.place, self.what, self.mend)
    }
}
