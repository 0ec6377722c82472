-- A million deliveries of today to the webhook whose URL ends in history: 800,000 that succeeded and
-- 200,000 that wait for a retry in an hour.
SET fanfare.organization = '*';
SET search_path = fanfare;
CREATE TEMPORARY TABLE history AS
SELECT n, w.organization_id, w.id AS webhook_id, n % 5 = 0 AS pending, made.ms,
       (made.ms / 86400000)::integer AS day,
       encode(int8send((made.ms << 16) | 28672 | (n & 4095))
              || int8send((-9223372036854775808)::bigint | (n << 20)), 'hex')::uuid AS event_id,
       encode(int8send((made.ms << 16) | 28672 | (n & 4095))
              || int8send((-9223372036854775808)::bigint | (n << 20) | 1), 'hex')::uuid AS id
FROM webhooks w, generate_series(1, 1000000) AS n,
     LATERAL (SELECT greatest(
         (extract(epoch FROM now()) * 1000)::bigint - 3600000 + n * 3,
         (extract(epoch FROM now()) * 1000)::bigint / 86400000 * 86400000) AS ms) AS made
WHERE w.url LIKE '%history';
INSERT INTO events (organization_id, day, id, type, source, accepted_at, fanout, body)
SELECT organization_id, day, event_id, 0, 0, ms, 1, convert_to(rpad('{}', 400), 'UTF8')
FROM history ORDER BY n;
INSERT INTO deliveries (organization_id, day, id, event_day, event_id, webhook_id, type, origin,
                        status, created_at, due_at, attempts, started_at, duration_us, status_code,
                        response, truncated, remote_addr, webhook_version, signatures)
SELECT organization_id, day, id, day, event_id, webhook_id, 0, 0,
       CASE WHEN pending THEN 0 ELSE 1 END, ms, CASE WHEN pending THEN ms + 7200000 END, 1, ms, 900,
       CASE WHEN pending THEN 500 ELSE 200 END, '', false, '127.0.0.1:443', 1,
       decode(repeat('00', 98), 'hex')
FROM history ORDER BY n;
INSERT INTO waiting (organization_id, delivery_id, day, webhook_id, event_day, event_id, due_at,
                     claim_at, lease, attempts)
SELECT organization_id, id, day, webhook_id, day, event_id, ms + 7200000, ms + 7200000, 0, 1
FROM history WHERE pending;
ANALYZE;
