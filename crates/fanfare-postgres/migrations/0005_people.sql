-- People and their sessions are of no organization; memberships and invitations are.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    password text,
    created_at bigint NOT NULL
);

CREATE TABLE memberships (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role smallint NOT NULL CHECK (role BETWEEN 0 AND 3),
    suspended boolean NOT NULL,
    joined_at bigint NOT NULL,
    last_active_at bigint,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    hash bytea NOT NULL UNIQUE,
    user_id uuid NOT NULL,
    -- The organization that is looked at.
    looks_at uuid,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    confirmed_at bigint,
    ip text,
    user_agent text
);
CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_expire ON sessions (expires_at);
CREATE INDEX sessions_seen ON sessions (last_seen_at);

-- purpose 0: invitation (organization, email, role); 1: set-up (organization); 2: reset (user);
-- 3: sign-in (user).
CREATE TABLE links (
    id uuid PRIMARY KEY,
    hash bytea NOT NULL UNIQUE,
    purpose smallint NOT NULL CHECK (purpose BETWEEN 0 AND 3),
    organization_id uuid,
    user_id uuid,
    email text,
    role smallint,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX links_organization ON links (organization_id, id) WHERE organization_id IS NOT NULL;
CREATE INDEX links_user ON links (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX links_expire ON links (expires_at);

CREATE TABLE sign_in_attempts (
    key bytea PRIMARY KEY,
    since bigint NOT NULL,
    count bigint NOT NULL
);
CREATE INDEX sign_in_attempts_since ON sign_in_attempts (since);

-- Append-only, and each entry holds the hash of the one before it.
CREATE TABLE audit_entries (
    organization_id uuid NOT NULL,
    number bigint NOT NULL,
    id uuid NOT NULL,
    at bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_name text,
    action text NOT NULL,
    resource_kind text NOT NULL,
    resource_id text NOT NULL,
    ip text,
    request_id text,
    before text,
    after text,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (organization_id, number)
);
CREATE INDEX audit_entries_resource ON audit_entries (organization_id, resource_id, number);
CREATE INDEX audit_entries_actor ON audit_entries
    (organization_id, actor_kind, coalesce(actor_id, '00000000-0000-0000-0000-000000000000'), number);
CREATE INDEX audit_entries_action ON audit_entries (organization_id, action, number);

-- The number and hash of the last entry, so that entries missing at the end are noticed. Its lock
-- is the turn to append.
CREATE TABLE audit_heads (
    organization_id uuid PRIMARY KEY,
    number bigint NOT NULL,
    hash bytea NOT NULL
);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END;
$$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_entries_whole BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_heads_stay BEFORE DELETE ON audit_heads
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_heads_whole BEFORE TRUNCATE ON audit_heads
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_heads_grow BEFORE UPDATE ON audit_heads
    FOR EACH ROW
    WHEN (new.number <> old.number + 1 OR new.organization_id <> old.organization_id)
    EXECUTE FUNCTION audit_is_append_only();

-- The walls: what is of an organization as in the step that built them; people are seen by the
-- product and, to be read, by the organizations of which they are members; sessions and attempts by
-- the product alone.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'users', 'memberships', 'sessions', 'links', 'sign_in_attempts', 'audit_entries',
        'audit_heads'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['memberships', 'links', 'audit_entries', 'audit_heads'] LOOP
        EXECUTE format(
            'CREATE POLICY one_organization ON %I USING ('
            'CASE current_setting(''fanfare.organization'', true) '
            'WHEN ''*'' THEN true WHEN organization_id::text THEN true END IS NOT NULL)',
            name
        );
    END LOOP;
    FOREACH name IN ARRAY ARRAY['users', 'sessions', 'sign_in_attempts'] LOOP
        EXECUTE format(
            'CREATE POLICY the_product ON %I USING ('
            'CASE current_setting(''fanfare.organization'', true) '
            'WHEN ''*'' THEN true END IS NOT NULL)',
            name
        );
    END LOOP;
END
$$;
CREATE POLICY its_members ON users FOR SELECT USING (
    EXISTS (
        SELECT 1 FROM memberships m WHERE m.user_id = users.id
            AND m.organization_id::text = current_setting('fanfare.organization', true)
    )
);
