-- list: command
c.command_id, d.key, d.name, s.zone, c.point, c.value, coalesce(x.unit, ''),
c.reason, c.confirm, flux.command_state(c.state, c.expires_at),
coalesce(flux.member_named(c.asked_by), ''), c.asked_at,
coalesce(flux.member_named(c.confirmed_by), ''), c.confirmed_at, c.expires_at,
c.sent_at, c.acknowledged_at, c.ended_at, c.read_back, coalesce(c.why, '');

-- name: command_list  (tenant, device, before, most) -> command_id, device,
-- device_name, zone, point, value, unit, reason, confirm, state, asked_by,
-- asked_at, confirmed_by, confirmed_at, expires_at, sent_at, acknowledged_at,
-- ended_at, read_back, why
-- roles: fl_desk fl_api
-- The newest first; device "": whichever it is.
SELECT {command}
  FROM flux.command c
  JOIN flux.device d ON d.tenant_id = $1 AND d.device_id = c.device_id
  JOIN flux.site s ON s.tenant_id = $1 AND s.site_id = d.site_id
  LEFT JOIN flux.sensor x ON x.tenant_id = $1
   AND x.device_id = c.device_id AND x.key = c.point
 WHERE c.tenant_id = $1 AND ($2 = '' OR d.key = $2) AND c.command_id < $3
 ORDER BY c.command_id DESC
 LIMIT $4;

-- name: command_load  (tenant, id) -> command_id, device, device_name, zone,
-- point, value, unit, reason, confirm, state, asked_by, asked_at, confirmed_by,
-- confirmed_at, expires_at, sent_at, acknowledged_at, ended_at, read_back, why
-- roles: fl_desk fl_api
SELECT {command}
  FROM flux.command c
  JOIN flux.device d ON d.tenant_id = $1 AND d.device_id = c.device_id
  JOIN flux.site s ON s.tenant_id = $1 AND s.site_id = d.site_id
  LEFT JOIN flux.sensor x ON x.tenant_id = $1
   AND x.device_id = c.device_id AND x.key = c.point
 WHERE c.tenant_id = $1 AND c.command_id = $2;

-- name: command_target  (tenant, device) -> name, profile, body, polled
-- roles: fl_desk fl_api
-- Which points a device has is in its profile; body NULL: in a shipped one.
SELECT d.name, coalesce(d.profile, ''), p.body, d.modbus_host IS NOT NULL
  FROM flux.device d
  LEFT JOIN flux.profile p ON p.tenant_id = $1 AND p.id = d.profile
   AND p.version = d.profile_version
 WHERE d.tenant_id = $1 AND d.key = $2;

-- name: command_now  (tenant, device, point) -> time, value
-- roles: fl_desk
-- What the point is worth now.
SELECT l.time[n.at], l.value[n.at]
  FROM flux.device d
  JOIN flux.sensor s ON s.tenant_id = $1 AND s.device_id = d.device_id
   AND s.key = $3
  JOIN flux.latest l ON l.tenant_id = $1 AND l.device_id = d.device_id
  JOIN LATERAL (SELECT array_position(l.sensor, s.sensor_id) AS at) n
    ON n.at IS NOT NULL
 WHERE d.tenant_id = $1 AND d.key = $2;

-- name: command_ask  (device, point, value, reason, confirm, seconds,
-- key) -> id, state
-- roles: fl_desk fl_api
SELECT id, state
  FROM flux.command_ask($1, $2, $3, $4, $5, $6, nullif($7, ''));

-- name: command_confirm  (id, approve) -> state
-- roles: fl_desk fl_api
SELECT flux.command_confirm($1, $2);

-- name: command_withdraw  (id) -> state
-- roles: fl_desk fl_api
SELECT flux.command_withdraw($1);

-- name: command_tenants  () -> tenant_id
-- roles: fl_poller
-- open
SELECT tenant_id::int4
  FROM ctx.command_tenants() AS tenant_id
 LIMIT 10000;

-- name: command_take  (devices) -> id, device, point, value, confirm, left_ms
-- roles: fl_poller
-- The time that is left, as no clock but ours says when it is over.
SELECT id, device, at_point, want, steps,
       (extract(epoch FROM expires - now()) * 1000)::int8
  FROM flux.command_take($1::int[]);

-- name: command_say  (id, state, read_back, why) -> known
-- roles: fl_poller
SELECT flux.command_say($1, $2, $3, nullif($4, ''));
