//! Signing in with a password.

use fanfare_model::{Actor, limits};
use fanfare_signing::Token;
use fanfare_store::User;

use super::passwords::Password;
use super::session::{ClientInfo, NewSession, PasswordProof, SignedIn};
use super::throttle::Counted;
use super::{By, People, fields};
use crate::launch::Stop;
use crate::{App, AppError, ErrorCode};

/// Somebody who wants to come in.
#[derive(Clone)]
pub struct SignIn {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The browser.
    pub client: ClientInfo,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn")
            .field("email", &self.email)
            .field("password", &"***")
            .field("client", &self.client)
            .finish()
    }
}

impl App {
    /// Begins a session. [`ErrorCode::Unauthorized`] when the e-mail address or the password is not
    /// right, without saying which; [`ErrorCode::RateLimited`] after too many that were not;
    /// [`ErrorCode::Unavailable`] when too many passwords are being looked at.
    pub async fn sign_in(&self, sign_in: SignIn) -> Result<NewSession, AppError> {
        let SignIn { email, password, client } = sign_in;
        let password = Password::new(password);
        let email = fields::spelled(&email);
        let counted = Counted::new(&email, client.ip);
        self.people(move |people| people.count_attempt(counted)).await?;
        // No address is longer than this; looking for one that is would only cost.
        let user = match email.len() <= limits::SIGN_IN_EMAIL {
            true => self.store().user_by_email(&email).await?,
            false => None,
        };
        // The same work whether there is such a person or not.
        let stored = user.as_ref().and_then(|user| user.password.clone());
        let right = self.password_is(password, stored).await?;
        let random = self.ids().random();
        let session = self
            .people(move |people| match &user {
                Some(user) if right => {
                    let token = Token::new(random);
                    people.still_has_password(user)?;
                    people.forgive_attempt(counted)?;
                    people.begin_session(user.id, &token, &client, true).map(Some)
                }
                known => people.refuse(known.as_ref(), &client).map(|()| None),
            })
            .await?;
        let session = session.ok_or_else(wrong)?;
        Ok(NewSession::of(&session, random))
    }

    /// Proves that the person who is signed in knows the password, for
    /// [`limits::PASSWORD_FRESH`]; the session remembers it. [`ErrorCode::ValidationFailed`] for
    /// `password` when it is wrong, [`ErrorCode::RateLimited`] after too many that were.
    pub async fn confirm_password(
        &self,
        signed_in: &SignedIn,
        password: &str,
    ) -> Result<PasswordProof, AppError> {
        let user = self.check_password(signed_in, "password", password).await?;
        let id = signed_in.session_id;
        self.people(move |people| {
            let session = people.tx.session(id)?.ok_or_else(super::session::signed_out)?;
            people.still_has_password(&user)?;
            let now = people.now;
            people
                .tx
                .put_session(&fanfare_store::Session { confirmed_at: Some(now), ..session })?;
            Ok(PasswordProof { user_id: user.id, until: now + limits::PASSWORD_FRESH })
        })
        .await
    }

    /// The person, whose password this is; the refusal names `field`.
    pub(super) async fn check_password(
        &self,
        signed_in: &SignedIn,
        field: &'static str,
        password: &str,
    ) -> Result<User, AppError> {
        let counted = Counted::new(&signed_in.user.email, signed_in.origin.ip);
        self.people(move |people| people.count_attempt(counted)).await?;
        let user = self.store().user(signed_in.user.id).await?;
        let user = user.ok_or_else(super::session::signed_out)?;
        let right = self.password_is(Password::new(password.to_owned()), user.password.clone());
        if !right.await? {
            return Err(AppError::invalid_field(field, "is not your password"));
        }
        self.people(move |people| people.forgive_attempt(counted)).await?;
        Ok(user)
    }
}

impl People<'_> {
    /// The password that was looked at is still the one there is.
    pub(super) fn still_has_password(&mut self, looked_at: &User) -> Result<(), Stop> {
        let same = |now: &User| now.password == looked_at.password;
        let found = self.tx.user(looked_at.id)?.filter(same);
        found.map(drop).ok_or_else(|| wrong().into())
    }

    fn refuse(&mut self, known: Option<&User>, client: &ClientInfo) -> Result<(), Stop> {
        let Some(user) = known else { return Ok(()) };
        let by = By { actor: Actor::System, origin: client.origin() };
        for (membership, _) in self.tx.memberships(user.id)? {
            let about = ("session.refused", "user", user.id.to_string());
            self.tell(membership.organization_id, by, about, None, None)?;
        }
        Ok(())
    }
}

fn wrong() -> AppError {
    AppError::new(ErrorCode::Unauthorized, "the e-mail address or the password is not right")
}
