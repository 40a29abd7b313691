-- name: key_list  (tenant, limit) -> key_id, device, device_name, name, permissions, created_at, expires_at, expires, ends_at, ends, used_at, used_addr, nets, signs, requests, readings, replaces, state
-- roles: fl_desk fl_admin
-- The newest first; those that have ended stand last.
SELECT k.key_id, coalesce(d.key, ''), coalesce(d.name, ''), k.name,
       array_to_string(ctx.can_names(k.can), ', '), k.created_at,
       CASE WHEN isfinite(k.expires_at) THEN k.expires_at END,
       isfinite(k.expires_at), k.ends_at, k.ends_at IS NOT NULL, k.used_at,
       coalesce(host(k.used_addr), ''),
       coalesce(array_to_string(k.nets, ', '), ''), k.signs, k.limits[1],
       k.limits[2], coalesce(k.replaces, ''), k.state
  FROM ctx.keys() WITH ORDINALITY AS k (key_id, device_id, name, can,
       created_at, expires_at, ends_at, used_at, used_addr, nets, signs,
       limits, replaces, state, rank)
  LEFT JOIN flux.device d
    ON d.tenant_id = $1 AND d.device_id = k.device_id
 ORDER BY k.rank
 LIMIT $2;

-- name: key_devices  (tenant, limit) -> key, name
-- roles: fl_desk
-- Whom a key can be made for.
SELECT key, name
  FROM flux.device
 WHERE tenant_id = $1
 ORDER BY kind DESC, key
 LIMIT $2;

-- name: key_device  (tenant, key) -> device_id
-- roles: fl_desk fl_admin
SELECT device_id FROM flux.device WHERE tenant_id = $1 AND key = $2;

-- name: key_scope  (words) -> permissions
-- roles: fl_admin
-- "ingest,view", or permissions by their names.
SELECT array_to_string(ctx.scope_names($1), ',');

-- name: key_make  (id, hash, device, name, permissions, nets, expires, limits, secret, replaces) -> done
-- roles: fl_desk fl_admin
SELECT flux.key_make($1, $2, $3, $4, $5::text[],
       string_to_array(nullif($6, ''), ',')::cidr[],
       coalesce($7::timestamptz, 'infinity'), $8::int[], $9, $10)::text;

-- name: key_of  (id) -> device_id, name, permissions, nets, expires_at, requests, readings, signs
-- roles: fl_desk fl_admin
-- What its successor is given; no row: it does not live.
SELECT device_id, name, array_to_string(ctx.can_names(can), ','),
       coalesce(array_to_string(nets, ','), ''),
       CASE WHEN isfinite(expires_at) THEN expires_at END, limits[1],
       limits[2], signs
  FROM ctx.key_of($1);

-- name: key_end  (id) -> done
-- roles: fl_desk fl_admin
SELECT flux.key_end($1);

-- name: key_limit  (id, limits) -> done
-- roles: fl_desk fl_admin
SELECT flux.key_limit($1, $2::int[]);

-- name: key_sign  (key) -> secret
-- roles: fl_api fl_ingest
-- Sealed; NULL: its requests need no signature.
SELECT ctx.sign_key($1);

-- name: key_spend  (key, nonce, seconds) -> first
-- roles: fl_api fl_ingest
-- open
-- found: secret $1
SELECT ctx.spend($1, $2, $3);

-- name: key_remind  () -> object, days
-- roles: fl_worker
-- Keys and certificates that are about to end.
SELECT object, days FROM flux.key_remind();

-- name: limit_put  (limits) -> done
-- roles: fl_admin
-- Of the tenant: requests and readings a minute.
SELECT flux.tenant_limit($1::int[])::text;

-- name: limit_now  () -> requests, readings, over
-- roles: fl_desk fl_admin
SELECT most[1], most[2], beyond FROM ctx.tenant_limits();

-- name: quota_put  (what, most) -> done
-- roles: fl_admin
SELECT flux.quota_put($1, $2)::text;

-- name: quota_list  () -> what, most, used, warned_at
-- roles: fl_desk fl_admin
SELECT what, most, used, warned_at FROM flux.quota_shown();

-- name: site_ways  (tenant) -> name, direct, behind, polled
-- roles: fl_desk
-- How the devices of each site reach us: they send themselves, a gateway
-- sends for them, or a poller asks them.
SELECT s.name, count(*) FILTER (WHERE d.mode = 'direct'
       AND d.modbus_host IS NULL), count(*) FILTER (WHERE d.mode = 'gateway'),
       count(*) FILTER (WHERE d.mode = 'direct' AND d.modbus_host IS NOT NULL)
  FROM flux.site s
  JOIN flux.device d ON d.tenant_id = s.tenant_id AND d.site_id = s.site_id
 WHERE s.tenant_id = $1
 GROUP BY s.site_id, s.name
 ORDER BY s.name, s.site_id
 LIMIT 1000;

-- name: quota_judge  () -> what, most, used
-- roles: fl_worker
-- What was said now of quotas that are nearly used up.
SELECT what, most, used FROM flux.quota_judge();

-- name: usage_count  () -> done
-- roles: fl_worker
SELECT flux.usage_count()::text;

-- name: usage_days  (tenant, limit) -> day, requests, readings, refused, bytes, devices, alarms
-- roles: fl_desk fl_admin
SELECT day::text, requests, readings, refused, bytes, devices, alarms
  FROM flux.usage_day
 WHERE tenant_id = $1
 ORDER BY day DESC
 LIMIT $2;
