-- name: probe_ask  (device, function, address, quantity) -> id, refused,
-- wait_s
-- roles: fl_desk fl_api
SELECT id, coalesce(refused, ''), coalesce(wait_s, 0)
  FROM flux.probe_ask($1, $2, $3, $4);

-- name: probe_load  (id) -> device, device_name, simulated, zone, function,
-- address, quantity, asked_at, ended_at, state, words, why
-- roles: fl_desk fl_api
SELECT device, device_name, simulated, zone, function, address, quantity,
       asked_at, ended_at, state, words, coalesce(why, '')
  FROM flux.probe_load($1);

-- name: probe_devices  (tenant, most) -> key, name, line, served
-- roles: fl_desk
-- Whom the poller asks, and on which line, of those that who asks may have
-- read; served: by a poller of ours.
SELECT d.key, d.name,
       concat_ws(' ', d.modbus_transport, d.modbus_host || CASE
           WHEN d.modbus_transport = 'rtu' THEN ''
           ELSE ':' || coalesce(d.modbus_port, 502) END, 'unit',
           coalesce(d.modbus_unit, 1)),
       ctx.is_polled() AND NOT flux.is_edge(d.device_id)
  FROM flux.device d
 WHERE d.tenant_id = $1 AND d.modbus_host IS NOT NULL
   AND d.profile IS NOT NULL
   AND ((SELECT ctx.wide() & ctx.can_of('{debug:read}') <> 0)
        OR flux.may('debug:read', d.device_id))
 ORDER BY d.key
 LIMIT $2;

-- name: probe_tenants  () -> tenant_id
-- roles: fl_poller
-- open
SELECT tenant_id::int4
  FROM ctx.probe_tenants() AS tenant_id
 LIMIT 10000;

-- name: probe_take  () -> id, device, function, address, quantity, left_ms
-- roles: fl_poller
-- The time that is left, as no clock but ours says when it is over.
SELECT id, device, of_kind, at, many,
       (extract(epoch FROM expires - now()) * 1000)::int8
  FROM flux.probe_take();

-- name: probe_say  (id, words, why) -> known
-- roles: fl_poller
-- Words NULL: it could not be read.
SELECT flux.probe_say($1, $2::int[], $3);

-- name: probe_forget  () -> done
-- roles: fl_worker
SELECT flux.probe_forget();
