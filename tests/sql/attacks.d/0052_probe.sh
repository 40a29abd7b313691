# 0052_probe.sh - registers that are read once; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
as super -c "INSERT INTO ctx.login (email, tenant_id, name, can, wide)
    SELECT 'probe' || t || '@example.org', t, 'probe ' || t,
           ctx.bundle('technician'), ctx.bundle('technician')
      FROM generate_series(7, 8) t;
    INSERT INTO ctx.session (token_hash, tenant_id, user_id, expires_at)
    SELECT sha256((split_part(email, '@', 1))::bytea), tenant_id, user_id,
           now() + interval '1 h' FROM ctx.login WHERE email LIKE 'probe%';
    UPDATE flux.device SET modbus_transport = 'tcp', modbus_host = 'localhost',
           profile = 'p', profile_version = '1'
     WHERE tenant_id IN (7, 8) AND key = 'd1'"
tech="BEGIN; SELECT tenant_id FROM ctx.begin_session('probe7');"
viewer="BEGIN; SELECT tenant_id FROM ctx.begin_session('sess-7');"
ask="SELECT id > 0, refused FROM flux.probe_ask('d1', 3, 0, 2)"
own=$(as super -c "SELECT max(probe_id) FROM flux.probe WHERE tenant_id = 7")
foreign=$(as super -c "SELECT max(probe_id) FROM flux.probe
    WHERE tenant_id = 8")

refuses "who may look asks for registers" fl_desk "$tech $ask" '^7~t\|~$'
refuses "who may not asks for none" fl_desk "$viewer $ask" 'needs debug:read'
refuses "once at a time" fl_desk "$tech $ask; $ask" '^7~t\|~\|busy~$'
refuses "nothing is read of what nobody polls" fl_desk \
    "$tech SELECT refused FROM flux.probe_ask('d2', 3, 0, 2)" '^7~unpolled~$'
as super -c "UPDATE flux.device SET agent_since = now() WHERE device_id = 31"
refuses "nor of what an agent polls" fl_desk \
    "$tech SELECT refused FROM flux.probe_ask('d1', 3, 0, 2)" '^7~edge~$'
as super -c "UPDATE flux.device SET agent_since = NULL WHERE device_id = 31"
refuses "nor of another tenant's device" fl_desk \
    "$tech SELECT refused FROM flux.probe_ask('e1', 3, 0, 2)" '^7~missing~$'
refuses "nor beyond the last register" fl_desk \
    "$tech SELECT flux.probe_ask('d1', 3, 65535, 2)" \
    'violates check constraint'
refuses "one's own is loaded" fl_desk \
    "$tech SELECT state FROM flux.probe_load($own)" '^7~queued~$'
refuses "not by who may not look" fl_desk \
    "$viewer SELECT count(*) FROM flux.probe_load($own)" '^7~0~$'
refuses "another tenant's is not there" fl_desk \
    "$tech SELECT count(*) FROM flux.probe_load($foreign)" '^7~0~$'
refuses "the desk reads no table of them" fl_desk "$tech SELECT 1 FROM
     flux.probe" "$denied for table probe"
refuses "nor says what was read" fl_desk \
    "$tech SELECT flux.probe_say($own, '{1,2}', NULL)" \
    "$denied for function probe_say"
refuses "what was not sent is not answered" fl_poller \
    "$poller SELECT flux.probe_say($own, '{1,2}', NULL)" '^7~f~$'
refuses "the poller takes what is queued, once" fl_poller \
    "$poller SELECT count(*) FROM flux.probe_take();
     SELECT count(*) FROM flux.probe_take()" '^7~1~0~$'
refuses "and answers it, once" fl_poller \
    "$poller SELECT count(*) FROM flux.probe_take();
     SELECT flux.probe_say($own, '{1,2}', NULL),
     flux.probe_say($own, '{1,2}', NULL)" '^7~1~t\|f~$'
refuses "with as many words as were asked for" fl_poller \
    "$poller SELECT count(*) FROM flux.probe_take();
     SELECT flux.probe_say($own, '{1}', NULL)" 'violates check constraint'
refuses "another tenant's is not its to speak of" fl_poller \
    "$poller SELECT flux.probe_say($foreign, NULL, 'no')" '^7~f~$'
refuses "without a context nobody takes any" fl_poller \
    "SELECT flux.probe_take()" "$none"
as super -c "DELETE FROM ctx.probe_due;
    UPDATE flux.device SET modbus_transport = NULL, modbus_host = NULL,
           profile = NULL, profile_version = NULL
     WHERE tenant_id IN (7, 8) AND key = 'd1';
    DELETE FROM ctx.session WHERE user_id IN (SELECT user_id FROM ctx.login
        WHERE email LIKE 'probe%');
    DELETE FROM ctx.login WHERE email LIKE 'probe%'"
