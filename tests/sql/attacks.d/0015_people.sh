# 0015_people.sh - second factors, links, sessions; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
for table in factor recovery ticket throttle; do
	for role in fl_auth fl_desk fl_page; do
		refuses "$role cannot read ctx.$table" $role \
		    "SELECT 1 FROM ctx.$table" "$denied for table $table"
	done
done

# A session that waits for its code.
refuses "a session that waits for its code opens no gate" fl_desk \
    "SELECT ctx.begin_session('wait-20')" 'session invalid'
refuses "nor does it confirm anything" fl_auth \
    "SELECT ctx.confirm_pass('wait-20', 'pass-20', '\\x01')" '^f~$'
refuses "an open session has no factor to begin with" fl_auth \
    "SELECT count(*) FROM ctx.factor_begin('sess-20')" '^0~$'
refuses "who has a factor waits for its code after the password" fl_auth \
    "BEGIN; SELECT ok, stage FROM $(finish u20@example.org pass-20);
     ROLLBACK" '^t\|code~$'
refuses "a code counts once, and so does an older one" fl_auth \
    "BEGIN; SELECT ctx.factor_pass('wait-20', 100, NULL, '\\x02');
     SELECT ctx.factor_pass('wait-20', 99, NULL, '\\x02');
     SELECT ctx.factor_pass('wait-20', 101, NULL, '\\x02');
     SELECT ctx.factor_pass('wait-20', 102, NULL, '\\x02'); ROLLBACK" \
    '^f~f~t~f~$'
refuses "a wrong code is no code" fl_auth \
    "BEGIN; SELECT ctx.factor_pass('wait-20', NULL, NULL, '\\x02');
     ROLLBACK" '^f~$'
refuses "after three wrong codes the right one has to wait" super \
    "BEGIN; SELECT ctx.factor_pass('wait-21', NULL, 'x', '\\x02')
     FROM generate_series(1, 3); $(waits u21@example.org)
     SELECT ctx.factor_pass('wait-21', 101, NULL, '\\x02'); ROLLBACK" \
    '^f~f~f~61~f~$'
refuses "and so has the next sign-in: the password is no way around" super \
    "BEGIN; SELECT ctx.factor_pass('wait-21', NULL, 'x', '\\x02')
     FROM generate_series(1, 3); $(waits u21@example.org)
     SELECT ok FROM $(finish u21@example.org pass-21); ROLLBACK" \
    '^f~f~f~61~f~$'
refuses "another's recovery code is none" fl_auth \
    "BEGIN; SELECT ctx.factor_pass('wait-22', NULL, 'code-23', '\\x02');
     SELECT ctx.factor_pass('wait-22', NULL, 'code-22', '\\x02'); ROLLBACK" \
    '^f~t~$'
refuses "a recovery code counts once" super \
    "BEGIN; SELECT ctx.factor_pass('wait-22', NULL, 'code-22', '\\x02');
     UPDATE ctx.session SET stage = 'code'
      WHERE token_hash = '\\x02';
     UPDATE ctx.session SET token_hash = sha256('again')
      WHERE token_hash = '\\x02';
     SELECT ctx.factor_pass('again', NULL, 'code-22', '\\x02'); ROLLBACK" \
    '^t~f~$'
refuses "who is suspended passes with no code" super \
    "BEGIN; UPDATE ctx.login SET suspended_at = now() WHERE tenant_id = 24;
     SELECT ctx.factor_pass('wait-24', 101, NULL, '\\x02');
     SELECT ok FROM $(finish u24@example.org pass-24); ROLLBACK" '^f~f~$'
refuses "a code that was right opens another session than the one waiting" \
    super "BEGIN; SELECT ctx.factor_pass('wait-25', 101, NULL, sha256('new'));
     SELECT cred > 0 FROM ctx.begin_session('new');
     SELECT ctx.begin_session('wait-25')" '^t~t~ERROR:  session invalid'
refuses "signing in leaves no context behind" fl_auth \
    "BEGIN; SELECT ok FROM $(finish u7@example.org pass-7);
     SELECT length(current_setting('app.ctx'))" '^t~0~$'

# Links.
refuses "a link that is over, was used or never was shows nothing" fl_auth \
    "SELECT count(*) FROM (VALUES ('link-31'), ('link-32'), ('link-8'))
     AS v (t), ctx.ticket_take(t::bytea)" '^0~$'
refuses "nor does it set a password" fl_auth \
    "SELECT bool_or(ctx.ticket_spend(t::bytea, sha256('x')))
     FROM (VALUES ('link-31'), ('link-32'), ('link-8')) AS v (t)" '^f~$'
refuses "a link counts once, and ends every session" super \
    "BEGIN; SELECT ctx.ticket_spend('link-33', sha256('new')),
            ctx.ticket_spend('link-33', sha256('newer'));
     SELECT count(*) FROM ctx.session WHERE tenant_id = 33;
     SELECT ok FROM $(finish u33@example.org new); ROLLBACK" '^t\|f~0~t~$'
