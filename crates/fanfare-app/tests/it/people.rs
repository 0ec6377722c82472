//! Signing in, sessions, links, members.

use std::time::Duration;

use fanfare_app::{
    AppError, Caller, ClientInfo, CreateWebhook, ErrorCode, LinkView, NewKey, NewPerson,
    NewSession, OneTimeLink, SignIn, SignedIn,
};
use fanfare_model::{Actor, Clock as _, OrganizationId, Role, Scopes, limits};
use fanfare_signing::ApiKeyMode;
use fanfare_store::{AuditFilter, AuditStore as _, Order, PageRequest};

use crate::world::World;

const PASSWORD: &str = "correct horse battery";

fn client() -> ClientInfo {
    let ip = Some("192.0.2.7".parse().unwrap());
    ClientInfo { ip, user_agent: Some("a browser".into()), request_id: None }
}

fn person(name: &str) -> NewPerson {
    NewPerson { name: name.into(), password: PASSWORD.into() }
}

fn token(link: &OneTimeLink) -> String {
    link.token.expose()
}

fn code<T>(done: Result<T, AppError>) -> Option<ErrorCode> {
    done.err().map(|error| error.code())
}

impl World {
    async fn by_password(&self, email: &str, password: &str) -> Result<NewSession, AppError> {
        let (email, password) = (email.to_owned(), password.to_owned());
        self.app.sign_in(SignIn { email, password, client: client() }).await
    }

    async fn of(&self, session: &NewSession) -> Result<SignedIn, AppError> {
        self.app.session(&session.token.expose(), &client()).await
    }

    /// The first owner, signed in.
    pub(crate) async fn owner(&self) -> SignedIn {
        let link = self.app.setup_link(self.caller.organization_id).await.unwrap();
        let token = token(&link);
        let come = self.app.set_up(&token, "Ada@Shop.example ", person("Ada"), client());
        self.of(&come.await.unwrap()).await.unwrap()
    }

    /// Somebody whom the owner invited, signed in.
    pub(crate) async fn invited(&self, owner: &SignedIn, email: &str, role: Role) -> SignedIn {
        let link = self.app.invite_member(&owner.caller.unwrap(), email, role).await.unwrap();
        let token = token(&link);
        let come = self.app.accept_invitation(&token, person(email), client());
        self.of(&come.await.unwrap()).await.unwrap()
    }

    pub(crate) async fn logged(&self, organization: OrganizationId) -> Vec<String> {
        let page = PageRequest { limit: 100, order: Order::Ascending, ..PageRequest::default() };
        let filter = AuditFilter::default();
        let entries = self.store.audit_entries(organization, filter, page).await.unwrap();
        entries.items.into_iter().map(|entry| entry.action).collect()
    }
}

#[tokio::test]
async fn the_first_owner_comes_in_by_a_link_and_then_by_password() {
    let world = World::new().await;
    let owner = world.owner().await;
    let caller = owner.caller.unwrap();
    assert_eq!((&*owner.user.email, &*owner.user.name), ("ada@shop.example", "Ada"));
    assert_eq!(caller.organization_id, world.caller.organization_id);
    assert_eq!((caller.actor, caller.scopes), (Actor::User(owner.user.id), Role::Owner.scopes()));
    assert_eq!(caller.origin.ip, client().ip);
    assert_eq!(owner.organization().unwrap().role, Role::Owner);
    let again = world.by_password(" ADA@shop.example", PASSWORD).await.unwrap();
    let again = world.of(&again).await.unwrap();
    assert_eq!(again.user, owner.user);
    assert_ne!(again.session_id, owner.session_id);
    assert!(again.csrf.accepts(again.csrf.expose()) && !again.csrf.accepts(owner.csrf.expose()));
    let second = world.app.setup_link(world.caller.organization_id).await.unwrap();
    let second = token(&second);
    let second = world.app.set_up(&second, "eve@x.example", person("Eve"), client());
    assert_eq!(code(second.await), Some(ErrorCode::Conflict), "there is an owner");
}

