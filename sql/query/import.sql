-- name: import_open  (name, kind, source, look, parts) -> import_id
-- roles: fl_desk fl_api
SELECT flux.import_open($1, $2, $3, $4::jsonb, $5::bytea[]);

-- name: import_list  (source, id, behind, most) -> import_id, name, kind, made_at, bytes, look, plan, state, why, rows, readings, stored, duplicate, missing, bad, done_rows, waiting, ended_at
-- roles: fl_desk fl_api
SELECT import_id, name, kind, made_at, bytes, look, plan, state, why, rows,
       readings, stored, duplicate, missing, bad, done_rows, waiting, ended_at
  FROM flux.import_list($1, $2, $3, $4);

-- name: import_errors  (source, id, behind, most) -> place, line, col, code, detail, cell
-- roles: fl_desk fl_api
SELECT place, line, col, code, detail, cell
  FROM flux.import_errors($1, $2, $3, $4);

-- name: import_file  (source, id) -> file
-- roles: fl_desk fl_api
SELECT flux.import_file($1, $2);

-- name: import_decide  (source, id, plan, became) -> done
-- roles: fl_desk fl_api
SELECT flux.import_decide($1, $2, $3::jsonb, $4);

-- name: import_make  (site, source, devices, keys, names, units, lows, highs) -> devices_made, sensors_made
-- roles: fl_desk fl_api
SELECT devices_made, sensors_made
  FROM flux.import_make($1, $2, $3::text[], $4::text[], $5::text[],
       $6::text[], $7::float8[], $8::float8[]);

-- name: import_devices  (id, dry, whole, source, keys, names, sites, gateways, assets, kinds, makers) -> place, became, col, detail
-- roles: fl_desk fl_api
SELECT place, became, col, detail
  FROM flux.import_devices($1, $2, $3, $4, $5::text[], $6::text[], $7::text[],
       $8::text[], $9::text[], $10::text[], $11::text[]);

-- name: import_assets  (id, dry, whole, kinds, keys, names, sites, parents, types, latitudes, longitudes, zones) -> place, became, col, detail
-- roles: fl_desk fl_api
SELECT place, became, col, detail
  FROM flux.import_assets($1, $2, $3, $4::text[], $5::text[], $6::text[],
       $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
       $12::text[]);

-- name: import_users  (id, dry, whole, changes, addresses, names, roles, places) -> place, became, col, detail, person
-- roles: fl_desk
SELECT place, became, col, detail, person
  FROM flux.import_users($1, $2, $3, $4, $5::text[], $6::text[], $7::text[],
       $8::text[]);

-- name: import_list_end  (source, id, became, done, same, bad, lines, cols, codes, details, cells, story) -> done
-- roles: fl_desk fl_api
SELECT flux.import_list_end($1, $2, $3, $4, $5, $6, $7::bigint[], $8::text[],
       $9::text[], $10::text[], $11::text[], $12::jsonb)::text;

-- name: import_story  (source, id, most) -> line, became, what
-- roles: fl_desk fl_api
SELECT line, became, what FROM flux.import_story($1, $2, $3);

-- name: import_people_put  (id, parts) -> done
-- roles: fl_desk
SELECT ctx.import_people_put($1, $2::bytea[])::text;

-- name: import_people_get  (id) -> part, sealed
-- roles: fl_desk
SELECT part, sealed FROM ctx.import_people_get($1);

-- name: list_devices  (tenant, limit) -> key, name, site, gateway, asset, kind, manufacturer
-- roles: fl_desk
-- As a file of devices has them; gateways first.
SELECT d.key, d.name, s.key, g.key, a.key, d.kind, d.manufacturer
  FROM flux.device d
  JOIN flux.site s ON s.tenant_id = $1 AND s.site_id = d.site_id
  LEFT JOIN flux.device g ON g.tenant_id = $1 AND g.device_id = d.gateway_id
  LEFT JOIN flux.asset a ON a.tenant_id = $1 AND a.asset_id = d.asset_id
 WHERE d.tenant_id = $1
 ORDER BY d.kind DESC, d.key COLLATE "C"
 LIMIT $2;

-- name: list_sites  (tenant, limit) -> key, name, latitude, longitude, zone
-- roles: fl_desk
SELECT key, name, latitude::text, longitude::text, zone
  FROM flux.site
 WHERE tenant_id = $1
 ORDER BY key COLLATE "C"
 LIMIT $2;

-- name: list_assets  (tenant, limit) -> key, name, site, parent, type
-- roles: fl_desk
-- As a file of assets has them; the parent is a path of keys.
WITH RECURSIVE tree AS (
	SELECT a.asset_id, a.key, a.name, a.type, a.site_id, NULL::text AS up,
	       a.key AS path
	  FROM flux.asset a
	 WHERE a.tenant_id = $1 AND a.parent_id IS NULL
	 UNION ALL
	SELECT a.asset_id, a.key, a.name, a.type, a.site_id, t.path,
	       t.path || '/' || a.key
	  FROM tree t
	  JOIN flux.asset a ON a.tenant_id = $1 AND a.parent_id = t.asset_id
)
SELECT t.key, t.name, s.key, t.up, t.type
  FROM tree t
  JOIN flux.site s ON s.tenant_id = $1 AND s.site_id = t.site_id
 ORDER BY t.path COLLATE "C"
 LIMIT $2;

