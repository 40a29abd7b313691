-- list: told
-- How often device d is told of at least: whose readings are thinned on the way
-- is silent for longer than its own period.
greatest(d.period, CASE d.quality WHEN 'full' THEN interval '0'
    WHEN 'standard' THEN interval '10 s' ELSE interval '60 s' END);

-- name: fleet_load  (tenant, device, limit) -> site, site_name, zone, device_id, device, device_name, kind, asset, asset_name, asset_type, gateway, gateway_name, manufacturer, profile, profile_version, period, told, simulated, metadata, created_at, modbus, seen, version, grade, grade_since, kbit, sensor_id, sensor, code, sensor_name, unit, sensor_kind, precision, states, time, value, quality
-- roles: fl_page fl_api
-- Sites, their devices, sensors and latest values: a row a sensor, in one
-- query.  A device key narrows it to that device.  What a device is told is for
-- that device alone, and may open something.
SELECT i.key, i.name, i.zone, d.device_id, d.key, d.name, d.kind, o.key, o.name,
       o.type, g.key, g.name, d.manufacturer, d.profile, d.profile_version,
       extract(epoch FROM d.period)::float8,
       extract(epoch FROM {told})::float8,
       d.simulated, CASE jsonb_typeof(d.metadata) WHEN 'object'
           THEN d.metadata - 'shared' ELSE d.metadata END::text,
       d.created_at,
       d.modbus_transport || ' ' || d.modbus_host || ':' || d.modbus_port
           || ' unit ' || d.modbus_unit,
       l.seen, l.version, d.quality, d.quality_since, d.uplink_kbit,
       s.sensor_id, s.key, s.code, s.name, s.unit, s.kind, s.precision,
       s.states::text, l.time[n.at], l.value[n.at], l.quality[n.at]
  FROM flux.site i
  LEFT JOIN flux.device d
    ON d.tenant_id = $1 AND d.site_id = i.site_id
  LEFT JOIN flux.asset o
    ON o.tenant_id = $1 AND o.asset_id = d.asset_id
  LEFT JOIN flux.device g
    ON g.tenant_id = $1 AND g.device_id = d.gateway_id
  LEFT JOIN flux.latest l
    ON l.tenant_id = $1 AND l.device_id = d.device_id
  LEFT JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.device_id = d.device_id
  LEFT JOIN LATERAL (SELECT array_position(l.sensor, s.sensor_id) AS at) n
    ON true
 WHERE i.tenant_id = $1 AND ($2::text IS NULL OR d.key = $2)
 ORDER BY i.name, i.site_id, d.kind, d.name, d.device_id, s.position,
          s.sensor_id
 LIMIT $3;

-- name: fleet_news  (tenant, since, limit) -> device_id, seen, version, sensor, time, value, quality
-- roles: fl_page fl_api
-- The devices whose latest values changed after a cycle.
SELECT device_id, seen, version, sensor, time, value, quality
  FROM flux.latest
 WHERE tenant_id = $1 AND version > $2
 ORDER BY device_id
 LIMIT $3;

-- name: fleet_version  (tenant) -> version, alerts
-- roles: fl_page fl_api
SELECT t.version, s.active_alerts
  FROM flux.tenant t
  JOIN flux.dashboard_summary s ON s.tenant_id = $1
 WHERE t.tenant_id = $1;
