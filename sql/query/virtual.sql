-- name: virtual_load  (tenant, source, most) -> sensor, formula, key, input
-- roles: fl_ingest fl_worker
-- The computed sensors of a gateway's devices (0: of all there are), each with
-- all sensors that its formula may name.  From the few formulas to the many
-- sensors, in this order.
SELECT v.sensor_id, v.formula, s.key, s.sensor_id
  FROM flux.virtual v
 CROSS JOIN LATERAL (SELECT i.key, i.sensor_id
                       FROM flux.sensor o
                       JOIN flux.device d
                         ON d.tenant_id = $1 AND d.device_id = o.device_id
                       JOIN flux.sensor i
                         ON i.tenant_id = $1 AND i.device_id = d.device_id
                      WHERE o.tenant_id = $1 AND o.sensor_id = v.sensor_id
                        AND ($2 = 0 OR d.device_id = $2 OR d.gateway_id = $2)
                        AND i.sensor_id <> o.sensor_id
                     OFFSET 0) s
 WHERE v.tenant_id = $1 AND v.formula <> ''
 ORDER BY v.sensor_id, s.key
 LIMIT $3;

-- name: virtual_sensor_put  (tenant, device, key, unit) -> sensor_id
-- roles: fl_admin
-- No row: there is no such device.
INSERT INTO flux.sensor (tenant_id, device_id, key, code, name, unit, position)
SELECT $1, d.device_id, $3, d.key || '/' || $3, $3, $4, 1000
  FROM flux.device d
 WHERE d.tenant_id = $1 AND d.key = $2
    ON CONFLICT (tenant_id, device_id, key) DO UPDATE
   SET unit = excluded.unit
RETURNING sensor_id;

-- name: virtual_put  (tenant, sensor, formula)
-- roles: fl_admin
INSERT INTO flux.virtual (tenant_id, sensor_id, formula)
VALUES ($1, $2, $3)
    ON CONFLICT (tenant_id, sensor_id) DO UPDATE
   SET formula = excluded.formula;
