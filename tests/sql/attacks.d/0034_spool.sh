# 0034_spool.sh - bodies that were drained; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
for role in fl_page fl_desk fl_api fl_ingest fl_poller; do
	refuses "$role sees nothing of what was drained" $role \
	    "SELECT count(*) FROM flux.drained" "$denied for table drained"
	refuses "$role does not ask which keys held" $role \
	    "SELECT ctx.cred_held(1, 1, now())" "$denied for function cred_held"
done
refuses "nobody's worker drains nothing" fl_worker \
    "SELECT count(*) FROM flux.drained" "$none"
refuses "the worker of a tenant sees its own" fl_worker \
    "BEGIN; SELECT tenant_id FROM ctx.begin_worker(7);
     SELECT count(*), min(tenant_id) FROM flux.drained; ROLLBACK" '^7~1\|7~$'
refuses "nor marks anything of another as drained" fl_worker \
    "BEGIN; SELECT tenant_id FROM ctx.begin_worker(7);
     INSERT INTO flux.drained (tenant_id, spool_id)
     VALUES (8, decode(lpad('ab', 32, '0'), 'hex')); ROLLBACK" \
    'row-level security'
refuses "a key of another tenant never held here" super \
    "BEGIN; SELECT tenant_id FROM ctx.begin_worker(7);
     SELECT bool_or(ctx.cred_held(k.cred_id, k.device_id, now()))
       FROM ctx.api_key k WHERE k.tenant_id <> 7;
     SELECT bool_and(ctx.cred_held(k.cred_id, k.device_id, now()) =
         (k.expires_at > now() AND (k.revoked_at IS NULL OR
          k.revoked_at > now()))) FROM ctx.api_key k WHERE k.tenant_id = 7;
     ROLLBACK" '^7~f~t~$'
