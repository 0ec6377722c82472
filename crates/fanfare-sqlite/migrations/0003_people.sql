-- People and their sessions are of no organization; memberships and invitations are.

CREATE TABLE users (
    id BLOB PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password TEXT,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE memberships (
    organization INTEGER NOT NULL,
    user BLOB NOT NULL,
    role INTEGER NOT NULL CHECK (role BETWEEN 0 AND 3),
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    joined_at INTEGER NOT NULL,
    last_active_at INTEGER,
    PRIMARY KEY (organization, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_user ON memberships (user);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    user BLOB NOT NULL,
    organization INTEGER,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    ip TEXT,
    user_agent TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user, id);
CREATE INDEX sessions_expire ON sessions (expires_at);
CREATE INDEX sessions_seen ON sessions (last_seen_at);

-- purpose 0: invitation (organization, email, role); 1: set-up (organization); 2: reset (user);
-- 3: sign-in (user).
CREATE TABLE links (
    id BLOB PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    purpose INTEGER NOT NULL CHECK (purpose BETWEEN 0 AND 3),
    organization INTEGER,
    user BLOB,
    email TEXT,
    role INTEGER,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_organization ON links (organization, id) WHERE organization IS NOT NULL;
CREATE INDEX links_user ON links (user) WHERE user IS NOT NULL;
CREATE INDEX links_expire ON links (expires_at);

CREATE TABLE sign_in_attempts (
    key BLOB PRIMARY KEY,
    since INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_attempts_since ON sign_in_attempts (since);

-- Append-only, and each entry holds the hash of the one before it.
CREATE TABLE audit_entries (
    organization INTEGER NOT NULL,
    number INTEGER NOT NULL,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    actor_name TEXT,
    action TEXT NOT NULL,
    resource_kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    ip TEXT,
    request_id TEXT,
    before TEXT,
    after TEXT,
    previous_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (organization, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_entries_resource ON audit_entries (organization, resource_id, number);
CREATE INDEX audit_entries_actor ON audit_entries (organization, actor_kind, actor_id, number);
CREATE INDEX audit_entries_action ON audit_entries (organization, action, number);

-- The number and hash of the last entry, so that entries missing at the end are noticed.
CREATE TABLE audit_heads (
    organization INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_entries_keep BEFORE UPDATE ON audit_entries
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_heads_stay BEFORE DELETE ON audit_heads
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_heads_grow BEFORE UPDATE ON audit_heads
WHEN new.number <> old.number + 1 OR new.organization <> old.organization
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
