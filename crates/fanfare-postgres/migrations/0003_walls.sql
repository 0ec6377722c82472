-- The second wall between organizations. A session names the organization it works for in
-- `fanfare.organization`, or `*` when it works for the product itself; a session that names none
-- sees nothing. The statements name the organization as well: that is the first wall.

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
            'current_setting(''fanfare.organization'', true) = ''*'' OR '
            'current_setting(''fanfare.organization'', true) = organization_id::text)',
            name
        );
    END LOOP;
END
$$;