refuses "who may not write users makes no link" fl_desk \
    "$session SELECT ctx.ticket_make(ctx.user_id(), '\\x01')" \
    'needs users:write'
refuses "the page's role makes none at all" fl_page \
    "$session SELECT ctx.ticket_make(8, '\\x01')" \
    "$denied for function ticket_make"
boss="BEGIN; UPDATE ctx.login SET can = ctx.bundle('admin'),
    wide = ctx.bundle('admin') WHERE tenant_id = 7;
    SELECT tenant_id FROM ctx.begin_session('sess-7');"
refuses "an administrator makes no link for another tenant's person" super \
    "$boss SELECT count(*) FROM ctx.login l,
     ctx.ticket_make(l.user_id, '\\x01') WHERE l.tenant_id = 8" '^7~0~$'
refuses "nor for his own who may do more than he" super \
    "$boss UPDATE ctx.login SET can = -1 WHERE tenant_id = 7;
     SELECT ctx.ticket_make(ctx.user_id(), '\\x01')" 'may do more'

# Sessions.
refuses "one sees one's own sessions only" fl_desk \
    "$session SELECT count(*), bool_and(this) FROM ctx.sessions()" '^7~1\|t~$'
refuses "another's session cannot be ended" super \
    "$boss SELECT bool_or(ctx.session_end(session_id)) FROM ctx.session
     WHERE tenant_id = 8" '^7~f~$'
refuses "nor all of another's" super \
    "$boss SELECT bool_or(ctx.sessions_end(user_id)) FROM ctx.login
     WHERE tenant_id = 8" '^7~f~$'
refuses "a key has no sessions and no account" super \
    "BEGIN; SELECT tenant_id FROM ctx.begin_api_key('key-7');
     SELECT count(*) FROM ctx.sessions();
     SELECT count(*) FROM ctx.factor_own();
     SELECT ctx.factor_put('x')" '^7~0~0~f~$'
refuses "a factor in force is not replaced, it is removed first" super \
    "BEGIN; SELECT tenant_id FROM ctx.begin_session('sess-26');
     SELECT ctx.factor_put('other');
     SELECT ctx.factor_codes(1, ARRAY['x'::bytea]);
     SELECT ctx.factor_drop(ctx.user_id()); SELECT ctx.factor_put('other');
     ROLLBACK" '^26~f~f~t~t~$'
refuses "the password is changed by who knows it" super \
    "BEGIN; SELECT tenant_id FROM ctx.begin_session('sess-27');
     SELECT ctx.password_set('wrong', sha256('new'));
     SELECT ctx.password_set('pass-27', sha256('new'));
     SELECT count(*) FROM ctx.session WHERE tenant_id = 27; ROLLBACK" \
    '^27~f~t~1~$'

# What an address gives away.
claim "an address that several tenants know has one salt" "$(as super -c \
    "BEGIN; UPDATE ctx.login SET salt = NULL WHERE tenant_id = 41;
     SELECT ctx.login_begin('u40@example.org')
          = (SELECT salt FROM ctx.login WHERE tenant_id = 40);
     UPDATE ctx.login SET email = 'u40@example.org' WHERE tenant_id = 41;
     SELECT ctx.login_begin('u40@example.org')
          = (SELECT salt FROM ctx.login WHERE tenant_id = 40);
     ROLLBACK")" $'t\nt'
refuses "one password in two tenants asks which, and only who knows it" super \
    "BEGIN; UPDATE ctx.login SET email = 'both@example.org', verifier =
     sha256('both') WHERE tenant_id IN (42, 43);
     SELECT ok, tenants FROM $(finish both@example.org both);
     SELECT ok, tenants FROM $(finish both@example.org wrong);
     SELECT ok, tenants FROM ctx.login_finish('both@example.org', 'both',
     '\\x01', 43, NULL, NULL);
     SELECT ok, tenants FROM ctx.login_finish('both@example.org', 'both',
     '\\x02', 44, NULL, NULL); ROLLBACK" \
    '^f\|\{42,43\}~f\|~t\|\{43\}~f\|~$'
tries() { # N: wrong ones, of a known address and of another
	echo "SELECT count((ctx.login_finish(a, 'wrong', '\\x01', NULL, NULL,
	    NULL)).ok) FROM generate_series(1, $1),
	    (VALUES ('u45@example.org'), ('none@example.org')) AS v (a);"
}
claim "an unknown address waits as a known one does" "$(as super -c \
    "BEGIN; $(tries 3) $(waits u45@example.org) $(waits none@example.org)
     $(tries 2) SELECT count(*) FROM ctx.throttle WHERE failures = 3;
     ROLLBACK")" $'6\n61\n61\n4\n2'
