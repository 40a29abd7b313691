-- name: lane_cover  (tenant, sensors, from, till) -> sensor, upto, floor, first, last
-- roles: fl_page fl_api fl_worker
-- How far each of the sensors is rolled up, before when its readings are gone,
-- and in which spans (both ends included) the rollups do not have everything:
-- what is marked, of its facets too, what derive has not seen, what is damaged.
WITH waits AS MATERIALIZED (
	SELECT coalesce(f.sensor_id, x.sensor) AS sensor, x.first, x.last
	  FROM (SELECT u.sensor, u.first, u.last
	          FROM flux.mark m
	         CROSS JOIN unnest(m.sensor, m.t_min, m.t_max)
	               AS u (sensor, first, last)
	         WHERE m.tenant_id = $1
	        UNION ALL
	        SELECT q.sensor_id, q.t_min, q.t_max
	          FROM flux.quarantine q
	         WHERE q.tenant_id = $1
	        UNION ALL
	        SELECT 0, l.t_min, l.t_max
	          FROM flux.landing l
	         WHERE l.tenant_id = $1) AS x (sensor, first, last)
	  LEFT JOIN flux.facet f
	    ON f.tenant_id = $1 AND f.facet_id = x.sensor
	 WHERE x.last >= $3 AND x.first < $4
)
SELECT w.sensor,
       (SELECT max(u.upto)
          FROM flux.sensor s
          JOIN flux.rolled r
            ON r.tenant_id = $1 AND r.device_id = s.device_id
         CROSS JOIN unnest(r.sensor, r.upto) AS u (sensor, upto)
         WHERE s.tenant_id = $1 AND s.sensor_id = w.sensor
           AND u.sensor = w.sensor),
       (SELECT max(g.floor) FROM flux.raw_floor g
         WHERE g.tenant_id = $1 AND g.sensor_id IN (0, w.sensor)),
       coalesce(d.first, '{}'), coalesce(d.last, '{}')
  FROM unnest($2::int[]) WITH ORDINALITY AS w (sensor, i)
 CROSS JOIN LATERAL (
	SELECT array_agg(x.first ORDER BY x.first, x.last) AS first,
	       array_agg(x.last ORDER BY x.first, x.last) AS last
	  FROM waits x
	 WHERE x.sensor IN (0, w.sensor)) d
 ORDER BY w.i;

-- list: rollup_figures
-- What a bucket is, but for the states; hours and days have the same columns.
sensor_id, start, till, count, bad, resets, quality, min, max, sum, m2,
first, last, first_at, last_at, held, area, rest, holds_to, good, good_at,
increase;

-- name: lane_hours  (tenant, sensors, since, from, till, low, high) -> {rollup_figures}, state, seconds
-- roles: fl_page fl_api fl_worker
-- The hours in these windows, and those that reach into them; none begins
-- before "since".
SELECT {rollup_figures}, NULL::float8[], NULL::float8[]
  FROM unnest($2::int[], $3::timestamptz[], $4::timestamptz[],
              $5::timestamptz[]) AS w (sensor, since, begins, ends)
 CROSS JOIN LATERAL (
	SELECT {rollup_figures}
	  FROM flux.rollup_hour r
	 WHERE r.tenant_id = $1 AND r.sensor_id = w.sensor
	   AND r.start >= $6 AND r.start < $7
	   AND r.start > w.since AND r.start < w.ends AND r.till > w.begins
	OFFSET 0) h
 ORDER BY sensor_id, start;

-- name: lane_days  (tenant, sensors, since, from, till, low, high) -> {rollup_figures}, state, seconds
-- roles: fl_page fl_api fl_worker
-- The same of days.
SELECT {rollup_figures}, NULL::float8[], NULL::float8[]
  FROM unnest($2::int[], $3::timestamptz[], $4::timestamptz[],
              $5::timestamptz[]) AS w (sensor, since, begins, ends)
 CROSS JOIN LATERAL (
	SELECT {rollup_figures}
	  FROM flux.rollup_day r
	 WHERE r.tenant_id = $1 AND r.sensor_id = w.sensor
	   AND r.start >= $6 AND r.start < $7
	   AND r.start > w.since AND r.start < w.ends AND r.till > w.begins
	OFFSET 0) h
 ORDER BY sensor_id, start;

