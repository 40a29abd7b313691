#!/bin/bash
# probe.test.sh - every runtime role against every relation: tenant 7 reaches
# nothing of tenant 8.  No list of relations is kept here; a role that is not
# in gate_of fails the test.  Says "probes N leaks N".
. "$(dirname "$0")/lib.sh"
need_gate

probe() {
	as "$1" -v gate="$(gate_of "$1")" -f "$here/probe.sql" 2>&1
}

probes_of() {
	awk '$(NF - 1) == "probes" { n += $NF } END { print n + 0 }' <<< "$1"
}

roles=$(as super -c "SELECT rolname FROM pg_roles WHERE rolname LIKE 'fl\_%'
    AND rolcanlogin AND rolname <> 'fl_migrator' ORDER BY 1")
claim "tenant 8 has rows in every relation" "$(as super -c \
    "SELECT c.oid::regclass FROM pg_class c
      WHERE relnamespace = 'flux'::regnamespace AND relkind IN ('r', 'p', 'v')
        AND NOT EXISTS (SELECT FROM probe.sample
                         WHERE relation = c.oid::regclass::text)")" ""
probes=0
leaks=0
for role in $roles; do
	out=$(probe "$role")
	n=$(probes_of "$out")
	bad=$(grep -v 'INFO:  probes' <<< "$out")
	probes=$((probes + n))
	[ -z "$bad" ] || leaks=$((leaks + $(wc -l <<< "$bad")))
	if [ "$n" -gt 100 ]; then
		claim "$role reaches nothing of another tenant, $n probes" "$bad" ""
	else
		not_ok "$role can be probed" "$out"
	fi
done
echo "# probes $probes leaks $leaks"
if [ "$probes" -ge 300 ] && [ "$leaks" = 0 ]; then
	ok "$probes probes, 0 leaks"
else
	not_ok "at least 300 probes and 0 leaks" "probes $probes leaks $leaks"
fi

# The probe is able to see a leak: each of these is one.
original=$GATE
plant() { # ROLE RELATION MISTAKE
	GATE=postgres as super -c 'SET client_min_messages = warning' \
	    -c "DROP DATABASE IF EXISTS ${original}_leak WITH (FORCE)" \
	    -c "CREATE DATABASE ${original}_leak TEMPLATE $original"
	GATE=${original}_leak
	as super -f "$root/sql/roles.sql" -c "$3" > /dev/null 2>&1
	meets "the probe sees: ${3//$'\n'    / }" "$(probe "$1")" \
	    "leak: $1: [^~]* on flux.$2:"
	GATE=postgres as super -c "DROP DATABASE ${original}_leak WITH (FORCE)"
	GATE=$original
}
plant fl_page alert "ALTER TABLE flux.alert DISABLE ROW LEVEL SECURITY"
plant fl_worker landing "CREATE POLICY x ON flux.landing USING (true)"
plant fl_page ingest_batch_other "GRANT SELECT ON flux.ingest_batch_other
    TO fl_page; ALTER TABLE flux.ingest_batch_other DISABLE ROW LEVEL SECURITY"
plant fl_ingest landing \
    "ALTER POLICY tenant_only ON flux.landing WITH CHECK (true)"
plant fl_api latest_value "ALTER VIEW flux.latest_value
    RESET (security_invoker); ALTER VIEW flux.latest_value OWNER TO super"
done_testing
