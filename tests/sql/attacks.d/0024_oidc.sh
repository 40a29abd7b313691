# 0024_oidc.sh - sign-in by a provider; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
boss="BEGIN; SELECT tenant_id FROM ctx.begin_session('enrol-7');"
put="flux.oidc_put('x', 'https://x.example', 'c', '\\x01', 'groups', true"
# The index of an address that nobody has.
index=$(printf '%032x' 24)
# come TENANT SUBJECT ADDRESS VERIFIED - somebody comes by its provider.
come() {
	echo "ctx.oidc_login($1, 'https://canary-$1.example', '$2', '$3', $4,
	    'Name', ARRAY['canary $1'], NULL, '\\x77', NULL, NULL)"
}

for table in oidc oidc_try oidc_subject; do
	for role in fl_auth fl_desk fl_page fl_admin; do
		refuses "$role cannot read ctx.$table" $role \
		    "SELECT 1 FROM ctx.$table" "$denied for table $table"
	done
done
refuses "the desk sees its tenant's provider, without its secret" fl_desk \
    "$boss SELECT issuer, client_id FROM ctx.oidc_show()" \
    '^7~https://canary-7.example\|client 7~$'
refuses "and its groups, and no other's" fl_desk \
    "$boss SELECT count(*), min(name), max(name) FROM flux.oidc_group" \
    '^7~1\|canary 7\|canary 7~$'
refuses "the desk gets no sealed secret" fl_desk \
    "$boss SELECT ctx.oidc_at('t8')" "$denied for function oidc_at"
refuses "nor signs anybody in" fl_desk \
    "$boss SELECT $(come 7 sub x@y true)" "$denied for function oidc_login"
refuses "nor writes groups past the function" fl_desk \
    "$boss INSERT INTO flux.oidc_group SELECT 7, 'x', role_id FROM flux.role
     LIMIT 1" "$denied for table oidc_group"
refuses "nor sets the provider past it" fl_desk \
    "$boss SELECT ctx.oidc_set(ROW(7, 'x', 'https://x.example', 'c', '\\x01',
     '', true, 0))" "$denied for function oidc_set"
refuses "who may not change settings sets no provider" fl_desk \
    "$session SELECT $put, '{}', '{}')" 'needs settings:write'
refuses "nor sees one" fl_desk \
    "$session SELECT ctx.oidc_show()" 'needs settings:read'
refuses "nor drops one" fl_desk \
    "$session SELECT flux.oidc_drop()" 'needs settings:write'
refuses "a group gives no role of what one has not" fl_desk \
    "$boss SELECT $put, '{g}', '{platform}')" 'gives what he has not'
refuses "nor one that there is not" fl_desk \
    "$boss SELECT $put, '{g}', '{nobody}')" 'there is no role "nobody"'
refuses "another issuer does not get the secret" fl_desk \
    "$boss SELECT flux.oidc_put('x', 'https://x.example', 'c', NULL, '', true,
     '{}', '{}')" 'Secret: give the one'
refuses "an issuer is an address without a person in it" fl_desk \
    "$boss SELECT flux.oidc_put('x', 'https://a@x.example', 'c', '\\x01', '',
     true, '{}', '{}')" 'Issuer: give the address'
refuses "http is for this machine" fl_desk \
    "$boss SELECT flux.oidc_put('x', 'http://x.example', 'c', '\\x01', '',
     true, '{}', '{}')" 'Issuer: give the address'
refuses "the login role makes no member by itself" fl_auth \
    "SELECT flux.oidc_person(NULL, 'a@b', 'A', '{x}', -1)" \
    "$denied for schema flux"
refuses "a provider is found by what its tenant is called" fl_auth \
    "SELECT count(*), min(issuer) FROM ctx.oidc_at('t7')" \
    '^1\|https://canary-7.example~$'
refuses "and by nothing else" fl_auth \
    "SELECT count(*) FROM unnest('{t9999,tenant 7,7,t07}'::text[]) s,
     LATERAL ctx.oidc_at(s)" '^0~$'
