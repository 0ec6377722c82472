-- The launch domain. Distributions have a small key; consumers, products, experiences and orders
-- are named by their public ids elsewhere, because what names them outlives them or is rare.
--
-- `change` grows over all lists in the order of commits and is at least the change's time in
-- milliseconds times 2^20, so that it finds times as well.

-- Change numbers up to this one may have been given.
ALTER TABLE meta ADD COLUMN last_change INTEGER NOT NULL DEFAULT 0;

-- How many persons were erased, and after which of them every page was wiped.
ALTER TABLE meta ADD COLUMN erasures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meta ADD COLUMN swept INTEGER NOT NULL DEFAULT 0;

-- Whose personal data is in the body: `data.consumer_id`.
ALTER TABLE events ADD COLUMN person TEXT;
CREATE INDEX events_person ON events (person) WHERE person IS NOT NULL;

-- Which consumer the kept answer shows: its id, or no bytes if it shows several.
ALTER TABLE idempotency ADD COLUMN consumer BLOB;
CREATE INDEX idempotency_consumer ON idempotency (organization, consumer)
    WHERE consumer IS NOT NULL;

CREATE TABLE consumers (
    key INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL,
    id BLOB NOT NULL,
    email TEXT,
    phone TEXT,
    full_name TEXT,
    external_id TEXT,
    metadata TEXT,
    source INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    change INTEGER NOT NULL,
    -- The e-mail address in small letters.
    email_folded TEXT,
    CHECK ((email IS NULL) = (email_folded IS NULL))
) STRICT;
CREATE UNIQUE INDEX consumers_id ON consumers (organization, id);
CREATE INDEX consumers_change ON consumers (organization, change);
CREATE UNIQUE INDEX consumers_email ON consumers (organization, email_folded)
    WHERE email_folded IS NOT NULL;
CREATE UNIQUE INDEX consumers_external ON consumers (organization, external_id)
    WHERE external_id IS NOT NULL;

CREATE TABLE products (
    organization INTEGER NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    url TEXT,
    metadata TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE experiences (
    organization INTEGER NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 4),
    open_at INTEGER,
    close_at INTEGER,
    time_zone TEXT,
    created_by TEXT,
    metadata TEXT,
    activated_at INTEGER,
    ended_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- When the clock has to look at it.
    next_at INTEGER,
    PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX experiences_slug ON experiences (organization, slug);
CREATE INDEX experiences_due ON experiences (next_at) WHERE next_at IS NOT NULL;

-- The products of experiences, in their order.
CREATE TABLE experience_products (
    organization INTEGER NOT NULL,
    experience BLOB NOT NULL,
    position INTEGER NOT NULL,
    product BLOB NOT NULL,
    PRIMARY KEY (organization, experience, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX experience_products_product ON experience_products (organization, product);

-- Columns of the three kinds are NULL in rows of the others.
CREATE TABLE distributions (
    key INTEGER PRIMARY KEY CHECK (key BETWEEN 1 AND 2147483647),
    organization INTEGER NOT NULL,
    id BLOB NOT NULL,
    experience BLOB NOT NULL,
    product BLOB,
    name TEXT,
    kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 6),
    open_at INTEGER,
    close_at INTEGER,
    capacity INTEGER,
    metadata TEXT,
    joined INTEGER NOT NULL,
    wake_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- How many seconds an admission, a selection or a win holds.
    grant_expires_after INTEGER,
    -- Queues.
    admission_rate INTEGER,
    granted_to INTEGER,
    -- Draws.
    winner_count INTEGER,
    draw_at INTEGER,
    replace_expired INTEGER,
    seed BLOB,
    drawn_at INTEGER,
    finished_at INTEGER,
    selected INTEGER,
    entrants INTEGER,
    -- Auctions; amounts are decimal texts in the form they were given in.
    currency TEXT,
    starting_price TEXT,
    reserve_price TEXT,
    minimum_increment TEXT,
    settle_at INTEGER,
    auto_extend_seconds INTEGER,
    bid_count INTEGER,
    highest_id BLOB,
    highest_consumer BLOB,
    highest_amount TEXT,
    highest_number INTEGER,
    highest_at INTEGER,
    -- When the clock has to look at it.
    next_at INTEGER,
    CHECK (kind <> 1 OR (winner_count IS NOT NULL AND seed IS NOT NULL)),
    CHECK (kind <> 2 OR (currency IS NOT NULL AND settle_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX distributions_id ON distributions (organization, id);
CREATE INDEX distributions_experience ON distributions (organization, experience, id);
CREATE INDEX distributions_product ON distributions (organization, product)
    WHERE product IS NOT NULL;
CREATE INDEX distributions_due ON distributions (next_at) WHERE next_at IS NOT NULL;

-- `place` is the distribution's key times 2^32 plus the participant's number: rows of one
-- distribution are together, in the order of joining.
CREATE TABLE participants (
    place INTEGER PRIMARY KEY,
    distribution INTEGER NOT NULL,
    consumer BLOB NOT NULL,
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 10),
    rank BLOB,
    joined_at INTEGER NOT NULL,
    granted_at INTEGER,
    expires_at INTEGER,
    ended_at INTEGER,
    is_backfill INTEGER NOT NULL,
    order_id BLOB,
    amount TEXT,
    updated_at INTEGER NOT NULL,
    change INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX participants_consumer ON participants (distribution, consumer);
-- With the place, which every index ends in: by number.
CREATE INDEX participants_number ON participants (distribution, status);
CREATE INDEX participants_change ON participants (distribution, status, change);
CREATE INDEX participants_rank ON participants (distribution, status, rank)
    WHERE rank IS NOT NULL;
CREATE INDEX participants_expiry ON participants (distribution, status, expires_at)
    WHERE expires_at IS NOT NULL;

CREATE TABLE participant_counts (
    distribution INTEGER NOT NULL,
    status INTEGER NOT NULL,
    count INTEGER NOT NULL CHECK (count >= 0),
    PRIMARY KEY (distribution, status)
) STRICT, WITHOUT ROWID;

-- `place` as for participants, with the bid's number.
CREATE TABLE bids (
    place INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    consumer BLOB NOT NULL,
    amount TEXT NOT NULL,
    placed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE orders (
    key INTEGER PRIMARY KEY,
    organization INTEGER NOT NULL,
    id BLOB NOT NULL,
    external_order_id TEXT,
    consumer BLOB NOT NULL,
    distribution BLOB,
    experience BLOB,
    product BLOB,
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 3),
    total_amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    metadata TEXT,
    paid_at INTEGER,
    payment_provider TEXT,
    payment_reference TEXT,
    carrier TEXT,
    tracking_number TEXT,
    tracking_url TEXT,
    fulfilled_at INTEGER,
    cancelled_at INTEGER,
    cancel_reason TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    change INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX orders_id ON orders (organization, id);
CREATE UNIQUE INDEX orders_external ON orders (organization, external_order_id)
    WHERE external_order_id IS NOT NULL;
CREATE INDEX orders_status ON orders (organization, status, id);
CREATE INDEX orders_change ON orders (organization, status, change);
CREATE INDEX orders_consumer ON orders (organization, consumer, id);
CREATE INDEX orders_consumer_change ON orders (organization, consumer, change);
CREATE INDEX orders_distribution ON orders (organization, distribution, id)
    WHERE distribution IS NOT NULL;
CREATE INDEX orders_distribution_change ON orders (organization, distribution, change)
    WHERE distribution IS NOT NULL;
CREATE INDEX orders_product ON orders (organization, product) WHERE product IS NOT NULL;