/// Use is noted to the minute; coming in and looking at another organization count at once.
#[tokio::test]
async fn who_comes_in_is_active() {
    let world = World::new().await;
    let owner = world.owner().await;
    let caller = owner.caller.unwrap();
    let active = async |caller: &Caller| {
        let member = world.app.member(caller, owner.user.id).await.unwrap();
        member.membership.last_active_at
    };
    assert_eq!(active(&caller).await, Some(world.clock.now()), "by a link");
    world.clock.advance(Duration::from_secs(30));
    world.by_password("ada@shop.example", PASSWORD).await.unwrap();
    assert_eq!(active(&caller).await, Some(world.clock.now()), "by password");
    let second = world.app.create_organization(&owner, "Second").await.unwrap();
    let first = world.app.switch_organization(&owner, caller.organization_id).await.unwrap();
    let first = world.of(&first).await.unwrap();
    world.clock.advance(Duration::from_secs(30));
    let there = world.app.switch_organization(&first, second.id).await.unwrap();
    let there = world.of(&there).await.unwrap().caller.unwrap();
    assert_eq!(active(&there).await, Some(world.clock.now()), "by the switch");
    assert!(active(&caller).await < active(&there).await, "there, not here");
}

/// The words are the same; so is the work: see `App::sign_in`, which hashes for both.
#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_alike() {
    let world = World::new().await;
    let owner = world.owner().await;
    let wrong = world.by_password(&owner.user.email, "correct horse batterie").await.unwrap_err();
    let unknown = world.by_password("eve@shop.example", PASSWORD).await.unwrap_err();
    assert_eq!(wrong.to_string(), unknown.to_string());
    assert_eq!((wrong.code(), wrong.details()), (ErrorCode::Unauthorized, unknown.details()));
    let told = world.logged(world.caller.organization_id).await;
    assert_eq!(told.last().map(String::as_str), Some("session.refused"));
    assert_eq!(told.iter().filter(|action| *action == "session.refused").count(), 1);
}

#[tokio::test]
async fn too_many_attempts_are_refused_until_the_window_is_over() {
    let world = World::new().await;
    let owner = world.owner().await;
    for _ in 0..limits::SIGN_INS_PER_EMAIL {
        let wrong = world.by_password(&owner.user.email, "wrong wrong wrong").await;
        assert_eq!(code(wrong), Some(ErrorCode::Unauthorized));
    }
    let refused = world.by_password(&owner.user.email, PASSWORD).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::RateLimited);
    assert_eq!(refused.retry_after(), Some(limits::SIGN_IN_WINDOW));
    world.clock.advance(limits::SIGN_IN_WINDOW);
    assert!(world.by_password(&owner.user.email, PASSWORD).await.is_ok());
}

#[tokio::test]
async fn an_address_of_the_network_has_a_limit_of_its_own() {
    let world = World::new().await;
    world.owner().await;
    for number in 0..limits::SIGN_INS_PER_IP {
        let wrong = world.by_password(&format!("{number}@x.example"), PASSWORD).await;
        assert_eq!(code(wrong), Some(ErrorCode::Unauthorized), "{number}");
    }
    let refused = world.by_password("ada@shop.example", PASSWORD).await;
    assert_eq!(code(refused), Some(ErrorCode::RateLimited));
    let mut elsewhere = client();
    elsewhere.ip = Some("192.0.2.8".parse().unwrap());
    let sign_in =
        SignIn { email: "ada@shop.example".into(), password: PASSWORD.into(), client: elsewhere };
    assert!(world.app.sign_in(sign_in).await.is_ok());
}

