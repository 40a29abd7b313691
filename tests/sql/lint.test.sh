#!/bin/bash
# lint.test.sh - the catalogue has no finding, and the lint would have found one.
. "$(dirname "$0")/lib.sh"
need_gate

findings() {
	as super -v ON_ERROR_STOP=1 -f "$here/lint.sql" \
	    -c 'SELECT rule, object FROM pg_temp.findings()' 2>&1
}

claim "the schema as migrated has 0 findings" "$(findings)" ""
if [ -n "${PGDATABASE-}" ] && [ "$PGDATABASE" != "$GATE" ]; then
	claim "database $PGDATABASE as it runs has 0 findings" \
	    "$(GATE=$PGDATABASE findings)" ""
fi

out=$(as super -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning' \
    -f "$here/lint.sql" -f "$here/plants.sql" \
    -c 'SELECT pg_temp.plants()' 2>&1)
while read -r line; do
	case $line in
	'ok - '*) ok "${line#ok - }" ;;
	'not ok - '*) not_ok "${line#not ok - }" ;;
	*) not_ok "the planted mistakes run" "$line" ;;
	esac
done <<< "$out"
done_testing
