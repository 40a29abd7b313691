-- name: role_list  (tenant, limit) -> role_id, name, can, builtin, holders
-- roles: fl_desk fl_admin
-- The bundles first; holders: people who have it anywhere.
SELECT r.role_id, r.name, r.can, r.builtin,
       (SELECT count(DISTINCT g.user_id) FROM flux.grant_ g
         WHERE g.tenant_id = $1 AND g.role_id = r.role_id)
  FROM flux.role r
 WHERE r.tenant_id = $1
 ORDER BY NOT r.builtin, CASE WHEN r.builtin THEN '' ELSE r.name END, r.role_id
 LIMIT $2;

-- name: role_put  (id, name, permissions) -> role_id
-- roles: fl_desk fl_admin
-- Number 0 makes one.  NULL: there is no such role.
SELECT flux.role_put($1, $2, $3::text[]);

-- name: role_drop  (id) -> done
-- roles: fl_desk fl_admin
SELECT flux.role_drop($1);

-- name: place_list  (tenant, limit) -> asset_id, key, name, site
-- roles: fl_desk fl_admin
-- Where a role may be held.
SELECT a.asset_id, a.key, a.name, s.name
  FROM flux.asset a
  JOIN flux.site s ON s.tenant_id = $1 AND s.site_id = a.site_id
 WHERE a.tenant_id = $1
 ORDER BY s.name, a.name, a.asset_id
 LIMIT $2;

-- name: place_find  (tenant, key) -> asset_id
-- roles: fl_desk fl_admin
SELECT asset_id FROM flux.asset WHERE tenant_id = $1 AND key = $2;

-- name: member_list  (tenant, part, index, limit) -> user_id, name, address, found, suspended_at, has_password, seen_at
-- roles: fl_desk fl_admin
-- Found, and first, is whose name holds this part ('': everybody's does) or
-- whose address has this index.  The address is sealed.
SELECT m.user_id, m.name, l.sealed_address, f.found, l.suspended_at,
       l.has_password, l.seen_at
  FROM flux.member m
  JOIN ctx.logins() l ON l.user_id = m.user_id
 CROSS JOIN LATERAL (SELECT strpos(lower(m.name), lower($2::text)) > 0
        OR m.email = $3 AS found) f
 WHERE m.tenant_id = $1
 ORDER BY NOT f.found, lower(m.name), m.user_id
 LIMIT $4;

-- name: member_grants  (tenant, users, limit) -> user_id, role_id, role, can, asset_id, place
-- roles: fl_desk fl_admin
SELECT g.user_id, g.role_id, r.name, r.can, g.asset_id, a.name
  FROM flux.grant_ g
  JOIN flux.role r ON r.tenant_id = $1 AND r.role_id = g.role_id
  LEFT JOIN flux.asset a ON a.tenant_id = $1 AND a.asset_id = g.asset_id
 WHERE g.tenant_id = $1 AND g.user_id = ANY ($2::bigint[])
 ORDER BY g.user_id, r.name, a.name NULLS FIRST, g.role_id, g.asset_id
 LIMIT $3;

-- name: member_invite  (index, name, roles, assets) -> user_id
-- roles: fl_desk fl_admin
SELECT flux.member_invite($1, $2, $3::int[], $4::int[]);

-- name: member_roles  (user, roles, assets) -> done
-- roles: fl_desk fl_admin
SELECT flux.member_roles($1, $2::int[], $3::int[]);

-- name: member_suspend  (user, away) -> done
-- roles: fl_desk fl_admin
SELECT flux.member_suspend($1, $2);

-- name: member_remove  (user) -> done
-- roles: fl_desk fl_admin
SELECT flux.member_remove($1);

-- name: member_manage  (user) -> done
-- roles: fl_desk fl_admin
-- Whether there is such a member; who may more than one is an error.
SELECT flux.member_manage($1, false);

-- name: member_find  (tenant, index) -> user_id
-- roles: fl_desk fl_admin
SELECT user_id FROM flux.member WHERE tenant_id = $1 AND email = $2;

-- name: role_here  (tenant, device) -> can
-- roles: fl_page fl_desk
SELECT flux.held(device_id) FROM flux.device WHERE tenant_id = $1 AND key = $2;
