-- name: store_append  (tenant, at, source, seq, sent, rejected, duplicate,
-- t_min, t_max, n, block, bytes, format, kind, thinned, seq_of, seq_no)
-- roles: fl_ingest fl_poller fl_worker fl_admin
-- A batch goes into the ledger and its readings into landing.  Its number is
-- drawn first: to have it returned would have the policy ask for the tenant
-- once more.
WITH batch AS MATERIALIZED (
	SELECT nextval('flux.ingest_batch_batch_id_seq') AS batch_id
), account AS (
	INSERT INTO flux.ingest_batch
	       (tenant_id, at, batch_id, source_id, seq, sent, rejected, bytes,
	       t_min, t_max, format, kind, thinned, seq_of, seq_no)
	       OVERRIDING SYSTEM VALUE
	SELECT $1, $2, batch_id, $3, $4, $5, $6, $12, $8, $9, $13, $14, $15,
	       $16, CASE WHEN $16::text IS NOT NULL THEN $17::bigint END
	  FROM batch
)
INSERT INTO flux.landing
       (tenant_id, at, batch_id, source_id, duplicate, t_min, t_max, n, block)
SELECT $1, $2, batch_id, $3, $7, $8, $9, $10, $11
  FROM batch;

-- name: store_append_nothing  (tenant, at, source, seq, sent, rejected,
-- duplicate, bytes, format, kind, thinned, seq_of, seq_no)
-- roles: fl_ingest fl_poller fl_worker fl_admin
-- A batch of which no reading could be taken.
INSERT INTO flux.ingest_batch
       (tenant_id, at, source_id, seq, sent, rejected, stored, duplicate,
       bytes, format, kind, thinned, seq_of, seq_no)
VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11, $12,
       CASE WHEN $12::text IS NOT NULL THEN $13::bigint END);

-- name: store_append_many  (tenant, at, source, seq, sent, rejected,
-- duplicate, t_min, t_max, n, block, bytes, format)
-- roles: fl_ingest fl_poller fl_worker fl_admin
-- The same for many batches: the arrays run in parallel, n = 0 has no
-- readings.  They are read by their place: unrolling each of them costs more
-- than a batch.
WITH given AS MATERIALIZED (
	SELECT nextval('flux.ingest_batch_batch_id_seq') AS batch_id,
	       ($2::timestamptz[])[i] AS at, ($3::int[])[i] AS source_id,
	       ($4::text[])[i] AS seq, ($5::int[])[i] AS sent,
	       ($6::int[])[i] AS rejected, ($7::int[])[i] AS duplicate,
	       ($8::timestamptz[])[i] AS t_min,
	       ($9::timestamptz[])[i] AS t_max, ($10::int[])[i] AS n,
	       ($11::bytea[])[i] AS block, ($12::int[])[i] AS bytes,
	       ($13::int[])[i] AS format
	  FROM generate_subscripts($2::timestamptz[], 1) AS i
), account AS (
	INSERT INTO flux.ingest_batch (tenant_id, at, batch_id, source_id, seq,
	       sent, rejected, stored, duplicate, bytes, t_min, t_max, format)
	       OVERRIDING SYSTEM VALUE
	SELECT $1, at, batch_id, source_id, seq, sent, rejected,
	       CASE WHEN n = 0 THEN 0 END,
	       CASE WHEN n = 0 THEN duplicate END, bytes,
	       CASE WHEN n > 0 THEN t_min END, CASE WHEN n > 0 THEN t_max END,
	       format
	  FROM given
)
INSERT INTO flux.landing
       (tenant_id, at, batch_id, source_id, duplicate, t_min, t_max, n, block)
SELECT $1, at, batch_id, source_id, duplicate, t_min, t_max, n, block
  FROM given
 WHERE n > 0;