#[tokio::test]
async fn a_session_ends_idle_or_old() {
    let world = World::new().await;
    world.owner().await;
    let idle = world.by_password("ada@shop.example", PASSWORD).await.unwrap();
    let used = world.by_password("ada@shop.example", PASSWORD).await.unwrap();
    let step = limits::SESSION_IDLE - Duration::from_secs(60);
    let mut passed = Duration::ZERO;
    while passed + step < limits::SESSION_LIFE {
        world.clock.advance(step);
        passed += step;
        assert!(world.of(&used).await.is_ok(), "{passed:?}");
    }
    assert_eq!(code(world.of(&idle).await), Some(ErrorCode::Unauthorized), "not used");
    world.clock.advance(limits::SESSION_LIFE - passed);
    assert_eq!(code(world.of(&used).await), Some(ErrorCode::Unauthorized), "old");
    for text in ["", "x", &"A".repeat(43)] {
        let session = world.app.session(text, &client()).await;
        assert_eq!(code(session), Some(ErrorCode::Unauthorized), "{text}");
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_person_alone() {
    let world = World::new().await;
    let owner = world.owner().await;
    let other = world.invited(&owner, "bob@shop.example", Role::Admin).await;
    let second = world.by_password("ada@shop.example", PASSWORD).await.unwrap();
    let list = world.app.sessions(&owner).await.unwrap();
    let listed: Vec<_> = list.iter().map(|session| (session.id, session.current)).collect();
    assert_eq!(listed, [(second.session_id, false), (owner.session_id, true)]);
    assert_eq!(list[0].user_agent.as_deref(), Some("a browser"));
    let foreign = world.app.revoke_session(&other, second.session_id).await;
    assert_eq!(code(foreign), Some(ErrorCode::NotFound));
    world.app.revoke_session(&owner, second.session_id).await.unwrap();
    assert_eq!(code(world.of(&second).await), Some(ErrorCode::Unauthorized), "at once");
    let third = world.by_password("ada@shop.example", PASSWORD).await.unwrap();
    world.app.sign_out_everywhere(&owner).await.unwrap();
    assert!(world.of(&third).await.is_err());
    assert!(world.app.sessions(&owner).await.unwrap().is_empty());
    let told = world.logged(world.caller.organization_id).await;
    assert_eq!(told.iter().filter(|action| *action == "session.revoked").count(), 3);
    world.app.sign_out(&other).await.unwrap();
    assert_eq!(world.logged(world.caller.organization_id).await.last().unwrap(), "session.ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_is_used_once_however_many_use_it_at_the_same_time() {
    let world = World::new().await;
    let owner = world.owner().await;
    let caller = owner.caller.unwrap();
    let link = world.app.invite_member(&caller, "bob@shop.example", Role::Editor).await.unwrap();
    assert!(link.path().starts_with("/invitation?token="));
    let shown = world.app.link(&token(&link)).await.unwrap();
    let LinkView::Invitation { email, role, is_known, .. } = shown else { panic!("{shown:?}") };
    assert_eq!((&*email, role, is_known), ("bob@shop.example", Role::Editor, false));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (app, token) = (world.app.clone(), token(&link));
        running.spawn(async move { app.accept_invitation(&token, person("Bob"), client()).await });
    }
    let mut won = 0;
    while let Some(done) = running.join_next().await {
        match done.unwrap() {
            Ok(session) => {
                let bob = world.of(&session).await.unwrap();
                assert_eq!(bob.caller.unwrap().scopes, Role::Editor.scopes());
                won += 1;
            }
            // Who came too late for the link finds it gone, or the address known by now.
            Err(error) => assert!(
                matches!(error.code(), ErrorCode::NotFound | ErrorCode::Conflict),
                "{error:?}"
            ),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(code(world.app.link(&token(&link)).await), Some(ErrorCode::NotFound));
}

#[tokio::test]
async fn links_end_and_invitations_are_withdrawn_or_replaced() {
    let world = World::new().await;
    let owner = world.owner().await;
    let caller = owner.caller.unwrap();
    let invite = async |role| {
        let invited = world.app.invite_member(&caller, "bob@shop.example", role).await;
        invited.unwrap()
    };
    let first = invite(Role::Viewer).await;
    let second = invite(Role::Admin).await;
    assert_eq!(code(world.app.link(&token(&first)).await), Some(ErrorCode::NotFound));
    let waiting = world.app.invitations(&caller).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].id, waiting[0].role), (1, second.id, Role::Admin));
    world.app.withdraw_invitation(&caller, second.id).await.unwrap();
    let again = world.app.withdraw_invitation(&caller, second.id).await;
    assert_eq!(code(again), Some(ErrorCode::NotFound));
    let third = invite(Role::Viewer).await;
    let reset = world.app.reset_link("ada@shop.example").await.unwrap();
    world.clock.advance(limits::RESET_LIFE);
    let late = world.app.reset_password(&token(&reset), PASSWORD, &client()).await;
    assert_eq!(code(late), Some(ErrorCode::NotFound));
    world.clock.advance(limits::INVITATION_LIFE);
    let late = world.app.accept_invitation(&token(&third), person("Bob"), client()).await;
    assert_eq!(code(late), Some(ErrorCode::NotFound));
    let nobody = world.app.reset_link("eve@shop.example").await;
    assert_eq!(code(nobody), Some(ErrorCode::NotFound));
}

#[tokio::test]
async fn a_new_password_ends_sessions_and_links() {
    let world = World::new().await;
    let owner = world.owner().await;
    let (reset, other) = (
        world.app.reset_link("ada@shop.example").await.unwrap(),
        world.app.sign_in_link("ada@shop.example").await.unwrap(),
    );
    for short in ["elevenchars", &"x".repeat(limits::PASSWORD_MAX + 1)] {
        let refused = world.app.reset_password(&token(&reset), short, &client()).await;
        assert_eq!(refused.unwrap_err().details()[0].field, "password");
    }
    let new = "another horse battery";
    world.app.reset_password(&token(&reset), new, &client()).await.unwrap();
    assert!(world.app.sessions(&owner).await.unwrap().is_empty());
    assert!(world.app.link(&token(&other)).await.is_err());
    assert!(world.by_password("ada@shop.example", PASSWORD).await.is_err());
    let session = world.by_password("ada@shop.example", new).await.unwrap();
    let signed_in = world.of(&session).await.unwrap();
    let second = world.by_password("ada@shop.example", new).await.unwrap();
    let wrong = world.app.change_password(&signed_in, PASSWORD, PASSWORD).await;
    assert_eq!(wrong.unwrap_err().details()[0].field, "current");
    world.app.change_password(&signed_in, new, PASSWORD).await.unwrap();
    assert!(world.of(&session).await.is_ok(), "this session stays");
    assert!(world.of(&second).await.is_err());
    assert!(world.by_password("ada@shop.example", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_link_signs_in_somebody_without_a_password() {
    let world = World::new().await;
    let organization = world.caller.organization_id;
    let added = world.app.add_member_without_password(
        organization,
        "demo@shop.example",
        "Demo",
        Role::Owner,
    );
    added.await.unwrap();
    let link = world.app.sign_in_link("demo@shop.example").await.unwrap();
    assert!(link.path().starts_with("/sign-in/link?token="));
    let session = world.app.sign_in_by_link(&token(&link), client()).await.unwrap();
    let demo = world.of(&session).await.unwrap();
    assert_eq!(demo.caller.unwrap().scopes, Role::Owner.scopes());
    assert_eq!(demo.proof, None, "no password was given");
    let again = world.app.sign_in_by_link(&token(&link), client()).await;
    assert_eq!(code(again), Some(ErrorCode::NotFound));
    assert!(world.by_password("demo@shop.example", "").await.is_err());
}

#[tokio::test]
async fn roles_and_suspension_hold_from_the_next_request_on() {
    let world = World::new().await;
    let owner = world.owner().await;
    let caller = owner.caller.unwrap();
    let editor = world.invited(&owner, "bob@shop.example", Role::Editor).await;
    let id = editor.user.id;
    let session = world.by_password("bob@shop.example", PASSWORD).await.unwrap();
    world.app.suspend_member(&caller, id).await.unwrap();
    let suspended = world.of(&session).await.unwrap();
    assert!(suspended.caller.is_none() && suspended.memberships[0].suspended);
    world.app.restore_member(&caller, id).await.unwrap();
    assert!(world.of(&session).await.unwrap().caller.is_some());
    world.app.change_role(&caller, id, Role::Viewer).await.unwrap();
    assert!(world.of(&session).await.is_err(), "a new role wants a new token");
    let session = world.by_password("bob@shop.example", PASSWORD).await.unwrap();
    let viewer = world.of(&session).await.unwrap().caller.unwrap();
    assert_eq!(viewer.scopes, Role::Viewer.scopes());
    let webhooks = world.app.webhooks(&viewer, Default::default(), PageRequest::default()).await;
    assert_eq!(code(webhooks), Some(ErrorCode::Forbidden));
    world.app.remove_member(&caller, id).await.unwrap();
    assert!(world.of(&session).await.unwrap().memberships.is_empty());
    assert_eq!(code(world.app.member(&caller, id).await), Some(ErrorCode::NotFound));
}

#[tokio::test]
async fn the_last_owner_stays_and_only_owners_make_owners() {
    let world = World::new().await;
    let owner = world.owner().await;
    let (caller, id) = (owner.caller.unwrap(), owner.user.id);
    let admin = world.invited(&owner, "bob@shop.example", Role::Admin).await;
    let admin_caller = admin.caller.unwrap();
    for refused in [
        world.app.change_role(&caller, id, Role::Admin).await,
        world.app.suspend_member(&caller, id).await,
        world.app.remove_member(&caller, id).await,
    ] {
        assert_eq!(code(refused), Some(ErrorCode::Conflict));
    }
    for refused in [
        world.app.change_role(&admin_caller, id, Role::Admin).await,
        world.app.suspend_member(&admin_caller, id).await,
        world.app.remove_member(&admin_caller, id).await,
        world.app.change_role(&admin_caller, admin.user.id, Role::Owner).await,
    ] {
        assert_eq!(code(refused), Some(ErrorCode::Forbidden));
    }
    let invite = world.app.invite_member(&admin_caller, "eve@shop.example", Role::Owner).await;
    assert_eq!(code(invite), Some(ErrorCode::Forbidden));
    world.app.change_role(&caller, admin.user.id, Role::Owner).await.unwrap();
    world.app.suspend_member(&caller, admin.user.id).await.unwrap();
    let last = world.app.remove_member(&caller, id).await;
    assert_eq!(code(last), Some(ErrorCode::Conflict), "a suspended owner does not count");
    world.app.restore_member(&caller, admin.user.id).await.unwrap();
    world.app.remove_member(&caller, id).await.unwrap();
}

#[tokio::test]
async fn a_person_has_several_organizations() {
    let world = World::new().await;
    let owner = world.owner().await;
    let made = world.app.create_organization(&owner, " Second ").await.unwrap();
    assert_eq!(made.name, "Second");
    let moved = world.app.switch_organization(&owner, made.id).await.unwrap();
    let there = world.of(&moved).await.unwrap();
    assert_eq!(there.caller.unwrap().organization_id, made.id);
    assert_eq!((there.session_id, there.memberships.len()), (owner.session_id, 2));
    assert!(!there.csrf.accepts(owner.csrf.expose()), "a new token");
    let renamed = world.app.rename_organization(&there.caller.unwrap(), "Third").await.unwrap();
    assert_eq!(renamed.name, "Third");
    let foreign = world.organization("foreign").await.organization_id;
    let switched = world.app.switch_organization(&there, foreign).await;
    assert_eq!(code(switched), Some(ErrorCode::NotFound));
    let members = world.app.members(&there.caller.unwrap(), PageRequest::default()).await;
    assert_eq!(members.unwrap().items.len(), 1);
    assert_eq!(
        world.logged(made.id).await,
        ["organization.created", "member.joined", "organization.renamed"]
    );
}

#[tokio::test]
async fn somebody_who_signs_in_already_accepts_with_the_password_there_is() {
    let world = World::new().await;
    let owner = world.owner().await;
    let bob = world.invited(&owner, "bob@shop.example", Role::Editor).await;
    let second = world.app.create_organization(&owner, "Second").await.unwrap();
    let moved = world.app.switch_organization(&owner, second.id).await.unwrap();
    let caller = world.of(&moved).await.unwrap().caller.unwrap();
    let link = world.app.invite_member(&caller, "bob@shop.example", Role::Viewer).await.unwrap();
    let wrong = NewPerson { name: String::new(), password: "a password of my own".into() };
    let refused = world.app.accept_invitation(&token(&link), wrong, client()).await;
    assert_eq!(refused.unwrap_err().details()[0].field, "password");
    let right = NewPerson { name: String::new(), password: PASSWORD.into() };
    let session = world.app.accept_invitation(&token(&link), right, client()).await.unwrap();
    let there = world.of(&session).await.unwrap();
    assert_eq!((there.user.id, there.memberships.len()), (bob.user.id, 2));
}

#[tokio::test]
async fn a_secret_is_revealed_to_a_fresh_password_and_told() {
    let world = World::new().await;
    let owner = world.owner().await;
    let caller = owner.caller.unwrap();
    let secret = "whsec_your_secret_key".to_owned();
    let new = CreateWebhook { secret: Some(secret.clone()), ..crate::world::create() };
    let id = world.app.create_webhook(&caller, new).await.unwrap().view.webhook.id;
    let proof = owner.proof.expect("the password was just given");
    let revealed = world.app.reveal_webhook_secret(&caller, id, &proof).await.unwrap();
    assert_eq!((revealed.secret.expose(), revealed.previous.is_none()), (&*secret, true));
    let told = world.logged(caller.organization_id).await;
    assert_eq!(told.last().unwrap(), "webhook.secret_revealed");

    let other = world.invited(&owner, "bob@shop.example", Role::Admin).await;
    let with_anothers = world.app.reveal_webhook_secret(&caller, id, &other.proof.unwrap()).await;
    assert_eq!(code(with_anothers), Some(ErrorCode::Forbidden));
    let by_key = world.app.reveal_webhook_secret(&world.caller, id, &proof).await;
    assert_eq!(code(by_key), Some(ErrorCode::Forbidden));
    world.clock.advance(limits::PASSWORD_FRESH);
    let late = world.app.reveal_webhook_secret(&caller, id, &proof).await;
    assert_eq!(code(late), Some(ErrorCode::Forbidden));
    let wrong = world.app.confirm_password(&owner, "wrong wrong wrong").await.unwrap_err();
    assert_eq!(wrong.details()[0].field, "password");
    let proof = world.app.confirm_password(&owner, PASSWORD).await.unwrap();
    assert!(world.app.reveal_webhook_secret(&caller, id, &proof).await.is_ok());
}

#[tokio::test]
async fn keys_have_no_rights_of_people() {
    let world = World::new().await;
    let owner = world.owner().await;
    let caller = owner.caller.unwrap();
    let new = |scopes| NewKey { name: "till".into(), scopes, mode: ApiKeyMode::Live };
    assert!(world.app.create_key(&caller, new(Scopes::KEYS)).await.is_ok());
    let too_much = world.app.create_key(&caller, new(Role::Owner.scopes())).await.unwrap_err();
    assert_eq!(too_much.code(), ErrorCode::Forbidden);
    assert!(too_much.to_string().contains("members:write"), "{too_much}");
    let editor = world.invited(&owner, "bob@shop.example", Role::Editor).await;
    let refused = world.app.create_key(&editor.caller.unwrap(), new(Scopes::default())).await;
    assert_eq!(code(refused), Some(ErrorCode::Forbidden));
    let members = world.app.members(&world.caller, PageRequest::default()).await;
    assert_eq!(code(members), Some(ErrorCode::Forbidden));
}
