//! People, memberships, sessions, links.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fanfare_model::{OrganizationId, Role, Timestamp, UserId};

use super::World;
use super::world::{START, at, check_pages, day};
use crate::{
    Attempts, Link, LinkPurpose, Membership, Organization, PasswordHash, PeopleTx, Session,
    Stopped, StoreError, Swept, User,
};

impl World {
    pub(super) fn user(&self, email: &str) -> User {
        User {
            id: self.id(START),
            email: email.to_owned(),
            name: format!("who has {email}"),
            password: Some(PasswordHash("$argon2id$…".into())),
            created_at: START,
        }
    }

    /// Runs work of people.
    pub(super) async fn people(
        &self,
        work: impl FnMut(&mut dyn PeopleTx) -> Result<(), Stopped> + Send + 'static,
    ) -> Result<bool, StoreError> {
        self.store.people(Box::new(work)).await
    }

    /// A person who is a member.
    pub(super) async fn member(&self, org: OrganizationId, email: &str, role: Role) -> User {
        let user = self.user(email);
        let (made, membership) = (user.clone(), membership(org, user.id, role));
        let done = self.people(move |tx| {
            tx.put_user(&made)?;
            Ok(tx.put_membership(&membership)?)
        });
        assert!(done.await.expect("work"));
        user
    }

    fn session(&self, user: UserId, org: Option<OrganizationId>, hash: u8) -> Session {
        Session {
            id: self.id(START),
            hash: [hash; 32],
            user_id: user,
            organization_id: org,
            created_at: START,
            expires_at: at(3_600),
            last_seen_at: START,
            confirmed_at: Some(START),
            ip: Some("192.0.2.7".into()),
            user_agent: Some("a browser".into()),
        }
    }

    async fn put_session(&self, session: &Session) {
        let session = session.clone();
        let done = self.people(move |tx| Ok(tx.put_session(&session)?)).await;
        assert!(done.expect("work"));
    }

    fn new_link(&self, purpose: LinkPurpose, hash: u8, expires_at: Timestamp) -> Link {
        Link { id: self.id(START), hash: [hash; 32], purpose, created_at: START, expires_at }
    }

    async fn put_link(&self, link: &Link) {
        let link = link.clone();
        assert!(self.people(move |tx| Ok(tx.put_link(&link)?)).await.expect("work"));
    }
}

fn membership(organization_id: OrganizationId, user_id: UserId, role: Role) -> Membership {
    Membership {
        organization_id,
        user_id,
        role,
        suspended: false,
        joined_at: START,
        last_active_at: None,
    }
}

fn invitation(organization_id: OrganizationId) -> LinkPurpose {
    LinkPurpose::Invitation {
        organization_id,
        email: "new@shop.example".into(),
        role: Role::Editor,
    }
}

/// A person, where they are a member, and changes of both; an organization that people make.
pub async fn people_come_back_as_they_were_written(world: &World) {
    let org = world.organization("first").await;
    let user = world.member(org, "ada@shop.example", Role::Owner).await;
    assert_eq!(world.store.user(user.id).await.expect("a read"), Some(user.clone()));
    let by_email = world.store.user_by_email("ada@shop.example").await.expect("a read");
    assert_eq!(by_email, Some(user.clone()));
    assert!(world.store.user_by_email("eve@shop.example").await.expect("a read").is_none());

    let second = Organization { id: world.id(at(1)), name: "second".into(), created_at: at(1) };
    let renamed = Organization { name: "second and last".into(), ..second.clone() };
    let there = Membership {
        suspended: true,
        last_active_at: Some(at(60)),
        ..membership(second.id, user.id, Role::Viewer)
    };
    let changed = User { name: "Ada".into(), password: None, ..user.clone() };
    let (after, expected) = (changed.clone(), there.clone());
    let (made, last) = (second.clone(), renamed.clone());
    let done = world.people(move |tx| {
        tx.put_organization(&made)?;
        tx.put_membership(&membership(made.id, after.id, Role::Admin))?;
        tx.put_membership(&there)?;
        tx.put_user(&after)?;
        tx.put_organization(&last)?;
        assert_eq!(tx.organization(made.id)?, Some(last.clone()));
        assert_eq!(tx.membership(made.id, after.id)?, Some(there.clone()));
        assert_eq!(tx.user(after.id)?.as_ref(), Some(&after));
        Ok(())
    });
    assert!(done.await.expect("work"));
    assert_eq!(world.store.user(user.id).await.expect("a read"), Some(changed));
    let found = world.store.memberships(user.id).await.expect("a list");
    assert_eq!(found.iter().map(|(_, it)| it.id).collect::<Vec<_>>(), [org, second.id]);
    assert_eq!(found[1], (expected, renamed.clone()));
    assert_eq!(world.store.organization(second.id).await.expect("a read"), Some(renamed));
}

/// Two people cannot have one address.
pub async fn an_address_signs_in_one_person(world: &World) {
    let org = world.organization("shop").await;
    let first = world.member(org, "ada@shop.example", Role::Owner).await;
    let second = world.user("ada@shop.example");
    assert!(world.people(move |tx| Ok(tx.put_user(&second)?)).await.is_err());
    let found = world.store.user_by_email("ada@shop.example").await.expect("a read");
    assert_eq!(found, Some(first));
}

