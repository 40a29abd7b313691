# 0049_list.sh - lists of people, rules and what devices are told: nobody
# else's, and by nobody who may not; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
theirs=$(as super -c "SELECT import_id FROM flux.import WHERE tenant_id = 8
    ORDER BY import_id LIMIT 1")
foreign=$(as super -c "SELECT device_id FROM flux.device WHERE tenant_id = 8
    ORDER BY device_id LIMIT 1")
for role in fl_page fl_ingest fl_auth fl_api fl_worker; do
	refuses "$role invites nobody by a file" $role \
	    "SELECT flux.import_users(1, true, false, false, '{}', '{}', '{}',
	     '{}')" "$denied for (function import_users|schema flux)"
done
refuses "the desk reads no file of people by itself" fl_desk \
    "$session SELECT * FROM ctx.import_people" "$denied for table import_people"
refuses "nor another tenant's by the function" fl_desk \
    "$session SELECT count(*) FROM ctx.import_people_get($theirs)" \
    '^7~0~$|needs users:write'
refuses "the desk ends no file of people" fl_desk \
    "$session SELECT ctx.import_people_drop($theirs)" \
    "$denied for function import_people_drop"
refuses "what another's list came to is not told" fl_desk \
    "$session SELECT count(*) FROM flux.import_story(0, $theirs, 9)" \
    '^7~0~$|needs telemetry:write'
refuses "without a context no list is made" fl_desk \
    "SELECT * FROM flux.import_assets(1, false, false, '{asset}', '{X}', '{}',
     '{}', '{}', '{}', '{}', '{}', '{}')" "$none"
refuses "another tenant's device gets no rule" fl_desk \
    "$session SELECT flux.sensor_rule('d8-1', 's2', 0, 1, 'flag', NULL)" \
    '^7~f~$|needs devices:write'
refuses "nor is it told anything" fl_desk \
    "$session SELECT flux.shared_put((SELECT key FROM flux.device WHERE
     device_id = $foreign), 'x', '1')" '^7~f~$|needs devices:write'
refuses "what another tenant's device is told stays there" fl_ingest \
    "$key SELECT count(*) FROM flux.shared_own($foreign)" '^7~0~$'
refuses "a page changes no rule" fl_page \
    "$session SELECT flux.sensor_rule('x', 'y', 0, 1, 'flag', NULL)" \
    "$denied for function sensor_rule"
