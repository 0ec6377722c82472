-- Connections to providers, what came in through them, and what it told.

CREATE TABLE connections (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    provider smallint NOT NULL CHECK (provider BETWEEN 0 AND 2),
    name text NOT NULL,
    account text,
    public_url text,
    livemode boolean,
    secret bytea,
    previous_secret bytea,
    previous_until bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (organization_id, id),
    CHECK ((previous_secret IS NULL) = (previous_until IS NULL))
);
-- Requests that come in name the connection alone.
CREATE UNIQUE INDEX connections_id ON connections (id);

-- `due_at` is when a pending message is tried next, or, while it is claimed, when the claim ends.
-- The body is empty once it is not needed any more.
CREATE TABLE inbound_messages (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    connection_id uuid NOT NULL,
    provider smallint NOT NULL,
    message_key text NOT NULL,
    kind text NOT NULL,
    content smallint NOT NULL,
    body bytea NOT NULL,
    received_at bigint NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 3),
    note text,
    attempts integer NOT NULL,
    due_at bigint,
    handled_at bigint,
    PRIMARY KEY (organization_id, id),
    CHECK (due_at IS NULL OR status = 0)
);
CREATE UNIQUE INDEX inbound_messages_key ON inbound_messages (connection_id, message_key);
CREATE INDEX inbound_messages_connection ON inbound_messages (connection_id, status, id);
CREATE INDEX inbound_messages_due ON inbound_messages (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX inbound_messages_age ON inbound_messages (received_at) WHERE due_at IS NULL;
-- Those whose body is there: an erasure looks into them.
CREATE INDEX inbound_messages_kept ON inbound_messages (organization_id, id)
    WHERE status IN (0, 3);

CREATE TABLE inbound_counts (
    organization_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    outcome smallint NOT NULL,
    count bigint NOT NULL,
    last_at bigint NOT NULL,
    PRIMARY KEY (organization_id, connection_id, outcome)
);

CREATE TABLE inbound_refusals (
    organization_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    id uuid NOT NULL,
    outcome smallint NOT NULL,
    at bigint NOT NULL,
    address text NOT NULL,
    PRIMARY KEY (organization_id, connection_id, id)
);

CREATE TABLE sent_messages (
    organization_id uuid NOT NULL,
    provider smallint NOT NULL,
    message_id text NOT NULL,
    state smallint NOT NULL,
    rank smallint NOT NULL,
    error text,
    at bigint NOT NULL,
    PRIMARY KEY (organization_id, provider, message_id)
);
CREATE INDEX sent_messages_age ON sent_messages (at);

CREATE TABLE plans (
    organization_id uuid PRIMARY KEY,
    subscription text NOT NULL,
    price text,
    status smallint NOT NULL,
    period_end bigint,
    ends_with_period boolean NOT NULL,
    event_at bigint NOT NULL
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'connections', 'inbound_messages', 'inbound_counts', 'inbound_refusals', 'sent_messages',
        'plans'
    ] LOOP
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

-- Whether messages reach a consumer.
ALTER TABLE consumers ADD COLUMN email_bounced_at bigint;
ALTER TABLE consumers ADD COLUMN email_complained_at bigint;
ALTER TABLE consumers ADD COLUMN email_opted_out_at bigint;
ALTER TABLE consumers ADD COLUMN sms_opted_out_at bigint;
CREATE INDEX consumers_phone ON consumers (organization_id, phone) WHERE phone IS NOT NULL;

-- Refunds and disputes name the payment alone.
CREATE INDEX orders_payment ON orders (organization_id, payment_reference)
    WHERE payment_reference IS NOT NULL;
