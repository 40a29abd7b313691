-- list: rollup_columns
-- What a bucket is read as.
{rollup_figures}, state, seconds;

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

-- name: rollup_open  (tenant, sensors, starts) -> {rollup_columns}
-- roles: fl_worker
-- These hours.
SELECT {rollup_columns}
  FROM unnest($2::int[], $3::timestamptz[]) AS w (sensor, hour)
  JOIN flux.rollup_hour h
    ON h.tenant_id = $1 AND h.sensor_id = w.sensor AND h.start = w.hour
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

-- name: rollup_clear  (tenant, sensors, froms, tills, kept, starts, from, till)
-- roles: fl_worker
-- Forget the hours in these spans, but for those that are kept.  The last two
-- enclose the spans, so that other months are left alone.  NOT IN looks each
-- hour up; in a join, whose lists the planner cannot count, each is compared
-- with all that are kept.
DELETE FROM flux.rollup_hour h
 USING unnest($2::int[], $3::timestamptz[], $4::timestamptz[])
       AS w (sensor_id, start, till)
 WHERE h.tenant_id = $1 AND h.sensor_id = w.sensor_id
   AND h.start >= w.start AND h.start < w.till
   AND h.start >= $7 AND h.start < $8
   AND (h.sensor_id, h.start) NOT IN (SELECT k.sensor_id, k.start
         FROM unnest($5::int[], $6::timestamptz[]) AS k (sensor_id, start));

-- name: rollup_clear_days  (tenant, sensors, froms, tills)
-- roles: fl_worker
DELETE FROM flux.rollup_day d
 USING unnest($2::int[], $3::timestamptz[], $4::timestamptz[])
       AS w (sensor_id, start, till)
 WHERE d.tenant_id = $1 AND d.sensor_id = w.sensor_id
   AND d.start >= w.start AND d.start < w.till;

-- list: rollup_anew
-- A bucket that takes the place of another.
till = excluded.till, count = excluded.count, bad = excluded.bad,
resets = excluded.resets, quality = excluded.quality, min = excluded.min,
max = excluded.max, sum = excluded.sum, m2 = excluded.m2,
first = excluded.first, last = excluded.last, first_at = excluded.first_at,
last_at = excluded.last_at, held = excluded.held, area = excluded.area,
rest = excluded.rest, holds_to = excluded.holds_to, good = excluded.good,
good_at = excluded.good_at, increase = excluded.increase,
mean = excluded.mean, stddev = excluded.stddev, twa = excluded.twa,
state = excluded.state, seconds = excluded.seconds;

-- name: rollup_put  (tenant, never, all, days, sensors, starts, tills, counts, bads, resets, quality, mins, maxs, sums, m2s, firsts, lasts, first_at, last_at, held, area, rest, holds_to, good, good_at, increase, means, stddevs, twas, kinds, of, states, seconds)
-- roles: fl_worker
-- Days, or else hours; states are those of row number "of".  A bucket is
-- replaced by one that holds as many readings, or by any when all are sure to
-- be there.
WITH bucket AS (
	SELECT u.sensor_id, u.start, u.till, u.count, u.bad, u.quality,
	       CASE WHEN u.kind = 1 THEN u.resets END AS resets,
	       CASE WHEN u.count > 0 THEN u.min END AS min,
	       CASE WHEN u.count > 0 THEN u.max END AS max,
	       CASE WHEN u.count > 0 THEN u.sum END AS sum,
	       CASE WHEN u.count > 0 THEN u.m2 END AS m2,
	       CASE WHEN u.count > 0 THEN u.first END AS first,
	       CASE WHEN u.count > 0 THEN u.last END AS last,
	       CASE WHEN u.count > 0 THEN u.first_at END AS first_at,
	       CASE WHEN u.count > 0 THEN u.last_at END AS last_at,
	       u.held, u.area, u.rest,
	       nullif(u.holds_to, $2::timestamptz) AS holds_to,
	       CASE WHEN u.good_at > $2 THEN u.good END AS good,
	       nullif(u.good_at, $2) AS good_at,
	       CASE WHEN u.kind = 1 THEN u.increase END AS increase,
	       CASE WHEN u.count > 0 THEN u.mean END AS mean,
	       CASE WHEN u.count > 0 THEN u.stddev END AS stddev,
	       CASE WHEN u.held > 0 THEN u.twa END AS twa,
	       CASE WHEN u.kind = 2 THEN coalesce(s.state, '{}') END
	       AS state,
	       CASE WHEN u.kind = 2 THEN coalesce(s.seconds, '{}') END
	       AS seconds
	  FROM unnest($5::int[], $6::timestamptz[], $7::timestamptz[],
	              $8::bigint[], $9::bigint[], $10::int[], $11::smallint[],
	              $12::float8[], $13::float8[], $14::float8[],
	              $15::float8[], $16::float8[], $17::float8[],
	              $18::timestamptz[], $19::timestamptz[], $20::float8[],
	              $21::float8[], $22::float8[], $23::timestamptz[],
	              $24::float8[], $25::timestamptz[], $26::float8[],
	              $27::float8[], $28::float8[], $29::float8[],
	              $30::smallint[]) WITH ORDINALITY
	       AS u (sensor_id, start, till, count, bad, resets, quality, min,
	             max, sum, m2, first, last, first_at, last_at, held, area,
	             rest, holds_to, good, good_at, increase, mean, stddev,
	             twa, kind, i)
	  LEFT JOIN (
		SELECT of, array_agg(state ORDER BY state) AS state,
		       array_agg(seconds ORDER BY state) AS seconds
		  FROM unnest($31::int[], $32::float8[], $33::float8[])
		       AS p (of, state, seconds)
		 GROUP BY of) s ON s.of = u.i
), hour AS (
	INSERT INTO flux.rollup_hour AS h
	       (tenant_id, {rollup_columns}, mean, stddev, twa)
	SELECT $1, {rollup_columns}, mean, stddev, twa
	  FROM bucket
	 WHERE NOT $4::boolean
	    ON CONFLICT (tenant_id, sensor_id, start) DO UPDATE
	   SET {rollup_anew}
	 WHERE h.tenant_id = $1
	   AND ($3::boolean OR excluded.count + excluded.bad
	        >= h.count + h.bad)
)
INSERT INTO flux.rollup_day AS d
       (tenant_id, {rollup_columns}, mean, stddev, twa)