/// What refuses before it writes says so; after a write it fails, and nothing is kept.
pub async fn work_of_people_that_refuses_writes_nothing(world: &World) {
    let refused = world.people(|tx| {
        assert!(tx.user_by_email("ada@shop.example")?.is_none());
        Err(Stopped::Refused)
    });
    assert!(!refused.await.expect("an answer"));
    let user = world.user("ada@shop.example");
    let (id, mut first) = (user.id, true);
    let late = world.people(move |tx| {
        tx.put_user(&user)?;
        assert!(std::mem::take(&mut first) || tx.user(user.id)?.is_some());
        Err(Stopped::Refused)
    });
    assert!(late.await.is_err());
    assert!(world.store.user(id).await.expect("a read").is_none());
}

/// A link that many use at the same time is used by one.
pub async fn work_of_people_runs_as_if_alone(world: &World) {
    let org = world.organization("shop").await;
    let link = world.new_link(invitation(org), 1, day(7));
    world.put_link(&link).await;
    let winners = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let store = world.store.clone();
            let work = move |tx: &mut dyn PeopleTx| match tx.link([1; 32])? {
                Some(link) => Ok(tx.delete_link(link.id)?),
                None => Err(Stopped::Refused),
            };
            async move { store.people(Box::new(work)).await.expect("an answer") }
        })
        .map(|task| {
            let winners = winners.clone();
            async move {
                if task.await {
                    winners.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
        .collect();
    let mut running = tokio::task::JoinSet::new();
    for task in tasks {
        running.spawn(task);
    }
    while let Some(done) = running.join_next().await {
        done.expect("no panic");
    }
    assert_eq!(winners.load(Ordering::Relaxed), 1);
    assert!(world.store.link([1; 32], START).await.expect("a read").is_none());
}

/// Members with their names, in pages; owners that can come in are counted.
pub async fn members_are_counted_and_page(world: &World) {
    let org = world.organization("shop").await;
    let mut ids = Vec::new();
    for number in 0..6 {
        let role = if number < 3 { Role::Owner } else { Role::Viewer };
        let user = world.member(org, &format!("{number}@shop.example"), role).await;
        ids.push(user.id.as_u128());
    }
    let suspended = UserId::from_u128(ids[0]);
    let done = world.people(move |tx| {
        let member = tx.membership(org, suspended)?.expect("a member");
        tx.put_membership(&Membership { suspended: true, ..member })?;
        assert_eq!((tx.count_members(org)?, tx.count_owners(org)?), (6, 2));
        Ok(())
    });
    assert!(done.await.expect("work"));
    let one = world.store.member(org, suspended).await.expect("a read").expect("the member");
    assert_eq!((&*one.email, one.membership.suspended), ("0@shop.example", true));
    let store = world.store.clone();
    let list = |page| {
        let store = store.clone();
        async move { store.members(org, page).await }
    };
    check_pages(&ids, |member| member.membership.user_id.as_u128(), list).await;
    let gone = world.people(move |tx| Ok(tx.delete_membership(org, suspended)?));
    assert!(gone.await.expect("work"));
    assert!(world.store.member(org, suspended).await.expect("a read").is_none());
    assert!(world.store.user(suspended).await.expect("a read").is_some(), "the person stays");
}

/// A session is found by its hash with its person; use is noted to the minute and never goes back.
pub async fn sessions_come_and_go(world: &World) {
    let org = world.organization("shop").await;
    let user = world.member(org, "ada@shop.example", Role::Editor).await;
    let session = world.session(user.id, Some(org), 1);
    world.put_session(&session).await;
    let by_hash = async |hash: u8| world.store.session_by_hash([hash; 32]).await.expect("a read");
    let found = by_hash(1).await.expect("the session");
    assert_eq!((&found.session, &found.user), (&session, &user));
    assert_eq!(found.memberships[0].0, membership(org, user.id, Role::Editor));
    assert!(by_hash(2).await.is_none());

    world.store.touch_session(session.id, at(125)).await.expect("noted");
    world.store.touch_session(session.id, at(3)).await.expect("noted");
    world.store.touch_session(world.id(START), at(3)).await.expect("noted");
    let found = by_hash(1).await.expect("the session");
    assert_eq!(found.session.last_seen_at, at(120));
    assert_eq!(found.memberships[0].0.last_active_at, Some(at(120)));

    let renewed = Session { hash: [2; 32], organization_id: None, ..found.session };
    world.put_session(&renewed).await;
    assert!(by_hash(1).await.is_none(), "the old token is nothing");
    assert_eq!(by_hash(2).await.expect("the session").session, renewed);
    let later = world.session(user.id, Some(org), 3);
    world.put_session(&later).await;
    let all = world.store.sessions(user.id).await.expect("a list");
    assert_eq!(all, [later.clone(), renewed]);
    let id = later.id;
    assert!(world.people(move |tx| Ok(tx.delete_session(id)?)).await.expect("work"));
    assert!(by_hash(3).await.is_none());
}

/// Links of every purpose; one that has ended is no link.
pub async fn links_are_found_until_they_end(world: &World) {
    let org = world.organization("shop").await;
    let user = world.member(org, "ada@shop.example", Role::Owner).await;
    let purposes = [
        invitation(org),
        LinkPurpose::Setup { organization_id: org },
        LinkPurpose::Reset { user_id: user.id },
        LinkPurpose::SignIn { user_id: user.id },
    ];
    let links: Vec<_> =
        (1..).zip(purposes).map(|(hash, it)| world.new_link(it, hash, at(60))).collect();
    for link in &links {
        world.put_link(link).await;
        let found = world.store.link(link.hash, at(59)).await.expect("a read");
        assert_eq!(found.as_ref(), Some(link));
        assert!(world.store.link(link.hash, at(60)).await.expect("a read").is_none());
    }
    let waiting = world.store.invitations(org, at(59)).await.expect("a list");
    assert_eq!(waiting, links[..1]);
    assert!(world.store.invitations(org, at(60)).await.expect("a list").is_empty());
    let (id, user) = (links[1].id, user.id);
    let ended = world.people(move |tx| {
        assert_eq!(tx.invitations(org)?.len(), 1);
        tx.delete_link(id)?;
        Ok(tx.delete_links_of(user)?)
    });
    assert!(ended.await.expect("work"));
    for (link, is_there) in links.iter().zip([true, false, false, false]) {
        assert_eq!(world.store.link(link.hash, START).await.expect("a read").is_some(), is_there);
    }
}

/// Counted attempts are what was put last.
pub async fn attempts_are_kept(world: &World) {
    let done = world.people(|tx| {
        assert_eq!(tx.attempts(&[1; 32])?, None);
        for count in [1, 2] {
            let attempts = Some(Attempts { since: at(5), count });
            tx.put_attempts(&[1; 32], attempts)?;
            assert_eq!(tx.attempts(&[1; 32])?, attempts);
        }
        tx.put_attempts(&[2; 32], Some(Attempts { since: at(5), count: 1 }))?;
        tx.put_attempts(&[1; 32], None)?;
        assert_eq!(tx.attempts(&[1; 32])?, None);
        assert!(tx.attempts(&[2; 32])?.is_some());
        Ok(())
    });
    assert!(done.await.expect("work"));
}

/// Sessions that are over or idle, links and attempts go, at most so many at a time; others stay.
pub async fn what_has_ended_is_swept(world: &World) {
    let org = world.organization("shop").await;
    let user = world.member(org, "ada@shop.example", Role::Owner).await;
    let living = Session { last_seen_at: at(500), ..world.session(user.id, None, 1) };
    let over = Session { expires_at: at(600), ..living.clone() };
    let sessions = [
        living.clone(),
        Session { id: world.id(START), hash: [2; 32], ..over },
        Session { id: world.id(START), hash: [3; 32], last_seen_at: at(400), ..living },
    ];
    for session in &sessions {
        world.put_session(session).await;
    }
    for (hash, expires_at) in [(1, at(600)), (2, at(600)), (3, at(601))] {
        world.put_link(&world.new_link(invitation(org), hash, expires_at)).await;
    }
    let counted = world.people(|tx| {
        for (key, since) in [(1, at(300)), (2, at(301))] {
            tx.put_attempts(&[key; 32], Some(Attempts { since, count: 1 }))?;
        }
        Ok(())
    });
    assert!(counted.await.expect("work"));
    let sweep = async || {
        let swept = world.store.sweep_people(at(600), at(400), at(300), 1).await;
        swept.expect("swept")
    };
    assert_eq!(sweep().await, Swept { sessions: 2, links: 1, attempts: 1 });
    assert_eq!(sweep().await, Swept { sessions: 0, links: 1, attempts: 0 });
    assert_eq!(sweep().await, Swept::default());
    assert_eq!(world.store.sessions(user.id).await.expect("a list"), sessions[..1]);
    assert!(world.store.link([3; 32], at(600)).await.expect("a read").is_some());
}

/// Members and invitations of another organization are not there.
pub async fn people_of_others_do_not_exist(world: &World) {
    let (org, other) = (world.organization("one").await, world.organization("other").await);
    let user = world.member(org, "ada@shop.example", Role::Owner).await;
    world.put_link(&world.new_link(invitation(org), 1, day(7))).await;
    let page = crate::PageRequest::default();
    for stranger in [other, world.id(START)] {
        assert!(world.store.member(stranger, user.id).await.expect("a read").is_none());
        assert!(world.store.members(stranger, page).await.expect("a list").items.is_empty());
        assert!(world.store.invitations(stranger, START).await.expect("a list").is_empty());
    }
    let unknown = membership(world.id(START), user.id, Role::Owner);
    let session = world.session(user.id, None, 1);
    world.put_session(&session).await;
    let made = world.people(move |tx| Ok(tx.put_membership(&unknown)?)).await;
    assert!(made.is_err() || world.store.memberships(user.id).await.expect("a list").len() == 1);
}
