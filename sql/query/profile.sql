-- name: profile_list  (tenant, most) -> id, version, vendor, model, points, made_at, devices
-- roles: fl_desk fl_api
-- The tenant's own, the newest version of each first.
SELECT p.id, p.version, p.body::json ->> 'vendor', p.body::json ->> 'model',
       json_array_length(p.body::json -> 'points'), p.made_at,
       (SELECT count(*) FROM flux.device d
         WHERE d.tenant_id = $1 AND d.profile = p.id
           AND d.profile_version = p.version)
  FROM flux.profile p
 WHERE p.tenant_id = $1
 ORDER BY p.id, p.made_at DESC, p.version
 LIMIT $2;

-- name: profile_one  (tenant, id, version) -> body, notes, made_at, devices
-- roles: fl_desk fl_api
SELECT p.body, p.notes, p.made_at,
       (SELECT count(*) FROM flux.device d
         WHERE d.tenant_id = $1 AND d.profile = p.id
           AND d.profile_version = p.version)
  FROM flux.profile p
 WHERE p.tenant_id = $1 AND p.id = $2 AND p.version = $3;

-- name: profile_used  (tenant, id, version) -> version, body, devices
-- roles: fl_desk
-- Which other version most devices have; body NULL: it is a shipped one.
SELECT d.profile_version, max(p.body), count(*)
  FROM flux.device d
  LEFT JOIN flux.profile p ON p.tenant_id = $1 AND p.id = d.profile
   AND p.version = d.profile_version
 WHERE d.tenant_id = $1 AND d.profile = $2
   AND d.profile_version IS DISTINCT FROM $3
 GROUP BY d.profile_version
 ORDER BY count(*) DESC, d.profile_version
 LIMIT 1;

-- name: profile_devices  (tenant, most) -> key, name
-- roles: fl_desk
-- To whom it can be given.
SELECT d.key, d.name
  FROM flux.device d
 WHERE d.tenant_id = $1 AND d.kind = 'device'
 ORDER BY d.key
 LIMIT $2;

-- name: profile_put  (id, version, body, notes) -> done
-- roles: fl_desk fl_api
SELECT flux.profile_put($1, $2, $3, $4)::text;

-- name: profile_drop  (id, version) -> done
-- roles: fl_desk
SELECT flux.profile_drop($1, $2);

-- name: profile_apply  (id, version, device) -> devices
-- roles: fl_desk fl_api
SELECT flux.profile_apply($1, $2, $3);

-- name: profile_own  (tenant, source, most) -> devices, body
-- roles: fl_ingest fl_worker fl_poller
-- The tenant's own profiles that devices use, each once, and their numbers as
-- "1,2,3"; of a gateway and what is behind it, or (0) of all that are polled.
SELECT string_agg(d.device_id::text, ',' ORDER BY d.device_id), p.body
  FROM flux.profile p
  JOIN flux.device d ON d.tenant_id = $1 AND d.profile = p.id
   AND d.profile_version = p.version
 WHERE p.tenant_id = $1
   AND CASE WHEN $2 = 0 THEN d.modbus_host IS NOT NULL
            ELSE d.device_id = $2 OR d.gateway_id = $2 END
 GROUP BY p.id, p.version, p.body
 ORDER BY p.id, p.version
 LIMIT $3;
