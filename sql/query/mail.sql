-- name: mail_forgot  (index) -> done
-- roles: fl_auth
-- open
-- found: address $1
-- The same whether anybody has the address or not.
SELECT ctx.mail_forgot($1)::text;

-- name: mail_invite  (user) -> ok
-- roles: fl_desk
-- An invitation goes out; false: there is no such person.
SELECT ctx.mail_invite($1);

-- name: mail_failures  (tenant, limit) -> name, kind, why, total
-- roles: fl_desk
-- What could not be sent within the last week, newest first.
SELECT m.name, f.kind, f.why, count(*) OVER ()
  FROM ctx.mail_failures() f
  JOIN flux.member m ON m.tenant_id = $1 AND m.user_id = f.user_id
 ORDER BY f.mail_id DESC
 LIMIT $2;

-- name: mail_due  () -> tenant_id
-- roles: fl_worker
-- open
-- The tenants that have mail to be sent, the longest waiting first.
SELECT mail_due FROM ctx.mail_due();

-- name: mail_take  (hash) -> mail_id, kind, user_id, name, what
-- roles: fl_worker
-- The next one; its link, if it has one, is of this hash.  No row: none is due.
SELECT mail_id, kind, user_id, name, what FROM ctx.mail_take($1);

-- name: mail_address  (user) -> address
-- roles: fl_worker
-- Sealed.
SELECT ctx.mail_address($1);

-- name: mail_sent  (mail) -> done
-- roles: fl_worker
SELECT ctx.mail_sent($1)::text;

-- name: mail_failed  (mail, why, for_good) -> done
-- roles: fl_worker
SELECT ctx.mail_failed($1, $2, $3)::text;
