-- A day before the ten days of `fill.sql`, of which nothing waits any more: 3,000 events, with a
-- delivery each on that day and for every third one on the next, where it was replayed.
SET search_path = fanfare;
SET fanfare.organization = '*';

CREATE FUNCTION pg_temp.uid(ms bigint, number bigint) RETURNS uuid IMMUTABLE LANGUAGE sql RETURN
    (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(number & 4095), 3, '0')
        || '8' || lpad(to_hex(number >> 12), 15, '0'))::uuid;

CREATE TEMPORARY TABLE old AS
SELECT n, pg_temp.uid(:since, 1 + n % 300) AS organization_id, :day AS day,
       :day * 86400000::bigint + n AS ms, pg_temp.uid(:day * 86400000::bigint + n, n) AS id
FROM generate_series(0, 2999) n;

INSERT INTO events (organization_id, day, id, type, source, accepted_at, fanout, body)
SELECT organization_id, day, id, 0, 0, ms, 1, '{}' FROM old;

INSERT INTO deliveries (organization_id, day, id, event_day, event_id, webhook_id, type, origin,
                        status, created_at, attempts, started_at, duration_us, status_code, response,
                        truncated, webhook_version, signatures)
SELECT organization_id, day + later, pg_temp.uid(ms + later * 86400000::bigint, 4096 + n), day, id,
       organization_id, 0, 0, 1, ms, 2, ms, 1000, 200, 'ok', false, 1,
       decode(repeat('00', 98), 'hex')
FROM old JOIN generate_series(0, 1) later ON later = 0 OR n % 3 = 0;

INSERT INTO attempts (organization_id, day, delivery_id, number, started_at, duration_us,
                      status_code, response, truncated, webhook_version, signatures)
SELECT organization_id, day, id, 1, started_at, duration_us, status_code, response, truncated,
       webhook_version, signatures
FROM deliveries WHERE event_day = :day;

INSERT INTO notices (organization_id, id, kind, webhook_id, created_at, delivery_id, event_id)
SELECT organization_id, id, 0, webhook_id, created_at, id, event_id
FROM deliveries WHERE event_day = :day AND day = :day;
