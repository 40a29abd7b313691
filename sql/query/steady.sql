-- name: steady_of  (tenant, reach) -> sensor, device, code, after, value, since, told
-- roles: fl_worker
-- Sensors within reach that must not stand still for long, and what they had
-- last.
SELECT s.sensor_id, s.device_id, s.code,
       extract(epoch FROM s.stuck_after)::float8, t.value, t.since, t.told
  FROM flux.sensor s
  LEFT JOIN flux.steady t
    ON t.tenant_id = $1 AND t.sensor_id = s.sensor_id
 WHERE s.tenant_id = $1 AND s.sensor_id <@ $2::int4multirange
   AND s.stuck_after IS NOT NULL
 ORDER BY s.sensor_id
 LIMIT 250000;

-- name: steady_put  (tenant, sensors, values, sinces, told)
-- roles: fl_worker
INSERT INTO flux.steady (tenant_id, sensor_id, value, since, told)
SELECT $1, u.sensor, u.value, u.since, u.told <> 0
  FROM unnest($2::int[], $3::float8[], $4::timestamptz[], $5::int[])
       AS u (sensor, value, since, told)
    ON CONFLICT (tenant_id, sensor_id) DO UPDATE
   SET value = excluded.value, since = excluded.since, told = excluded.told;
