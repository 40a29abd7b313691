-- name: rollup_enter  (tenant)
-- roles: fl_worker
INSERT INTO flux.rolling (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: rollup_own  (tenant, pause) -> due
-- roles: fl_worker
-- Own the tenant's rollups until the commit, when there is something to do:
-- late readings, or (due) new ones, for which it pauses so many seconds.
SELECT due
  FROM (SELECT rolled_at <= now() - make_interval(secs => $2::float8)
               OR rolled_at > now() AS due
          FROM flux.rolling
         WHERE tenant_id = $1
           FOR UPDATE SKIP LOCKED) r
 WHERE due OR EXISTS (SELECT FROM flux.mark WHERE tenant_id = $1);

-- name: rollup_done  (tenant)
-- roles: fl_worker
UPDATE flux.rolling SET rolled_at = now() WHERE tenant_id = $1;

-- name: rollup_take  (tenant, spans) -> sensor_id, t_min, t_max
-- roles: fl_worker
-- Consume marks, oldest first, as many as one transaction may hold; what is
-- marked of a facet concerns its sensor.
WITH pick AS (
	SELECT mark_id
	  FROM (SELECT mark_id, sum(cardinality(sensor))
	               OVER (ORDER BY mark_id) - cardinality(sensor) AS before
	          FROM flux.mark
	         WHERE tenant_id = $1) s
	 WHERE before < $2::bigint
), gone AS (
	DELETE FROM flux.mark m
	 USING pick p
	 WHERE m.tenant_id = $1 AND m.mark_id = p.mark_id
	RETURNING m.sensor, m.t_min, m.t_max
)
SELECT coalesce(f.sensor_id, u.sensor_id), u.t_min, u.t_max
  FROM gone g
 CROSS JOIN unnest(g.sensor, g.t_min, g.t_max) AS u (sensor_id, t_min, t_max)
  LEFT JOIN flux.facet f
    ON f.tenant_id = $1 AND f.facet_id = u.sensor_id
 ORDER BY 1, 2, 3;

-- name: rollup_due  (tenant, limit) -> device_id, version, sensor, time
-- roles: fl_worker
-- Devices whose newest readings are newer than their rollups.
SELECT l.device_id, l.version, l.sensor, l.time
  FROM flux.latest l
  LEFT JOIN flux.rolled r
    ON r.tenant_id = $1 AND r.device_id = l.device_id
 WHERE l.tenant_id = $1 AND l.version > coalesce(r.version, -1)
 ORDER BY l.device_id
 LIMIT $2;

-- name: rollup_upto  (tenant, sensors) -> sensor_id, upto
-- roles: fl_worker
-- How far these sensors are rolled up; no row: not at all.
SELECT u.sensor_id, u.upto
  FROM flux.rolled r
 CROSS JOIN unnest(r.sensor, r.upto) AS u (sensor_id, upto)
 WHERE r.tenant_id = $1
   AND r.device_id IN (SELECT s.device_id FROM flux.sensor s
                        WHERE s.tenant_id = $1
                          AND s.sensor_id = ANY ($2::int[]))
   AND u.sensor_id = ANY ($2::int[])
 ORDER BY 1;

-- name: rollup_rolled  (tenant, device, version, sensors, upto)
-- roles: fl_worker
INSERT INTO flux.rolled AS r (tenant_id, device_id, version, sensor, upto)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant_id, device_id) DO UPDATE
   SET version = excluded.version, sensor = excluded.sensor,
       upto = excluded.upto
 WHERE r.tenant_id = $1;

-- name: rollup_meaning  (tenant, sensors) -> sensor_id, kind, wrap, period, zone, floor
-- roles: fl_worker
-- What the readings of these sensors mean; the period in seconds.
SELECT s.sensor_id, s.kind, coalesce(s.wrap, 0),
       extract(epoch FROM d.period)::float8, t.zone,
       (SELECT max(f.floor) FROM flux.raw_floor f
         WHERE f.tenant_id = $1 AND f.sensor_id IN (0, s.sensor_id))
  FROM flux.sensor s
  JOIN flux.device d ON d.tenant_id = $1 AND d.device_id = s.device_id
  JOIN flux.site t ON t.tenant_id = $1 AND t.site_id = d.site_id
 WHERE s.tenant_id = $1 AND s.sensor_id = ANY ($2::int[])
 ORDER BY 1;

