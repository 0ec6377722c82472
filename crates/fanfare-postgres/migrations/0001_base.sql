-- Ids are UUIDs (version 7: their first 48 bits are milliseconds). Times are milliseconds since
-- the Unix epoch, days are days since it, both in UTC. Texts that hold JSON are kept as they were
-- written. Every table that holds something of an organization begins with its id and lets a
-- session see only rows of the organization that it named (last section).

CREATE TABLE organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at bigint NOT NULL,
    -- Change numbers of its launch domain up to this one were given; its lock is the turn of work.
    last_change bigint NOT NULL DEFAULT 0
);

CREATE TABLE api_keys (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    hash bytea NOT NULL UNIQUE,
    name text NOT NULL,
    prefix text NOT NULL,
    scopes bigint NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint,
    revoked_at bigint,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE webhooks (
    organization_id uuid NOT NULL,
    id uuid NOT NULL UNIQUE,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 3),
    disabled_reason smallint,
    deleted_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    status_changed_at bigint NOT NULL,
    failing_since bigint,
    version integer NOT NULL,
    url text NOT NULL,
    description text,
    -- The selection as it was written, and the types it matches: bit n is the type with index n.
    events text NOT NULL,
    types bigint NOT NULL,
    headers text NOT NULL,
    max_in_flight integer NOT NULL,
    rate_limit bigint,
    secret bytea NOT NULL,
    previous_secret bytea,
    previous_until bigint,
    previous_signs boolean,
    -- The transaction that last wrote the row: nodes look for what may be new to them.
    changed xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (organization_id, id),
    CHECK ((status = 3) = (disabled_reason IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX webhooks_changed ON webhooks (changed);

-- One row for each version that changed them; the row with the greatest version up to the one
-- asked for holds.
CREATE TABLE webhook_versions (
    organization_id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    version integer NOT NULL,
    url text NOT NULL,
    headers text NOT NULL,
    PRIMARY KEY (organization_id, webhook_id, version)
);

-- A piece for each day of the events' ids.
CREATE TABLE events (
    organization_id uuid NOT NULL,
    day integer NOT NULL,
    id uuid NOT NULL,
    type smallint NOT NULL,
    source smallint NOT NULL,
    accepted_at bigint NOT NULL,
    fanout integer NOT NULL,
    -- Whose personal data is in the body: `data.consumer_id`.
    person text,
    -- The person was taken out of the body.
    erased boolean NOT NULL DEFAULT false,
    body bytea NOT NULL,
    PRIMARY KEY (organization_id, day, id)
) PARTITION BY RANGE (day);
CREATE INDEX events_person ON events (organization_id, person) WHERE person IS NOT NULL;

-- A piece for each day of the deliveries' ids, which is the day of their creation. Nothing that an
-- index holds changes when a delivery succeeds, so that its row is replaced on its own page.
CREATE TABLE deliveries (
    organization_id uuid NOT NULL,
    day integer NOT NULL,
    id uuid NOT NULL,
    event_day integer NOT NULL,
    event_id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    type smallint NOT NULL,
    origin smallint NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 3),
    -- The status once more when the delivery failed or was cancelled.
    ended_badly smallint,
    created_at bigint NOT NULL,
    -- When the next attempt is due; NULL unless pending.
    due_at bigint,
    attempts smallint NOT NULL,
    -- The latest attempt.
    started_at bigint,
    duration_us bigint,
    status_code smallint,
    error_class smallint,
    response bytea,
    truncated boolean,
    remote_addr text,
    webhook_version integer,
    signatures bytea,
    PRIMARY KEY (organization_id, day, id)
) PARTITION BY RANGE (day);
-- Without the organization: a webhook is of one, and lists of it must not take the primary key's index.
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, day, id);
CREATE INDEX deliveries_event ON deliveries (organization_id, event_id);
CREATE INDEX deliveries_badly ON deliveries (organization_id, ended_badly, day, id)
    WHERE ended_badly IS NOT NULL;
CREATE INDEX deliveries_webhook_badly ON deliveries
    (webhook_id, ended_badly, day, id) WHERE ended_badly IS NOT NULL;
CREATE INDEX deliveries_later ON deliveries (event_day) WHERE event_day < day;

-- The attempts before the latest, on the day of their delivery.
CREATE TABLE attempts (
    organization_id uuid NOT NULL,
    day integer NOT NULL,
    delivery_id uuid NOT NULL,
    number smallint NOT NULL,
    started_at bigint NOT NULL,
    duration_us bigint NOT NULL,
    status_code smallint,
    error_class smallint,
    response bytea NOT NULL,
    truncated boolean NOT NULL,
    remote_addr text,
    webhook_version integer NOT NULL,
    signatures bytea NOT NULL,
    PRIMARY KEY (organization_id, day, delivery_id, number)
) PARTITION BY RANGE (day);

-- The queue: one row for every pending delivery, gone when it has ended. A claim may take it from
-- `claim_at` on. That is when it is due; while it is leased, when the lease ends, and so an ended
-- lease makes it claimable without anybody doing anything. Who records must show `lease`, which
-- every claim sets anew; 0: never leased.
CREATE TABLE waiting (
    organization_id uuid NOT NULL,
    delivery_id uuid PRIMARY KEY,
    day integer NOT NULL,
    webhook_id uuid NOT NULL,
    event_day integer NOT NULL,
    event_id uuid NOT NULL,
    due_at bigint NOT NULL,
    claim_at bigint NOT NULL,
    lease bigint NOT NULL,
    attempts smallint NOT NULL,
    -- The lease under which it was on its way when a person was taken out of its event: what is
    -- answered to that is not kept.
    muted bigint
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.2,
    autovacuum_analyze_threshold = 20000
);
CREATE INDEX waiting_claim ON waiting (webhook_id, claim_at, delivery_id);
CREATE INDEX waiting_day ON waiting (event_day);

CREATE TABLE notices (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    kind smallint NOT NULL,
    webhook_id uuid NOT NULL,
    created_at bigint NOT NULL,
    delivery_id uuid,
    event_id uuid,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX notices_delivery ON notices (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX notices_event ON notices (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX notices_age ON notices (created_at);

CREATE TABLE jobs (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    spec text NOT NULL,
    status smallint NOT NULL,
    total bigint NOT NULL,
    processed bigint NOT NULL,
    created bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    -- The last item looked at, and the last delivery that existed when the job was made.
    position uuid,
    last_delivery uuid,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX jobs_running ON jobs (created_at, id) WHERE status = 0;

CREATE TABLE idempotency (
    organization_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    at bigint NOT NULL,
    -- NULL while the request runs.
    status smallint,
    body bytea,
    -- The consumers whose ids are in the kept answer.
    consumers uuid[],
    PRIMARY KEY (organization_id, key)
);
CREATE INDEX idempotency_age ON idempotency (at);
-- Most answers show one consumer at most. (An index of all elements is of no use: row-level security
-- keeps its operators away from it.)
CREATE INDEX idempotency_consumer ON idempotency (organization_id, (consumers[1]))
    WHERE consumers[1] IS NOT NULL;
CREATE INDEX idempotency_consumers ON idempotency (organization_id)
    WHERE consumers[2] IS NOT NULL;

-- Consumers that were erased lately: answers that show them are not kept.
CREATE TABLE erased_consumers (
    organization_id uuid NOT NULL,
    consumer_id uuid NOT NULL,
    erased_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, consumer_id)
);

-- A part of a minute's figures of a webhook, replaced whole by the node that gathers it.
CREATE TABLE stats (
    organization_id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    minute bigint NOT NULL,
    part bigint NOT NULL,
    figures text NOT NULL,
    PRIMARY KEY (organization_id, webhook_id, minute, part)
) WITH (fillfactor = 70);
CREATE INDEX stats_minute ON stats (minute);

-- Loops that run on one node at a time.
CREATE TABLE turns (
    name text PRIMARY KEY,
    node bigint NOT NULL,
    until timestamptz NOT NULL
);
