-- Telling people. A notice is untold until it was decided whom to mail; those that there are were
-- shown and are left at that.
ALTER TABLE notices ADD COLUMN untold INTEGER NOT NULL DEFAULT 0 CHECK (untold IN (0, 1));
ALTER TABLE notices ADD COLUMN report INTEGER NOT NULL DEFAULT 0 CHECK (report IN (0, 1));
ALTER TABLE notices ADD COLUMN type INTEGER;
CREATE INDEX notices_untold ON notices (id) WHERE untold = 1;

-- What people were told about a webhook; mail_at: when untold failures may be mailed.
CREATE TABLE notice_marks (
    organization INTEGER NOT NULL,
    webhook BLOB NOT NULL,
    mail_at INTEGER,
    mark TEXT NOT NULL,
    PRIMARY KEY (organization, webhook)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_marks_due ON notice_marks (mail_at) WHERE mail_at IS NOT NULL;

CREATE TABLE muted_topics (
    organization INTEGER NOT NULL,
    user BLOB NOT NULL,
    topics INTEGER NOT NULL,
    PRIMARY KEY (organization, user)
) STRICT, WITHOUT ROWID;

-- The outbox. status 0: waits; 1: sent; 2: given up. The content of what has ended is empty.
CREATE TABLE mails (
    id BLOB PRIMARY KEY,
    organization INTEGER,
    user BLOB,
    about BLOB,
    address TEXT NOT NULL,
    content BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    claimed_until INTEGER,
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 2),
    ended_at INTEGER,
    said TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mails_about ON mails (about, address) WHERE about IS NOT NULL;
CREATE INDEX mails_due ON mails (due_at, id) WHERE status = 0;
CREATE INDEX mails_ended ON mails (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX webhooks_failing ON webhooks (failing_since) WHERE failing_since IS NOT NULL;
