-- name: audit_put  (act, object, detail) -> seq
-- roles: fl_desk fl_api fl_worker fl_admin
-- One more entry of the tenant's chain.
SELECT flux.audit_put($1, $2, $3::jsonb);
