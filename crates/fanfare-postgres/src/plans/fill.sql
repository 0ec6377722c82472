-- A database as it is after ten days: a million deliveries. Organization 1 has four tenths of
-- everything and a hundred webhooks, 299 others have the rest and two webhooks each; 5,000 more have
-- webhooks and nothing else. `uid` makes UUIDs as `plans/fill.rs` does.

SET search_path = fanfare;
SET fanfare.organization = '*';
SET timezone = 'UTC';
SET synchronous_commit = off;
SET work_mem = '64MB';
SET maintenance_work_mem = '256MB';

-- Indexes are built once the rows are there: it takes half as long.
CREATE TEMPORARY TABLE dropped AS
SELECT 'DROP INDEX ' || x.indexrelid::regclass AS undo,
       replace(pg_get_indexdef(x.indexrelid), ' ON ONLY ', ' ON ') AS redo
FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
WHERE c.relnamespace = 'fanfare'::regnamespace AND NOT x.indisunique AND NOT c.relispartition
UNION ALL
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
              pg_get_constraintdef(oid))
FROM pg_constraint
WHERE contype = 'p' AND conparentid = 0
  AND conrelid IN ('events'::regclass, 'deliveries'::regclass, 'attempts'::regclass,
                   'participants'::regclass, 'consumers'::regclass, 'orders'::regclass);
DO $$
DECLARE undo text;
BEGIN
    FOR undo IN SELECT d.undo FROM dropped d LOOP
        EXECUTE undo;
    END LOOP;
END
$$;

CREATE FUNCTION pg_temp.uid(ms bigint, number bigint) RETURNS uuid IMMUTABLE LANGUAGE sql RETURN
    (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(number & 4095), 3, '0')
        || '8' || lpad(to_hex(number >> 12), 15, '0'))::uuid;

-- 2026-11-23T10:00:00Z, when the ten days end.
CREATE TEMPORARY TABLE times AS
SELECT 1795428000000::bigint AS until, 1795428000000 - 864000000 AS since;

INSERT INTO organizations (id, name, created_at, last_change)
SELECT pg_temp.uid(since, o), 'shop ' || o, since, until << 20
FROM times, generate_series(1, 5300) o;

CREATE TEMPORARY TABLE shops AS
SELECT o AS organization, pg_temp.uid(since, o) AS organization_id
FROM times, generate_series(1, 5300) o;
CREATE TEMPORARY TABLE hooks AS
SELECT number, organization_id, pg_temp.uid(since, number) AS id
FROM times, shops JOIN (
    SELECT w AS number, CASE WHEN w <= 100 THEN 1 WHEN w <= 698 THEN 2 + (w - 101) / 2
                             ELSE 301 + (w - 699) % 5000 END AS organization
    FROM generate_series(1, 20698) w
) w USING (organization);

INSERT INTO webhooks (organization_id, id, status, disabled_reason, created_at, updated_at,
                      status_changed_at, version, url, events, types, headers, max_in_flight, secret)
SELECT organization_id, id,
       CASE number % 10 WHEN 1 THEN 1 WHEN 3 THEN 3 ELSE 0 END,
       CASE WHEN number % 10 = 3 THEN 1 END, since, since, since, 1, 'https://shop.example/hooks',
       '["*"]', 4194303, '[]', 8, '\x01'
FROM times, hooks;
INSERT INTO webhook_versions (organization_id, webhook_id, version, url, headers)
SELECT organization_id, id, version, url, headers FROM webhooks;

CREATE TEMPORARY TABLE happened AS
SELECT number, organization, organization_id, ms, pg_temp.uid(ms, number) AS id
FROM shops JOIN (
    SELECT e AS number, CASE WHEN e % 5 < 2 THEN 1 ELSE 2 + e % 299 END AS organization,
           since + e * 2592::bigint AS ms
    FROM times, generate_series(0, 333332) e
) e USING (organization);

INSERT INTO events (organization_id, day, id, type, source, accepted_at, fanout, person, body)
SELECT organization_id, ms / 86400000, id, number % 10, 0, ms, 3,
       CASE WHEN number % 20 = 0 THEN 'con_' || number % 1000 END,
       convert_to('{"data":{"number":' || number || '}}', 'UTF8')