-- name: lane_counters  (tenant, sensors) -> sensor, wrap, at, old_last, new_first
-- roles: fl_page fl_api fl_worker
-- What is known of counters; a row a swap, and one where there was none.
SELECT s.sensor_id, coalesce(s.wrap, 0), m.at, m.old_last, m.new_first
  FROM flux.sensor s
  LEFT JOIN flux.meter_swap m
    ON m.tenant_id = $1 AND m.sensor_id = s.sensor_id
 WHERE s.tenant_id = $1 AND s.sensor_id = ANY ($2::int[])
 ORDER BY s.sensor_id, m.at;

-- name: lane_generic  ()
-- roles: fl_page fl_api fl_worker
-- open
-- The plans of this transaction are made once and for all: years are many
-- partitions, and to plan for them takes longer than to read them.
SET LOCAL plan_cache_mode = force_generic_plan;

-- list: may_hold
-- Whether the row f of fresh has a part that may hold one of the sensors.
EXISTS (SELECT FROM unnest($2::int[]) AS u (sensor)
                        WHERE u.sensor
                           <= f.last[width_bucket(u.sensor, f.sensor)]);

-- list: state_unpacked
-- Of an answer's state, the rows that are not chunks yet.
        SELECT 'f' || f.fresh_id
          FROM flux.fresh f
         WHERE f.tenant_id = $1 AND f.t_max >= $3 AND f.t_min < $4
           AND {may_hold}
        UNION ALL
        SELECT 'l' || l.landing_id
          FROM flux.landing l
         WHERE l.tenant_id = $1 AND l.t_max >= $3 AND l.t_min < $4
        UNION ALL
        SELECT 'q' || q.quarantine_id
          FROM flux.quarantine q
         WHERE q.tenant_id = $1 AND q.t_max >= $3 AND q.t_min < $4
           AND q.sensor_id = ANY ($2::int[] || 0);

-- name: lane_state  (tenant, sensors, from, till, about) -> state
-- roles: fl_page fl_api
-- The same for an answer about so long a span that it comes from rollups:
-- whatever changes a reading that is rolled up changes its day's row, or waits
-- in flux.mark for that, so of chunk only the rest is looked at.
WITH rolled AS MATERIALIZED (
	SELECT w.sensor,
	       coalesce((SELECT min(u.upto)
	          FROM flux.sensor s
	          JOIN flux.rolled r
	            ON r.tenant_id = $1 AND r.device_id = s.device_id
	         CROSS JOIN unnest(r.sensor, r.upto) AS u (sensor, upto)
	         WHERE s.tenant_id = $1 AND s.sensor_id = w.sensor
	           AND u.sensor = w.sensor), $3) AS upto,
	       coalesce((SELECT max(g.floor) FROM flux.raw_floor g
	         WHERE g.tenant_id = $1 AND g.sensor_id IN (0, w.sensor)), $3)
	       AS floor
	  FROM unnest($2::int[]) AS w (sensor)
)
SELECT md5($5::text || string_agg(row_, ' ' ORDER BY row_))
  FROM (SELECT 'd' || d.sensor_id || ' ' || extract(epoch FROM d.start) || ' '
               || d.xmin::text
          FROM flux.rollup_day d
         WHERE d.tenant_id = $1 AND d.sensor_id = ANY ($2::int[])
           AND d.start < $4 AND d.start > $3::timestamptz - interval '50 hours'
        UNION ALL
        SELECT 'c' || c.sensor_id || ' ' || extract(epoch FROM c.t_min) || ' '
               || c.n || ' ' || c.xmin::text
          FROM rolled w,
               LATERAL (SELECT c.sensor_id, c.t_min, c.n, c.xmin
                          FROM flux.chunk c
                         WHERE c.tenant_id = $1 AND c.sensor_id = w.sensor
                           AND c.t_min < $4 AND c.t_max >= $3
                           AND c.t_min > greatest($3, w.upto) - interval '1 day'
                        UNION ALL
                        SELECT c.sensor_id, c.t_min, c.n, c.xmin
                          FROM flux.chunk c
                         WHERE c.tenant_id = $1 AND c.sensor_id = w.sensor
                           AND c.t_min < least($4, w.floor) AND c.t_max >= $3
                           AND c.t_min > $3::timestamptz - interval '1 day') c
        UNION ALL
        SELECT 'g' || w.sensor || ' ' || extract(epoch FROM w.floor)
          FROM rolled w
        UNION ALL
        SELECT 'm' || m.mark_id
          FROM flux.mark m
         WHERE m.tenant_id = $1
           AND m.sensor && ($2::int[] || ARRAY(SELECT f.facet_id
                 FROM flux.facet f
                WHERE f.tenant_id = $1 AND f.sensor_id = ANY ($2::int[])))
        UNION ALL
        {state_unpacked}
        UNION ALL
        SELECT '') AS s (row_);
