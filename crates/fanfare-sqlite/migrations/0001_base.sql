-- Small integer keys stand for organizations and webhooks inside this file; the public ids
-- appear once, in their own tables. Times are milliseconds since the Unix epoch.

-- One row: what must survive although no row shows it any more.
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- Every delivery handed over in memory and not yet recorded has at least this seq.
    live_from INTEGER NOT NULL,
    -- Numbers below these were given away, even if their rows are gone.
    next_event INTEGER NOT NULL,
    next_delivery INTEGER NOT NULL
) STRICT;
INSERT INTO meta VALUES (1, 1, 1, 1);

CREATE TABLE organizations (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    key INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL,
    id BLOB NOT NULL UNIQUE,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    scopes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_of ON api_keys (organization, id);

CREATE TABLE webhooks (
    key INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL,
    id BLOB NOT NULL UNIQUE,
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 3),
    disabled_reason INTEGER,
    deleted_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    status_changed_at INTEGER NOT NULL,
    failing_since INTEGER,
    version INTEGER NOT NULL,
    url TEXT NOT NULL,
    description TEXT,
    events TEXT NOT NULL,
    headers TEXT NOT NULL,
    max_in_flight INTEGER NOT NULL,
    rate_limit INTEGER,
    secret BLOB NOT NULL,
    previous_secret BLOB,
    previous_until INTEGER,
    previous_signs INTEGER,
    CHECK ((status = 3) = (disabled_reason IS NOT NULL))
) STRICT;
CREATE INDEX webhooks_of ON webhooks (organization, id);

-- One row for each version that changed them; the row with the greatest version up to the one
-- asked for holds.
CREATE TABLE webhook_versions (
    webhook INTEGER NOT NULL,
    version INTEGER NOT NULL,
    url TEXT NOT NULL,
    headers TEXT NOT NULL,
    PRIMARY KEY (webhook, version)
) STRICT, WITHOUT ROWID;

-- seq is the order of commits.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL,
    id BLOB NOT NULL,
    type INTEGER NOT NULL,
    source INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    -- The deliveries made at once: seqs first_delivery, … of `fanout` rows without a gap.
    fanout INTEGER NOT NULL,
    first_delivery INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_id ON events (organization, id);

-- While a row is pending it is
--   parked = 0   in the memory of the process since it was made, or
--   parked = 1   in the index of what waits, due at due_at; whether it is claimed as well, the
--                process knows by heart.
-- When the process dies all of it waits.
-- `attempt` holds the latest attempt and is written at its usual length from the start, so that
-- a success overwrites the row in place.
CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY,
    event INTEGER NOT NULL,
    webhook INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    type INTEGER NOT NULL,
    origin INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    parked INTEGER NOT NULL CHECK (parked = 0 OR status = 0),
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 3),
    attempts INTEGER NOT NULL,
    attempt BLOB NOT NULL
) STRICT;
CREATE INDEX deliveries_webhook ON deliveries (webhook);
CREATE INDEX deliveries_due ON deliveries (webhook, due_at) WHERE parked = 1;
CREATE INDEX deliveries_ended ON deliveries (webhook, status) WHERE status >= 2;
CREATE INDEX deliveries_again ON deliveries (event) WHERE origin <> 0;

-- The attempts before the latest.
CREATE TABLE attempts (
    delivery INTEGER NOT NULL,
    number INTEGER NOT NULL,
    attempt BLOB NOT NULL,
    PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
    organization INTEGER NOT NULL,
    id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    webhook INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    delivery INTEGER,
    delivery_id BLOB,
    event_id BLOB,
    PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX notices_delivery ON notices (delivery) WHERE delivery IS NOT NULL;
CREATE INDEX notices_age ON notices (created_at);

CREATE TABLE jobs (
    organization INTEGER NOT NULL,
    id BLOB NOT NULL,
    spec TEXT NOT NULL,
    status INTEGER NOT NULL,
    total INTEGER NOT NULL,
    processed INTEGER NOT NULL,
    created INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- The last item looked at, and the last that existed when the job was made.
    position BLOB NOT NULL,
    last_delivery INTEGER NOT NULL,
    PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_running ON jobs (created_at, id) WHERE status = 0;

CREATE TABLE idempotency (
    seq INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    at INTEGER NOT NULL,
    -- NULL while the request runs.
    status INTEGER,
    body BLOB
) STRICT;
CREATE UNIQUE INDEX idempotency_key ON idempotency (organization, key);

CREATE TABLE stats (
    webhook INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    figures TEXT NOT NULL,
    PRIMARY KEY (webhook, minute)
) STRICT, WITHOUT ROWID;
