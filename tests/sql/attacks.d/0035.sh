# 0035.sh - imports: of nobody else, and by nobody who may not; read by
# attacks.test.sh.
# shellcheck shell=bash disable=SC2154
theirs=$(as super -c "SELECT import_id FROM flux.import WHERE tenant_id = 8")
for role in fl_page fl_ingest fl_auth; do
	refuses "$role opens no import" $role \
	    "SELECT flux.import_list(0, NULL, NULL, 9)" \
	    "$denied for (function import_list|schema flux)"
done
refuses "the desk reads no import by itself" fl_desk \
    "$session SELECT * FROM flux.import" "$denied for table import"
refuses "without a context there is no import" fl_desk \
    "SELECT * FROM flux.import_list(0, NULL, NULL, 9)" "$none"
refuses "imports of another tenant are not listed" fl_desk \
    "$session SELECT count(*) FROM flux.import_list(0, $theirs, NULL, 9)" \
    '^7~0~$|needs telemetry:write'
refuses "its file is not read" fl_desk \
    "$session SELECT flux.import_file(0, $theirs) IS NULL" \
    't~$|needs telemetry:write'
refuses "nor decided on" fl_desk \
    "$session SELECT flux.import_decide(0, $theirs, NULL, 'cancelled') IS NULL" \
    't~$|needs telemetry:write'
refuses "the worker sees one tenant's" fl_worker \
    "$worker SELECT count(*), count(*) FILTER (WHERE tenant_id <> 7)
     FROM flux.import" '^7~1\|0~$'
refuses "and ends no other's" fl_worker \
    "$worker UPDATE flux.import SET state = 'done' WHERE tenant_id = 8
     RETURNING 1" '^7~$'
refuses "the desk makes itself no turn" fl_desk \
    "$session SELECT ctx.import_ask(1)" "$denied for function import_ask"
refuses "no page learns whose turn it is" fl_desk \
    "$session SELECT * FROM ctx.import_next()" \
    "$denied for function import_next"
