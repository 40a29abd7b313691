# 0053.sh - exchanged meters, the bound of simulated devices, commands that
# nobody would take; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
as super -c "INSERT INTO ctx.login (email, tenant_id, name, can, wide)
    SELECT 'meter' || t || '@example.org', t, 'meter ' || t,
           ctx.bundle('admin'), ctx.bundle('admin')
      FROM generate_series(7, 8) t;
    INSERT INTO ctx.session (token_hash, tenant_id, user_id, expires_at)
    SELECT sha256(('meter-' || tenant_id)::bytea), tenant_id, user_id,
           now() + interval '1 h' FROM ctx.login WHERE email LIKE 'meter%';
    UPDATE flux.sensor SET kind = 'counter' WHERE tenant_id IN (7, 8)
       AND key = 's1'; DELETE FROM flux.mark WHERE tenant_id IN (7, 8)"
boss="BEGIN; SELECT tenant_id FROM ctx.begin_session('meter-7');"
viewer="BEGIN; SELECT tenant_id FROM ctx.begin_session('sess-7');"
put="SELECT flux.meter_swap_put('d1', 's1', now(), 100, 1)"

refuses "a meter of one's own is exchanged, and it is in the trail" fl_desk \
    "$boss $put; SELECT count(*) FROM flux.audit_list('meter.swap', NULL, NULL,
     NULL, NULL, NULL, 10)" '^7~t~1~$'
refuses "its hours are reckoned anew" super \
    "$boss $put; SELECT count(*) FROM flux.mark WHERE tenant_id = 7
     AND t_min = ARRAY[now()]; ROLLBACK" '^7~t~1~$'
refuses "said once more for the same time it is corrected, and taken back" \
    super "$boss $put; SELECT flux.meter_swap_put('d1', 's1', now(), 90, 2);
     SELECT count(*), max(old_last), max(told_by) > 0 FROM flux.meter_swap
     WHERE tenant_id = 7 AND at = now() AND told_by IS NOT NULL;
     SELECT flux.meter_swap_drop('d1', 's1', now());
     SELECT flux.meter_swap_drop('d1', 's1', now()); ROLLBACK" \
    '^7~t~t~1\|90\|t~t~f~$'
refuses "who may not change devices exchanges none" fl_desk "$viewer $put" \
    'needs devices:write'
refuses "nor takes one back" fl_desk \
    "$viewer SELECT flux.meter_swap_drop('d1', 's1', now())" \
    'needs devices:write'
refuses "what is no counter is not exchanged" fl_desk \
    "$boss SELECT flux.meter_swap_put('d1', 's2', now(), 1, 0)" \
    'only a counter'
refuses "nor in the future" fl_desk \
    "$boss SELECT flux.meter_swap_put('d1', 's1', now() + interval '1 s', 1,
     0)" 'between 1970 and now'
refuses "nor with what is no number" fl_desk \
    "$boss SELECT flux.meter_swap_put('d1', 's1', now(), 'NaN', 0)" \
    'violates check constraint'
refuses "a device that is not there is missing" fl_desk \
    "$boss SELECT flux.meter_swap_put('none', 's1', now(), 1, 0)" '^7~f~$'
refuses "exchanges are the tenant's own" fl_page \
    "$session SELECT count(*), min(tenant_id), max(tenant_id)
     FROM flux.meter_swap" '^7~[0-9]+\|7\|7~$'
refuses "nobody writes them by hand" fl_desk \
    "$boss DELETE FROM flux.meter_swap" "$denied for table meter_swap"
refuses "the finding of a sensor is not to be called" fl_desk \
    "$boss SELECT flux.meter_of('d1', 's1')" "$denied for function meter_of"

refuses "more simulated devices than the quota says are not made" super \
    "$admin SELECT flux.quota_put('simulated', 5); INSERT INTO flux.device
     (tenant_id, key, name, kind, mode, site_id, simulated)
     SELECT 7, 'x', 'x', 'device', 'direct', site_id, true FROM flux.site
     WHERE tenant_id = 7" 'The quota of simulated devices is used up'
refuses "real ones are not of it" super \
    "$admin SELECT flux.quota_put('simulated', 5); INSERT INTO flux.device
     (tenant_id, key, name, kind, mode, site_id, simulated)
     SELECT 7, 'x', 'x', 'device', 'direct', site_id, false FROM flux.site
     WHERE tenant_id = 7; SELECT most, used FROM flux.quota_shown()
     WHERE what = 'simulated'; ROLLBACK" '^7~~5\|5~$'
refuses "without a quota the plan says how many" fl_admin \
    "$admin SELECT most, used FROM flux.quota_shown()
     WHERE what = 'simulated'" '^7~1000\|5~$'
refuses "a tenant changes no quota" fl_desk \
    "$boss SELECT flux.quota_put('simulated', 9)" \
    "$denied for function quota_put"

refuses "a command that no poller would take is refused" super \
    "SET session_replication_role = origin; BEGIN;
     SELECT tenant_id FROM ctx.begin_worker(7); DELETE FROM ctx.poller_grant
     WHERE tenant_id = 7; INSERT INTO flux.command (tenant_id, device_id,
     point, value, confirm, asked_by, expires_at, state)
     VALUES (7, 31, 'p', 1, 'none', 0, now(), 'queued')" \
    'no poller works for this tenant'

refuses "what was given up around a device is the tenant's own" fl_page \
    "$session SELECT count(*) FROM flux.gap_around(36, '-infinity',
     'infinity')" '^7~0~$'
as super -c "DELETE FROM ctx.session WHERE user_id IN (SELECT user_id
        FROM ctx.login WHERE email LIKE 'meter%');
    DELETE FROM ctx.login WHERE email LIKE 'meter%';
    UPDATE flux.sensor SET kind = 'gauge' WHERE tenant_id IN (7, 8)
       AND key = 's1'"