SELECT $1, {rollup_columns}, mean, stddev, twa
  FROM bucket
 WHERE $4
    ON CONFLICT (tenant_id, sensor_id, start) DO UPDATE
   SET {rollup_anew}
 WHERE d.tenant_id = $1
   AND ($3::boolean OR excluded.count + excluded.bad
        >= d.count + d.bad);

-- name: rollup_within  (tenant, sensors, starts, tills, from, till) -> {rollup_columns}
-- roles: fl_worker
-- The hours in these spans, which do not overlap; the last two enclose them.
SELECT {rollup_columns}
  FROM unnest($2::int[], $3::timestamptz[], $4::timestamptz[])
       AS w (sensor, since, before)
  JOIN flux.rollup_hour h
    ON h.tenant_id = $1 AND h.sensor_id = w.sensor
   AND h.start >= w.since AND h.start < w.before
   AND h.start >= $5 AND h.start < $6
 ORDER BY 1, 2;

-- name: rollup_missing  (days) -> day
-- roles: fl_worker
-- open
-- Months of the rollups that need a partition.
SELECT flux.rollup_missing($1);

-- name: rollup_hours  (tenant, sensors, from, till, limit) -> {rollup_columns}
-- roles: fl_page fl_api fl_worker
SELECT {rollup_columns}
  FROM flux.rollup_hour
 WHERE tenant_id = $1 AND sensor_id = ANY ($2::int[])
   AND start >= $3 AND start < $4
 ORDER BY sensor_id, start
 LIMIT $5;

-- name: rollup_of_days  (tenant, sensors, from, till, limit) -> {rollup_columns}
-- roles: fl_page fl_api fl_worker
SELECT {rollup_columns}
  FROM flux.rollup_day
 WHERE tenant_id = $1 AND sensor_id = ANY ($2::int[])
   AND start >= $3 AND start < $4
 ORDER BY sensor_id, start
 LIMIT $5;

