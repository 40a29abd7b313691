# 0029_mend.sh - a person's programs, refusals, renewals; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
program="BEGIN; INSERT INTO ctx.family (tenant_id, user_id, can, expires_at)
    SELECT s.tenant_id, s.user_id, 1, now() + interval '1 h'
      FROM ctx.session s
     WHERE s.token_hash IN (sha256('sess-7'), sha256('sess-8'));
    INSERT INTO ctx.token (token_hash, tenant_id, family_id, kind, expires_at)
    SELECT sha256(('mine-' || tenant_id)::bytea), tenant_id, family_id, 'a',
           expires_at FROM ctx.family WHERE user_id > 0;"
refuses "one sees one's own programs and no device's" super \
    "$program SELECT tenant_id FROM ctx.begin_session('sess-7');
     SELECT count(*), bool_and(family_id = (SELECT family_id FROM ctx.family
         WHERE tenant_id = 7 AND user_id > 0)) FROM ctx.programs(); ROLLBACK" \
    '^7~1\|t~$'
refuses "another's program is not ended, nor a device's" super \
    "$program SELECT tenant_id FROM ctx.begin_session('sess-7');
     SELECT bool_or(ctx.program_end(family_id)) FROM ctx.family
      WHERE tenant_id <> 7 OR user_id = 0; ROLLBACK" '^7~f~$'
refuses "one's own is, at its next request" super \
    "$program SELECT tenant_id FROM ctx.begin_token('mine-7');
     SELECT tenant_id FROM ctx.begin_session('sess-7');
     SELECT bool_and(ctx.program_end(family_id)) FROM ctx.programs();
     SELECT ctx.begin_token('mine-7')" '^7~7~t~ERROR:  token invalid'
refuses "a key is nobody, and has none of the devices'" super \
    "BEGIN; SELECT tenant_id FROM ctx.begin_api_key('key-7');
     SELECT count(*) FROM ctx.programs();
     SELECT bool_or(ctx.program_end(family_id)) FROM ctx.family; ROLLBACK" \
    '^7~0~f~$'
for call in "programs()" "program_end(7)"; do
	refuses "a page does not call ${call%%(*}" fl_page \
	    "$session SELECT ctx.$call" "$denied for function ${call%%(*}"
done

# What is told of wrong tries.
refuses "a session that is none tells nobody anything" fl_auth \
    "SELECT ctx.refused('session', encode(sha256('none'), 'hex'), NULL)" '^~$'
refuses "who tells of a session is in no tenant afterwards" super \
    "BEGIN; SELECT ctx.refused('session', encode(sha256('sess-7'), 'hex'),
     NULL); SELECT string_agg(act || ' ' || (user_id = 0), ',')
       FROM flux.audit WHERE tenant_id = 7 AND act = 'auth.refuse';
     SELECT ctx.tenant()" '^~auth.refuse true~ERROR:  no tenant context'
refuses "a wrong try writes nothing into the trail by itself" super \
    "BEGIN; SELECT ok FROM $(finish u50@example.org wrong);
     SELECT count(*) FROM flux.audit WHERE tenant_id = 50 AND act ~ 'refuse';
     ROLLBACK" '^f~0~$'

refuses "nobody of a suspended tenant confirms that it is he" super \
    "BEGIN; SELECT ctx.confirm_pass('sess-51', 'pass-51', '\\x51');
     UPDATE ctx.tenant_home SET suspended_at = now() WHERE tenant_id = 52;
     SELECT ctx.confirm_pass('sess-52', 'pass-52', '\\x52'); ROLLBACK" \
    '^t~f~$'

# What a certificate that holds gets.
ours="BEGIN; INSERT INTO ctx.tenant_ca (tenant_id, cert, ski, sealed_key,
    not_after) SELECT 60, 'ca', 's', 'k', now() + interval '1 h'
     WHERE NOT EXISTS (SELECT FROM ctx.ca_of(60));"
refuses "a renewal is for the device's own name, and leaves no context" super \
    "$ours SELECT r.device_key = d.key FROM flux.device d,
     ctx.renew_look('cert-60') r WHERE d.device_id = 5 * 60 - 4;
     SELECT ctx.tenant()" '^t~ERROR:  no tenant context'
refuses "the desk does not look for it" fl_desk \
    "$session SELECT ctx.renew_look('cert-7')" "$denied for function renew_look"

# Who may do more than it needs.
for role in fl_page fl_desk fl_api fl_ingest fl_worker fl_auth; do
	refuses "$role holds up no tenant" $role "SELECT ctx.tenant_hold(8)" \
	    "$denied for function tenant_hold"
done
for role in fl_page fl_ingest; do
	refuses "$role writes nothing into the trail" $role \
	    "BEGIN; SELECT FROM $(gate_of $role);
	     SELECT flux.audit_put('user.remove', 'user:1')" \
	    "$denied for function audit_put"
done
refuses "the desk makes no rights of its own accord" fl_desk \
    "$session SELECT flux.rights_again(1)" "$denied for function rights_again"
refuses "nor does the operator without a tenant" fl_admin \
    "SELECT flux.rights_again(1)" "$none"
for gone in key_create key_revoke; do
	claim "nothing is called $gone any more" "$(as super -c "SELECT count(*)
	    FROM pg_proc WHERE proname = '$gone'")" 0
done

# What is odd.
refuses "a context whose part is missing keeps the others' places" super \
    "BEGIN; SELECT ctx.mint(7, NULL, 'odd', 5); SELECT ctx.tenant(),
     ctx.app_role(), ctx.can(); ROLLBACK" '^~7\|odd\|5~$'
refuses "a list of less than none is empty" super \
    "BEGIN; SELECT FROM ctx.begin_admin(7);
     SELECT (SELECT count(*) FROM flux.audit_list(NULL, NULL, NULL, NULL, NULL,
     NULL, -1)), (SELECT count(*) FROM flux.audit_read(0, -1)); ROLLBACK" \
    '0\|0~$'
