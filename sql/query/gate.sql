-- list: who
-- What a gate answers.
tenant_id, user_id, device_id, can, name, tenant_name, registry,
       wide, cred, flags, limits;

-- name: gate_session  (token) -> {who}
-- roles: fl_page fl_desk fl_api
-- open
SELECT {who}
  FROM ctx.begin_session($1);

-- name: gate_api_key  (key, addr, cert) -> {who}
-- roles: fl_ingest fl_api
-- open
SELECT {who}
  FROM ctx.begin_api_key($1, $2::inet, $3);

-- name: gate_token  (sid) -> {who}
-- roles: fl_ingest fl_api
-- open
SELECT {who}
  FROM ctx.begin_token($1);

-- name: gate_cert  (der) -> {who}
-- roles: fl_ingest fl_api
-- open
SELECT {who}
  FROM ctx.begin_cert($1);

-- name: gate_touch  (kind, secret, addr) -> done
-- roles: fl_page fl_desk fl_api fl_ingest
-- open
-- found: secret $2
-- The credential was used just now, from there.
SELECT ctx.touch($1, $2, $3::inet);

-- name: gate_api_keys  (keys, tenants, devices, cans, registries) -> tenant_id
-- roles: fl_ingest fl_api
-- open
SELECT ctx.begin_api_keys($1, $2, $3, $4, $5);

-- name: gate_poller  (tenant) -> {who}
-- roles: fl_poller
-- open
SELECT {who}
  FROM ctx.begin_poller($1);

-- name: gate_worker  (tenant) -> {who}
-- roles: fl_worker
-- open
SELECT {who}
  FROM ctx.begin_worker($1);

-- name: gate_admin  (tenant) -> {who}
-- roles: fl_admin
-- open
SELECT {who}
  FROM ctx.begin_admin($1);

-- name: gate_tenants  () -> tenant_id
-- roles: fl_worker
-- open
SELECT tenants FROM ctx.tenants();