FROM happened ORDER BY number;

-- The last fifth of them wait. A third of what organization 1 has goes to its first webhook, which
-- is paused.
INSERT INTO deliveries (organization_id, day, id, event_day, event_id, webhook_id, type, origin,
                        status, ended_badly, created_at, due_at, attempts, started_at, duration_us,
                        status_code, error_class, response, truncated, webhook_version, signatures)
SELECT organization_id, (ms + 5) / 86400000, pg_temp.uid(ms + 5, number), ms / 86400000, event_id,
       webhook_id, type, 0, status, CASE WHEN status >= 2 THEN status END, ms,
       CASE WHEN status = 0 THEN ms END, CASE status WHEN 0 THEN 0 WHEN 2 THEN 2 ELSE 1 END, ms, 1000,
       CASE status WHEN 2 THEN 503 ELSE 200 END, CASE WHEN status = 2 THEN 5 END, 'ok', false, 1,
       decode(repeat('00', 98), 'hex')
FROM (
    SELECT 3 * e.number + k AS number, e.id AS event_id, e.organization_id, e.ms,
           e.number % 10 AS type, h.id AS webhook_id,
           CASE WHEN e.number >= 266666 THEN 0
                WHEN (3 * e.number + k) % 50 = 0 THEN 2
                WHEN (3 * e.number + k) % 50 = 1 THEN 3
                ELSE 1 END AS status
    FROM happened e CROSS JOIN generate_series(0, 2) k JOIN hooks h ON h.number =
        CASE WHEN e.organization > 1 THEN 101 + 2 * (e.organization - 2) + k % 2
             WHEN k = 0 THEN 1
             ELSE 1 + (e.number / 5 * 3 + k) % 100 END
) d ORDER BY number;

INSERT INTO attempts (organization_id, day, delivery_id, number, started_at, duration_us,
                      status_code, response, truncated, webhook_version, signatures)
SELECT organization_id, day, id, 1, started_at, duration_us, status_code, response, truncated,
       webhook_version, signatures
FROM deliveries WHERE attempts = 2 OR id::text LIKE '%7';

INSERT INTO waiting (organization_id, delivery_id, day, webhook_id, event_day, event_id, due_at,
                     claim_at, lease, attempts)
SELECT organization_id, id, day, webhook_id, event_day, event_id, due_at, due_at, 0, 0
FROM deliveries WHERE status = 0;

INSERT INTO notices (organization_id, id, kind, webhook_id, created_at, delivery_id, event_id)
SELECT organization_id, id, 0, webhook_id, created_at, id, event_id FROM deliveries WHERE status = 2;

INSERT INTO jobs (organization_id, id, spec, status, total, processed, created, created_at, updated_at)
SELECT pg_temp.uid(since, 1 + n % 300), pg_temp.uid(since + n, n),
       '{"kind": "replay", "webhook_id": "whk_00000000000000000000000000", "types": [],
         "since": "2026-11-23T10:00:00.000Z", "until": "2026-11-23T10:00:00.000Z",
         "only_missing": false}',
       1, 0, 0, 0, since + n, since
FROM times, generate_series(1, 20000) n;

INSERT INTO api_keys (organization_id, id, hash, name, prefix, scopes, created_at)
SELECT pg_temp.uid(since, 1 + n % 300), pg_temp.uid(since, n), sha256(n::text::bytea), 'key', 'ff', 1,
       since
FROM times, generate_series(1, 20000) n;

INSERT INTO idempotency (organization_id, key, fingerprint, at, status, body, consumers)
SELECT pg_temp.uid(since, CASE WHEN n % 5 < 2 THEN 1 ELSE 2 + n % 299 END), 'key-' || n, '\x00',
       until - n, 202, '{}', CASE WHEN n % 10 = 0 THEN ARRAY[pg_temp.uid(since, n)] END
FROM times, generate_series(0, 199999) n;

INSERT INTO stats (organization_id, webhook_id, minute, part, figures)
SELECT organization_id, id, since + m * 60000::bigint, 1, '{}'
FROM times, hooks, generate_series(0, 299) m WHERE number <= 698;