-- name: store_take  (tenant, low, rows, readings) -> version, xmin, xmax, landing_id, at, batch_id, source_id, duplicate, t_min, t_max, n, block
-- roles: fl_worker
-- Own the tenant's cycle until the commit (no row when another has it) and
-- consume landing, oldest first, as much as one cycle may hold.  One row with
-- NULLs when there is nothing.  The tenant's key stays free, so that nobody
-- who refers to it (a refused reading, a mark) waits for the cycle.  "low"
-- keeps the scan away from dead rows that a long snapshot elsewhere holds; xmin
-- and xmax are those of this snapshot.
WITH own AS MATERIALIZED (
	SELECT version FROM flux.tenant
	 WHERE tenant_id = $1 FOR NO KEY UPDATE SKIP LOCKED
), queue AS (
	SELECT landing_id, n
	  FROM flux.landing
	 WHERE tenant_id = $1 AND landing_id >= $2
	 ORDER BY landing_id
	 LIMIT $3
), pick AS (
	SELECT landing_id
	  FROM (SELECT landing_id,
	               sum(n) OVER (ORDER BY landing_id) - n AS before
	          FROM queue) s
	 WHERE before < $4::bigint
), taken AS (
	DELETE FROM flux.landing l
	 USING pick p
	 WHERE l.tenant_id = $1 AND l.landing_id = p.landing_id
	   AND EXISTS (SELECT FROM own)
	RETURNING l.landing_id, l.at, l.batch_id, l.source_id, l.duplicate,
	          l.t_min, l.t_max, l.n, l.block
)
SELECT o.version,
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
       t.landing_id, t.at, t.batch_id, t.source_id, t.duplicate, t.t_min,
       t.t_max, t.n, t.block
  FROM own o
  LEFT JOIN taken t ON true;

-- name: store_stray  (tenant, low) -> landing_id
-- roles: fl_worker
-- Whether anything has appeared below what the cycles look at.
SELECT landing_id
  FROM flux.landing
 WHERE tenant_id = $1 AND landing_id < $2
 ORDER BY landing_id
 LIMIT 1;

-- name: store_owners  (tenant, sensors) -> sensor_id, device_id
-- roles: fl_worker
-- Whose these are; a facet is its sensor's device's.
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

-- list: directory
-- A row of fresh, its directory unpacked once.
sensor || '{}'::int[] AS sensor, last || '{}'::int[] AS last,
	       offset_ || '{}'::int[] AS offset_, block;

-- list: slice
-- The parts p.i to p.j of a row d, with their directory.
d.sensor[p.i:p.j], d.last[p.i:p.j],
       d.offset_[p.i:p.j + 1],
       substring(d.block FROM d.offset_[p.i] + 1
                 FOR d.offset_[p.j + 1] - d.offset_[p.i]);

-- name: store_known  (tenant, sensors, from, till, low, high) -> is_chunk, sensor_id, t_min, t_max, n, sensors, lasts, offsets, piece
-- roles: fl_worker
-- What is stored of these sensors in these spans (both ends included, each
-- within one UTC day), in one snapshot: runs of chunk, and of each row of
-- fresh the parts of the sensors from low to high, with their directory.
WITH want AS MATERIALIZED (
	SELECT sensor, first, last
	  FROM unnest($2::int[], $3::timestamptz[], $4::timestamptz[])
	       AS u (sensor, first, last)
), dir AS MATERIALIZED (
	SELECT t_min, t_max, n, {directory}
	  FROM flux.fresh
	 WHERE tenant_id = $1 AND t_max >= (SELECT min(first) FROM want)
	   AND t_min <= (SELECT max(last) FROM want)
)
SELECT true, c.sensor_id, c.t_min, c.t_max, c.n, NULL::int[], NULL::int[],
       NULL::int[], c.run
  FROM want w,
       LATERAL (SELECT c.sensor_id, c.t_min, c.t_max, c.n, c.run
                  FROM flux.chunk c
                 WHERE c.tenant_id = $1 AND c.sensor_id = w.sensor
                   AND c.t_min > w.first - interval '24 hours'
                   AND c.t_min <= w.last AND c.t_max >= w.first
                OFFSET 0) c
UNION ALL
SELECT false, 0, d.t_min, d.t_max, d.n, {slice}
  FROM dir d,
       unnest($5::int[], $6::int[]) AS r (low, high),
       LATERAL (SELECT width_bucket(r.low - 1, d.last) + 1 AS i,
                       width_bucket(r.high, d.sensor) AS j) p
 WHERE p.i <= p.j AND d.offset_[p.j + 1] >= d.offset_[p.i];

-- name: store_mark  (tenant, sensors, t_min, t_max)
-- roles: fl_worker
-- Late readings were stored in these spans.
INSERT INTO flux.mark (tenant_id, sensor, t_min, t_max)
VALUES ($1, $2, $3, $4);

