-- name: people_login_begin  (index) -> salt
-- roles: fl_auth fl_admin
-- open
-- found: address $1
-- index: of the address, as everywhere here.  An unknown one has a salt as
-- well, the same every time.
SELECT ctx.login_begin($1);

-- name: people_login_finish  (index, proof, token_hash, tenant, addr, agent) -> ok, stage, tenants, names
-- roles: fl_auth
-- open
-- found: address $1
-- Several tenants: the person must choose; their names with U+001F between.
SELECT ok, stage, tenants, array_to_string(names, chr(31))
  FROM ctx.login_finish($1, $2, $3, $4, $5::text::inet, $6);

-- name: people_logout  (token) -> ok
-- roles: fl_auth
-- open
-- found: secret $1
SELECT ctx.logout($1);

-- name: people_factor_begin  (token) -> tenant_id, user_id, sealed, last_step
-- roles: fl_auth
-- open
-- found: secret $1
-- No row: no session waits for a code.
SELECT tenant_id, user_id, sealed, last_step FROM ctx.factor_begin($1);

-- name: people_factor_pass  (token, step, code, fresh_hash) -> ok
-- roles: fl_auth
-- open
-- found: secret $1
SELECT ctx.factor_pass($1, $2, $3, $4);

-- name: people_confirm_pass  (token, proof, fresh_hash) -> ok
-- roles: fl_auth
-- open
-- found: secret $1
SELECT ctx.confirm_pass($1, $2, $3);

-- name: people_ticket_take  (ticket) -> kind, tenant_id, user_id, address, name, tenant_name, salt
-- roles: fl_auth
-- open
-- found: secret $1
-- No row: it is not, not any more, or was used.  The address is sealed.
SELECT kind, tenant_id, user_id, sealed_address, name, tenant_name, salt
  FROM ctx.ticket_take($1);

-- name: people_ticket_spend  (ticket, verifier) -> ok
-- roles: fl_auth
-- open
-- found: secret $1
SELECT ctx.ticket_spend($1, $2);

-- name: people_sessions  () -> session_id, created_at, seen_at, expires_at, addr, agent, this
-- roles: fl_desk
-- The own ones, this one first.
SELECT session_id, created_at, seen_at, expires_at, addr, agent, this
  FROM ctx.sessions();

-- name: people_session_end  (session) -> ok
-- roles: fl_desk
SELECT ctx.session_end($1);

-- name: people_programs  () -> family_id, created_at, turned_at, expires_at
-- roles: fl_desk
-- The own ones, the newest first.
SELECT family_id, created_at, turned_at, expires_at FROM ctx.programs();

-- name: people_program_end  (family) -> ok
-- roles: fl_desk
SELECT ctx.program_end($1);

-- name: people_password_set  (proof, verifier) -> ok
-- roles: fl_desk
SELECT ctx.password_set($1, $2);

-- name: people_factor_own  () -> index, address, tenant_id, user_id, sealed, last_step, confirmed, codes
-- roles: fl_desk
-- The index of the address, and the address, sealed.
SELECT email, sealed_address, tenant_id, user_id, sealed, last_step, confirmed,
       codes
  FROM ctx.factor_own();

-- name: people_factor_put  (sealed) -> ok
-- roles: fl_desk
SELECT ctx.factor_put($1);

-- name: people_factor_codes  (step, hashes) -> ok
-- roles: fl_desk
-- A step puts the factor in force; NULL: it is.
SELECT ctx.factor_codes($1, $2);

-- name: people_factor_drop  (user) -> ok
-- roles: fl_desk fl_admin
SELECT ctx.factor_drop($1);

-- name: people_sessions_end  (user) -> ok
-- roles: fl_desk fl_admin
-- One's own: all but this one.
SELECT ctx.sessions_end($1);

-- name: people_ticket_make  (user, hash) -> kind, expires_at
-- roles: fl_desk fl_admin
-- No row: there is no such person.
SELECT kind, expires_at FROM ctx.ticket_make($1, $2);

-- name: people_setup_look  (token) -> tenant_id, user_id, name, tenant_name, sealed
-- roles: fl_auth
-- open
-- found: secret $1
-- No row: no session waits for a second factor to be set up.
SELECT tenant_id, user_id, name, tenant_name, sealed FROM ctx.setup_look($1);

-- name: people_setup_put  (token, sealed) -> ok
-- roles: fl_auth
-- open
-- found: secret $1
SELECT ctx.setup_put($1, $2);

-- name: people_setup_pass  (token, step, hashes, fresh_hash) -> ok
-- roles: fl_auth
-- open
-- found: secret $1
SELECT ctx.setup_pass($1, $2, $3, $4);

-- name: people_ticket_least  (ticket) -> characters
-- roles: fl_auth
-- open
-- found: secret $1
-- How long a password must be; NULL: there is no such link.
SELECT ctx.ticket_least($1);

-- name: people_least  () -> characters
-- roles: fl_desk fl_admin
SELECT ctx.password_least();
