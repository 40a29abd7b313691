# 0047_command.sh - commands to devices; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
as super -c "INSERT INTO ctx.login (email, tenant_id, name, can, wide)
    SELECT 'command' || t || n || '@example.org', t, 'command ' || t || n,
           ctx.bundle('admin'), ctx.bundle('admin')
      FROM generate_series(7, 8) t, generate_series(1, 2) n;
    INSERT INTO ctx.session (token_hash, tenant_id, user_id, expires_at)
    SELECT sha256((split_part(email, '@', 1))::bytea), tenant_id, user_id,
           now() + interval '1 h' FROM ctx.login WHERE email LIKE 'command%';
    UPDATE flux.device SET modbus_transport = 'tcp', modbus_host = 'localhost'
     WHERE tenant_id IN (7, 8) AND key = 'd1'"
boss="BEGIN; SELECT tenant_id FROM ctx.begin_session('command71');"
second="BEGIN; SELECT tenant_id FROM ctx.begin_session('command72');"
viewer="BEGIN; SELECT tenant_id FROM ctx.begin_session('sess-7');"
ask="SELECT state FROM flux.command_ask('d1', 'p', 1, '', 'none', 60, 'k')"
own=$(as super -c "SELECT max(command_id) FROM flux.command
    WHERE tenant_id = 7")
foreign=$(as super -c "SELECT max(command_id) FROM flux.command
    WHERE tenant_id = 8")
two=$(as super -c "SET session_replication_role = replica;
    INSERT INTO flux.command (tenant_id, device_id, point, value,
           confirm, asked_by, expires_at, state)
    SELECT 7, d.device_id, 'q', 1, 'other', l.user_id, now() + interval '1 min',
           'waiting'
      FROM flux.device d, ctx.login l
     WHERE d.tenant_id = 7 AND d.key = 'd1' AND l.email = 'command71@example.org'
    RETURNING command_id")

refuses "who may send asks for a write" fl_desk "$boss $ask" '^7~queued~$'
refuses "who may not asks for none" fl_desk "$viewer $ask" \
    'needs commands:send'
refuses "the same key asks once, and not for another value" fl_desk \
    "$boss $ask; SELECT state FROM flux.command_ask('d1', 'p', 2, '', 'none',
     60, 'k')" 'another command has it'
refuses "nothing is written into what nobody polls" fl_desk \
    "$boss SELECT flux.command_ask('d2', 'p', 1, '', 'none', 60, NULL)" \
    'nothing can be written'
refuses "another tenant's command is not there" fl_desk \
    "$boss SELECT flux.command_confirm($foreign, false) IS NULL,
     flux.command_withdraw($foreign) IS NULL" '^7~t\|t~$'
refuses "one's own is confirmed" fl_desk \
    "$boss SELECT flux.command_confirm($own, false)" '^7~queued~$'
refuses "once" fl_desk "$boss SELECT flux.command_confirm($own, false);
     SELECT flux.command_confirm($own, false)" 'is queued and cannot'
refuses "what needs two persons nobody confirms himself" fl_desk \
    "$boss SELECT flux.command_confirm($two, false)" 'other than who asked'
refuses "nor approves his own" fl_desk \
    "$boss SELECT flux.command_confirm($two, true)" 'other than who asked'
refuses "the second person does" fl_desk \
    "$second SELECT flux.command_confirm($two, true)" '^7~queued~$'
refuses "who may not approve does not" fl_desk \
    "$viewer SELECT flux.command_confirm($two, true)" 'needs commands:approve'
refuses "the desk changes no command by itself" fl_desk \
    "$boss UPDATE flux.command SET state = 'queued'" "$denied for table command"
refuses "nor says what became of it" fl_desk \
    "$boss SELECT flux.command_say($own, 'verified', 1, NULL)" \
    "$denied for function command_say"
refuses "the poller takes what is queued for its devices" fl_poller \
    "$poller SELECT count(*) FROM flux.command_take(ARRAY[33])" '^7~0~$'
refuses "it reads no command" fl_poller "$poller SELECT 1 FROM flux.command" \
    "$denied for table command"
refuses "what was not sent is not verified" fl_poller \
    "$poller SELECT flux.command_say($own, 'verified', 1, NULL)" '^7~f~$'
refuses "another tenant's is not its to speak of" fl_poller \
    "$poller SELECT flux.command_say($foreign, 'failed', 1, NULL)" '^7~f~$'
refuses "nobody is confirmed by the table's own rule" super \
    "UPDATE flux.command SET state = 'sent' WHERE command_id = $own" \
    'violates check constraint'
refuses "the desk sees its own tenant's only" fl_desk \
    "$boss SELECT count(*), min(tenant_id), max(tenant_id)
     FROM flux.command" '^7~[0-9]+\|7\|7~$'
refuses "without a context nobody takes any" fl_poller \
    "SELECT flux.command_take(ARRAY[1])" "$none"
as super -c "DELETE FROM flux.command WHERE point <> 'canary';
    DELETE FROM ctx.command_due;
    UPDATE flux.device SET modbus_transport = NULL, modbus_host = NULL
     WHERE tenant_id IN (7, 8) AND key = 'd1';
    DELETE FROM ctx.session WHERE user_id IN (SELECT user_id FROM ctx.login
        WHERE email LIKE 'command%');
    DELETE FROM ctx.login WHERE email LIKE 'command%'"