-- name: rollup_facets  (tenant, sensors) -> sensor_id, what, facet_id
-- roles: fl_worker
SELECT sensor_id, what, facet_id
  FROM flux.facet
 WHERE tenant_id = $1 AND sensor_id = ANY ($2::int[])
 ORDER BY 1, 2;

-- name: rollup_swaps  (tenant, sensors) -> sensor_id, at, old_last, new_first
-- roles: fl_worker
SELECT sensor_id, at, old_last, new_first
  FROM flux.meter_swap
 WHERE tenant_id = $1 AND sensor_id = ANY ($2::int[])
 ORDER BY 1, 2;

-- name: rollup_first  (tenant, sensors) -> sensor_id, first
-- roles: fl_worker
-- No reading and no hour of these sensors is older; NULL: there is none.
SELECT w.sensor_id, least(
       (SELECT min(c.t_min) FROM flux.chunk c
         WHERE c.tenant_id = $1 AND c.sensor_id = w.sensor_id),
       (SELECT min(f.t_min) FROM flux.fresh f WHERE f.tenant_id = $1),
       (SELECT min(h.start) FROM flux.rollup_hour h
         WHERE h.tenant_id = $1 AND h.sensor_id = w.sensor_id))
  FROM unnest($2::int[]) AS w (sensor_id)
 ORDER BY 1;

-- name: rollup_blocks  (tenant, sensors, from, till) -> level, sensor_id, t_min, t_max, piece
-- roles: fl_worker
-- What derive has stored in the span, for who wants many sensors: runs of
-- chunk (0), whole blocks of fresh (1), and what is in quarantine (3).
SELECT level, sensor_id, t_min, t_max, piece
  FROM (SELECT 0, 0::smallint, 0::bigint, c.sensor_id, c.t_min, c.t_max, c.run
          FROM flux.chunk c
         WHERE c.tenant_id = $1 AND c.sensor_id = ANY ($2::int[])
           AND c.t_min < $4 AND c.t_min > $3::timestamptz - interval '1 day'
           AND c.t_max >= $3
        UNION ALL
        SELECT 1, -f.tier, f.fresh_id, 0, f.t_min, f.t_max, f.block
          FROM flux.fresh f
         WHERE f.tenant_id = $1 AND f.t_max >= $3 AND f.t_min < $4
        UNION ALL
        SELECT 3, 0::smallint, q.quarantine_id, q.sensor_id, q.t_min, q.t_max,
               NULL
          FROM flux.quarantine q
         WHERE q.tenant_id = $1 AND q.t_max >= $3 AND q.t_min < $4
           AND q.sensor_id = ANY ($2::int[] || 0))
       AS s (level, tier, id, sensor_id, t_min, t_max, piece)
 ORDER BY level, tier, id, sensor_id, t_min;

-- name: rollup_open  (tenant, sensors, starts) -> sensor_id, start, till, count, bad, resets, quality, min, max, sum, m2, first, last, first_at, last_at, held, area, rest, holds_to, good, good_at, increase, state, seconds
-- roles: fl_worker
-- These hours.
SELECT h.sensor_id, h.start, h.till, h.count, h.bad, h.resets, h.quality,
       h.min, h.max, h.sum, h.m2, h.first, h.last, h.first_at, h.last_at,
       h.held, h.area, h.rest, h.holds_to, h.good, h.good_at, h.increase,
       h.state, h.seconds
  FROM unnest($2::int[], $3::timestamptz[]) AS w (sensor_id, start)
  JOIN flux.rollup_hour h
    ON h.tenant_id = $1 AND h.sensor_id = w.sensor_id AND h.start = w.start
 ORDER BY 1, 2;

-- name: rollup_before  (tenant, sensors, starts, reach) -> sensor_id, last, holds_to
-- roles: fl_worker
-- What holds on from before these instants, from no more than reach seconds
-- earlier.
SELECT w.sensor_id, l.last, l.holds_to
  FROM unnest($2::int[], $3::timestamptz[]) AS w (sensor_id, start)
 CROSS JOIN LATERAL (
	SELECT h.last, h.holds_to
	  FROM flux.rollup_hour h
	 WHERE h.tenant_id = $1 AND h.sensor_id = w.sensor_id
	   AND h.start < w.start
	   AND h.start >= w.start - make_interval(secs => $4::float8)
	   AND h.count + h.bad > 0
	 ORDER BY h.start DESC
	 LIMIT 1) l
 WHERE l.holds_to IS NOT NULL
 ORDER BY w.sensor_id;