-- name: list_users  (tenant, limit) -> user_id, address, name, role, place
-- roles: fl_desk
-- A row a role that somebody holds, or one with none; the address is sealed.
-- A place that is gone is not to become the whole tenant.
SELECT m.user_id, l.sealed_address, m.name, r.name,
       CASE WHEN g.asset_id <> 0 THEN coalesce(a.key, '(gone)') END
  FROM flux.member m
  JOIN ctx.logins() l ON l.user_id = m.user_id
  LEFT JOIN flux.grant_ g ON g.tenant_id = $1 AND g.user_id = m.user_id
  LEFT JOIN flux.role r ON r.tenant_id = $1 AND r.role_id = g.role_id
  LEFT JOIN flux.asset a ON a.tenant_id = $1 AND a.asset_id = g.asset_id
 WHERE m.tenant_id = $1
 ORDER BY lower(m.name), m.user_id, r.name, a.key
 LIMIT $2;

-- name: import_next  () -> tenant_id, import_id
-- roles: fl_worker
-- open
SELECT tenant_id, import_id FROM ctx.import_next();

-- name: import_seen  (id, over) -> done
-- roles: fl_worker
SELECT ctx.import_seen($1, $2);

-- name: import_again  (id) -> done
-- roles: fl_worker
SELECT ctx.import_seen($1, NULL);

-- name: import_load  (tenant, id) -> source_id, state, plan, done_rows, readings, missing, bad, file
-- roles: fl_worker
SELECT i.source_id, i.state, i.plan::text, i.done_rows, i.readings, i.missing,
       i.bad,
       (SELECT string_agg(p.bytes, '' ORDER BY p.part)
          FROM flux.import_part p
         WHERE p.tenant_id = $1 AND p.import_id = $2)
  FROM flux.import i
 WHERE i.tenant_id = $1 AND i.import_id = $2;

-- name: import_step  (tenant, id, done_rows, readings, missing, bad, dry) -> state
-- roles: fl_worker
-- So far it has come; no row when it was cancelled meanwhile, or when a run
-- was asked for while a dry run was made, or the reverse.
UPDATE flux.import
   SET state = CASE state WHEN 'ready' THEN 'running' ELSE state END,
       done_rows = $3, readings = $4, missing = $5, bad = $6
 WHERE tenant_id = $1 AND import_id = $2
   AND state IN ('dry', 'ready', 'running') AND (state = 'dry') = $7
RETURNING state;

-- name: import_end  (tenant, id, state, why, stored, duplicate, dry) -> state
-- roles: fl_worker
UPDATE flux.import
   SET state = $3, why = $4, stored = $5, duplicate = $6,
       done_rows = CASE WHEN $3 IN ('tried', 'asked') THEN 0 ELSE done_rows
                   END,
       ended_at = CASE WHEN $3 IN ('done', 'failed')
                  THEN clock_timestamp() END
 WHERE tenant_id = $1 AND import_id = $2
   AND state IN ('dry', 'ready', 'running') AND (state = 'dry') = $7
RETURNING state;

-- name: import_errors_drop  (tenant, id)
-- roles: fl_worker
DELETE FROM flux.import_error WHERE tenant_id = $1 AND import_id = $2;

-- name: import_errors_put  (tenant, id, places, lines, cols, codes, details, cells)
-- roles: fl_worker
INSERT INTO flux.import_error (tenant_id, import_id, place, line, col, code,
       detail, cell)
SELECT $1, $2, u.place, u.line, u.col, u.code, u.detail, u.cell
  FROM unnest($3::int[], $4::bigint[], $5::text[], $6::text[], $7::text[],
              $8::text[]) AS u (place, line, col, code, detail, cell);

-- name: import_parts_drop  (tenant, id)
-- roles: fl_worker
DELETE FROM flux.import_part WHERE tenant_id = $1 AND import_id = $2;

-- name: import_forget  (tenant)
-- roles: fl_worker
-- Files that nobody has gone on with for a week, and reports of a quarter.
DELETE FROM flux.import
 WHERE tenant_id = $1
   AND (made_at < now() - interval '90 days'
        OR made_at < now() - interval '7 days'
           AND state IN ('looked', 'tried', 'asked'));

-- name: import_roster  (tenant, source, most) -> device, source_id, key, code, sensor_id, unit, low, high, states, flags
-- roles: fl_worker
-- Every sensor that an import may write to, and in whose account; source 0:
-- of the whole tenant.
SELECT d.key, coalesce(d.gateway_id, d.device_id), s.key, s.code, s.sensor_id,
       s.unit, s.low, s.high, s.states::text, s.beyond = 'flag'
  FROM flux.device d
  JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.device_id = d.device_id
 WHERE d.tenant_id = $1
   AND ($2 = 0 OR d.device_id = $2 OR d.gateway_id = $2)
 ORDER BY d.device_id, s.sensor_id
 LIMIT $3;

-- name: import_sites  (tenant, most) -> key, name, zone
-- roles: fl_desk
SELECT key, name, zone
  FROM flux.site
 WHERE tenant_id = $1
 ORDER BY name
 LIMIT $2;
