# 0014_gates.sh - rights inside the context, the gates of tokens and
# certificates, conditions of keys, the audit; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
invalid='(session|api key|token|certificate) invalid'
rights="concat(ctx.can(), ' ', ctx.wide())"

# What one may do is said by the gate.
refuses "who has not the permission is told so" fl_desk \
    "$session SELECT ctx.need('users:write')" 'needs users:write'
refuses "without a context nobody has any" fl_desk \
    "SELECT ctx.need('telemetry:read')" "$none"
refuses "a permission that there is not is nobody's" fl_desk \
    "$session SELECT ctx.need('telemetry:*')" 'no such permission'
refuses "nor is one that is NULL" fl_desk \
    "$session SELECT ctx.need(NULL)" 'no such permission'
refuses "rights that are raised under our MAC are refused" fl_desk \
    "$session DO \$\$ DECLARE p text[] := string_to_array(
     current_setting('app.ctx'), '|'); BEGIN
     EXECUTE format('SET LOCAL app.ctx = %L', concat_ws('|', p[1], p[2], p[3],
     -1, -1, p[6])); END \$\$; SELECT ctx.need('users:write')" "$forged"
refuses "rights behind the end of our context are refused" fl_desk \
    "$session DO \$\$ BEGIN EXECUTE format('SET LOCAL app.ctx = %L',
     current_setting('app.ctx') || '|-1'); END \$\$; SELECT ctx.wide()" \
    "$forged"
refuses "a subtree's rights do not become the tenant's" super \
    "BEGIN; UPDATE ctx.login SET can = -1, wide = 1 WHERE tenant_id = 7;
     SELECT tenant_id FROM ctx.begin_session('sess-7');
     SELECT ctx.need('users:write')" 'needs users:write'
for role in fl_page fl_desk fl_auth fl_api fl_ingest fl_worker fl_admin; do
	refuses "$role mints no rights" $role \
	    "SELECT ctx.mint(8, 1, 'session', -1, -1, 0)" \
	    "$denied for function mint"
done
refuses "the way into a tenant is no gate of the worker's" fl_worker \
    "SELECT ctx.enter(8, -1, 'worker')" "$denied for function enter"
refuses "a known key brings no right that it has not" fl_ingest \
    "SELECT ctx.begin_api_keys('{key-7}', '{7}', '{31}', '{-1}', ARRAY[(
     SELECT registry FROM ctx.begin_api_key('key-7'))])" 'not as expected'
refuses "and what is known carries none into the context" fl_ingest \
    "BEGIN; SELECT ctx.begin_api_keys('{key-7}', '{7}', '{31}', '{3}', ARRAY[(
     SELECT registry FROM ctx.begin_api_key('key-7'))]);
     SELECT ctx.need('telemetry:write')" 'needs telemetry:write'
refuses "the interface makes nobody a platform's operator" fl_api \
    "$session SELECT ctx.user_create('x@y', 'x', 'platform', NULL, NULL)" \
    "$denied for function user_create"

# Tokens and certificates.
for role in fl_page fl_desk fl_auth fl_worker fl_poller fl_admin; do
	refuses "$role passes with no certificate" $role \
	    "SELECT ctx.begin_cert('key-7')" "$denied for function begin_cert"
done
for role in fl_desk fl_worker fl_poller; do
	refuses "$role passes with no token" $role \
	    "SELECT ctx.begin_token('sess-7')" "$denied for function begin_token"
done
for other in sess-7 key-7; do
	refuses "$other is no token" fl_api "SELECT ctx.begin_token('$other')" \
	    'token invalid'
	refuses "$other is no certificate" fl_api \
	    "SELECT ctx.begin_cert('$other')" 'certificate invalid'
done

# given CHANGE CALL - what the call says after the change, which is not kept.
given() {
	echo "BEGIN; INSERT INTO ctx.family (tenant_id, user_id, can, expires_at)
	    SELECT 7, user_id, -1, now() + interval '1 h' FROM ctx.login
	     WHERE tenant_id = 7;
	    INSERT INTO ctx.token (token_hash, tenant_id, family_id, kind,
	        expires_at) SELECT sha256('one'), 7, max(family_id), 'a',
	        now() + interval '1 h' FROM ctx.family WHERE tenant_id = 7;
	    INSERT INTO ctx.device_cert (cert_hash, tenant_id, device_id, serial,
	        spki_hash, can, not_before, not_after) VALUES (sha256('der'), 7,
	        31, '', '', 3, now(), now() + interval '1 h');
	    $1; SELECT ctx.begin_$2"
}
while IFS='|' read -r title change call; do
	refuses "$title" super "$(given "$change" "$call")" "$invalid"
