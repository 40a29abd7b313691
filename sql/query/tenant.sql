-- name: tenant_suspend  () -> done
-- roles: fl_admin
SELECT ctx.tenant_suspend();

-- name: tenant_resume  () -> done
-- roles: fl_admin
SELECT ctx.tenant_resume();

-- name: tenant_state  () -> name, created_at, users, devices, sensors, readings, bytes, seen
-- roles: fl_desk
SELECT name, created_at, users, devices, sensors, readings, bytes, seen
  FROM ctx.tenant_state();

-- name: tenant_platform  () -> done
-- roles: fl_admin
SELECT ctx.tenant_platform()::text;

-- name: tenant_leave  (name, days) -> due_at
-- roles: fl_desk fl_admin
SELECT ctx.tenant_leave($1, $2);

-- name: tenant_leaving  () -> tenant_id
-- roles: fl_worker
-- open
-- Those whose time has come.
SELECT ctx.leaving();

-- name: tenant_erase  (tenant, most) -> rows
-- roles: fl_worker
-- open
SELECT ctx.erase($1, $2);

-- name: tenant_erase_said  (tenant) -> body
-- roles: fl_worker
-- open
SELECT ctx.erase_said($1);

-- name: tenant_erase_end  (tenant, kid, signature) -> done
-- roles: fl_worker
-- open
SELECT ctx.erase_end($1, $2, $3);

-- name: tenant_farewells  (tenant) -> tenant_id, at, body, kid, signature
-- roles: fl_admin
-- open
-- Of all when there is no number.
SELECT tenant_id, at, body, kid, signature FROM ctx.farewells($1);

-- name: platform_list  (part, behind, many) -> tenant_id, name, slug, created_at, state, due_at, users, devices, readings, most, seen
-- roles: fl_desk
SELECT tenant_id, name, slug, created_at, state, due_at, users, devices,
       readings, most, seen
  FROM ctx.platform_tenants($1, $2, $3);

-- name: platform_suspend  (tenant, away) -> done
-- roles: fl_desk
-- NULL: there is no such tenant.
SELECT ctx.platform_suspend($1, $2);

-- name: platform_make  (name, slug) -> tenant, role
-- roles: fl_desk
SELECT tenant, role FROM ctx.platform_make($1, $2);

-- name: doctor_lines  () -> state, line
-- roles: fl_admin
-- open
SELECT state, line FROM ctx.doctor();

-- name: doctor_now  () -> at
-- roles: fl_admin
-- open
SELECT clock_timestamp();
