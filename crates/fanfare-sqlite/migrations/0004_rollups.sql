-- Figures that are sums of `stats`: kind 0, a webhook's hour; 1, an organization's minute; 2, an
-- organization's hour. `subject` is the key of the webhook or organization. An organization's also
-- hold what it accepted.
CREATE TABLE rollups (
    kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),
    subject INTEGER NOT NULL,
    at INTEGER NOT NULL,
    figures TEXT NOT NULL,
    PRIMARY KEY (kind, subject, at)
) STRICT, WITHOUT ROWID;

-- What was counted before.
INSERT INTO rollups (kind, subject, at, figures)
WITH parts AS MATERIALIZED (
    SELECT 0 AS kind, webhook AS subject, minute / 3600000 * 3600000 AS at, figures FROM stats
    UNION ALL
    SELECT 1, w.organization, s.minute, s.figures FROM stats s JOIN webhooks w ON w.key = s.webhook
    UNION ALL
    SELECT 2, w.organization, s.minute / 3600000 * 3600000, s.figures
    FROM stats s JOIN webhooks w ON w.key = s.webhook
), sums AS (
    SELECT kind, subject, at, sum(figures ->> '$.succeeded') AS succeeded,
           sum(figures ->> '$.retried') AS retried, sum(figures ->> '$.failed') AS failed
    FROM parts GROUP BY kind, subject, at
), codes AS (
    SELECT kind, subject, at, json_group_object(name, n) AS list FROM (
        SELECT p.kind, p.subject, p.at, c.key AS name, sum(c.value) AS n
        FROM parts p, json_each(p.figures, '$.codes') c GROUP BY 1, 2, 3, 4
    ) GROUP BY kind, subject, at
), errors AS (
    SELECT kind, subject, at, json_group_object(name, n) AS list FROM (
        SELECT p.kind, p.subject, p.at, c.key AS name, sum(c.value) AS n
        FROM parts p, json_each(p.figures, '$.errors') c GROUP BY 1, 2, 3, 4
    ) GROUP BY kind, subject, at
), latency AS (
    SELECT kind, subject, at, json_group_array(n ORDER BY place) AS list FROM (
        SELECT p.kind, p.subject, p.at, c.key AS place, sum(c.value) AS n
        FROM parts p, json_each(p.figures, '$.latency') c GROUP BY 1, 2, 3, 4
    ) GROUP BY kind, subject, at
)
SELECT s.kind, s.subject, s.at, json_object(
    'succeeded', s.succeeded, 'retried', s.retried, 'failed', s.failed,
    'codes', json(coalesce(c.list, '{}')), 'errors', json(coalesce(e.list, '{}')),
    'latency', json(l.list))
FROM sums s
JOIN latency l USING (kind, subject, at)
LEFT JOIN codes c USING (kind, subject, at)
LEFT JOIN errors e USING (kind, subject, at);
