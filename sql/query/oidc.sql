-- name: oidc_at  (slug) -> tenant_id, name, issuer, client_id, sealed_secret, groups_claim
-- roles: fl_auth
-- open
-- found: slug $1
-- No row: there is no provider to be asked.
SELECT tenant_id, name, issuer, client_id, sealed_secret, groups_claim
  FROM ctx.oidc_at($1);

-- name: oidc_begin  (tenant, state_hash, cookie_hash, next) -> done
-- roles: fl_auth
-- open
-- found: tenant $1
SELECT ctx.oidc_begin($1, $2, $3, $4);

-- name: oidc_end  (tenant, state, cookie) -> next
-- roles: fl_auth
-- open
-- found: tenant $1
-- NULL: nobody is expected back with this.  It works once, whatever it says.
SELECT ctx.oidc_end($1, $2, $3);

-- name: oidc_login  (tenant, issuer, subject, index, verified, name, groups, shown_at, token_hash, addr, agent) -> stage, why
-- roles: fl_auth
-- open
-- found: tenant $1
-- stage NULL: nobody is let in, and why is a word for the reason.
SELECT stage, why
  FROM ctx.oidc_login($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::inet, $11);

-- name: oidc_own  () -> slug, name
-- roles: fl_desk
-- Where who is signed in may show again who he is; no row: nowhere.
SELECT slug, name FROM ctx.oidc_own();

-- name: oidc_show  () -> slug, name, issuer, client_id, groups_claim, may_create
-- roles: fl_desk fl_admin
-- issuer NULL: there is no provider.
SELECT slug, name, issuer, client_id, groups_claim, may_create
  FROM ctx.oidc_show();

-- name: oidc_groups  (tenant, limit) -> name, role
-- roles: fl_desk fl_admin
SELECT g.name, r.name
  FROM flux.oidc_group g
  JOIN flux.role r ON r.tenant_id = $1 AND r.role_id = g.role_id
 WHERE g.tenant_id = $1
 ORDER BY g.name, r.name
 LIMIT $2;

-- name: oidc_put  (name, issuer, client_id, sealed_secret, groups_claim, may_create, groups, roles) -> done
-- roles: fl_desk fl_admin
-- sealed_secret NULL: the one that there is stays.
SELECT flux.oidc_put($1, $2, $3, $4, $5, $6, $7::text[], $8::text[]);

-- name: oidc_drop  () -> done
-- roles: fl_desk fl_admin
SELECT flux.oidc_drop();
