-- name: export_ask  () -> export_id
-- roles: fl_desk
SELECT ctx.export_ask();

-- name: export_tool  () -> export_id
-- roles: fl_admin
SELECT ctx.export_tool();

-- name: export_list  () -> export_id, asked_at, state, place, bytes
-- roles: fl_desk
SELECT export_id, asked_at, state, place, bytes FROM ctx.exports();

-- name: export_take  (export) -> ok
-- roles: fl_desk
SELECT ctx.export_take($1);

-- name: export_next  () -> tenant_id, export_id
-- roles: fl_worker
-- open
SELECT tenant_id, export_id FROM ctx.export_next();

-- name: export_step  (export, state, place, bytes) -> done
-- roles: fl_worker
SELECT ctx.export_step($1, $2, $3, $4)::text;

-- name: export_tables  () -> relation, taken, left_out
-- roles: fl_worker
-- left_out: a list of columns in JSON.
SELECT relation, taken, to_json(left_out)::text FROM ctx.export_tables();

-- name: export_page  (relation, behind, most) -> line, key
-- roles: fl_worker
SELECT line, key::text FROM ctx.export_page($1, $2::text[], $3);

-- name: export_devices  (tenant, behind, limit) -> device_id, key, simulated
-- roles: fl_worker
SELECT device_id, key, simulated
  FROM flux.device
 WHERE tenant_id = $1 AND device_id > $2
 ORDER BY device_id
 LIMIT $3;

-- name: export_sensors  (tenant, device) -> sensor_id, key, unit
-- roles: fl_worker
-- unit: in JSON.
SELECT sensor_id, key, to_json(unit)::text
  FROM flux.sensor
 WHERE tenant_id = $1 AND device_id = $2
 ORDER BY sensor_id
 LIMIT 10000;

-- name: export_head  (tenant) -> name, seq, hash
-- roles: fl_worker
-- Who it is of, in JSON, and where its audit ends.
SELECT to_json(t.name)::text, coalesce(h.seq, 0),
       coalesce(encode(h.hash, 'hex'), '')
  FROM flux.tenant t
  LEFT JOIN flux.audit_head h ON h.tenant_id = $1
 WHERE t.tenant_id = $1;

-- name: export_people  (behind, most) -> user_id, address
-- roles: fl_worker
-- Of the tenant, by number, behind this one; the address is sealed.
SELECT user_id, sealed FROM ctx.export_people($1, $2);