refuses "a state works once" fl_auth \
    "BEGIN; SELECT ctx.oidc_end(7, 'state-7', 'visitor-7');
     SELECT ctx.oidc_end(7, 'state-7', 'visitor-7') IS NULL; ROLLBACK" \
    '^/canary-7~t~$'
refuses "in the browser that it was made for" fl_auth \
    "BEGIN; SELECT ctx.oidc_end(7, 'state-7', 'visitor-8') IS NULL;
     SELECT ctx.oidc_end(7, 'state-7', 'visitor-7') IS NULL; ROLLBACK" \
    '^t~t~$'
refuses "for its own tenant" fl_auth \
    "BEGIN; SELECT ctx.oidc_end(8, 'state-7', 'visitor-7') IS NULL; ROLLBACK" \
    '^t~$'
refuses "for ten minutes" super \
    "BEGIN; UPDATE ctx.oidc_try SET expires_at = now();
     SELECT ctx.oidc_end(7, 'state-7', 'visitor-7') IS NULL; ROLLBACK" '^t~$'
refuses "who may do more than whoever set it up does not come by it" fl_auth \
    "BEGIN; SELECT stage, why FROM $(come 7 new enrol7@example.org true);
     ROLLBACK" '^\|more~$'
refuses "an address that is not vouched for links nobody" fl_auth \
    "BEGIN; SELECT stage, why FROM $(come 7 new enrol7@example.org false);
     ROLLBACK" '^\|unverified~$'
refuses "an address of another tenant's is nobody's here" super \
    "BEGIN; UPDATE ctx.login SET email = '$index'
     WHERE email = 'enrol8@example.org';
     SELECT stage FROM $(come 7 new "$index" true);
     SELECT count(*) FROM ctx.login WHERE email = '$index'
     AND tenant_id = 7; ROLLBACK" '^open~1~$'
refuses "the same account at another issuer is nobody" fl_auth \
    "BEGIN; SELECT stage, why FROM ctx.oidc_login(7,
     'https://canary-8.example', 'sub', 'a@b', true, 'A', '{}', NULL, '\\x77',
     NULL, NULL); ROLLBACK" '^\|changed~$'
refuses "a group that gives nothing makes nobody" fl_auth \
    "BEGIN; SELECT stage, why FROM ctx.oidc_login(7,
     'https://canary-7.example', 'new', 'a@b.example', true, 'A',
     '{canary 8}', NULL, '\\x77', NULL, NULL); ROLLBACK" '^\|roleless~$'
refuses "a provider gives no role of what its setter had not" super \
    "BEGIN; UPDATE ctx.oidc SET may = 0 WHERE tenant_id = 7;
     SELECT stage, why FROM $(come 7 new $index true); ROLLBACK" \
    '^\|roleless~$'
refuses "a suspended tenant lets nobody in" super \
    "BEGIN; UPDATE ctx.tenant_home SET suspended_at = now()
     WHERE tenant_id = 7; SELECT stage, why FROM $(come 7 new $index true);
     SELECT count(*) FROM ctx.oidc_at('t7'); ROLLBACK" '^\|changed~0~$'
refuses "signing in by a provider leaves no context behind" fl_auth \
    "BEGIN; SELECT stage FROM $(come 7 new $index true);
     SELECT current_setting('app.ctx') = ''; ROLLBACK" '^open~t~$'
refuses "a sign-in of long ago allows nothing dangerous" super \
    "BEGIN; SELECT stage FROM $(come 7 new $index true);
     SELECT fresh_till FROM ctx.session WHERE token_hash = '\\x77'; ROLLBACK" \
    '^open~-infinity~$'
refuses "nor does a second factor make it fresh" super \
    "BEGIN; SELECT stage FROM $(come 7 new "$index" true);
     SELECT FROM ctx.session_open('\\x77', '\\x78', 'code');
     SELECT fresh_till FROM ctx.session WHERE token_hash = '\\x78'; ROLLBACK" \
    '^open~+-infinity~$'
