-- Figures that are sums of `stats`: kind 0, a webhook's hour; 1, an organization's minute; 2, an
-- organization's hour. `subject_id` is the webhook or the organization. An organization's also hold
-- what it accepted. As in `stats`, a row is one node's part, replaced whole.
CREATE TABLE rollups (
    organization_id uuid NOT NULL,
    kind smallint NOT NULL CHECK (kind BETWEEN 0 AND 2),
    subject_id uuid NOT NULL,
    at bigint NOT NULL,
    part bigint NOT NULL,
    figures text NOT NULL,
    PRIMARY KEY (organization_id, kind, subject_id, at, part)
) WITH (fillfactor = 70);
CREATE INDEX rollups_at ON rollups (kind, at);

ALTER TABLE rollups ENABLE ROW LEVEL SECURITY;
ALTER TABLE rollups FORCE ROW LEVEL SECURITY;
CREATE POLICY one_organization ON rollups USING (
    CASE current_setting('fanfare.organization', true)
    WHEN '*' THEN true WHEN organization_id::text THEN true END IS NOT NULL);

-- What was counted before, as the part 0.
SELECT set_config('fanfare.organization', '*', true);
INSERT INTO rollups (organization_id, kind, subject_id, at, part, figures)
WITH parts AS MATERIALIZED (
    SELECT organization_id, k.kind,
           CASE k.kind WHEN 0 THEN webhook_id ELSE organization_id END AS subject_id,
           CASE k.kind WHEN 1 THEN minute ELSE minute / 3600000 * 3600000 END AS at,
           figures::json AS figures
    FROM stats CROSS JOIN (VALUES (0), (1), (2)) AS k (kind)
), sums AS (
    SELECT organization_id, kind, subject_id, at,
           sum((figures ->> 'succeeded')::bigint) AS succeeded,
           sum((figures ->> 'retried')::bigint) AS retried,
           sum((figures ->> 'failed')::bigint) AS failed
    FROM parts GROUP BY 1, 2, 3, 4
), codes AS (
    SELECT organization_id, kind, subject_id, at, json_object_agg(name, n) AS list FROM (
        SELECT organization_id, kind, subject_id, at, c.key AS name, sum(c.value::bigint) AS n
        FROM parts, json_each_text(figures -> 'codes') c GROUP BY 1, 2, 3, 4, 5
    ) s GROUP BY 1, 2, 3, 4
), errors AS (
    SELECT organization_id, kind, subject_id, at, json_object_agg(name, n) AS list FROM (
        SELECT organization_id, kind, subject_id, at, c.key AS name, sum(c.value::bigint) AS n
        FROM parts, json_each_text(figures -> 'errors') c GROUP BY 1, 2, 3, 4, 5
    ) s GROUP BY 1, 2, 3, 4
), latency AS (
    SELECT organization_id, kind, subject_id, at, json_agg(n ORDER BY place) AS list FROM (
        SELECT organization_id, kind, subject_id, at, c.place, sum(c.value::bigint) AS n
        FROM parts, json_array_elements_text(figures -> 'latency')
            WITH ORDINALITY AS c (value, place)
        GROUP BY 1, 2, 3, 4, 5
    ) s GROUP BY 1, 2, 3, 4
)
SELECT organization_id, kind, subject_id, at, 0, json_build_object(
    'succeeded', s.succeeded, 'retried', s.retried, 'failed', s.failed,
    'codes', coalesce(c.list, '{}'), 'errors', coalesce(e.list, '{}'), 'latency', l.list)::text
FROM sums s
JOIN latency l USING (organization_id, kind, subject_id, at)
LEFT JOIN codes c USING (organization_id, kind, subject_id, at)
LEFT JOIN errors e USING (organization_id, kind, subject_id, at);
SELECT set_config('fanfare.organization', '', true);