done << 'SQL'
a session unused for too long opens nothing|UPDATE ctx.session SET seen_at = now() - idle WHERE tenant_id = 7|session('sess-7')
a session of who is suspended opens nothing|UPDATE ctx.login SET suspended_at = now() WHERE tenant_id = 7|session('sess-7')
a session of a suspended tenant opens nothing|UPDATE ctx.tenant_home SET suspended_at = now() WHERE tenant_id = 7|session('sess-7')
a key of a suspended tenant opens nothing|UPDATE ctx.tenant_home SET suspended_at = now() WHERE tenant_id = 7|api_key('key-7')
a key that has expired opens nothing|UPDATE ctx.api_key SET expires_at = now() WHERE tenant_id = 7|api_key('key-7')
a key from another net opens nothing|UPDATE ctx.api_key SET nets = '{10.0.0.0/8}' WHERE tenant_id = 7|api_key('key-7', '11.0.0.1')
a key from nowhere opens nothing where a net is asked for|UPDATE ctx.api_key SET nets = '{0.0.0.0/0}' WHERE tenant_id = 7|api_key('key-7')
a key without its certificate opens nothing|UPDATE ctx.api_key SET cert_hash = sha256('der') WHERE tenant_id = 7|api_key('key-7')
a key with another certificate opens nothing|UPDATE ctx.api_key SET cert_hash = sha256('der') WHERE tenant_id = 7|api_key('key-7', NULL, 'other')
a token of who is suspended opens nothing|UPDATE ctx.login SET suspended_at = now() WHERE tenant_id = 7|token('one')
a token of a suspended tenant opens nothing|UPDATE ctx.tenant_home SET suspended_at = now() WHERE tenant_id = 7|token('one')
a token of a revoked family opens nothing|UPDATE ctx.family SET revoked_at = now() WHERE tenant_id = 7|token('one')
a token that has expired opens nothing|UPDATE ctx.token SET expires_at = now() WHERE tenant_id = 7|token('one')
a token that is for refreshing opens nothing|UPDATE ctx.token SET kind = 'r' WHERE tenant_id = 7|token('one')
a token bound to a certificate ends with it|UPDATE ctx.family SET cert_hash = sha256('der') WHERE tenant_id = 7; UPDATE ctx.device_cert SET revoked_at = now() WHERE tenant_id = 7|token('one')
a certificate of a suspended tenant opens nothing|UPDATE ctx.tenant_home SET suspended_at = now() WHERE tenant_id = 7|cert('der')
a certificate that has expired opens nothing|UPDATE ctx.device_cert SET not_after = now() - interval '1 s' WHERE tenant_id = 7|cert('der')
a certificate whose time has not come opens nothing|UPDATE ctx.device_cert SET not_before = now() + interval '1 h' WHERE tenant_id = 7|cert('der')
a certificate that was revoked opens nothing|UPDATE ctx.device_cert SET revoked_at = now() WHERE tenant_id = 7|cert('der')
SQL
refuses "a token has no right that its person has not" super \
    "$(given "UPDATE ctx.login SET can = 5, wide = 1 WHERE tenant_id = 7" \
    "token('one')"); SELECT $rights" '~5 1~$'
refuses "a token's session is of its own tenant" super \
    "$(given "UPDATE ctx.token SET tenant_id = 8 WHERE tenant_id = 7" \
    "token('one')"); SELECT ctx.tenant()" '~7~$'

# A touch notes that a credential was used, and is no gate.
refuses "a touch opens nothing" fl_api \
    "BEGIN; SELECT ctx.touch('key', 'key-8', NULL);
     SELECT count(*) FROM flux.device" "$none"
refuses "a touch gives no expired session its life back" super \
    "BEGIN; SELECT ctx.touch('session', 'sess-3', NULL);
     SELECT ctx.begin_session('sess-3')" 'session invalid'
refuses "nobody is touched by the hash that is kept of his secret" fl_page \
    "SELECT ctx.touch('session', sha256('sess-8'), NULL),
            ctx.touch('key', sha256('key-8'), NULL),
            ctx.touch('session', NULL, NULL)" '^f\|f\|f~$'
refuses "a touch of anything else does nothing" fl_api \
    "SELECT ctx.touch('login', 'u8@example.org', NULL)" '^f~$'
for role in fl_auth fl_worker fl_poller; do
	refuses "$role touches nothing" $role \
	    "SELECT ctx.touch('key', 'key-8', NULL)" "$denied for function touch"
done

# The audit.
refuses "an entry of the audit is of one's own tenant" super \
    "$session SELECT flux.audit_put('gate.try', 'x') > 0;
     SELECT min(tenant_id), max(tenant_id) FROM flux.audit
      WHERE act = 'gate.try'" '^7~t~7\|7~$'
refuses "and says who made it, whatever he says" super \
    "$session SELECT flux.audit_put('gate.try', 'x',
     '{\"user_id\": 8, \"tenant_id\": 8}') > 0;
     SELECT count(*) FROM flux.audit a, ctx.login l WHERE act = 'gate.try'
        AND l.tenant_id = 7 AND a.user_id = l.user_id" '^7~t~1~$'
refuses "without a context there is no entry" fl_desk \
    "SELECT flux.audit_put('gate.try', 'x')" "$none"
refuses "the login role makes none" fl_auth \
    "SELECT flux.audit_put('gate.try', 'x')" "$denied for schema flux"
for table in audit audit_head; do
	refuses "the desk writes no $table" fl_desk \
	    "$session INSERT INTO flux.$table (tenant_id) VALUES (7)" \
	    "$denied for table $table"
	refuses "the operator changes no $table" fl_admin \
	    "$admin UPDATE flux.$table SET hash = ''" "$denied for table $table"
	refuses "the operator removes no $table" fl_admin \
	    "$admin DELETE FROM flux.$table" "$denied for table $table"
done

# The roles that are new.
for table in session api_key tenant_home mac_key; do
	refuses "the login role cannot read $table" fl_auth \
	    "SELECT count(*) FROM ctx.$table" "$denied for table $table"
	refuses "nor can the desk" fl_desk \
	    "$session SELECT count(*) FROM ctx.$table" "$denied for table $table"
done
for table in site device tenant; do
	refuses "the desk changes no $table" fl_desk \
	    "$session UPDATE flux.$table SET name = 'x'" "$denied for table $table"
	refuses "the desk removes no $table" fl_desk \
	    "$session DELETE FROM flux.$table" "$denied for table $table"
done
refuses "the desk raises nobody" fl_desk \
    "$session UPDATE ctx.login SET can = -1, wide = -1" \
    "$denied for table login"
