# 0014_desk.sh - the role of the administration's pages; read by
# attacks.test.sh.
# shellcheck shell=bash disable=SC2154
refuses "the desk sees its own tenant and no other" fl_desk \
    "$session SELECT count(*), min(tenant_id), max(tenant_id)
     FROM flux.member" '^7~1\|7\|7~$'
refuses "the desk writes no table" fl_desk \
    "$session UPDATE flux.member SET role = 'admin'" \
    "$denied for table member"
refuses "the desk cannot pass with an API key" fl_desk \
    "SELECT ctx.begin_api_key('key-7')" "$denied for function begin_api_key"
refuses "the desk cannot pass the operator's gate" fl_desk \
    "SELECT ctx.begin_admin(7)" "$denied for function begin_admin"
refuses "the desk cannot sign anybody in" fl_desk \
    "SELECT ctx.login_finish('u7@example.org', 'pass-7', '\\x01', NULL, NULL,
     NULL)" \
    "$denied for function login_finish"
