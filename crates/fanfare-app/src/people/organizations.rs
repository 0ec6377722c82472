//! Organizations that people make and name.

use fanfare_model::{Role, Scope, limits};
use fanfare_store::Organization;

use super::session::SignedIn;
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, ErrorCode};

impl App {
    /// Makes an organization, whose first owner is who asks.
    /// [`ErrorCode::ValidationFailed`] for `name`, [`ErrorCode::LimitReached`] beyond
    /// [`limits::ORGANIZATIONS_PER_USER`].
    pub async fn create_organization(
        &self,
        signed_in: &SignedIn,
        name: &str,
    ) -> Result<Organization, AppError> {
        let (name, by, user) = (judged(name)?, signed_in.by(), signed_in.user.id);
        self.people(move |people| {
            if people.tx.memberships(user)?.len() >= limits::ORGANIZATIONS_PER_USER {
                let message = "you are a member of as many organizations as you may be";
                return Err(AppError::new(ErrorCode::LimitReached, message).into());
            }
            let user = people.tx.user(user)?.ok_or_else(super::session::signed_out)?;
            let organization =
                Organization { id: people.id(), name: name.clone(), created_at: people.now };
            people.tx.put_organization(&organization)?;
            let about = ("organization.created", "organization", organization.id.to_string());
            people.tell(organization.id, by, about, None, Some(&organization))?;
            people.join(organization.id, &user, Role::Owner, by)?;
            Ok(organization)
        })
        .await
    }

    /// Names the organization anew. Needs `settings:write`.
    pub async fn rename_organization(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Organization, AppError> {
        caller.require(Scope::SettingsWrite)?;
        let (name, caller) = (judged(name)?, *caller);
        self.people(move |people| {
            let found = people.tx.organization(caller.organization_id)?;
            let before = found.ok_or_else(|| AppError::not_found("organization"))?;
            if before.name == name {
                return Ok(before);
            }
            let after = Organization { name: name.clone(), ..before.clone() };
            people.tx.put_organization(&after)?;
            let about = ("organization.renamed", "organization", after.id.to_string());
            people.tell(after.id, (&caller).into(), about, Some(&before), Some(&after))?;
            Ok(after)
        })
        .await
    }
}

fn judged(name: &str) -> Result<String, AppError> {
    let mut complaints = Complaints::default();
    let name = complaints.text("name", name, limits::NAME).unwrap_or_default();
    complaints.judge()?;
    Ok(name)
}
