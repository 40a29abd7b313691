# 0025_mail.sh - the outbox, and second factors that must be; read by
# attacks.test.sh.  User 50 must have a factor and has none: his session
# 'sess-50' waits; user 51's tenant asks of administrators only.
# shellcheck shell=bash disable=SC2154
for role in fl_page fl_desk fl_auth fl_worker fl_admin; do
	refuses "$role cannot read ctx.mail" $role "SELECT 1 FROM ctx.mail" \
	    "$denied for table mail"
	refuses "$role puts nothing into it" $role \
	    "SELECT ctx.mail_put(8, 8, 'reset')" "$denied for function mail_put"
done
for role in fl_page fl_desk fl_auth fl_api fl_ingest; do
	refuses "$role takes no mail" $role "SELECT ctx.mail_take('\\x01')" \
	    "$denied for function mail_take"
	refuses "$role learns no address" $role "SELECT ctx.mail_address(8)" \
	    "$denied for function mail_address"
done
refuses "a tenant's worker learns no address of another's" super \
    "BEGIN; SELECT tenant_id FROM ctx.begin_worker(7);
     SELECT count(ctx.mail_address(user_id)) FROM ctx.login
      WHERE tenant_id = 8" '^7~0~$'
refuses "and takes and notes no mail of another's" super \
    "BEGIN; INSERT INTO ctx.mail (tenant_id, user_id, kind)
     SELECT 8, user_id, 'reset' FROM ctx.login WHERE tenant_id = 8;
     SELECT tenant_id FROM ctx.begin_worker(7);
     SELECT count(*) FROM ctx.mail_take('\\x01');
     SELECT count(ctx.mail_sent(mail_id)) > 0,
            count(ctx.mail_failed(mail_id, 'x', true)) = 0
       FROM ctx.mail WHERE tenant_id = 8;
     SELECT DISTINCT sent_at IS NULL, why IS NULL, next_at < 'infinity'
       FROM ctx.mail WHERE tenant_id = 8; ROLLBACK" '^7~0~[tf|]+~t\|t\|t~$'
refuses "who may not write users invites nobody by mail" fl_desk \
    "$session SELECT ctx.mail_invite(ctx.user_id())" 'needs users:write'
refuses "an administrator mails to nobody of another tenant" super \
    "$boss UPDATE ctx.login SET verifier = NULL WHERE tenant_id = 8;
     SELECT bool_or(ctx.mail_invite(user_id)) FROM ctx.login
      WHERE tenant_id = 8" '^7~f~$'
refuses "a hundred who ask make three mails an hour" super \
    "BEGIN; SELECT count(ctx.mail_forgot('u52@example.org')),
            count(ctx.mail_forgot('none@example.org'))
       FROM generate_series(1, 50);
     UPDATE ctx.mail SET tries = 1 WHERE tenant_id = 52;
     SELECT count(ctx.mail_forgot('U52@example.org'))
       FROM generate_series(1, 50);
     UPDATE ctx.mail SET tries = 1, sent_at = now() WHERE tenant_id = 52;
     SELECT count(ctx.mail_forgot('u52@example.org'))
       FROM generate_series(1, 50);
     UPDATE ctx.mail SET tries = 1 WHERE tenant_id = 52;
     SELECT count(ctx.mail_forgot('u52@example.org'))
       FROM generate_series(1, 50);
     SELECT count(*) FROM ctx.mail WHERE tenant_id = 52; ROLLBACK" \
    '^50\|50~50~50~50~3~$'
refuses "one who asks leaves no address behind, known or not" super \
    "BEGIN; SELECT ctx.mail_forgot('u52@example.org');
     SELECT count(*) FROM ctx.mail m, ctx.throttle t
      WHERE to_jsonb(m)::text || to_jsonb(t)::text LIKE '%example%';
     ROLLBACK" '^~0~$'

# Who must have a second factor.
refuses "before it is set up a session opens no gate" fl_desk \
    "SELECT ctx.begin_session('sess-50')" 'session invalid'
refuses "nor does it confirm anything, nor become a token" fl_auth \
    "SELECT ctx.confirm_pass('sess-50', 'pass-50', '\\x01');
     SELECT subject IS NULL FROM ctx.person_open('sess-50', '\\x01', '\\x02')" \
    '^f~t~$'
refuses "signing in again is no way around" super \
    "BEGIN; SELECT ok FROM $(finish u50@example.org pass-50);
     SELECT DISTINCT stage FROM ctx.session WHERE tenant_id = 50" \
    '^t~factor~$'
refuses "whoever writes open writes factor" super \
    "BEGIN; UPDATE ctx.session SET stage = 'open' WHERE tenant_id = 50;
     SELECT stage FROM ctx.session WHERE tenant_id = 50; ROLLBACK" '^factor~$'
refuses "an open session sets up nothing this way" fl_auth \
    "SELECT count(*) FROM ctx.setup_look('sess-7');
     SELECT ctx.setup_put('sess-7', 'x');
     SELECT ctx.setup_pass('sess-7', 1, '{}', '\\x01')" '^0~f~f~$'
refuses "nor does one that waits for a code" fl_auth \
    "SELECT count(*) FROM ctx.setup_look('wait-20');
     SELECT ctx.setup_put('wait-20', 'x');
     SELECT ctx.setup_pass('wait-20', 1, '{}', '\\x01')" '^0~f~f~$'
refuses "without a secret there is nothing to be confirmed" fl_auth \
    "SELECT ctx.setup_pass('sess-50', 1, '{}', '\\x01')" '^f~$'
refuses "set up, another session is open and this one gone" super \
    "BEGIN; SELECT ctx.setup_put('sess-50', 'sealed');
     SELECT ctx.setup_pass('sess-50', 1, ARRAY['a'::bytea], sha256('new'));
     SELECT ctx.setup_pass('sess-50', 2, ARRAY['a'::bytea], sha256('newer'));
     SELECT tenant_id FROM ctx.begin_session('new');
     SELECT ctx.begin_session('sess-50')" \
    '^t~t~f~50~ERROR:  session invalid'
refuses "administrators are asked, others are not" super \
    "BEGIN; SELECT stage FROM ctx.session WHERE tenant_id = 51;
     UPDATE ctx.login SET can = ctx.bundle('admin') WHERE tenant_id = 51;
     SELECT stage FROM ctx.session WHERE tenant_id = 51;
     UPDATE ctx.login SET can = ctx.bundle('viewer') WHERE tenant_id = 51;
     SELECT stage FROM ctx.session WHERE tenant_id = 51; ROLLBACK" \
    '^open~factor~open~$'
refuses "who may not write settings asks nobody" fl_desk \
    "$session SELECT ctx.settings_signin_put(12, 'nobody')" \
    'needs settings:write'
