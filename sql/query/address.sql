-- name: address_seal  (user, sealed) -> done
-- roles: fl_desk fl_admin
-- Of somebody who has none yet; false: there is no such person.
SELECT ctx.address_seal($1, $2);

-- name: address_missing  (tenant, session) -> user_id
-- roles: fl_auth
-- open
-- found: tenant $1
-- Who is in this session, when no address of his is kept; else no row.
SELECT user_id FROM ctx.address_missing($1, $2);

-- name: address_first  (tenant, session, sealed) -> done
-- roles: fl_auth
-- open
-- found: tenant $1
SELECT ctx.address_first($1, $2, $3);

-- name: address_tenants  (plain) -> tenant_id
-- roles: fl_admin
-- open
-- With people whose address stands in clear; false: with others.
SELECT t FROM ctx.address_tenants($1) t;

-- name: address_list  (plain, behind, limit) -> user_id, address, sealed
-- roles: fl_admin
-- By number, behind this one: the address in clear, or an index and what is
-- sealed.
SELECT user_id, address, sealed FROM ctx.addresses($1, $2, $3);

-- name: address_put  (user, index, sealed) -> done
-- roles: fl_admin
SELECT flux.member_address($1, $2, $3);
