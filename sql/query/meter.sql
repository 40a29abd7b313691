-- name: meter_find  (tenant, device, sensor) -> sensor_id, code, unit, kind, wrap, marks, floor
-- roles: fl_admin
-- No row: no such device; sensor_id NULL: the device has no such sensor.
-- marks: what the worker has yet to reckon anew; floor: before it stays what
-- is there.
SELECT s.sensor_id, s.code, s.unit, s.kind, s.wrap,
       (SELECT count(*) FROM flux.mark m
         WHERE m.tenant_id = $1 AND s.sensor_id = ANY (m.sensor)),
       (SELECT max(f.floor) FROM flux.raw_floor f
         WHERE f.tenant_id = $1 AND f.sensor_id IN (0, s.sensor_id))
  FROM flux.device d
  LEFT JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.device_id = d.device_id AND s.key = $3
 WHERE d.tenant_id = $1 AND d.key = $2;

-- name: meter_wrap  (tenant, sensor, wrap)
-- roles: fl_admin
-- A trigger marks the sensor's whole history, if this is another one.
UPDATE flux.sensor SET wrap = $3 WHERE tenant_id = $1 AND sensor_id = $2;

-- name: meter_swaps  (tenant, sensor, limit) -> at, old_last, new_first
-- roles: fl_admin
SELECT at, old_last, new_first
  FROM flux.meter_swap
 WHERE tenant_id = $1 AND sensor_id = $2
 ORDER BY at DESC
 LIMIT $3;

-- name: meter_swap  (tenant, sensor, at, old_last, new_first)
-- roles: fl_admin
-- Said once more, it corrects what was said; a trigger marks the instant.
INSERT INTO flux.meter_swap AS m
       (tenant_id, sensor_id, at, old_last, new_first)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant_id, sensor_id, at) DO UPDATE
   SET old_last = excluded.old_last, new_first = excluded.new_first
 WHERE m.tenant_id = $1;

-- name: meter_unswap  (tenant, sensor, at) -> at
-- roles: fl_admin
-- No row: there was no exchange at that instant.
DELETE FROM flux.meter_swap
 WHERE tenant_id = $1 AND sensor_id = $2 AND at = $3
RETURNING at;

-- name: meter_told  (tenant, sensors) -> sensor_id, at, old_last, new_first, told_by, told_at
-- roles: fl_page fl_api
-- The exchanges of these sensors, each one's newest first.
SELECT m.sensor_id, m.at, m.old_last, m.new_first,
       coalesce(flux.member_named(m.told_by), ''), m.told_at
  FROM flux.meter_swap m
 WHERE m.tenant_id = $1 AND m.sensor_id = ANY ($2::int[])
 ORDER BY m.sensor_id, m.at DESC
 LIMIT 10000;

-- name: meter_since  (tenant, sensors) -> since
-- roles: fl_page fl_api
-- The first day, or hour, of which any of them has something.
SELECT min(least(
       (SELECT min(d.start) FROM flux.rollup_day d
         WHERE d.tenant_id = $1 AND d.sensor_id = u.sensor),
       (SELECT min(h.start) FROM flux.rollup_hour h
         WHERE h.tenant_id = $1 AND h.sensor_id = u.sensor)))
  FROM unnest($2::int[]) AS u (sensor);

-- name: meter_zone  (tenant, device) -> zone
-- roles: fl_desk
-- By whose clocks a form about the device is typed.
SELECT s.zone
  FROM flux.device d
  JOIN flux.site s ON s.tenant_id = $1 AND s.site_id = d.site_id
 WHERE d.tenant_id = $1 AND d.key = $2;

-- name: meter_exchange  (device, sensor, at, old_last, new_first) -> done
-- roles: fl_desk fl_api
SELECT flux.meter_swap_put($1, $2, $3, $4, $5);

-- name: meter_withdraw  (device, sensor, at) -> done
-- roles: fl_desk fl_api
SELECT flux.meter_swap_drop($1, $2, $3);
