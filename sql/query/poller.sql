-- name: poller_tenants  () -> tenant_id
-- roles: fl_poller
-- open
-- Whom this poller serves.
SELECT tenant_id::int4
  FROM ctx.poller_tenants() AS tenant_id
 ORDER BY tenant_id
 LIMIT 10000;

-- name: poller_roster  (tenant, limit) -> device_id, device_key, profile,
--   transport, host, port, unit, poll_ms, sensor_id, sensor_key
-- roles: fl_poller
-- What to poll: a row a sensor, the sensors of a device together.
SELECT d.device_id, d.key, d.profile, d.modbus_transport, d.modbus_host,
       coalesce(d.modbus_port, 0), coalesce(d.modbus_unit, 1),
       CASE WHEN jsonb_typeof(d.metadata -> 'poll_ms') = 'number'
            THEN least(greatest((d.metadata -> 'poll_ms')::float8, 1),
                 86400000)::int4
            ELSE 0 END,
       s.sensor_id, s.key
  FROM flux.device d
  JOIN flux.sensor s
    ON s.tenant_id = d.tenant_id AND s.device_id = d.device_id
 WHERE d.tenant_id = $1
   AND s.tenant_id = $1
   AND d.modbus_host IS NOT NULL
   AND d.profile IS NOT NULL
 ORDER BY d.device_id, s.position, s.sensor_id
 LIMIT $2;
