-- The pull feed.
--
-- `feed_tx` is the transaction that accepted the event, for events of organizations that had a group
-- then; NULL for all others, which pay nothing for the feed. Transactions end out of order, so that
-- readers go no further than the oldest one that is still running. (Making the index reads the
-- events that there are; no row of them is in it.)
ALTER TABLE events ADD COLUMN feed_tx xid8;
CREATE INDEX events_feed ON events (organization_id, feed_tx, id) WHERE feed_tx IS NOT NULL;

CREATE TABLE feed_groups (
    organization_id uuid NOT NULL,
    name text NOT NULL,
    secret bytea NOT NULL,
    created_at bigint NOT NULL,
    -- Events up to this one of this transaction were dealt with.
    position_tx xid8 NOT NULL,
    position_id uuid NOT NULL,
    committed_at bigint,
    PRIMARY KEY (organization_id, name)
) WITH (fillfactor = 50);

-- What a group's receiver made of single events.
CREATE TABLE feed_results (
    organization_id uuid NOT NULL,
    name text NOT NULL,
    event_id uuid NOT NULL,
    at bigint NOT NULL,
    status_code smallint,
    duration_us bigint NOT NULL,
    error text,
    tries integer NOT NULL,
    PRIMARY KEY (organization_id, name, event_id)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['feed_groups', 'feed_results'] LOOP
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