-- name: rollup_cover  (tenant, sensors, from, till, never) -> sensor, upto, remade, first, last, lost_first, lost_last
-- roles: fl_page fl_api fl_worker
-- How far each of the sensors is rolled up, and the spans (both ends included)
-- before "till" of what has come and is not in its buckets: what is newer, what
-- is marked, of its facets too, what derive has not seen; and from "from" on
-- what is damaged.  A mark from "never" on is no reading: what they mean has
-- changed, and all there are are rolled anew.  One snapshot: what moves on is
-- seen in one place.
WITH known AS MATERIALIZED (
	SELECT w.sensor, w.i,
	       (SELECT max(u.upto)
	          FROM flux.sensor s
	          JOIN flux.rolled r
	            ON r.tenant_id = $1 AND r.device_id = s.device_id
	         CROSS JOIN unnest(r.sensor, r.upto) AS u (sensor, upto)
	         WHERE s.tenant_id = $1 AND s.sensor_id = w.sensor
	           AND u.sensor = w.sensor) AS upto,
	       (SELECT max(u.time)
	          FROM flux.sensor s
	          JOIN flux.latest l
	            ON l.tenant_id = $1 AND l.device_id = s.device_id
	         CROSS JOIN unnest(l.sensor, l.time) AS u (sensor, time)
	         WHERE s.tenant_id = $1 AND s.sensor_id = w.sensor
	           AND u.sensor = w.sensor) AS newest
	  FROM unnest($2::int[]) WITH ORDINALITY AS w (sensor, i)
), waits AS MATERIALIZED (
	SELECT coalesce(f.sensor_id, x.sensor) AS sensor, x.first, x.last,
	       x.kind
	  FROM (SELECT u.sensor, u.first, u.last, 1
	          FROM flux.mark m
	         CROSS JOIN unnest(m.sensor, m.t_min, m.t_max)
	               AS u (sensor, first, last)
	         WHERE m.tenant_id = $1
	        UNION ALL
	        SELECT q.sensor_id, q.t_min, q.t_max, 2
	          FROM flux.quarantine q
	         WHERE q.tenant_id = $1 AND q.t_max >= $3
	        UNION ALL
	        SELECT 0, l.t_min, l.t_max, 0
	          FROM flux.landing l
	         WHERE l.tenant_id = $1
	        UNION ALL
	        SELECT k.sensor, coalesce(k.upto + interval '1 us', least(
	               (SELECT min(c.t_min) FROM flux.chunk c
	                 WHERE c.tenant_id = $1 AND c.sensor_id = k.sensor),
	               (SELECT min(h.t_min) FROM flux.fresh h
	                 WHERE h.tenant_id = $1 AND k.sensor
	                    <= h.last[width_bucket(k.sensor, h.sensor)]),
	               k.newest)), k.newest, 0
	          FROM known k
	         WHERE k.newest > coalesce(k.upto, '-infinity'))
	       AS x (sensor, first, last, kind)
	  LEFT JOIN flux.facet f
	    ON f.tenant_id = $1 AND f.facet_id = x.sensor AND x.kind > 0
	 WHERE x.first < $4
)
SELECT k.sensor, k.upto, coalesce(d.remade, false),
       coalesce(d.first, '{}'), coalesce(d.last, '{}'),
       coalesce(d.lost_first, '{}'), coalesce(d.lost_last, '{}')
  FROM known k
 CROSS JOIN LATERAL (
	SELECT bool_or(x.kind = 1 AND x.first <= $5) AS remade,
	       array_agg(x.first ORDER BY x.first, x.last)
	       FILTER (WHERE x.is_wait) AS first,
	       array_agg(x.last ORDER BY x.first, x.last)
	       FILTER (WHERE x.is_wait) AS last,
	       array_agg(x.first ORDER BY x.first, x.last)
	       FILTER (WHERE x.kind = 2) AS lost_first,
	       array_agg(x.last ORDER BY x.first, x.last)
	       FILTER (WHERE x.kind = 2) AS lost_last
	  FROM (SELECT w.kind, w.first,
	               CASE w.kind WHEN 1 THEN least(w.last, k.newest)
	               ELSE w.last END AS last,
	               w.kind = 0 OR w.kind = 1 AND w.first > $5
	               AND w.first <= k.newest AS is_wait
	          FROM waits w
	         WHERE w.sensor IN (0, k.sensor)) x) d
 ORDER BY k.i;

-- name: rollup_versions  (tenant, sensors, from, till, days, about) -> state
-- roles: fl_page fl_api
-- Which versions of its rows an answer is made of: days, or else hours.
SELECT md5($6::text || string_agg(row_, ' ' ORDER BY row_))
  FROM (SELECT h.sensor_id || ' ' || extract(epoch FROM h.start) || ' '
               || h.xmin::text
          FROM flux.rollup_hour h
         WHERE NOT $5::boolean
           AND h.tenant_id = $1 AND h.sensor_id = ANY ($2::int[])
           AND h.start >= $3 AND h.start < $4
        UNION ALL
        SELECT d.sensor_id || ' ' || extract(epoch FROM d.start) || ' '
               || d.xmin::text
          FROM flux.rollup_day d
         WHERE $5
           AND d.tenant_id = $1 AND d.sensor_id = ANY ($2::int[])
           AND d.start >= $3 AND d.start < $4
        UNION ALL
        SELECT '') AS s (row_);
