-- Connections to providers, what came in through them, and what it told.

CREATE TABLE connections (
    organization INTEGER NOT NULL,
    id BLOB NOT NULL,
    provider INTEGER NOT NULL CHECK (provider BETWEEN 0 AND 2),
    name TEXT NOT NULL,
    account TEXT,
    public_url TEXT,
    livemode INTEGER,
    secret BLOB,
    previous_secret BLOB,
    previous_until INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (organization, id),
    CHECK ((previous_secret IS NULL) = (previous_until IS NULL))
) STRICT, WITHOUT ROWID;
-- Requests that come in name the connection alone.
CREATE UNIQUE INDEX connections_id ON connections (id);

-- `due_at` is when a pending message is tried next, or, while it is claimed, when the claim ends.
-- The body is empty once it is not needed any more.
CREATE TABLE inbound_messages (
    key INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL,
    id BLOB NOT NULL,
    connection BLOB NOT NULL,
    provider INTEGER NOT NULL,
    message_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    content INTEGER NOT NULL,
    body BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 3),
    note TEXT,
    attempts INTEGER NOT NULL,
    due_at INTEGER,
    handled_at INTEGER,
    CHECK ((status = 0) = (due_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX inbound_messages_id ON inbound_messages (organization, id);
CREATE UNIQUE INDEX inbound_messages_key ON inbound_messages (connection, message_key);
CREATE INDEX inbound_messages_connection ON inbound_messages (connection, status, id);
CREATE INDEX inbound_messages_due ON inbound_messages (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX inbound_messages_age ON inbound_messages (received_at) WHERE due_at IS NULL;
-- Those whose body is there: an erasure looks into them.
CREATE INDEX inbound_messages_kept ON inbound_messages (organization) WHERE status IN (0, 3);

CREATE TABLE inbound_counts (
    connection BLOB NOT NULL,
    outcome INTEGER NOT NULL,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (connection, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbound_refusals (
    connection BLOB NOT NULL,
    id BLOB NOT NULL,
    outcome INTEGER NOT NULL,
    at INTEGER NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (connection, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sent_messages (
    key INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    state INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    error TEXT,
    at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sent_messages_id ON sent_messages (organization, provider, message_id);
CREATE INDEX sent_messages_age ON sent_messages (at);

CREATE TABLE plans (
    organization INTEGER PRIMARY KEY,
    subscription TEXT NOT NULL,
    price TEXT,
    status INTEGER NOT NULL,
    period_end INTEGER,
    ends_with_period INTEGER NOT NULL,
    event_at INTEGER NOT NULL
) STRICT;

-- Whether messages reach a consumer.
ALTER TABLE consumers ADD COLUMN email_bounced_at INTEGER;
ALTER TABLE consumers ADD COLUMN email_complained_at INTEGER;
ALTER TABLE consumers ADD COLUMN email_opted_out_at INTEGER;
ALTER TABLE consumers ADD COLUMN sms_opted_out_at INTEGER;
CREATE INDEX consumers_phone ON consumers (organization, phone) WHERE phone IS NOT NULL;

-- Refunds and disputes name the payment alone.
CREATE INDEX orders_payment ON orders (organization, payment_reference)
    WHERE payment_reference IS NOT NULL;
