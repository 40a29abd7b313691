# 0019_role.sh - rights that nobody gives himself; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
# The fixture's person of tenant 7 as the administrator, behind the desk.
chief="BEGIN; UPDATE ctx.login SET can = ctx.bundle('admin'),
    wide = ctx.bundle('admin') WHERE tenant_id = 7; SET LOCAL ROLE fl_desk;
    SELECT tenant_id FROM ctx.begin_session('sess-7');"
refuses "a page gives no role" fl_page \
    "$session SELECT flux.member_roles(7, '{}', '{}')" \
    "$denied for function member_roles"
refuses "nor does the API" fl_api \
    "$session SELECT flux.member_invite('x@y', 'x', '{1}', '{0}')" \
    "$denied for function member_invite"
refuses "the desk writes no grant" fl_desk \
    "$session INSERT INTO flux.grant_ SELECT 7, 7, role_id FROM flux.role" \
    "$denied for table grant_"
refuses "nor a role" fl_desk \
    "$session UPDATE flux.role SET can = -1" "$denied for table role"
refuses "nor a reach" fl_desk \
    "$session INSERT INTO flux.reach VALUES (7, 7, 7, -1)" \
    "$denied for table reach"
refuses "the desk sets no rights in the gate" fl_desk \
    "$session SELECT ctx.login_rights(7, -1, -1)" \
    "$denied for function login_rights"
refuses "nor does the operator's tool" fl_admin \
    "$admin SELECT ctx.login_rights(7, -1, -1)" \
    "$denied for function login_rights"
refuses "the desk makes no login" fl_desk \
    "$session SELECT ctx.login_invite('x@y', 'x')" \
    "$denied for function login_invite"
refuses "the desk sees no other tenant's roles" fl_desk \
    "$session SELECT count(*), min(tenant_id), max(tenant_id)
     FROM flux.role" '^7~5\|7\|7~$'
refuses "nor its people's sign-ins" super \
    "$chief SELECT count(*) FROM ctx.logins()" '^7~2~$'
refuses "who may not read users learns of no sign-in" fl_desk \
    "$session SELECT count(*) FROM ctx.logins()" 'needs users:read'
refuses "another tenant's person cannot be suspended" super \
    "$chief SELECT flux.member_suspend(8, true); ROLLBACK" '^7~f~$'
refuses "without a context nobody is managed" fl_desk \
    "SELECT flux.member_remove(8)" "$none"
refuses "the platform's right is not for who has it not" super \
    "$chief SELECT flux.role_put(0, 'x', '{tenants:manage}')" \
    'gives what he has not'
refuses "the reach of others is not told" fl_page \
    "$session SELECT count(*) FROM flux.reached('device', -1); ROLLBACK" \
    '^7~0~$'
refuses "nobody makes himself a reach" fl_page \
    "$session SELECT flux.reach_make(7)" "$denied for function reach_make"