-- name: rollup_good  (tenant, sensors, starts, reach) -> sensor_id, good, good_at
-- roles: fl_worker
-- What these counters count from at these instants.
SELECT w.sensor_id, g.good, g.good_at
  FROM unnest($2::int[], $3::timestamptz[]) AS w (sensor_id, start)
 CROSS JOIN LATERAL (
	SELECT h.good, h.good_at
	  FROM flux.rollup_hour h
	 WHERE h.tenant_id = $1 AND h.sensor_id = w.sensor_id
	   AND h.start < w.start
	   AND h.start >= w.start - make_interval(secs => $4::float8)
	   AND h.good_at IS NOT NULL
	 ORDER BY h.start DESC
	 LIMIT 1) g
 ORDER BY w.sensor_id;

-- name: rollup_after  (tenant, sensors, starts) -> sensor_id, start
-- roles: fl_worker
-- The first hour from there on in which a counter counted.
SELECT w.sensor_id, n.start
  FROM unnest($2::int[], $3::timestamptz[]) AS w (sensor_id, start)
 CROSS JOIN LATERAL (
	SELECT h.start
	  FROM flux.rollup_hour h
	 WHERE h.tenant_id = $1 AND h.sensor_id = w.sensor_id
	   AND h.start >= w.start AND h.good_at IS NOT NULL
	 ORDER BY h.start
	 LIMIT 1) n
 ORDER BY 1, 2;

-- name: rollup_clear  (tenant, sensors, froms, tills, kept, starts)
-- roles: fl_worker
-- Forget the hours in these spans, but for those that are kept.
DELETE FROM flux.rollup_hour h
 USING unnest($2::int[], $3::timestamptz[], $4::timestamptz[])
       AS w (sensor_id, start, till)
 WHERE h.tenant_id = $1 AND h.sensor_id = w.sensor_id
   AND h.start >= w.start AND h.start < w.till
   AND NOT EXISTS (SELECT
         FROM unnest($5::int[], $6::timestamptz[]) AS k (sensor_id, start)
        WHERE k.sensor_id = h.sensor_id AND k.start = h.start);

-- name: rollup_clear_days  (tenant, sensors, froms, tills)
-- roles: fl_worker
DELETE FROM flux.rollup_day d
 USING unnest($2::int[], $3::timestamptz[], $4::timestamptz[])
       AS w (sensor_id, start, till)
 WHERE d.tenant_id = $1 AND d.sensor_id = w.sensor_id
   AND d.start >= w.start AND d.start < w.till;

-- name: rollup_put  (tenant, never, all, sensors, starts, tills, counts, bads, resets, quality, mins, maxs, sums, m2s, firsts, lasts, first_at, last_at, held, area, rest, holds_to, good, good_at, increase, kinds, of, states, seconds)
-- roles: fl_worker
-- Hours; states are those of row number "of".  An hour is replaced by one
-- that holds as many readings, or by any when all are sure to be there.
INSERT INTO flux.rollup_hour AS h (tenant_id, sensor_id, start, till, count,
       bad, resets, quality, min, max, sum, m2, first, last, first_at,
       last_at, held, area, rest, holds_to, good, good_at, increase, state,
       seconds)
