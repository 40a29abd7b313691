-- name: admin_tenant_create  (name) -> tenant_id
-- roles: fl_admin
-- open
SELECT ctx.tenant_create($1);

-- name: admin_tenant_find  (name) -> tenant_id
-- roles: fl_admin
-- open
SELECT ctx.tenant_find($1);

-- name: admin_tenant_put  (tenant, name)
-- roles: fl_admin
-- With the roles that every tenant has.
WITH made AS (
	INSERT INTO flux.tenant (tenant_id, name) VALUES ($1, $2)
	RETURNING tenant_id
)
INSERT INTO flux.role (tenant_id, name, can, builtin)
SELECT m.tenant_id, b.name, b.can, true
  FROM made m CROSS JOIN ctx.builtin() b;

-- name: admin_user_create  (index, name, role, salt, verifier) -> user_id
-- roles: fl_admin
SELECT ctx.user_create($1, $2, $3, $4, $5);

-- name: admin_member_put  (tenant, user, index, name, role)
-- roles: fl_admin
-- Who holds this role in the whole tenant.
WITH made AS (
	INSERT INTO flux.member (tenant_id, user_id, email, name)
	VALUES ($1, $2, $3, $4)
	RETURNING tenant_id, user_id
)
INSERT INTO flux.grant_ (tenant_id, user_id, role_id)
SELECT m.tenant_id, m.user_id,
       (SELECT r.role_id FROM flux.role r
         WHERE r.tenant_id = $1 AND r.name = $5)
  FROM made m;

-- name: admin_rights_again  (user) -> done
-- roles: fl_admin
-- What the grants come to in this tenant.
SELECT flux.rights_again($1)::text;

-- name: admin_site_put  (tenant, key, name, zone)
-- roles: fl_admin
INSERT INTO flux.site (tenant_id, key, name, zone) VALUES ($1, $2, $3, $4);

-- name: admin_asset_put  (tenant, site, key, name, type) -> asset_id
-- roles: fl_admin
-- No row: the site is not there.
INSERT INTO flux.asset (tenant_id, site_id, key, name, type)
SELECT $1, site_id, $3, $4, $5
  FROM flux.site
 WHERE tenant_id = $1 AND key = $2
RETURNING asset_id;

-- name: admin_device_put  (tenant, site, key, name, kind, gateway, profile, profile_version, manufacturer, period_s, simulated, transport, host, port, unit, metadata, asset, serial) -> device_id
-- roles: fl_admin
-- No row: the site, the gateway or the asset is not there.
INSERT INTO flux.device (tenant_id, site_id, key, name, kind, mode,
       gateway_id, profile, profile_version, manufacturer, period, simulated,
       modbus_transport, modbus_host, modbus_port, modbus_unit, metadata,
       asset_id, modbus_serial)
SELECT $1, s.site_id, $3, $4, $5,
       CASE WHEN $6::text IS NULL THEN 'direct' ELSE 'gateway' END,
       g.device_id, $7, $8, $9, $10::float8 * interval '1 s', $11,
       $12, $13, $14, $15, $16::jsonb, o.asset_id, $18
  FROM flux.site s
  LEFT JOIN flux.device g
    ON g.tenant_id = $1 AND g.key = $6 AND g.kind = 'gateway'
  LEFT JOIN flux.asset o
    ON o.tenant_id = $1 AND o.key = $17
 WHERE s.tenant_id = $1 AND s.key = $2
   AND ($6 IS NULL) = (g.device_id IS NULL)
   AND ($17::text IS NULL) = (o.asset_id IS NULL)
RETURNING device_id;

-- name: admin_sensor_put  (tenant, device, key, code, name, unit, kind, capability, low, high, precision, states, position, zero_suspect, wrap)
-- roles: fl_admin
INSERT INTO flux.sensor (tenant_id, device_id, key, code, name, unit, kind,
       capability, low, high, precision, states, position, zero_suspect, wrap)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13, $14,
       $15);

-- name: admin_facets_make  (tenant, device, keys) -> made
-- roles: fl_admin
-- The series that windows of these sensors are kept in; a space between keys.
SELECT flux.facets_ensure($1, ARRAY(
       SELECT sensor_id
         FROM flux.sensor
        WHERE tenant_id = $1 AND device_id = $2
          AND key = ANY (string_to_array($3, ' '))));

-- name: admin_device_find  (tenant, key) -> device_id, profile, seed
-- roles: fl_admin
-- seed: what the models are given, the same as the simulator's.
SELECT device_id, profile, coalesce(modbus_unit, device_id)
  FROM flux.device
 WHERE tenant_id = $1 AND key = $2;

-- name: admin_sensors  (tenant, device) -> sensor_id, key
-- roles: fl_admin
SELECT sensor_id, key
  FROM flux.sensor
 WHERE tenant_id = $1 AND device_id = $2
 ORDER BY position
 LIMIT 1000;

-- name: admin_poller_assign  (poller) -> done
-- roles: fl_admin
SELECT ctx.poller_assign($1)::text;

-- name: admin_quarantine  (tenant, limit) -> at, level, sensor, t_min, t_max, n, size, why, total
-- roles: fl_admin
-- What is kept aside, newest first; sensor: NULL when it is of several.
SELECT q.at, q.level, s.code, q.t_min, q.t_max, q.n,
       octet_length(q.bytes)::bigint, q.why, count(*) OVER ()
  FROM flux.quarantine q
  LEFT JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.sensor_id = q.sensor_id
 WHERE q.tenant_id = $1
 ORDER BY q.at DESC, q.quarantine_id DESC
 LIMIT $2;
