//! Members: who they are and what becomes of them.
//!
//! Only an owner makes or unmakes an owner, and the last owner who is not suspended stays one. A
//! member whose role was changed signs in again: sessions that look at the organization end, and
//! those that begin have new tokens. Suspended and removed members are refused by their next request.

use fanfare_model::{Actor, OrganizationId, Role, Scope, UserId};
use fanfare_store::{Member, Membership, Page, PageRequest};

use super::{By, People};
use crate::launch::Stop;
use crate::{App, AppError, Caller, ErrorCode};

impl App {
    /// The organization's members; a cursor is the person's id. Needs `members:read`.
    pub async fn members(
        &self,
        caller: &Caller,
        page: PageRequest,
    ) -> Result<Page<Member>, AppError> {
        caller.require(Scope::MembersRead)?;
        Ok(self.store().members(caller.organization_id, page).await?)
    }

    /// One member. Needs `members:read`.
    pub async fn member(&self, caller: &Caller, user: UserId) -> Result<Member, AppError> {
        caller.require(Scope::MembersRead)?;
        let member = self.store().member(caller.organization_id, user).await?;
        member.ok_or_else(not_found)
    }

    /// Gives a member another role. Needs `members:write`. [`ErrorCode::Forbidden`] where only an
    /// owner may, [`ErrorCode::Conflict`] for the last owner.
    pub async fn change_role(
        &self,
        caller: &Caller,
        user: UserId,
        role: Role,
    ) -> Result<(), AppError> {
        self.change_member(caller, user, "member.role_changed", move |member| member.role = role)
            .await
    }

    /// Keeps a member out until restored. Needs `members:write`; refusals as in
    /// [`App::change_role`].
    pub async fn suspend_member(&self, caller: &Caller, user: UserId) -> Result<(), AppError> {
        self.change_member(caller, user, "member.suspended", |member| member.suspended = true).await
    }

    /// Lets a suspended member in again. Needs `members:write`.
    pub async fn restore_member(&self, caller: &Caller, user: UserId) -> Result<(), AppError> {
        self.change_member(caller, user, "member.restored", |member| member.suspended = false).await
    }

    async fn change_member(
        &self,
        caller: &Caller,
        user: UserId,
        action: &'static str,
        change: impl Fn(&mut Membership) + Send + 'static,
    ) -> Result<(), AppError> {
        caller.require(Scope::MembersWrite)?;
        let caller = *caller;
        self.people(move |people| {
            let organization = caller.organization_id;
            let before = people.tx.membership(organization, user)?.ok_or_else(not_found)?;
            let mut after = before.clone();
            change(&mut after);
            people.may_manage(&caller, &[before.role, after.role])?;
            if after == before {
                return Ok(());
            }
            if !is_active_owner(&after) {
                people.leaves_an_owner(&before)?;
            }
            let by = By::from(&caller);
            people.tx.put_membership(&after)?;
            let about = (action, "member", user.to_string());
            people.tell(organization, by, about, Some(&before), Some(&after))?;
            match after.role == before.role {
                true => Ok(()),
                false => people.end_sessions_in(organization, user, by),
            }
        })
        .await
    }

    /// Removes a member; the person stays a member elsewhere. Needs `members:write`; refusals as in
    /// [`App::change_role`].
    pub async fn remove_member(&self, caller: &Caller, user: UserId) -> Result<(), AppError> {
        caller.require(Scope::MembersWrite)?;
        let caller = *caller;
        self.people(move |people| {
            let organization = caller.organization_id;
            let member = people.tx.membership(organization, user)?.ok_or_else(not_found)?;
            people.may_manage(&caller, &[member.role])?;
            people.leaves_an_owner(&member)?;
            people.tx.delete_membership(organization, user)?;
            let about = ("member.removed", "member", user.to_string());
            people.tell(organization, (&caller).into(), about, Some(&member), None)
        })
        .await
    }
}

impl People<'_> {
    /// Whether the caller may give and take these roles.
    pub(super) fn may_manage(&mut self, caller: &Caller, roles: &[Role]) -> Result<(), Stop> {
        let role = match caller.actor {
            Actor::Console => Role::Owner,
            Actor::User(user) => {
                let membership = self.tx.membership(caller.organization_id, user)?;
                let active = membership.filter(|membership| !membership.suspended);
                active.ok_or_else(|| AppError::forbidden(Scope::MembersWrite))?.role
            }
            Actor::Key(_) | Actor::System => {
                return Err(AppError::forbidden(Scope::MembersWrite).into());
            }
        };
        if roles.iter().all(|other| role.may_manage(*other)) {
            return Ok(());
        }
        let message = "only an owner may make or unmake an owner";
        Err(AppError::new(ErrorCode::Forbidden, message).into())
    }

    /// An organization has an owner left without this member.
    fn leaves_an_owner(&mut self, member: &Membership) -> Result<(), Stop> {
        if is_active_owner(member) && self.tx.count_owners(member.organization_id)? <= 1 {
            let message = "this is the last owner: make somebody else an owner first";
            return Err(AppError::new(ErrorCode::Conflict, message).into());
        }
        Ok(())
    }

    fn end_sessions_in(
        &mut self,
        organization: OrganizationId,
        user: UserId,
        by: By,
    ) -> Result<(), Stop> {
        for session in self.tx.sessions(user)? {
            if session.organization_id == Some(organization) {
                self.tx.delete_session(session.id)?;
                self.tell_of_session(&session, by, "session.revoked")?;
            }
        }
        Ok(())
    }
}

fn is_active_owner(member: &Membership) -> bool {
    member.role == Role::Owner && !member.suspended
}

fn not_found() -> AppError {
    AppError::not_found("member")
}
