-- The pull feed: groups and how far they are. Its order is that of the events' rows, which is the
-- order of commits.
CREATE TABLE feed_groups (
    organization INTEGER NOT NULL,
    name TEXT NOT NULL,
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    -- Events up to this row were dealt with.
    position INTEGER NOT NULL,
    committed_at INTEGER,
    PRIMARY KEY (organization, name)
) STRICT, WITHOUT ROWID;

-- What a group's receiver made of single events.
CREATE TABLE feed_results (
    organization INTEGER NOT NULL,
    name TEXT NOT NULL,
    event_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    status_code INTEGER,
    duration_us INTEGER NOT NULL,
    error TEXT,
    tries INTEGER NOT NULL,
    PRIMARY KEY (organization, name, event_id)
) STRICT, WITHOUT ROWID;