INSERT INTO rollups (organization_id, kind, subject_id, at, part, figures)
SELECT organization_id, 0, id, since + m * 3600000::bigint, 1, '{}'
FROM times, hooks, generate_series(0, 19) m WHERE number <= 698;

INSERT INTO rollups (organization_id, kind, subject_id, at, part, figures)
SELECT DISTINCT organization_id, kind, organization_id, since + m * 3600000::bigint, 1, '{}'
FROM times, hooks, generate_series(0, 19) m, generate_series(1, 2) kind WHERE number <= 698;

-- The launch domain: a queue of organization 1 that 200,000 joined, and one of each of 299 others. A
-- queue has the id of its organization.
CREATE TEMPORARY TABLE people AS
SELECT number, organization_id, pg_temp.uid(since, number) AS id
FROM times, shops JOIN (
    SELECT c AS number, CASE WHEN c <= 200000 THEN 1 ELSE 2 + c % 299 END AS organization
    FROM generate_series(1, 300000) c
) c USING (organization);

INSERT INTO consumers (organization_id, id, email, external_id, source, created_at, updated_at,
                       change, email_folded)
SELECT organization_id, id, number || '@Shop.example',
       'crm-' || number, 0, since + number, since + number, (since + number) << 20,
       number || '@shop.example'
FROM times, people;

INSERT INTO products (organization_id, id, name, created_at, updated_at)
SELECT pg_temp.uid(since, 1 + n % 300), pg_temp.uid(since, n), 'Boot', since, since
FROM times, generate_series(1, 20000) n;

INSERT INTO experiences (organization_id, id, name, slug, status, created_at, updated_at, products,
                         next_at)
SELECT pg_temp.uid(since, 1 + n % 300), pg_temp.uid(since, n), 'Drop', 'drop-' || n, 0, since, since,
       '{}', CASE WHEN n % 2 = 0 THEN until + n END
FROM times, generate_series(1, 20000) n;

INSERT INTO distributions (organization_id, id, experience_id, product_id, kind, status, joined,
                           created_at, updated_at, next_at, counts)
SELECT pg_temp.uid(since, 1 + (n - 1) % 300), pg_temp.uid(since, n), pg_temp.uid(since, n / 2),
       pg_temp.uid(since, n / 3), 0, 1, CASE WHEN n = 1 THEN 200000 ELSE 0 END, since, since,
       CASE WHEN n % 2 = 0 THEN until + n END,
       CASE WHEN n = 1 THEN ARRAY[18181, 18182, 18182, 18182, 18182, 18182, 18182, 18182, 18182,
                                  18182, 18181] ELSE '{}' END
FROM times, generate_series(1, 20000) n;

INSERT INTO participants (organization_id, distribution_id, number, consumer_id, status, rank,
                          joined_at, expires_at, is_backfill, updated_at, change)
SELECT organization_id, organization_id, number, id, number % 11,
       CASE WHEN number % 2 = 0 THEN sha256(number::text::bytea) END, since + number * 2592::bigint,
       CASE WHEN number % 3 = 0 THEN until + number END, false, since + number,
       (since + number) << 20
FROM times, people ORDER BY number;

INSERT INTO bids (organization_id, distribution_id, number, id, consumer_id, amount, placed_at)
SELECT organization_id, organization_id, number, id, id, '1.00', since + number
FROM times, people WHERE number % 3 = 0;

INSERT INTO orders (organization_id, id, external_order_id, consumer_id, distribution_id, product_id,
                    status, total_amount, currency, created_at, updated_at, change)
SELECT organization_id, pg_temp.uid(since + number, number), '#' || number,
       pg_temp.uid(since, number / 5 * 5), organization_id,
       pg_temp.uid(since, number % 20000), number % 4, '1.00', 'EUR', since + number,
       since + number, (since + number) << 20
FROM times, people WHERE number % 2 = 0;

DO $$
DECLARE redo text;
BEGIN
    FOR redo IN SELECT d.redo FROM dropped d LOOP
        EXECUTE redo;
    END LOOP;
END
$$;
