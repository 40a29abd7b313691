-- name: datakey_list  () -> key_id, wrapped
-- roles: fl_desk fl_worker fl_admin
-- The newest first; wrapped is NULL when the key was destroyed.
SELECT key_id, wrapped FROM ctx.data_keys();

-- name: datakey_list_at  (tenant) -> key_id, wrapped
-- roles: fl_auth
-- open
-- found: tenant $1
SELECT key_id, wrapped FROM ctx.data_keys_at($1);

-- name: datakey_first  (wrapped) -> made
-- roles: fl_desk fl_worker fl_admin
SELECT ctx.data_key_first($1);

-- name: datakey_first_at  (tenant, wrapped) -> made
-- roles: fl_auth
-- open
-- found: tenant $1
SELECT ctx.data_key_first_at($1, $2);

-- name: datakey_next  (key, wrapped) -> made
-- roles: fl_admin
SELECT ctx.data_key_next($1, $2);

-- name: datakey_otherwise  (key, most) -> relation, place, sealed
-- roles: fl_admin
-- What other keys than this one have sealed.
SELECT relation, place, sealed FROM ctx.sealed_otherwise($1, $2);

-- name: datakey_replace  (relation, old, new) -> done
-- roles: fl_admin
SELECT ctx.sealed_replace($1, $2, $3);

-- name: datakey_forget  () -> destroyed
-- roles: fl_admin
SELECT ctx.data_key_forget();

-- name: datakey_shred  () -> destroyed
-- roles: fl_admin
SELECT ctx.data_key_shred();

-- name: datakey_all  () -> tenant_id, key_id, wrapped
-- roles: fl_admin
-- open
SELECT tenant_id, key_id, wrapped FROM ctx.data_keys_all();

-- name: datakey_rewrap  (tenant, key, old, new) -> done
-- roles: fl_admin
-- open
SELECT ctx.data_key_rewrap($1, $2, $3, $4);