-- name: store_pieces  (tenant, sensors, from, till, landing) -> level, sensor_id, t_min, t_max, piece
-- roles: fl_page fl_api fl_worker
-- Everything stored of these sensors in the span, in one snapshot: runs of
-- chunk (0), parts of fresh (1), blocks of landing (2), if asked for, and
-- spans that are in quarantine (3).  What is of several sensors, others among
-- them, is of sensor 0.  The older comes first: of equal keys the first wins.
-- A chunk lies within one UTC day.
SELECT level, sensor_id, t_min, t_max, piece
  FROM (SELECT 0, 0::smallint, 0::bigint, c.sensor_id, c.t_min, c.t_max, c.run
          FROM flux.chunk c
         WHERE c.tenant_id = $1 AND c.sensor_id = ANY ($2::int[])
           AND c.t_min < $4 AND c.t_min > $3::timestamptz - interval '1 day'
           AND c.t_max >= $3
        UNION ALL
        SELECT 1, -f.tier, f.fresh_id,
               CASE WHEN f.sensor[p.i] = f.last[p.i] THEN f.last[p.i]
                    ELSE 0 END,
               f.t_min, f.t_max,
               substring(f.block FROM f.offset_[p.i] + 1
                         FOR f.offset_[p.i + 1] - f.offset_[p.i])
          FROM flux.fresh f,
               LATERAL (SELECT DISTINCT width_bucket(u.sensor, f.sensor) AS i
                          FROM unnest($2::int[]) AS u (sensor)
                         WHERE u.sensor
                            <= f.last[width_bucket(u.sensor, f.sensor)]) p
         WHERE f.tenant_id = $1 AND f.t_max >= $3 AND f.t_min < $4
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

-- name: store_bounds  (tenant, sensors, from, till) -> first, last, packed_first, packed_last
-- roles: fl_page fl_api fl_worker
-- Where in the span there may be something of these sensors, so that a read
-- in windows need not step through years without a reading; and where of it
-- chunks are.  Of fresh and landing only the row's own bounds are looked at.
SELECT min(greatest(s.first, $3)), max(least(s.last, $4)),
       min(greatest(s.first, $3)) FILTER (WHERE s.packed),
       max(least(s.last, $4)) FILTER (WHERE s.packed)
  FROM (SELECT a.t_min, z.t_max, true
          FROM unnest($2::int[]) AS w (sensor)
          LEFT JOIN LATERAL
               (SELECT c.t_min
                  FROM flux.chunk c
                 WHERE c.tenant_id = $1 AND c.sensor_id = w.sensor
                   AND c.t_min < $4
                   AND c.t_min > $3::timestamptz - interval '1 day'
                   AND c.t_max >= $3
                 ORDER BY c.t_min
                 LIMIT 1) a ON true
          LEFT JOIN LATERAL
               (SELECT c.t_max
                  FROM flux.chunk c
                 WHERE c.tenant_id = $1 AND c.sensor_id = w.sensor
                   AND c.t_min < $4
                   AND c.t_min > $3::timestamptz - interval '1 day'
                   AND c.t_max >= $3
                 ORDER BY c.t_min DESC
                 LIMIT 1) z ON true
        UNION ALL
        SELECT f.t_min, f.t_max, false
          FROM flux.fresh f
         WHERE f.tenant_id = $1 AND f.t_max >= $3 AND f.t_min < $4
           AND {may_hold}
        UNION ALL
        SELECT l.t_min, l.t_max, false
          FROM flux.landing l
         WHERE l.tenant_id = $1 AND l.t_max >= $3 AND l.t_min < $4
        UNION ALL
        SELECT q.t_min, q.t_max, false
          FROM flux.quarantine q
         WHERE q.tenant_id = $1 AND q.t_max >= $3 AND q.t_min < $4
           AND q.sensor_id = ANY ($2::int[] || 0)) AS s (first, last, packed)
 WHERE s.first IS NOT NULL;

-- name: store_state  (tenant, sensors, from, till, about) -> state
-- roles: fl_page fl_api
-- What an answer about the span is made of, as one text: rows are never
-- updated, so a row is known by its key, and one of chunk by the transaction
-- that wrote it.
SELECT md5($5::text || string_agg(row_, ' ' ORDER BY row_))
  FROM (SELECT 'c' || c.sensor_id || ' ' || extract(epoch FROM c.t_min) || ' '
               || c.n || ' ' || c.xmin::text
          FROM flux.chunk c
         WHERE c.tenant_id = $1 AND c.sensor_id = ANY ($2::int[])
           AND c.t_min < $4 AND c.t_min > $3::timestamptz - interval '1 day'
           AND c.t_max >= $3
        UNION ALL
        {state_unpacked}
        UNION ALL
        SELECT '') AS s (row_);

-- name: store_facets  (tenant, sensors) -> sensor, what, facet
-- roles: fl_page fl_api fl_ingest fl_worker
-- The facets of the sensors that have them.
SELECT f.sensor_id, f.what, f.facet_id
  FROM flux.facet f
 WHERE f.tenant_id = $1 AND f.sensor_id = ANY ($2::int[])
 ORDER BY f.sensor_id, f.what;

-- name: store_account  (tenant, at, batch, stored, duplicate, lost)
-- roles: fl_worker
UPDATE flux.ingest_batch b
   SET stored = u.stored, duplicate = u.duplicate, lost = u.lost
  FROM unnest($2::timestamptz[], $3::bigint[], $4::int[], $5::int[],
              $6::int[])
       AS u (at, batch_id, stored, duplicate, lost)
 WHERE b.tenant_id = $1 AND b.at = u.at AND b.batch_id = u.batch_id;

-- name: store_version  (tenant, version)
-- roles: fl_worker
UPDATE flux.tenant SET version = $2 WHERE tenant_id = $1;

-- name: store_fresh_put  (tenant, tier, at, t_min, t_max, n, series, sensor, last, offset, block)
-- roles: fl_worker
-- at: when the oldest part of it came, NULL for now.
INSERT INTO flux.fresh
       (tenant_id, tier, at, t_min, t_max, n, series, sensor, last, offset_,
       block)
VALUES ($1, $2, coalesce($3, now()), $4, $5, $6, $7, $8, $9, $10, $11);

-- name: store_quarantine  (tenant, level, sensor, t_min, t_max, n, why, bytes) -> quarantine_id
-- roles: fl_worker
INSERT INTO flux.quarantine
       (tenant_id, level, sensor_id, t_min, t_max, n, why, bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING quarantine_id;

-- name: store_fresh_tiers  (tenant, from, below) -> tier, rows, readings, sensors, age
-- roles: fl_worker
-- What the owner of some tiers has before it; the age of the oldest row in
-- microseconds, and the sensors of the row that has the most.
SELECT tier, count(*), sum(n)::bigint, max(series),
       (extract(epoch FROM now() - min(at)) * 1000000)::bigint
  FROM flux.fresh
 WHERE tenant_id = $1 AND tier >= $2 AND tier < $3
 GROUP BY tier
 ORDER BY tier;

-- name: store_tier_take  (tenant, from, below, rows, readings, most) -> tier, fresh_id, at, t_min, t_max, n, sensor, last, offset, block
-- roles: fl_worker
-- Consume rows of these tiers, the oldest first: two at least, unless they hold
-- more than the most that one row may, and more while they hold no more
-- readings than that.
WITH queue AS (
	SELECT tier, fresh_id, n
	  FROM flux.fresh
	 WHERE tenant_id = $1 AND tier >= $2 AND tier < $3
	 ORDER BY tier DESC, fresh_id
	 LIMIT $4
), pick AS (
	SELECT tier, fresh_id
	  FROM (SELECT tier, fresh_id, sum(n) OVER w AS readings,
	               row_number() OVER w AS place
	          FROM queue
	        WINDOW w AS (ORDER BY tier DESC, fresh_id)) s
	 WHERE place = 1 OR readings <= $5::bigint
	    OR (place = 2 AND readings <= $6::bigint)
)
DELETE FROM flux.fresh f
 USING pick p
 WHERE f.tenant_id = $1 AND f.tier = p.tier AND f.fresh_id = p.fresh_id
RETURNING f.tier, f.fresh_id, f.at, f.t_min, f.t_max, f.n, f.sensor, f.last,
          f.offset_, f.block;

-- name: store_fresh_hand  (tenant, from, to)
-- roles: fl_worker
-- Rows of the tiers from <= tier < to are of the tier `to` from now on; their
-- numbers and their bytes stay what they are.
UPDATE flux.fresh SET tier = $3
 WHERE tenant_id = $1 AND tier >= $2 AND tier < $3;

-- name: store_packing_make  (tenant)
-- roles: fl_worker
INSERT INTO flux.packing (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: store_packing_own  (tenant) -> packed_at
-- roles: fl_worker
-- Own the tenant's packing until the commit; no row when another has it.
SELECT packed_at FROM flux.packing WHERE tenant_id = $1 FOR UPDATE SKIP LOCKED;

-- name: store_packed  (tenant)
-- roles: fl_worker
UPDATE flux.packing SET packed_at = now() WHERE tenant_id = $1;

-- name: store_pack_list  (tenant, from, readings) -> tier, fresh_id, t_min, t_max, n
-- roles: fl_worker
-- The rows to pack, the oldest first: one at least, and more while they hold
-- no more readings than that.
SELECT tier, fresh_id, t_min, t_max, n
  FROM (SELECT tier, fresh_id, t_min, t_max, n, sum(n) OVER w AS readings,
               row_number() OVER w AS place
          FROM flux.fresh
         WHERE tenant_id = $1 AND tier >= $2
        WINDOW w AS (ORDER BY tier DESC, fresh_id)) s
 WHERE place = 1 OR readings <= $3::bigint
 ORDER BY tier DESC, fresh_id
 LIMIT 1024;

-- name: store_pack_sensors  (tenant, from, ids) -> sensors
-- roles: fl_worker
-- Every sensor with which a part of one of these rows begins.
SELECT array_agg(DISTINCT u.sensor ORDER BY u.sensor)
  FROM flux.fresh f, unnest(f.sensor) AS u (sensor)
 WHERE f.tenant_id = $1 AND f.tier >= $2 AND f.fresh_id = ANY ($3::bigint[]);

-- name: store_pack_slices  (tenant, from, ids, low, high) -> fresh_id, sensors, lasts, offsets, piece
-- roles: fl_worker
-- Of each of these rows the parts of the sensors from low to high, with their
-- directory.
WITH dir AS MATERIALIZED (
	SELECT tier, fresh_id, {directory}
	  FROM flux.fresh
	 WHERE tenant_id = $1 AND tier >= $2
	   AND fresh_id = ANY ($3::bigint[])
)
SELECT d.fresh_id, {slice}
  FROM dir d,
       LATERAL (SELECT width_bucket($4::int - 1, d.last) + 1 AS i,
                       width_bucket($5::int, d.sensor) AS j) p
 WHERE p.i <= p.j AND d.offset_[p.j + 1] >= d.offset_[p.i]
 ORDER BY d.tier DESC, d.fresh_id;

-- name: store_fresh_block  (tenant, from, id) -> block
-- roles: fl_worker
-- A whole row, for the quarantine.
SELECT block
  FROM flux.fresh
 WHERE tenant_id = $1 AND tier >= $2 AND fresh_id = $3;

-- name: store_fresh_drop  (tenant, from, ids) -> rows
-- roles: fl_worker
WITH gone AS (
	DELETE FROM flux.fresh
	 WHERE tenant_id = $1 AND tier >= $2
	   AND fresh_id = ANY ($3::bigint[])
	RETURNING 1
)
SELECT count(*) FROM gone;

-- name: store_months_missing  (times) -> month
-- roles: fl_worker
-- Which plausible months of these instants have no partition of chunk.
SELECT month AT TIME ZONE 'UTC'
  FROM (SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')
          FROM unnest($1::timestamptz[]) AS at
         WHERE at >= '2000-01-01Z' AND at < now() + interval '1 month')
       AS m (month)
 WHERE to_regclass('flux.chunk' || to_char(month, '_YYYY_MM')) IS NULL
 ORDER BY month;

-- name: store_chunk_near  (tenant, sensors, days) -> sensor_id, t_min, t_max, n
-- roles: fl_worker
-- The chunks of these sensors on these UTC days, without their runs.
SELECT c.sensor_id, c.t_min, c.t_max, c.n
  FROM unnest($2::int[], $3::timestamptz[]) AS w (sensor, day),
       LATERAL (SELECT c.sensor_id, c.t_min, c.t_max, c.n
                  FROM flux.chunk c
                 WHERE c.tenant_id = $1 AND c.sensor_id = w.sensor
                   AND c.t_min >= w.day
                   AND c.t_min < w.day + interval '24 hours'
                OFFSET 0) c
 ORDER BY c.sensor_id, c.t_min;

-- name: store_chunk_take  (tenant, sensors, t_min) -> sensor_id, t_min, t_max, n, run
-- roles: fl_worker
DELETE FROM flux.chunk c
 USING unnest($2::int[], $3::timestamptz[]) AS w (sensor, at)
 WHERE c.tenant_id = $1 AND c.sensor_id = w.sensor AND c.t_min = w.at
RETURNING c.sensor_id, c.t_min, c.t_max, c.n, c.run;

-- name: store_chunk_put  (tenant, sensors, t_min, t_max, n, starts, lengths, runs) -> rows
-- roles: fl_worker
-- The runs stand back to back in one value, each from its start.
WITH put AS (
	INSERT INTO flux.chunk (tenant_id, sensor_id, t_min, t_max, n, run)
	SELECT $1, u.sensor, u.t_min, u.t_max, u.n,
	       substring($8::bytea FROM u.start + 1 FOR u.length)
	  FROM unnest($2::int[], $3::timestamptz[], $4::timestamptz[],
	              $5::int[], $6::int[], $7::int[])
	       AS u (sensor, t_min, t_max, n, start, length)
	RETURNING 1
)
SELECT count(*) FROM put;
