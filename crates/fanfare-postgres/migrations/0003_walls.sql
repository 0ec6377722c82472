-- The second wall between organizations. A session names the organization it works for in
-- `fanfare.organization`, or `*` when it works for the product itself; a session that names none
-- sees nothing. The statements name the organization as well: that is the first wall.
--
-- The planner takes a condition IS NOT NULL for true of nearly every row. As an equation it would be
-- taken for true of every hundredth, and with so few rows expected it sorts where it should walk an
-- index, and begins with the wrong table.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'api_keys', 'webhooks', 'webhook_versions', 'events', 'deliveries', 'attempts', 'waiting',
        'notices', 'jobs', 'idempotency', 'erased_consumers', 'stats', 'consumers', 'products', 'experiences',
        'distributions', 'participants', 'bids', 'orders'
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
