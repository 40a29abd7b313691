-- name: settings_show  () -> idle_min, absolute_h, origins
-- roles: fl_desk
SELECT idle_min, absolute_h, origins FROM ctx.settings();

-- name: settings_sessions  (idle_min, absolute_h) -> done
-- roles: fl_desk
SELECT ctx.settings_sessions($1, $2);

-- name: settings_cors  (origins) -> done
-- roles: fl_desk
SELECT ctx.settings_cors($1);

-- name: settings_signin  () -> shortest, factor_for
-- roles: fl_desk
SELECT shortest, factor_for FROM ctx.settings_signin();

-- name: settings_signin_put  (shortest, factor_for) -> done
-- roles: fl_desk
SELECT ctx.settings_signin_put($1, $2);

-- name: cors_any  (origin) -> listed
-- roles: fl_api fl_ingest
-- open
-- found: everywhere
SELECT ctx.cors_any($1);

-- name: cors_has  (origin) -> listed
-- roles: fl_api fl_ingest
-- Whether the tenant itself lists it.
SELECT ctx.cors_has($1);
