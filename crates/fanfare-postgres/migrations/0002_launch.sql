-- The launch domain. Columns that only one kind of distribution has are NULL in the others;
-- amounts are decimal texts in the form they were given in. `change` numbers grow in the order of
-- an organization's commits and are at least the change's time in milliseconds times 2^20.

CREATE TABLE consumers (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    email text,
    phone text,
    full_name text,
    external_id text,
    metadata text,
    source smallint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    change bigint NOT NULL,
    -- The e-mail address in small letters.
    email_folded text,
    PRIMARY KEY (organization_id, id),
    CHECK ((email IS NULL) = (email_folded IS NULL))
);
CREATE INDEX consumers_change ON consumers (organization_id, change);
CREATE UNIQUE INDEX consumers_email ON consumers (organization_id, email_folded)
    WHERE email_folded IS NOT NULL;
CREATE UNIQUE INDEX consumers_external ON consumers (organization_id, external_id)
    WHERE external_id IS NOT NULL;

CREATE TABLE products (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    url text,
    metadata text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);

CREATE TABLE experiences (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 4),
    open_at bigint,
    close_at bigint,
    time_zone text,
    created_by text,
    metadata text,
    activated_at bigint,
    ended_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    -- In their order.
    products uuid[] NOT NULL,
    -- When the clock has to look at it.
    next_at bigint,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX experiences_slug ON experiences (organization_id, slug);
CREATE INDEX experiences_due ON experiences (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE distributions (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    experience_id uuid NOT NULL,
    product_id uuid,
    name text,
    kind smallint NOT NULL CHECK (kind BETWEEN 0 AND 2),
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 6),
    open_at bigint,
    close_at bigint,
    capacity bigint,
    metadata text,
    joined bigint NOT NULL,
    wake_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    -- How many seconds an admission, a selection or a win holds.
    grant_expires_after bigint,
    -- Queues.
    admission_rate bigint,
    granted_to bigint,
    -- Draws.
    winner_count bigint,
    draw_at bigint,
    replace_expired boolean,
    seed bytea,
    drawn_at bigint,
    finished_at bigint,
    selected bigint,
    entrants bigint,
    -- Auctions.
    currency text,
    starting_price text,
    reserve_price text,
    minimum_increment text,
    settle_at bigint,
    auto_extend_seconds bigint,
    bid_count bigint,
    highest_id uuid,
    highest_consumer uuid,
    highest_amount text,
    highest_number bigint,
    highest_at bigint,
    -- When the clock has to look at it.
    next_at bigint,
    -- How many participants have each status: element n + 1 is the status with code n.
    counts integer[] NOT NULL,
    PRIMARY KEY (organization_id, id),
    CHECK (kind <> 1 OR (winner_count IS NOT NULL AND seed IS NOT NULL)),
    CHECK (kind <> 2 OR (currency IS NOT NULL AND settle_at IS NOT NULL))
) WITH (fillfactor = 30);
CREATE INDEX distributions_experience ON distributions (organization_id, experience_id, id);
CREATE INDEX distributions_product ON distributions (organization_id, product_id)
    WHERE product_id IS NOT NULL;
CREATE INDEX distributions_due ON distributions (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE participants (
    organization_id uuid NOT NULL,
    distribution_id uuid NOT NULL,
    number bigint NOT NULL,
    consumer_id uuid NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 10),
    rank bytea,
    joined_at bigint NOT NULL,
    granted_at bigint,
    expires_at bigint,
    ended_at bigint,
    is_backfill boolean NOT NULL,
    order_id uuid,
    amount text,
    updated_at bigint NOT NULL,
    change bigint NOT NULL,
    PRIMARY KEY (organization_id, distribution_id, number)
) WITH (fillfactor = 80);
-- These begin with the distribution, whose id is nobody else's, and statements that are to go through
-- them compare the organization in a way that no index takes (IS NOT DISTINCT FROM). Otherwise the
-- planner, who does not know that the first in line are those who have left it, may walk along the
-- primary key, past all of them.
CREATE UNIQUE INDEX participants_consumer
    ON participants (distribution_id, consumer_id, organization_id);
CREATE INDEX participants_number ON participants (distribution_id, status, number);
CREATE INDEX participants_change ON participants (distribution_id, status, change);
CREATE INDEX participants_rank ON participants (distribution_id, status, rank)
    WHERE rank IS NOT NULL;
CREATE INDEX participants_expiry ON participants (distribution_id, status, expires_at, number)
    WHERE expires_at IS NOT NULL;
-- What is in a distribution is in its organization: not a fraction of a fraction.
CREATE STATISTICS participants_whose (dependencies)
    ON organization_id, distribution_id FROM participants;

CREATE TABLE bids (
    organization_id uuid NOT NULL,
    distribution_id uuid NOT NULL,
    number bigint NOT NULL,
    id uuid NOT NULL,
    consumer_id uuid NOT NULL,
    amount text NOT NULL,
    placed_at bigint NOT NULL,
    PRIMARY KEY (organization_id, distribution_id, number)
);

CREATE TABLE orders (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    external_order_id text,
    consumer_id uuid NOT NULL,
    distribution_id uuid,
    experience_id uuid,
    product_id uuid,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 3),
    total_amount text NOT NULL,
    currency text NOT NULL,
    metadata text,
    paid_at bigint,
    payment_provider text,
    payment_reference text,
    carrier text,
    tracking_number text,
    tracking_url text,
    fulfilled_at bigint,
    cancelled_at bigint,
    cancel_reason text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    change bigint NOT NULL,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX orders_external ON orders (organization_id, external_order_id)
    WHERE external_order_id IS NOT NULL;
CREATE INDEX orders_status ON orders (organization_id, status, id);
CREATE INDEX orders_change ON orders (organization_id, status, change);
CREATE INDEX orders_consumer ON orders (organization_id, consumer_id, id);
CREATE INDEX orders_consumer_change ON orders (organization_id, consumer_id, change);
CREATE INDEX orders_distribution ON orders (organization_id, distribution_id, id)
    WHERE distribution_id IS NOT NULL;
CREATE INDEX orders_distribution_change ON orders (organization_id, distribution_id, change)
    WHERE distribution_id IS NOT NULL;
CREATE INDEX orders_product ON orders (organization_id, product_id) WHERE product_id IS NOT NULL;
