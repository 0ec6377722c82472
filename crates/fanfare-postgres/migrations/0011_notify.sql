-- Telling people. A notice is untold until it was decided whom to mail; those that there are were
-- shown and are left at that. A server of the version before writes untold ones as well.
ALTER TABLE notices ADD COLUMN untold boolean NOT NULL DEFAULT false;
ALTER TABLE notices ALTER COLUMN untold SET DEFAULT true;
ALTER TABLE notices ADD COLUMN report boolean NOT NULL DEFAULT false;
ALTER TABLE notices ADD COLUMN type smallint;
CREATE INDEX notices_untold ON notices (id) WHERE untold;

-- What people were told about a webhook; mail_at: when untold failures may be mailed.
CREATE TABLE notice_marks (
    organization_id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    mail_at bigint,
    mark text NOT NULL,
    PRIMARY KEY (organization_id, webhook_id)
);
CREATE INDEX notice_marks_due ON notice_marks (mail_at) WHERE mail_at IS NOT NULL;

CREATE TABLE muted_topics (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    topics bigint NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);

-- The outbox. status 0: waits; 1: sent; 2: given up. The content of what has ended is empty.
CREATE TABLE mails (
    id uuid PRIMARY KEY,
    organization_id uuid,
    user_id uuid,
    about uuid,
    address text NOT NULL,
    content bytea NOT NULL,
    created_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    due_at bigint NOT NULL,
    attempts bigint NOT NULL,
    claimed_until bigint,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 2),
    ended_at bigint,
    said text
);
CREATE UNIQUE INDEX mails_about ON mails (about, address) WHERE about IS NOT NULL;
CREATE INDEX mails_due ON mails (due_at, id) WHERE status = 0;
CREATE INDEX mails_ended ON mails (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX webhooks_failing ON webhooks (failing_since) WHERE failing_since IS NOT NULL;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['notice_marks', 'muted_topics', 'mails'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY one_organization ON %I USING ('
            'CASE current_setting(''fanfare.organization'', true) '
            'WHEN ''*'' THEN true WHEN organization_id::text THEN true END IS NOT NULL)',
            name
        );
    END LOOP;
END
$$;