SELECT $1, u.sensor_id, u.start, u.till, u.count, u.bad,
       CASE WHEN u.kind = 1 THEN u.resets END, u.quality,
       CASE WHEN u.count > 0 THEN u.min END,
       CASE WHEN u.count > 0 THEN u.max END,
       CASE WHEN u.count > 0 THEN u.sum END,
       CASE WHEN u.count > 0 THEN u.m2 END,
       CASE WHEN u.count > 0 THEN u.first END,
       CASE WHEN u.count > 0 THEN u.last END,
       CASE WHEN u.count > 0 THEN u.first_at END,
       CASE WHEN u.count > 0 THEN u.last_at END,
       u.held, u.area, u.rest, nullif(u.holds_to, $2::timestamptz),
       CASE WHEN u.good_at > $2 THEN u.good END,
       nullif(u.good_at, $2),
       CASE WHEN u.kind = 1 THEN u.increase END,
       CASE WHEN u.kind = 2 THEN coalesce(s.state, '{}') END,
       CASE WHEN u.kind = 2 THEN coalesce(s.seconds, '{}') END
  FROM unnest($4::int[], $5::timestamptz[], $6::timestamptz[], $7::bigint[],
              $8::bigint[], $9::int[], $10::smallint[], $11::float8[],
              $12::float8[], $13::float8[], $14::float8[], $15::float8[],
              $16::float8[], $17::timestamptz[], $18::timestamptz[],
              $19::float8[], $20::float8[], $21::float8[],
              $22::timestamptz[], $23::float8[], $24::timestamptz[],
              $25::float8[], $26::smallint[]) WITH ORDINALITY
       AS u (sensor_id, start, till, count, bad, resets, quality, min, max,
             sum, m2, first, last, first_at, last_at, held, area, rest,
             holds_to, good, good_at, increase, kind, i)
  LEFT JOIN (
	SELECT of, array_agg(state ORDER BY state) AS state,
	       array_agg(seconds ORDER BY state) AS seconds
	  FROM unnest($27::int[], $28::float8[], $29::float8[])
	       AS p (of, state, seconds)
	 GROUP BY of) s ON s.of = u.i
    ON CONFLICT (tenant_id, sensor_id, start) DO UPDATE
   SET till = excluded.till, count = excluded.count, bad = excluded.bad,
       resets = excluded.resets, quality = excluded.quality,
       min = excluded.min, max = excluded.max, sum = excluded.sum,
       m2 = excluded.m2, first = excluded.first, last = excluded.last,
       first_at = excluded.first_at, last_at = excluded.last_at,
       held = excluded.held, area = excluded.area, rest = excluded.rest,
       holds_to = excluded.holds_to, good = excluded.good,
       good_at = excluded.good_at, increase = excluded.increase,
       state = excluded.state, seconds = excluded.seconds
 WHERE h.tenant_id = $1
   AND ($3::boolean
     OR excluded.count + excluded.bad >= h.count + h.bad);

-- name: rollup_days  (tenant, all, sensors, starts, tills)
-- roles: fl_worker
-- Compose these days of their hours, in the hours' order.
INSERT INTO flux.rollup_day AS d (tenant_id, sensor_id, start, till, count,
       bad, resets, quality, min, max, sum, m2, first, last, first_at,
       last_at, held, area, rest, holds_to, good, good_at, increase, state,
       seconds)
