-- Tokens: for auth.fcgi, before there is anybody.

-- name: token_device_look  (certificate) -> subject, ca
-- roles: fl_auth
-- open
-- found: secret $1
SELECT subject, ca FROM ctx.device_look($1);

-- name: token_device_open  (certificate, challenge, sid_hash, refresh_hash) -> permissions, seconds
-- roles: fl_auth
-- open
-- found: secret $1
SELECT permissions, seconds FROM ctx.device_open($1, $2, $3, $4);

-- name: token_person_open  (session, sid_hash, refresh_hash) -> subject, permissions, seconds
-- roles: fl_auth
-- open
-- found: secret $1
SELECT subject, permissions, seconds FROM ctx.person_open($1, $2, $3);

-- name: token_refresh_turn  (refresh, sid_hash, refresh_hash, proven) -> subject, permissions, seconds
-- roles: fl_auth
-- open
-- found: secret $1
SELECT subject, permissions, seconds FROM ctx.refresh_turn($1, $2, $3, $4);

-- name: token_family_end  (refresh) -> done
-- roles: fl_auth
-- open
-- found: secret $1
SELECT ctx.family_end($1);
