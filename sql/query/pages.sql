-- name: store_pages  (tenant, devices) -> device_id, sensor, time, value, quality, rev
-- roles: fl_worker
-- The latest values of these devices, a row each, in the order of the numbers.
SELECT u.device, l.sensor, l.time, l.value, l.quality, l.rev
  FROM unnest($2::int[]) AS u (device)
  LEFT JOIN flux.latest l
    ON l.tenant_id = $1 AND l.device_id = u.device
 ORDER BY u.device;

-- list: spread
-- The columns of the pages u.  A page's members stand in the column of all from
-- their place on, which counts from 1; behind one with a minus stands the value
-- that all of them have.
CASE WHEN u.time_at > 0
            THEN ($10::timestamptz[])[u.time_at:u.time_at + u.n - 1]
            ELSE array_fill(($10::timestamptz[])[-u.time_at], ARRAY[u.n]) END,
       CASE WHEN u.value_at > 0
            THEN ($11::float8[])[u.value_at:u.value_at + u.n - 1]
            ELSE array_fill(($11::float8[])[-u.value_at], ARRAY[u.n]) END,
       CASE WHEN u.quality_at > 0
            THEN ($12::smallint[])[u.quality_at:u.quality_at + u.n - 1]
            ELSE array_fill(($12::smallint[])[-u.quality_at], ARRAY[u.n]) END,
       CASE WHEN u.rev_at > 0
            THEN ($13::int[])[u.rev_at:u.rev_at + u.n - 1]
            ELSE array_fill(($13::int[])[-u.rev_at], ARRAY[u.n]) END;

-- name: store_latest_set  (tenant, version, seen, devices, members, time_at, value_at, quality_at, rev_at, time, value, quality, rev)
-- roles: fl_worker
-- Devices whose row has these sensors already.
UPDATE flux.latest l
   SET version = $2, seen = greatest(l.seen, $3),
       (time, value, quality, rev) = ROW ({spread})
  FROM unnest($4::int[], $5::int[], $6::int[], $7::int[], $8::int[],
              $9::int[])
       AS u (device, n, time_at, value_at, quality_at, rev_at)
 WHERE l.tenant_id = $1 AND l.device_id = u.device;

-- name: store_latest_put  (tenant, version, seen, devices, members, time_at, value_at, quality_at, rev_at, time, value, quality, rev, sensor_at, sensor)
-- roles: fl_worker
-- The same of devices whose row has other sensors, or which have none yet.
INSERT INTO flux.latest AS l (tenant_id, device_id, version, seen, sensor,
       time, value, quality, rev)
SELECT $1, u.device, $2, $3,
       ($15::int[])[u.sensor_at:u.sensor_at + u.n - 1],
       {spread}
  FROM unnest($4::int[], $5::int[], $6::int[], $7::int[], $8::int[],
              $9::int[], $14::int[])
       AS u (device, n, time_at, value_at, quality_at, rev_at, sensor_at)
    ON CONFLICT (tenant_id, device_id) DO UPDATE
   SET version = excluded.version, seen = greatest(l.seen, excluded.seen),
       sensor = excluded.sensor, time = excluded.time,
       value = excluded.value, quality = excluded.quality,
       rev = excluded.rev
 WHERE l.tenant_id = $1;
