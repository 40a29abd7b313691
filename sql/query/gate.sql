-- name: gate_session  (token) -> tenant_id, user_id, device_id, can, name, tenant_name, registry
-- roles: fl_page fl_api
-- open
SELECT tenant_id, user_id, device_id, can, name, tenant_name,
       registry
  FROM ctx.begin_session($1);

-- name: gate_api_key  (key) -> tenant_id, user_id, device_id, can, name, tenant_name, registry
-- roles: fl_ingest fl_api
-- open
SELECT tenant_id, user_id, device_id, can, name, tenant_name,
       registry
  FROM ctx.begin_api_key($1);

-- name: gate_api_keys  (keys, tenants, devices, cans, registries) -> tenant_id
-- roles: fl_ingest fl_api
-- open
SELECT ctx.begin_api_keys($1, $2, $3, $4, $5);

-- name: gate_poller  (tenant) -> tenant_id, user_id, device_id, can, name, tenant_name, registry
-- roles: fl_poller
-- open
SELECT tenant_id, user_id, device_id, can, name, tenant_name,
       registry
  FROM ctx.begin_poller($1);

-- name: gate_worker  (tenant) -> tenant_id, user_id, device_id, can, name, tenant_name, registry
-- roles: fl_worker
-- open
SELECT tenant_id, user_id, device_id, can, name, tenant_name,
       registry
  FROM ctx.begin_worker($1);

-- name: gate_admin  (tenant) -> tenant_id, user_id, device_id, can, name, tenant_name, registry
-- roles: fl_admin
-- open
SELECT tenant_id, user_id, device_id, can, name, tenant_name,
       registry
  FROM ctx.begin_admin($1);

-- name: gate_tenants  () -> tenant_id
-- roles: fl_worker
-- open
SELECT tenants FROM ctx.tenants();

-- name: gate_login_begin  (email) -> salt
-- roles: fl_auth
-- open
SELECT ctx.login_begin($1);

-- name: gate_login_finish  (email, proof, token_hash) -> ok
-- roles: fl_auth
-- open
SELECT ctx.login_finish($1, $2, $3);

-- name: gate_logout  (token) -> ok
-- roles: fl_auth
-- open
SELECT ctx.logout($1);
