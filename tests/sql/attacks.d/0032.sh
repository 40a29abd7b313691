# 0032.sh - mappings, names that wait, dead letters and replays; read by
# attacks.test.sh.
# shellcheck shell=bash disable=SC2154
as super -c "INSERT INTO ctx.login (email, tenant_id, name, can, wide)
    SELECT 'mapping' || t || '@example.org', t, 'mapping ' || t,
           ctx.bundle('admin'), ctx.bundle('admin')
      FROM generate_series(7, 8) t;
    INSERT INTO ctx.session (token_hash, tenant_id, user_id, expires_at)
    SELECT sha256(('mapping-' || tenant_id)::bytea), tenant_id, user_id,
           now() + interval '1 h' FROM ctx.login WHERE email LIKE 'mapping%';
    INSERT INTO flux.device (tenant_id, key, name, site_id)
    SELECT 8, 'only-of-8', 'canary', site_id FROM flux.site
     WHERE tenant_id = 8;
    INSERT INTO flux.dead_letter (tenant_id, at, source_id, place, code, detail,
           body, device, sensor)
    SELECT t, now(), 5 * t - 4, 'x', 'unknown_sensor', '', 'canary', 'dx', 'sx'
      FROM generate_series(7, 8) t"
foreign=$(as super -c "SELECT max(dead_id) FROM flux.dead_letter
    WHERE tenant_id = 8")
own=$(as super -c "SELECT max(dead_id) FROM flux.dead_letter
    WHERE tenant_id = 7")
boss="BEGIN; SELECT tenant_id FROM ctx.begin_session('mapping-7');"
viewer="BEGIN; SELECT tenant_id FROM ctx.begin_session('sess-7');"
target=$(as super -c "SELECT d.key || '/' || s.key FROM flux.device d
    JOIN flux.sensor s USING (tenant_id, device_id)
    WHERE d.tenant_id = 7 AND d.key = 'd1' ORDER BY s.key LIMIT 1")

refuses "a name is mapped to a sensor behind the gateway" fl_desk \
    "$boss SELECT flux.mapping_put('d0', 'a', 'b', '$target', 1, 0);
     SELECT count(*) FROM flux.mapping WHERE device = 'a'" '^7~t~1~$'
refuses "and to none of a device that is not behind it" fl_desk \
    "$boss SELECT flux.mapping_put('d1', 'a', 'b', 'd2/s0', 1, 0)" \
    'no such sensor is behind'
refuses "nor to one of another tenant" fl_desk \
    "$boss SELECT flux.mapping_put('d0', 'a', 'b', 'only-of-8/s0', 1, 0)" \
    'no such sensor is behind'
refuses "another tenant's gateway is not there" fl_desk \
    "$boss SELECT flux.mapping_put('only-of-8', 'a', 'b', '', 1, 0),
     flux.mapping_drop('only-of-8', 'a', 'b'),
     flux.adopt('only-of-8', 'a', 'b', 'x', 'y', 'z', '', 'gauge') IS NULL,
     flux.intake_rule_put('only-of-8', 'shift', '', '', 'auto')" \
    '^7~f\|f\|t\|f~$'
refuses "who may not change devices maps nothing" fl_desk \
    "$viewer SELECT flux.mapping_put('d0', 'a', 'b', '', 1, 0)" \
    'needs devices:write'
refuses "nor adopts" fl_desk \
    "$viewer SELECT flux.adopt('d0', 'a', 'b', 'x', 'y', 'z', '', 'gauge')" \
    'needs devices:write'
refuses "nor replays" fl_desk "$viewer SELECT flux.replay_ask(ARRAY[$own])" \
    'needs devices:write'
refuses "nor drops" fl_desk "$viewer SELECT flux.dead_drop(ARRAY[$own])" \
    'needs devices:write'
refuses "one's own letter is replayed" fl_desk \
    "$boss SELECT flux.replay_ask(ARRAY[$own])" '^7~1~$'
refuses "another tenant's letter is not" fl_desk \
    "$boss SELECT flux.replay_ask(ARRAY[$foreign]),
     flux.dead_drop(ARRAY[$foreign])" '^7~0\|0~$'
refuses "the desk changes no letter by itself" fl_desk \
    "$boss UPDATE flux.dead_letter SET state = 'dropped'" \
    "$denied for table dead_letter"
refuses "nor an order" fl_desk \
    "$boss DELETE FROM flux.replay_order" "$denied for table replay_order"
refuses "a page sees no order" fl_page \
    "$viewer SELECT * FROM flux.replay_order" "$denied for table replay_order"
refuses "nobody replays a name beside its adoption" fl_desk \
    "$boss SELECT flux.replay_name(31, 'a', 'b')" \
    "$denied for function replay_name"
refuses "nor sets a mapping without a check" fl_desk \
    "$boss SELECT flux.mapping_set(flux.source_of('d0'), 'a', 'b', 1, 1, 0)" \
    "$denied for function (mapping_set|source_of)"
refuses "a gateway notes a stranger of its tenant" fl_ingest \
    "$key SELECT flux.stranger_note(31, 1::smallint, '{a}', '{b}', '{1}',
     '{m}')" '^7~~$'
refuses "and none of another's gateway" fl_ingest \
    "$key SELECT flux.stranger_note(36, 1::smallint, '{a}', '{b}', '{1}',
     '{m}')" 'violates foreign key|stranger_tenant_id_source_id_fkey'
refuses "ingest reads no name that waits" fl_ingest \
    "$key SELECT * FROM flux.stranger" "$denied for table stranger"
refuses "without a context nobody notes" fl_ingest \
    "SELECT flux.stranger_note(31, 1::smallint, '{a}', '{b}', '{1}', '{m}')" \
    "$none"
refuses "the worker sees its tenant's orders only" fl_worker \
    "$worker SELECT count(*), min(tenant_id), max(tenant_id)
     FROM flux.replay_order" '^7~1\|7\|7~$'
as super -c "DELETE FROM flux.dead_letter WHERE device = 'dx';
    DELETE FROM flux.device WHERE key = 'only-of-8';
    DELETE FROM ctx.session WHERE user_id IN (SELECT user_id FROM ctx.login
        WHERE email LIKE 'mapping%');
    DELETE FROM ctx.login WHERE email LIKE 'mapping%'"
