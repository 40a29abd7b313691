-- name: store_append  (tenant, at, source, seq, sent, rejected, duplicate, t_min, t_max, n, block)
-- roles: fl_ingest fl_poller fl_admin
-- A batch goes into the ledger and its readings into landing.
WITH batch AS (
	INSERT INTO flux.ingest_batch
	       (tenant_id, at, source_id, seq, sent, rejected)
	VALUES ($1, $2, $3, $4, $5, $6)
	RETURNING tenant_id, at, batch_id
)
INSERT INTO flux.landing
       (tenant_id, at, batch_id, source_id, duplicate, t_min, t_max, n, block)
SELECT tenant_id, at, batch_id, $3, $7, $8, $9, $10, $11
  FROM batch;

-- name: store_append_nothing  (tenant, at, source, seq, sent, rejected, duplicate)
-- roles: fl_ingest fl_poller fl_admin
-- A batch of which no reading could be taken.
INSERT INTO flux.ingest_batch
       (tenant_id, at, source_id, seq, sent, rejected, stored, duplicate)
VALUES ($1, $2, $3, $4, $5, $6, 0, $7);

-- name: store_append_many  (tenant, at, source, seq, sent, rejected,
-- duplicate, t_min, t_max, n, block)
-- roles: fl_ingest fl_poller fl_admin
-- The same for many batches: the arrays run in parallel, n = 0 has no
-- readings.  Batches get their numbers in the order of the arrays, so by rank
-- each finds its readings.
WITH given AS (
	SELECT at, source_id, seq, sent, rejected, duplicate, t_min, t_max, n,
	       block, rank
	  FROM unnest($2::timestamptz[], $3::int[], $4::text[], $5::int[],
	              $6::int[], $7::int[], $8::timestamptz[],
	              $9::timestamptz[], $10::int[], $11::bytea[])
	       WITH ORDINALITY AS u (at, source_id, seq, sent, rejected,
	            duplicate, t_min, t_max, n, block, rank)
), batch AS (
	INSERT INTO flux.ingest_batch (tenant_id, at, source_id, seq, sent,
	       rejected, stored, duplicate)
	SELECT $1, at, source_id, seq, sent, rejected,
	       CASE WHEN n = 0 THEN 0 END,
	       CASE WHEN n = 0 THEN duplicate END
	  FROM given
	 ORDER BY rank
	RETURNING tenant_id, at, batch_id
), numbered AS (
	SELECT tenant_id, at, batch_id,
	       row_number() OVER (ORDER BY batch_id) AS rank
	  FROM batch
)
INSERT INTO flux.landing
       (tenant_id, at, batch_id, source_id, duplicate, t_min, t_max, n, block)
SELECT b.tenant_id, b.at, b.batch_id, g.source_id, g.duplicate, g.t_min,
       g.t_max, g.n, g.block
  FROM numbered b
  JOIN given g USING (rank)
 WHERE g.n > 0
 ORDER BY rank;

-- name: store_own  (tenant) -> version
-- roles: fl_worker
-- Own the tenant's cycle until the commit; no row when another has it.
SELECT version FROM flux.tenant WHERE tenant_id = $1 FOR UPDATE SKIP LOCKED;

-- name: store_take  (tenant, rows, readings) -> landing_id, at, batch_id, source_id, duplicate, n, block
-- roles: fl_worker
-- Consume landing, oldest first, as much as one cycle may hold.
WITH queue AS (
	SELECT landing_id, n
	  FROM flux.landing
	 WHERE tenant_id = $1
	 ORDER BY landing_id
	 LIMIT $2
), pick AS (
	SELECT landing_id
	  FROM (SELECT landing_id,
	               sum(n) OVER (ORDER BY landing_id) - n AS before
	          FROM queue) s
	 WHERE before < $3::bigint
)
DELETE FROM flux.landing l
 USING pick p
 WHERE l.tenant_id = $1 AND l.landing_id = p.landing_id
RETURNING l.landing_id, l.at, l.batch_id, l.source_id, l.duplicate, l.n,
          l.block;

-- name: store_sensors  (tenant, sensors) -> sensor_id, device_id
-- roles: fl_worker
-- Whose the sensors are; a facet is its sensor's device's.
SELECT sensor_id, device_id
  FROM flux.sensor
 WHERE tenant_id = $1 AND sensor_id = ANY ($2::int[])
UNION ALL
SELECT f.facet_id, s.device_id
  FROM flux.facet f
  JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.sensor_id = f.sensor_id
 WHERE f.tenant_id = $1 AND f.facet_id = ANY ($2::int[])
 ORDER BY 1;

-- name: store_mark  (tenant, sensors, t_min, t_max)
-- roles: fl_worker
-- Late readings were stored in these spans.
INSERT INTO flux.mark (tenant_id, sensor, t_min, t_max)
VALUES ($1, $2, $3, $4);

