# 0051_edge.sh - edge agents; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
run=0123456789abcdef0123456789abcdef
made=$(as super -c "SET session_replication_role = replica;
    INSERT INTO flux.command (tenant_id, device_id, point, value,
           confirm, asked_by, expires_at, state, taken_by)
    SELECT t, 5 * t - 3, 'edge', i, 'none', 0, now() + interval '1 min',
           CASE i WHEN 1 THEN 'queued' ELSE 'sent' END,
           CASE i WHEN 2 THEN '$run' END
      FROM generate_series(7, 8) t, generate_series(1, 2) i
    RETURNING command_id")
mapfile -t numbers <<< "$made"
take="SELECT count(*), min(device), max(want)
    FROM flux.edge_command_take"
say="SELECT flux.edge_command_say"

refuses "a gateway takes what is queued behind it, and what was lost" fl_ingest \
    "$key $take(31, '$run', '{}', 9)" '^7~2\|32\|2~$'
refuses "what it holds does not come again" fl_ingest \
    "$key $take(31, '$run', '{${numbers[1]}}', 9)" '^7~1\|32\|1~$'
refuses "nor to another run what one has taken" fl_ingest \
    "$key $take(31, '${run//0/f}', '{}', 9)" '^7~1\|32\|1~$'
refuses "a device behind it takes its own only" fl_ingest \
    "$key $take(33, '$run', '{}', 9)" '^7~0\|\|~$'
refuses "another tenant's gateway has nothing here" fl_ingest \
    "$key $take(36, '$run', '{}', 9)" '^7~0\|\|~$'
refuses "no gateway is none" fl_ingest "$key $take(0, '$run', '{}', 9)" \
    '^7~0\|\|~$'
refuses "a run says what became of what it has taken" fl_ingest \
    "$key $say(31, '$run', '{${numbers[1]}}', '{verified}', '{2}', '{\"\"}')" \
    '^7~1~$'
refuses "not of what nobody has" fl_ingest \
    "$key $say(31, '$run', '{${numbers[0]}}', '{verified}', '{2}', '{\"\"}')" \
    '^7~0~$'
refuses "not of another run's" fl_ingest \
    "$key $say(31, '${run//0/f}', '{${numbers[1]}}', '{failed}', '{2}', '{x}')" \
    '^7~0~$'
refuses "not of another gateway's" fl_ingest \
    "$key $say(33, '$run', '{${numbers[1]}}', '{failed}', '{2}', '{x}')" '^7~0~$'
refuses "not of another tenant's" fl_ingest \
    "$key $say(31, '$run', '{${numbers[3]}}', '{failed}', '{2}', '{x}')" '^7~0~$'
refuses "and no state that there is not" fl_ingest \
    "$key $say(31, '$run', '{${numbers[1]}}', '{queued}', '{2}', '{x}')" '^7~0~$'
refuses "nothing is said of units that are not behind it" fl_ingest \
    "$key SELECT flux.edge_health_put(31, '[{\"device\": 37}]')" '^7~0~$'
refuses "ingest takes no command past the gateway" fl_ingest \
    "$key SELECT flux.command_take('{32}')" "$denied for function command_take"
refuses "the desk takes none at all" fl_desk \
    "$session $take(31, '$run', '{}', 9)" "$denied for function edge_command_take"
refuses "without a context nobody does" fl_ingest "$take(31, '$run', '{}', 9)" \
    "$none"
refuses "who asks for commands is known as an agent" fl_ingest \
    "$key $take(31, '$run', '{}', 0); SELECT count(agent_since) FROM flux.device
     WHERE device_id IN (31, 32)" '^7~0\|\|~1~$'
local="SELECT count(*) FROM flux.command_take('{31,32}')"
refuses "without an agent the poller of the cell takes them" fl_poller \
    "$poller $local" '^7~1~$'
as super -c "UPDATE flux.device SET agent_since = now() WHERE device_id = 31"
refuses "what an agent polls it takes no command for" fl_poller \
    "$poller $local" '^7~0~$'
as super -c "UPDATE flux.device SET agent_since = NULL WHERE device_id = 31"
as super -c "DELETE FROM flux.command WHERE point = 'edge'"
# ---- signed plans ----
desk="BEGIN; SELECT tenant_id FROM ctx.begin_session('edge7');"
as super -c "INSERT INTO ctx.login (email, tenant_id, name, can, wide)
    VALUES ('edge7@example.org', 7, 'edge', ctx.bundle('admin'),
            ctx.bundle('admin'));
    INSERT INTO ctx.session (token_hash, tenant_id, user_id, expires_at)
    SELECT sha256('edge7'), tenant_id, user_id, now() + interval '1 h'
      FROM ctx.login WHERE email = 'edge7@example.org'"

refuses "a gateway is offered its own plan" fl_ingest \
    "$key SELECT called, version, manifest FROM flux.plan_offer(31)" \
    '^7~d0\|1\|canary 7~$'
refuses "and none of another tenant's" fl_ingest \
    "$key SELECT count(*) FROM flux.plan_offer(36)" '^7~0~$'
refuses "it says what became of its own" fl_ingest \
    "$key SELECT flux.plan_say(31, 1, 'applied', '')" '^7~t~$'
refuses "not of another tenant's" fl_ingest \
    "$key SELECT flux.plan_say(36, 1, 'confirmed', '')" '^7~f~$'
refuses "nor any state that it likes" fl_ingest \
    "$key SELECT flux.plan_say(31, 1, 'offered', '')" '^7~f~$'
refuses "ingest reads no plan by itself" fl_ingest \
    "$key SELECT 1 FROM flux.plan" "$denied for table plan"
refuses "nor the key that signs" fl_ingest \
    "$key SELECT ctx.plan_key_own()" "$denied for function plan_key_own"
refuses "whoever keeps the tenant sees its plans only" fl_desk \
    "$desk SELECT count(*), min(tenant_id), max(note) FROM flux.plan" \
    '^7~1\|7\|canary 7~$'
refuses "and gets its own key" fl_desk \
    "$desk SELECT public FROM ctx.plan_key_own()" '^7~.x63610007~$'
refuses "who may not change devices gets none" fl_desk \
    "$session SELECT ctx.plan_key_own()" 'needs devices:write'
refuses "nor makes one" fl_desk \
    "$session SELECT ctx.plan_key_put('a', 'b')" 'needs devices:write'
refuses "a key is made once" fl_desk \
    "$desk SELECT ctx.plan_key_put('a', 'b')" 'duplicate key'
refuses "who may not makes no version" fl_desk \
    "$session SELECT flux.plan_put(31, 2, 2, '', '[]', 'x', true)" \
    'needs devices:write'
refuses "another tenant's gateway has no next version" fl_desk \
    "$desk SELECT count(*) FROM flux.plan_next('d8-none')" '^7~0~$'
refuses "no version goes to another tenant's gateway" fl_desk \
    "$desk SELECT flux.plan_put(36, 2, 2, '', '[]', 'x', true)" \
    'violates foreign key'
refuses "who may not neither pauses nor goes on" fl_desk \
    "$session SELECT flux.rollout_go(1, false)" 'needs devices:write'
refuses "who may pauses his own" fl_desk \
    "$desk SELECT flux.rollout_go(1, false)" '^7~1~$'
refuses "nobody writes a plan past the functions" fl_desk \
    "$desk UPDATE flux.plan SET state = 'offered'" "$denied for table plan"
refuses "the last fifty plans stay, where none was ever confirmed" super \
    "$desk SELECT count(flux.plan_put(31, n, n, '', '[]', 'x', true)::text)
       FROM generate_series(2, 60) n;
     SELECT count(*), min(version), max(version) FROM flux.plan
      WHERE tenant_id = 7; ROLLBACK" '^7~59~50\|11\|60~$'
refuses "and the one that was confirmed last" super \
    "$desk UPDATE flux.plan SET state = 'confirmed' WHERE tenant_id = 7;
     SELECT count(flux.plan_put(31, n, n, '', '[]', 'x', true)::text)
       FROM generate_series(2, 60) n;
     SELECT count(*), min(version) FROM flux.plan WHERE tenant_id = 7;
     ROLLBACK" '^7~59~51\|1~$'
refuses "who asks for the next rollout comes after who did before" super \
    "$desk SELECT rollout FROM flux.plan_next('d0');
     SELECT count(*) FROM pg_locks WHERE relation = 'ctx.tenant_home'::regclass
        AND pid = pg_backend_pid() AND mode = 'RowShareLock'; ROLLBACK" \
    '^7~2~1~$'
refuses "a page reads no plan" fl_page "$session SELECT 1 FROM flux.plan" \
    "$denied for table plan"
refuses "pages sign nothing" fl_page \
    "$session SELECT ctx.plan_key_own()" "$denied for function plan_key_own"
as super -c "DELETE FROM ctx.session WHERE user_id IN (SELECT user_id
        FROM ctx.login WHERE email = 'edge7@example.org');
    DELETE FROM ctx.login WHERE email = 'edge7@example.org'"
