//! Settings of the organization and of one's own account: API keys, members, the audit log,
//! sessions, the password.

mod account;
mod audit;
mod keys;
mod members;

pub(crate) use account::{account, change_password, choose_topics, revoke_session};
pub(crate) use audit::{audit_log, export_audit};
pub(crate) use keys::{ask_revoke_key, create_key, keys, revoke_key};
pub(crate) use members::{
    ask_remove_member, change_role, invite, members, remove_member, restore_member, suspend_member,
    withdraw_invitation,
};