-- name: store_latest  (tenant, devices) -> device_id, sensor, time, value, quality, rev
-- roles: fl_worker
SELECT device_id, sensor, time, value, quality, rev
  FROM flux.latest
 WHERE tenant_id = $1 AND device_id = ANY ($2::int[]);

-- name: store_latest_put  (tenant, device, version, seen, sensor, time, value, quality, rev)
-- roles: fl_worker
INSERT INTO flux.latest AS l (tenant_id, device_id, version, seen, sensor,
       time, value, quality, rev)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (tenant_id, device_id) DO UPDATE
   SET version = excluded.version, seen = greatest(l.seen, excluded.seen),
       sensor = excluded.sensor, time = excluded.time,
       value = excluded.value, quality = excluded.quality,
       rev = excluded.rev
 WHERE l.tenant_id = $1;

-- name: store_pieces  (tenant, sensors, from, till, landing) -> level, sensor_id, t_min, t_max, piece
-- roles: fl_page fl_api fl_worker
-- Everything stored of these sensors in the span, in one snapshot: runs of
-- chunk (0), slices of fresh (1), blocks of landing (2), if asked for, with
-- all their sensors, and spans that are in quarantine (3).  The older comes
-- first: of equal keys the first wins.  A chunk lies within one UTC day.
SELECT level, sensor_id, t_min, t_max, piece
  FROM (SELECT 0, 0::smallint, 0::bigint, c.sensor_id, c.t_min, c.t_max, c.run
          FROM flux.chunk c
         WHERE c.tenant_id = $1 AND c.sensor_id = ANY ($2::int[])
           AND c.t_min < $4 AND c.t_min > $3::timestamptz - interval '1 day'
           AND c.t_max >= $3
        UNION ALL
        SELECT 1, -f.tier, f.fresh_id, w.sensor, f.t_min, f.t_max,
               substring(f.block FROM f.offset_[p.i] + 1
                         FOR f.offset_[p.i + 1] - f.offset_[p.i])
          FROM flux.fresh f,
               unnest($2::int[]) AS w (sensor),
               LATERAL (SELECT width_bucket(w.sensor, f.sensor) AS i) p
         WHERE f.tenant_id = $1 AND f.t_max >= $3 AND f.t_min < $4
           AND p.i > 0 AND f.sensor[p.i] = w.sensor
        UNION ALL
        SELECT 2, 0::smallint, l.landing_id, 0, l.t_min, l.t_max, l.block
          FROM flux.landing l
         WHERE l.tenant_id = $1 AND l.t_max >= $3 AND l.t_min < $4
           AND $5::boolean
        UNION ALL
        SELECT 3, 0::smallint, q.quarantine_id, q.sensor_id, q.t_min, q.t_max,
               NULL
          FROM flux.quarantine q
         WHERE q.tenant_id = $1 AND q.t_max >= $3 AND q.t_min < $4
           AND q.sensor_id = ANY ($2::int[] || 0))
       AS s (level, tier, id, sensor_id, t_min, t_max, piece)
 ORDER BY level, tier, id, sensor_id, t_min;

-- name: store_fresh_put  (tenant, tier, t_min, t_max, n, sensor, offset, block)
-- roles: fl_worker
INSERT INTO flux.fresh
       (tenant_id, tier, t_min, t_max, n, sensor, offset_, block)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: store_account  (tenant, at, batch, stored, duplicate)
-- roles: fl_worker
UPDATE flux.ingest_batch b
   SET stored = u.stored, duplicate = u.duplicate
  FROM unnest($2::timestamptz[], $3::bigint[], $4::int[], $5::int[])
       AS u (at, batch_id, stored, duplicate)
 WHERE b.tenant_id = $1 AND b.at = u.at AND b.batch_id = u.batch_id;

-- name: store_version  (tenant, version)
-- roles: fl_worker
UPDATE flux.tenant SET version = $2 WHERE tenant_id = $1;

-- name: store_full_tier  (tenant, rows, readings) -> tier
-- roles: fl_worker
-- The lowest tier that has enough rows to merge; large rows rest.
SELECT tier
  FROM flux.fresh
 WHERE tenant_id = $1 AND n <= $3
 GROUP BY tier
HAVING count(*) >= $2::int
 ORDER BY tier
 LIMIT 1;

-- name: store_tier_take  (tenant, tier, rows, readings) -> fresh_id, block
-- roles: fl_worker
WITH pick AS (
	SELECT fresh_id
	  FROM flux.fresh
	 WHERE tenant_id = $1 AND tier = $2 AND n <= $4
	 ORDER BY fresh_id
	 LIMIT $3
)
DELETE FROM flux.fresh f
 USING pick p
 WHERE f.tenant_id = $1 AND f.tier = $2 AND f.fresh_id = p.fresh_id
RETURNING f.fresh_id, f.block;
