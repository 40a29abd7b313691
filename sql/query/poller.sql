-- name: poller_tenants  () -> tenant_id
-- roles: fl_poller
-- open
-- Whom this poller serves.
SELECT tenant_id::int4
  FROM ctx.poller_tenants() AS tenant_id
 ORDER BY tenant_id
 LIMIT 10000;

-- name: poller_roster  (tenant, limit) -> device_id, device_key, profile,
--   transport, host, port, unit, poll_ms, serial, period, sensor_id,
--   sensor_key, f_min, f_max, f_count, f_stddev, f_decimals
-- roles: fl_poller
-- What to poll: a row a sensor, the sensors of a device together; without those
-- that an agent polls, as flux.is_edge has it.
SELECT d.device_id, d.key, d.profile, d.modbus_transport, d.modbus_host,
       coalesce(d.modbus_port, 0), coalesce(d.modbus_unit, 1),
       CASE WHEN jsonb_typeof(d.metadata -> 'poll_ms') = 'number'
            THEN least(greatest((d.metadata -> 'poll_ms')::float8, 1),
                 86400000)::int4
            ELSE 0 END,
       coalesce(d.modbus_serial, ''), extract(epoch FROM d.period)::float8,
       s.sensor_id, s.key, f.f_min, f.f_max, f.f_count, f.f_stddev,
       f.f_decimals
  FROM flux.device d
  JOIN flux.sensor s
    ON s.tenant_id = d.tenant_id AND s.device_id = d.device_id
  LEFT JOIN {faceted} f
    ON f.sensor_id = s.sensor_id
 WHERE d.tenant_id = $1
   AND s.tenant_id = $1
   AND d.modbus_host IS NOT NULL
   AND d.profile IS NOT NULL
   AND NOT EXISTS (SELECT FROM flux.device g
                    WHERE g.tenant_id = $1
                      AND g.device_id IN (d.device_id, d.gateway_id)
                      AND g.agent_since IS NOT NULL)
 ORDER BY d.device_id, s.position, s.sensor_id
 LIMIT $2;

-- name: poller_health  (told) -> heard
-- roles: fl_poller
-- How its units answered since it said so last.
SELECT flux.unit_health_put($1::jsonb);

-- name: poller_plan  (tenant, gateway, limit) -> device_id, device_key, profile,
--   profile_text, transport, host, port, unit, poll_ms, serial, period,
--   sensor_id, sensor_key, f_min, f_max, f_count, f_stddev, f_decimals
-- roles: fl_ingest fl_desk
-- The same of what is behind a gateway, for an edge agent with its key.
SELECT d.device_id, d.key, d.profile, p.body, d.modbus_transport, d.modbus_host,
       coalesce(d.modbus_port, 0), coalesce(d.modbus_unit, 1),
       CASE WHEN jsonb_typeof(d.metadata -> 'poll_ms') = 'number'
            THEN least(greatest((d.metadata -> 'poll_ms')::float8, 1),
                 86400000)::int4
            ELSE 0 END,
       coalesce(d.modbus_serial, ''), extract(epoch FROM d.period)::float8,
       s.sensor_id, s.key, f.f_min, f.f_max, f.f_count, f.f_stddev,
       f.f_decimals
  FROM flux.device d
  JOIN flux.sensor s
    ON s.tenant_id = d.tenant_id AND s.device_id = d.device_id
  LEFT JOIN {faceted} f
    ON f.sensor_id = s.sensor_id
  LEFT JOIN flux.profile p ON p.tenant_id = $1 AND p.id = d.profile
   AND p.version = d.profile_version
 WHERE d.tenant_id = $1
   AND s.tenant_id = $1
   AND $2 IN (d.device_id, d.gateway_id)
   AND d.modbus_host IS NOT NULL
   AND d.profile IS NOT NULL
 ORDER BY d.device_id, s.position, s.sensor_id
 LIMIT $3;
