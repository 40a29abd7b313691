# Tokens: tenant 7's gateway has 'cert-7', 'sid-7' and 'turn-7', and so on.
# shellcheck shell=bash disable=SC2154 # sourced by attacks.test.sh
token="BEGIN; SELECT tenant_id FROM ctx.begin_token('sid-7');"
turned="refresh_turn(bytea '%s', sha256('a1'), sha256('r1'), %s)"

# turn REFRESH PROVEN - the call, with its two new hashes.
turn() {
	# shellcheck disable=SC2059 # the format is the one above
	printf "SELECT permissions IS NULL FROM ctx.$turned;" "$1" "${2-NULL}"
}

refuses "a token sees its own tenant and no other" fl_api \
    "$token SELECT count(*), min(tenant_id), max(tenant_id)
     FROM flux.device" '^7~5\|7\|7~$'
refuses "a token of a revoked family opens nothing" fl_api \
    "SELECT ctx.begin_token('sid-3')" 'token invalid'
refuses "a refresh token is no access token" fl_api \
    "SELECT ctx.begin_token('turn-7')" 'token invalid'
refuses "the hash of a token is no token" fl_api \
    "SELECT ctx.begin_token(sha256('sid-7'))" 'token invalid'
refuses "a token that is NULL opens nothing" fl_api \
    "SELECT ctx.begin_token(NULL)" 'token invalid'
refuses "an API key is no token" fl_api \
    "SELECT ctx.begin_token('key-7')" 'token invalid'
refuses "a page has no use for a token" fl_page \
    "SELECT ctx.begin_token('sid-7')" "$denied for function begin_token"
refuses "nor has the login role" fl_auth \
    "SELECT ctx.begin_token('sid-7')" "$denied for function begin_token"
refuses "the hash of a certificate is no certificate" fl_api \
    "SELECT ctx.begin_cert(sha256('cert-7'))" 'certificate invalid'
refuses "a revoked certificate opens nothing" fl_api \
    "SELECT ctx.begin_cert('cert-3')" 'certificate invalid'
refuses "a token has the rights of its family and no other" fl_api \
    "$token SELECT ctx.need('keys:write')" 'needs keys:write'

for role in fl_page fl_desk fl_api fl_ingest fl_worker fl_admin; do
	refuses "$role cannot open a family for a device" $role \
	    "SELECT ctx.device_open('cert-8', 'c', 'a', 'r')" \
	    "$denied for function device_open"
	refuses "$role cannot make tokens of a session" $role \
	    "SELECT ctx.person_open('sess-8', 'a', 'r')" \
	    "$denied for function person_open"
	refuses "$role cannot turn a refresh token" $role \
	    "SELECT ctx.refresh_turn('turn-8', 'a', 'r', NULL)" \
	    "$denied for function refresh_turn"
done
for table in family token spent device_cert; do
	refuses "the login role cannot read $table" fl_auth \
	    "SELECT count(*) FROM ctx.$table" "$denied for table $table"
done
for call in "token_pair(NULL::ctx.family, 'a', 'r')" \
    "family_revoke(7, 'x', 'x')" "family_alive(7)" "cert_alive('cert-8')" \
    "token_audit(NULL::ctx.family, 'x')" "token_subject(8, 40, 0)" \
    "family_sweep(8, 40, 0)"; do
	refuses "the login role cannot call ${call%%(*}" fl_auth \
	    "SELECT ctx.$call" "$denied for function ${call%%(*}"
done
refuses "no context is left behind by what it may call" fl_auth \
    "BEGIN; SELECT permissions FROM ctx.device_open('cert-7', 'c1',
     sha256('a1'), sha256('r1')); SELECT ctx.tenant()" \
    "(no tenant context|$denied)"
refuses "a look at a certificate leaves none either" fl_auth \
    "BEGIN; SELECT subject FROM ctx.device_look('cert-7');
     SELECT current_setting('app.ctx') = ''" '^device:d0~t~$'
refuses "a device's name is nobody's to ask for" fl_api \
    "$token SELECT flux.device_key(36)" "$denied for function device_key"

refuses "an unknown certificate opens no family" fl_auth \
    "BEGIN; SELECT permissions IS NULL FROM ctx.device_open('cert-0', 'c1',
     sha256('a1'), sha256('r1')); ROLLBACK" '^t~$'
refuses "a revoked certificate opens no family" fl_auth \
    "BEGIN; SELECT permissions IS NULL FROM ctx.device_open('cert-3', 'c1',
     sha256('a1'), sha256('r1')); ROLLBACK" '^t~$'
refuses "a challenge opens one family" fl_auth \
    "BEGIN; SELECT permissions IS NULL FROM generate_series(1, 2) i,
     ctx.device_open('cert-7', 'c1', sha256(i::text::bytea),
         sha256((-i)::text::bytea)); ROLLBACK" '^f~t~$'
refuses "a refresh token turns once" fl_auth \
    "BEGIN; $(turn turn-7) $(turn turn-7) $(turn r1) ROLLBACK" '^f~t~t~$'
refuses "and again for the same device" fl_auth \
    "BEGIN; $(turn turn-7) $(turn turn-7 "'cert-7'") ROLLBACK" '^f~f~$'
refuses "another device's certificate is no proof" fl_auth \
    "BEGIN; $(turn turn-7) $(turn turn-7 "'cert-8'") ROLLBACK" '^f~t~$'
refuses "the hash of the certificate is no proof" fl_auth \
    "BEGIN; $(turn turn-7) $(turn turn-7 "sha256('cert-7')") ROLLBACK" \
    '^f~t~$'
refuses "an access token does not turn" fl_auth \
    "BEGIN; $(turn sid-7) ROLLBACK" '^t~$'
refuses "a revoked family's refresh token does not turn" fl_auth \
    "BEGIN; $(turn turn-3) ROLLBACK" '^t~$'
refuses "a session becomes tokens once, and is over" fl_auth \
    "BEGIN; SELECT permissions IS NULL FROM generate_series(1, 2) i,
     ctx.person_open('sess-7', sha256(i::text::bytea),
         sha256((-i)::text::bytea)); ROLLBACK" '^f~t~$'
refuses "a session that is over becomes none" fl_auth \
    "BEGIN; SELECT permissions IS NULL FROM ctx.person_open('sess-3',
     sha256('a1'), sha256('r1')); ROLLBACK" '^t~$'
refuses "a new password ends the person's tokens" super \
    "BEGIN; INSERT INTO ctx.family (tenant_id, user_id, can, expires_at,
     started) SELECT tenant_id, user_id, 7, now() + interval '1 h', 'password'
     FROM ctx.login WHERE tenant_id = 9; UPDATE ctx.login SET verifier = sha256('x')
     WHERE tenant_id = 9; SELECT why FROM ctx.family WHERE tenant_id = 9
     AND started = 'password'; ROLLBACK" '^password~$'
