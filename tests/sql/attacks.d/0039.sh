# 0039.sh - what an import makes; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
make="flux.import_make('s8', 0, '{m}', '{p}', '{p}', '{bar}', '{0}', '{NaN}')"
for role in fl_page fl_ingest fl_worker; do
	refuses "$role makes no device by an import" $role "SELECT $make" \
	    "$denied for (function import_make|schema flux)"
done
refuses "without a context an import makes nothing" fl_desk "SELECT $make" \
    "$none"
refuses "nor at another tenant's site, nor for who may not" fl_desk \
    "$session SELECT $make" 'there is no site of this key|needs devices:write'
