#!/bin/bash
# permission.test.sh - permissions are the same words in the programs and in
# the database, and roles are bundles of them.
. "$(dirname "$0")/lib.sh"
need_gate

ours=$(sed -n 's/^\tP([A-Z_]*, *"\([a-z:]*\)").*/\1/p' "$root/lib/db/can.h")
theirs=$(as super -c "SELECT name FROM ctx.permission() ORDER BY n")
claim "can.h and ctx.permission() name the same, in the same order" \
    "$ours" "${theirs:-none}"

while IFS='|' read -r role can cannot; do
	got=$(as super -c "SELECT ctx.bundle('$role')
	    & ctx.can_of('{$can}') = ctx.can_of('{$can}')
	    AND ctx.bundle('$role') & ctx.can_of('{$cannot}') = 0")
	meets "$role may $can, and not $cannot" "$got" '^t$'
done << 'LIST'
viewer|telemetry:read,exports:read|alerts:acknowledge,users:read,keys:read
operator|alerts:write,commands:send|users:write,keys:write,settings:write
technician|devices:enroll,work:write|exports:read,users:read,keys:read
admin|users:write,keys:write,audit:read|tenants:manage
platform|tenants:manage|telemetry:read,users:read,keys:write
LIST
meets "a word that is none is refused" "$(as super -c \
    "SELECT ctx.can_of('{telemetry:raed}')" 2>&1)" 'no such permission'
done_testing
