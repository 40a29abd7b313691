# 0044.sh - profiles of a tenant's own; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
as super -c "INSERT INTO ctx.login (email, tenant_id, name, can, wide)
    SELECT 'profile' || t || '@example.org', t, 'profile ' || t,
           ctx.bundle('admin'), ctx.bundle('admin')
      FROM generate_series(7, 8) t;
    INSERT INTO ctx.session (token_hash, tenant_id, user_id, expires_at)
    SELECT sha256(('profile-' || tenant_id)::bytea), tenant_id, user_id,
           now() + interval '1 h' FROM ctx.login WHERE email LIKE 'profile%';
    INSERT INTO flux.profile (tenant_id, id, version, body, made_by)
    SELECT 8, 'only-of-8', '1', body, made_by FROM flux.profile
     WHERE tenant_id = 8 AND id = 'canary'"
boss="BEGIN; SELECT tenant_id FROM ctx.begin_session('profile-7');"
viewer="BEGIN; SELECT tenant_id FROM ctx.begin_session('sess-7');"

refuses "a profile is the tenant's own" fl_desk \
    "$boss SELECT count(*), min(tenant_id), max(tenant_id) FROM flux.profile" \
    '^7~1\|7\|7~$'
refuses "another tenant's is given to nobody" fl_desk \
    "$boss SELECT flux.profile_apply('only-of-8', '1', 'd1') IS NULL,
     flux.profile_drop('only-of-8', '1')" '^7~t\|f~$'
refuses "one's own is given to one's own device" fl_desk \
    "$boss SELECT flux.profile_apply('canary', '1', 'd1');
     SELECT count(*) FROM flux.device WHERE profile = 'canary'" '^7~1~1~$'
refuses "and stays while a device uses it" fl_desk \
    "$boss SELECT flux.profile_apply('canary', '1', 'd1');
     SELECT flux.profile_drop('canary', '1')" 'Devices use this version'
refuses "a version is not written twice" fl_desk \
    "$boss SELECT flux.profile_put('canary', '1', '{}', '')" \
    'stays as it is'
refuses "nor changed by hand" fl_desk \
    "$boss UPDATE flux.profile SET body = '{}'" "$denied for table profile"
refuses "nor made by hand" fl_desk \
    "$boss INSERT INTO flux.profile (tenant_id, id, version, body, made_by)
     VALUES (7, 'x', '1', '{}', 1)" "$denied for table profile"
for call in "profile_put('x', '1', '{}', '')" "profile_drop('canary', '1')" \
    "profile_apply('canary', '1', 'd1')"; do
	refuses "who may not change devices: $call" fl_desk \
	    "$viewer SELECT flux.$call" 'needs devices:write'
done
refuses "the poller sees its tenant's only" fl_poller \
    "BEGIN; SELECT tenant_id FROM ctx.begin_poller(7);
     SELECT min(tenant_id), max(tenant_id) FROM flux.profile" '^7~7\|7~$'
refuses "a gateway too" fl_ingest \
    "$key SELECT min(tenant_id), max(tenant_id) FROM flux.profile" '7\|7~$'
refuses "a page reads none" fl_page \
    "$viewer SELECT min(tenant_id), max(tenant_id) FROM flux.profile" \
    "$denied for table profile"
refuses "and gives none" fl_page \
    "$viewer SELECT flux.profile_apply('canary', '1', 'd1')" \
    "$denied for function profile_apply"
refuses "without a context there is none" fl_desk \
    "SELECT count(*) FROM flux.profile" '^0~$|no tenant'
as super -c "DELETE FROM flux.profile WHERE id = 'only-of-8';
    DELETE FROM ctx.session WHERE user_id IN (SELECT user_id FROM ctx.login
        WHERE email LIKE 'profile%');
    DELETE FROM ctx.login WHERE email LIKE 'profile%'"
