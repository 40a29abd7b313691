-- name: retention_rules  (tenant) -> class, metric, keep, archive, origin
-- roles: fl_admin fl_worker fl_desk
-- The rules in force.
SELECT class, metric, coalesce(keep::text, 'forever'), archive, origin
  FROM flux.retention_rule($1)
 ORDER BY array_position(ARRAY['raw', 'rollup', 'event'], class), metric
 LIMIT 1000;

-- name: retention_set  (tenant, class, metric, keep, archive)
-- roles: fl_admin
INSERT INTO flux.retention AS r (tenant_id, class, metric, keep, archive)
VALUES ($1, $2, $3, nullif($4, 'forever')::interval, $5)
    ON CONFLICT (tenant_id, class, metric) DO UPDATE
   SET keep = excluded.keep, archive = excluded.archive
 WHERE r.tenant_id = $1;

-- name: retention_unset  (tenant, class, metric) -> class
-- roles: fl_admin
DELETE FROM flux.retention
 WHERE tenant_id = $1 AND class = $2 AND metric = $3
RETURNING class;

-- name: retention_plan_set  (tenant, plan)
-- roles: fl_admin
UPDATE flux.tenant SET plan = $2 WHERE tenant_id = $1;

-- name: retention_dry  (tenant, at) -> class, relation, metric, month, rows, readings, bytes, archive
-- roles: fl_admin fl_worker
-- What would go now, of every class.
SELECT 'raw', 'chunk', metric, to_char(month, 'YYYY-MM'), count(*),
       sum(n)::bigint, sum(bytes)::bigint, archive
  FROM flux.retention_chunk($1, $2)
 GROUP BY metric, month, archive
UNION ALL
SELECT class, relation, metric, to_char(month, 'YYYY-MM'), rows, 0::bigint,
       bytes, false
  FROM flux.retention_due($1, $2)
 ORDER BY 1, 2, 4, 3
 LIMIT 100000;

-- name: retention_rolling  (tenant) -> tenant_id
-- roles: fl_worker
-- Wait until nobody rolls the tenant up, and keep the rollups away: one that
-- has looked at the floor already would find its readings gone.
SELECT tenant_id FROM flux.rolling WHERE tenant_id = $1 FOR UPDATE;

-- name: retention_group  (tenant, at) -> metric, archive, month
-- roles: fl_worker
-- A metric's month of which chunks may go.
SELECT metric, archive, to_char(month, 'YYYY-MM')
  FROM flux.retention_chunk($1, $2)
 LIMIT 1;

-- name: retention_take  (tenant, at, metric, archive, month, rows) -> sensor_id, t_min, t_max, n, bytes, run
-- roles: fl_worker
-- Chunks of such a month; their bytes only when they go into an archive.
WITH pick AS (
	SELECT sensor_id, t_min, t_max, n, bytes
	  FROM flux.retention_chunk($1, $2)
	 WHERE metric = $3 AND archive = $4
	   AND month = to_date($5, 'YYYY-MM')
	   AND t_min >= to_date($5, 'YYYY-MM')::timestamp AT TIME ZONE 'UTC'
	   AND t_min < (to_date($5, 'YYYY-MM') + interval '1 month')
	       AT TIME ZONE 'UTC'
	 ORDER BY sensor_id, t_min
	 LIMIT $6
)
SELECT p.sensor_id, p.t_min, p.t_max, p.n, p.bytes, c.run
  FROM pick p
  LEFT JOIN flux.chunk c
    ON $4::boolean AND c.tenant_id = $1 AND c.sensor_id = p.sensor_id
   AND c.t_min = p.t_min
 ORDER BY p.sensor_id, p.t_min;

-- name: retention_delete  (tenant, sensors, times) -> rows
-- roles: fl_worker
WITH gone AS (
	DELETE FROM flux.chunk c
	 USING unnest($2::int[], $3::timestamptz[]) AS u (sensor_id, t_min)
	 WHERE c.tenant_id = $1 AND c.sensor_id = u.sensor_id
	   AND c.t_min = u.t_min
	RETURNING 1
)
SELECT count(*) FROM gone;

-- name: retention_certify  (tenant, by, metric, month, t_min, t_max, rows, readings, bytes, sensors, first, last, n, file, sha256)
-- roles: fl_worker
INSERT INTO flux.deletion (tenant_id, deleted_by, class, relation, metric,
       month, t_min, t_max, rows, readings, bytes, sensor, first, last, n,
       file, sha256)