SELECT $1, w.sensor_id, w.start, w.till, a.count, a.bad, a.resets, a.quality,
       a.min, a.max, a.sum, a.m2, a.first, a.last, a.first_at, a.last_at,
       a.held, a.area, 0, a.holds_to, a.good, a.good_at, a.increase, b.state,
       b.seconds
  FROM unnest($3::int[], $4::timestamptz[], $5::timestamptz[])
       AS w (sensor_id, start, till)
 CROSS JOIN LATERAL (
	SELECT sum(h.count)::bigint AS count, sum(h.bad)::bigint AS bad,
	       sum(h.resets)::int AS resets, min(h.quality) AS quality,
	       min(h.min) AS min, max(h.max) AS max, sum(h.sum) AS sum,
	       sum(h.m2 + h.count * (h.mean - h.all_mean) ^ 2) AS m2,
	       (array_agg(h.first) FILTER (WHERE h.count > 0))[1] AS first,
	       (array_agg(h.last) FILTER (WHERE h.count > 0))
	           [count(*) FILTER (WHERE h.count > 0)] AS last,
	       min(h.first_at) AS first_at, max(h.last_at) AS last_at,
	       sum(h.held) AS held,
	       sum(h.area + CASE WHEN h.rest > 0 THEN h.last * h.rest
	           ELSE 0 END) AS area,
	       max(h.holds_to) AS holds_to,
	       (array_agg(h.good) FILTER (WHERE h.good_at IS NOT NULL))
	           [count(h.good_at)] AS good,
	       max(h.good_at) AS good_at, sum(h.increase) AS increase,
	       bool_or(h.state IS NOT NULL) AS is_state
	  FROM (SELECT r.count, r.bad, r.resets, r.quality, r.min, r.max,
	               r.sum, r.m2, r.first, r.last, r.first_at, r.last_at,
	               r.held, r.area, r.rest, r.holds_to, r.good, r.good_at,
	               r.increase, r.state, r.mean,
	               sum(r.sum) OVER all_ / nullif(sum(r.count) OVER all_, 0)
	               AS all_mean
	          FROM flux.rollup_hour r
	         WHERE r.tenant_id = $1 AND r.sensor_id = w.sensor_id
	           AND r.start >= w.start AND r.start < w.till
	        WINDOW all_ AS (ORDER BY r.start ROWS BETWEEN UNBOUNDED
	                        PRECEDING AND UNBOUNDED FOLLOWING)
	         ORDER BY r.start) h) a
 CROSS JOIN LATERAL (
	SELECT CASE WHEN a.is_state THEN
	           coalesce(array_agg(p.state ORDER BY p.state), '{}') END
	       AS state,
	       CASE WHEN a.is_state THEN
	           coalesce(array_agg(p.seconds ORDER BY p.state), '{}') END
	       AS seconds
	  FROM (SELECT s.state, sum(s.seconds ORDER BY h.start) AS seconds
	          FROM flux.rollup_hour h
	         CROSS JOIN unnest(h.state, h.seconds) AS s (state, seconds)
	         WHERE a.is_state
	           AND h.tenant_id = $1 AND h.sensor_id = w.sensor_id
	           AND h.start >= w.start AND h.start < w.till
	         GROUP BY s.state) p) b
 WHERE a.held IS NOT NULL
    ON CONFLICT (tenant_id, sensor_id, start) DO UPDATE
   SET till = excluded.till, count = excluded.count, bad = excluded.bad,
       resets = excluded.resets, quality = excluded.quality,
       min = excluded.min, max = excluded.max, sum = excluded.sum,
       m2 = excluded.m2, first = excluded.first, last = excluded.last,
       first_at = excluded.first_at, last_at = excluded.last_at,
       held = excluded.held, area = excluded.area, rest = excluded.rest,
       holds_to = excluded.holds_to, good = excluded.good,
       good_at = excluded.good_at, increase = excluded.increase,
       state = excluded.state, seconds = excluded.seconds
 WHERE d.tenant_id = $1
   AND ($2::boolean
     OR excluded.count + excluded.bad >= d.count + d.bad);

-- name: rollup_missing  (days) -> day
-- roles: fl_worker
-- open
-- Months of the rollups that need a partition.
SELECT flux.rollup_missing($1);

-- name: rollup_partitions  (days) -> made
-- roles: fl_worker
-- open
SELECT flux.partition_rollup($1);

-- name: rollup_hours  (tenant, sensors, from, till, limit) -> sensor_id, start, till, count, bad, resets, quality, min, max, sum, m2, first, last, first_at, last_at, held, area, rest, holds_to, good, good_at, increase, state, seconds
-- roles: fl_page fl_api fl_worker
SELECT sensor_id, start, till, count, bad, resets, quality, min, max, sum, m2,
       first, last, first_at, last_at, held, area, rest, holds_to, good,
       good_at, increase, state, seconds
  FROM flux.rollup_hour
 WHERE tenant_id = $1 AND sensor_id = ANY ($2::int[])
   AND start >= $3 AND start < $4
 ORDER BY sensor_id, start
 LIMIT $5;

-- name: rollup_of_days  (tenant, sensors, from, till, limit) -> sensor_id, start, till, count, bad, resets, quality, min, max, sum, m2, first, last, first_at, last_at, held, area, rest, holds_to, good, good_at, increase, state, seconds
-- roles: fl_page fl_api fl_worker
-- The columns are those of the hours.
SELECT sensor_id, start, till, count, bad, resets, quality, min, max, sum, m2,
       first, last, first_at, last_at, held, area, rest, holds_to, good,
       good_at, increase, state, seconds
  FROM flux.rollup_day
 WHERE tenant_id = $1 AND sensor_id = ANY ($2::int[])
   AND start >= $3 AND start < $4
 ORDER BY sensor_id, start
 LIMIT $5;
