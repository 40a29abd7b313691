# 0054_agent.sh - the way back from an edge agent; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
as super -c "UPDATE flux.device SET agent_since = now() - interval '9 days'
    WHERE device_id IN (31, 36)" > /dev/null
heard="SELECT count(*), bool_and(lost) FROM flux.agent_of"
refuses "of another tenant's device no agent is known" fl_page \
    "$session $heard(36)" '^7~0\|~$'
refuses "of one's own it is, whose units were told of lately" fl_page \
    "$session $heard(31)" '^7~1\|f~$'
refuses "without a context nobody knows of any" fl_page "$heard(31)" "$none"
refuses "a page lets none go" fl_page \
    "$session SELECT flux.agent_release('d1')" \
    "$denied for function agent_release"
refuses "ingest lets none go" fl_ingest \
    "$key SELECT flux.agent_release('d1')" "$denied for function agent_release"
refuses "the desk does not ask for all" fl_desk \
    "$session SELECT flux.agent_list()" "$denied for function agent_list"
refuses "without a context nobody lets one go" fl_desk \
    "SELECT flux.agent_release('d1')" "$none"
as super -c "UPDATE flux.device SET agent_since = NULL
    WHERE device_id IN (31, 36)" > /dev/null
