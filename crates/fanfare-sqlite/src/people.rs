//! People as rows: one file per noun, and [`tx`], which is what work sees of them.

mod attempts;
pub(crate) mod link;
pub(crate) mod membership;
pub(crate) mod notice;
pub(crate) mod session;
pub(crate) mod tx;
pub(crate) mod user;
