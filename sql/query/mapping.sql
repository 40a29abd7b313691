-- name: waiting_list  (tenant, gateway, most) -> gateway, gateway_name, kind, device, sensor, last_at, count, sample, unit, fits
-- roles: fl_desk
-- Names that nobody knows, of one gateway or ("") of all; what came last stands
-- first.  fits: the device of the gateway that has this name.
SELECT g.key, g.name, g.kind, s.device, s.sensor, s.last_at, s.count, s.sample,
       s.unit, d.key
  FROM flux.stranger s
  JOIN flux.device g ON g.tenant_id = $1 AND g.device_id = s.source_id
  LEFT JOIN flux.device d ON d.tenant_id = $1 AND d.key = s.device
   AND g.device_id IN (d.device_id, d.gateway_id)
 WHERE s.tenant_id = $1 AND ($2 = '' OR g.key = $2)
 ORDER BY s.last_at DESC, s.device, s.sensor
 LIMIT $3;

-- name: waiting_gateways  (tenant, most) -> key, name, waiting, mapped
-- roles: fl_desk
-- Who sends under names of his own, or may.
SELECT g.key, g.name,
       (SELECT count(*) FROM flux.stranger s
         WHERE s.tenant_id = $1 AND s.source_id = g.device_id),
       (SELECT count(*) FROM flux.mapping m
         WHERE m.tenant_id = $1 AND m.source_id = g.device_id)
  FROM flux.device g
 WHERE g.tenant_id = $1
   AND (g.kind = 'gateway' OR EXISTS (SELECT FROM flux.stranger s
           WHERE s.tenant_id = $1 AND s.source_id = g.device_id))
 ORDER BY g.name, g.key
 LIMIT $2;

-- name: mapping_adopt  (gateway, device, sensor, to_device, key, name, unit, kind) -> sensor_id
-- roles: fl_desk
-- NULL: there is no such gateway.
SELECT flux.adopt($1, $2, $3, $4, $5, $6, $7, $8);

-- name: mapping_gateway  (tenant, key) -> name, kind, clock, zone, home, metric, site_zone
-- roles: fl_desk
-- Who sends, and how it is read.
SELECT g.name, g.kind, coalesce(r.clock, 'shift'), coalesce(r.zone, ''),
       coalesce(h.key, ''), coalesce(r.metric, 'auto'), s.zone
  FROM flux.device g
  JOIN flux.site s ON s.tenant_id = $1 AND s.site_id = g.site_id
  LEFT JOIN flux.intake_rule r
    ON r.tenant_id = $1 AND r.source_id = g.device_id
  LEFT JOIN flux.device h ON h.tenant_id = $1 AND h.device_id = r.home
 WHERE g.tenant_id = $1 AND g.key = $2;

-- name: mapping_list  (tenant, gateway, most) -> device, sensor, to_device, to_sensor, unit, scale, shift
-- roles: fl_desk
-- to_sensor NULL: the name is ignored.
SELECT m.device, m.sensor, d.key, s.key, s.unit, m.scale, m.shift
  FROM flux.device g
  JOIN flux.mapping m ON m.tenant_id = $1 AND m.source_id = g.device_id
  LEFT JOIN flux.sensor s ON s.tenant_id = $1 AND s.sensor_id = m.sensor_id
  LEFT JOIN flux.device d ON d.tenant_id = $1 AND d.device_id = s.device_id
 WHERE g.tenant_id = $1 AND g.key = $2
 ORDER BY m.device, m.sensor
 LIMIT $3;

-- name: mapping_targets  (tenant, gateway, most) -> device, sensor, name, unit
-- roles: fl_desk
-- What a name of the gateway can lead to.
SELECT d.key, s.key, s.name, s.unit
  FROM flux.device g
  JOIN flux.device d
    ON d.tenant_id = $1 AND g.device_id IN (d.device_id, d.gateway_id)
  JOIN flux.sensor s ON s.tenant_id = $1 AND s.device_id = d.device_id
 WHERE g.tenant_id = $1 AND g.key = $2
 ORDER BY d.key, s.position, s.key
 LIMIT $3;

-- name: mapping_put  (gateway, device, sensor, target, scale, shift) -> done
-- roles: fl_desk
SELECT flux.mapping_put($1, $2, $3, $4, $5, $6);

-- name: mapping_drop  (gateway, device, sensor) -> done
-- roles: fl_desk
SELECT flux.mapping_drop($1, $2, $3);

-- name: mapping_rule  (gateway, clock, zone, home, metric) -> done
-- roles: fl_desk
SELECT flux.intake_rule_put($1, $2, $3, $4, $5);

-- name: stranger_note  (source, format, devices, sensors, samples, units) -> done
-- roles: fl_ingest fl_worker
SELECT flux.stranger_note($1, $2::smallint, $3::text[], $4::text[], $5::text[],
       $6::text[])::text;
