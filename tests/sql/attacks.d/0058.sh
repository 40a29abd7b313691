# 0058.sh - the registry as the planner knows it; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
for role in fl_page fl_desk fl_auth fl_api fl_ingest fl_poller fl_admin; do
	refuses "$role has nothing analysed" $role \
	    "SELECT flux.registry_analyse()" \
	    "$denied for (function registry_analyse|schema flux)"
done
for role in fl_page fl_desk fl_worker fl_admin; do
	refuses "$role does not learn to whom much came" $role \
	    "SELECT * FROM ctx.registry_came()" \
	    "$denied for function registry_came"
	refuses "nor takes it off the count" $role \
	    "SELECT ctx.registry_analysed('{7}', '{1}')" \
	    "$denied for function registry_analysed"
done
refuses "the worker analyses nothing else" fl_worker "ANALYZE flux.chunk" \
    'only table or database owner can analyze it'
