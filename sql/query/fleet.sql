-- name: fleet_load  (tenant, device, limit) -> site, site_name, zone, device_id, device, device_name, kind, gateway, manufacturer, profile, profile_version, period, simulated, metadata, created_at, modbus, seen, state, sensor_id, sensor, code, sensor_name, unit, sensor_kind, precision, states, time, value, quality
-- roles: fl_page fl_api
-- Sites, their devices, sensors and latest values: a row a sensor, in one
-- query.  A device key narrows it to that device.
WITH newest AS (
	SELECT u.sensor_id, u.time, u.value, u.quality
	  FROM flux.latest l,
	       unnest(l.sensor, l.time, l.value, l.quality)
	       AS u (sensor_id, time, value, quality)
	 WHERE l.tenant_id = $1
)
SELECT i.key, i.name, i.zone, d.device_id, d.key, d.name, d.kind, g.name,
       d.manufacturer, d.profile, d.profile_version,
       extract(epoch FROM d.period)::float8, d.simulated, d.metadata::text,
       d.created_at,
       d.modbus_transport || ' ' || d.modbus_host || ':' || d.modbus_port
           || ' unit ' || d.modbus_unit,
       t.seen, t.state, s.sensor_id, s.key,
       s.code, s.name, s.unit, s.kind, s.precision, s.states::text,
       n.time, n.value, n.quality
  FROM flux.site i
  LEFT JOIN flux.device d
    ON d.tenant_id = $1 AND d.site_id = i.site_id
  LEFT JOIN flux.device g
    ON g.tenant_id = $1 AND g.device_id = d.gateway_id
  LEFT JOIN flux.device_state t
    ON t.tenant_id = $1 AND t.device_id = d.device_id
  LEFT JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.device_id = d.device_id
  LEFT JOIN newest n ON n.sensor_id = s.sensor_id
 WHERE i.tenant_id = $1 AND ($2::text IS NULL OR d.key = $2)
 ORDER BY i.name, i.site_id, d.name, d.device_id, s.position, s.sensor_id
 LIMIT $3;

-- name: fleet_version  (tenant) -> version, alerts
-- roles: fl_page fl_api
SELECT t.version, s.active_alerts
  FROM flux.tenant t
  JOIN flux.dashboard_summary s ON s.tenant_id = $1
 WHERE t.tenant_id = $1;

-- name: fleet_changes  (tenant, since, limit) -> sensor_id
-- roles: fl_page
-- The sensors of the devices that changed after that version.
SELECT u.sensor_id
  FROM flux.latest l, unnest(l.sensor) AS u (sensor_id)
 WHERE l.tenant_id = $1 AND l.version > $2
 ORDER BY u.sensor_id
 LIMIT $3;