VALUES ($1, $2, 'raw', 'chunk', $3, to_date($4, 'YYYY-MM'), $5, $6, $7, $8,
       $9, $10, $11, $12, $13, $14, $15);

-- name: retention_floor  (tenant, sensors, last)
-- roles: fl_worker
-- Below the end of the last day that went, raw readings are gone.
INSERT INTO flux.raw_floor AS f (tenant_id, sensor_id, floor)
SELECT $1, u.sensor_id,
       (date_trunc('day', u.last AT TIME ZONE 'UTC') + interval '1 day')
       AT TIME ZONE 'UTC'
  FROM unnest($2::int[], $3::timestamptz[]) AS u (sensor_id, last)
    ON CONFLICT (tenant_id, sensor_id) DO UPDATE
   SET floor = greatest(f.floor, excluded.floor)
 WHERE f.tenant_id = $1;

-- name: retention_names  (tenant, sensors) -> sensor_id, name
-- roles: fl_worker
-- What the series of an archive are called: device/sensor, device/sensor#min.
SELECT s.sensor_id, d.key || '/' || s.key
  FROM flux.sensor s
  JOIN flux.device d ON d.tenant_id = $1 AND d.device_id = s.device_id
 WHERE s.tenant_id = $1 AND s.sensor_id = ANY ($2::int[])
UNION ALL
SELECT f.facet_id, d.key || '/' || s.key || '#' || f.what
  FROM flux.facet f
  JOIN flux.sensor s ON s.tenant_id = $1 AND s.sensor_id = f.sensor_id
  JOIN flux.device d ON d.tenant_id = $1 AND d.device_id = s.device_id
 WHERE f.tenant_id = $1 AND f.facet_id = ANY ($2::int[])
 ORDER BY 1;

-- name: retention_expire  (tenant, at, rows, by) -> rows
-- roles: fl_worker
-- Rollups and events: delete and certify some.
SELECT flux.retention_expire($1, $2, $3, $4);

-- name: retention_ran  (tenant) -> ran_at
-- roles: fl_worker
SELECT ran_at FROM flux.retained WHERE tenant_id = $1;

-- name: retention_ran_put  (tenant, at)
-- roles: fl_worker
INSERT INTO flux.retained AS r (tenant_id, ran_at) VALUES ($1, $2)
    ON CONFLICT (tenant_id) DO UPDATE SET ran_at = excluded.ran_at
 WHERE r.tenant_id = $1;

-- name: retention_drop_next  () -> is_dropped
-- roles: fl_worker
-- open
-- found: everywhere
SELECT flux.partition_drop_next();

-- name: retention_certificates  (tenant, limit) -> certificate
-- roles: fl_admin
-- The deletions, newest first, each as JSON with its ranges.
SELECT json_build_object('deletion', d.deletion_id, 'at', d.at,
       'by', d.deleted_by, 'class', d.class, 'relation', d.relation,
       'metric', d.metric, 'month', to_char(d.month, 'YYYY-MM'),
       'from', d.t_min, 'to', d.t_max, 'rows', d.rows,
       'readings', d.readings, 'bytes', d.bytes, 'file', d.file,
       'sha256', d.sha256, 'ranges',
       (SELECT coalesce(json_agg(json_build_object('sensor', u.sensor,
               'from', u.first, 'to', u.last, 'readings', u.n)), '[]')
          FROM unnest(d.sensor, d.first, d.last, d.n)
               AS u (sensor, first, last, n)))::text
  FROM flux.deletion d
 WHERE d.tenant_id = $1
 ORDER BY d.deletion_id DESC
 LIMIT $2;

-- name: archive_recorded  (tenant, sha256) -> deletion_id, file
-- roles: fl_admin
SELECT deletion_id, file
  FROM flux.deletion
 WHERE tenant_id = $1 AND sha256 = $2
 ORDER BY deletion_id
 LIMIT 1;

-- name: archive_hold  (tenant, t_min, t_max, until, why)
-- roles: fl_admin
INSERT INTO flux.hold (tenant_id, t_min, t_max, until, why)
VALUES ($1, $2, $3, $4, $5);
