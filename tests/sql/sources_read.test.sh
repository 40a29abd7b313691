#!/bin/bash
# sources_read.test.sh - the readers of blocks: damage, no context, and who
# may ask.  The fixture's blocks are none, and so are all damaged.
. "$(dirname "$0")/lib.sh"
need_gate

if ! has_codec; then
	meets "without the extension a view says what is missing" \
	    "$(as fl_api -c "BEGIN; SELECT FROM $(gate_of fl_api);
	    SELECT count(*) FROM fleetops.telemetry" 2>&1)" 'is not installed'
	done_testing
	exit
fi

views='fleetops.telemetry iotsphere.telemetry fluxio.flow_data
    fluxio.dashboard_summary fleet.meter_live fleet.meter_history
    fleet.vehicle_live fleet.vehicle_history'
inside() { # ROLE SQL: as tenant 7
	as "$1" -c "BEGIN; SELECT FROM $(gate_of "$1"); $2; ROLLBACK" 2>&1
}

for view in $views; do
	for role in fl_page fl_api; do
		meets "$role reads no $view without a context" \
		    "$(as "$role" -c "SELECT count(*) FROM $view" 2>&1)" \
		    'no tenant context'
		meets "$role reads $view, and damage is no error" \
		    "$(inside "$role" "SELECT count(*) FROM $view" |
		    grep -v WARNING | tail -n 1)" '^[0-9]+$'
		meets "$role does not write $view" \
		    "$(inside "$role" "DELETE FROM $view")" 'ERROR'
	done
	for role in fl_ingest fl_poller fl_auth; do
		meets "$role may not read $view" \
		    "$(inside "$role" "SELECT count(*) FROM $view")" \
		    'permission denied'
	done
done
meets "damage in a view is a warning" \
    "$(inside fl_api "SELECT count(*) FROM fleetops.telemetry")" \
    'WARNING:  stored readings are damaged'

# state FUNCTION: the SQLSTATE of a call with these bytes.
state() {
	as super -c '\set VERBOSITY sqlstate' \
	    -c "SELECT count(*) FROM codec.$1" 2>&1
}
for f in flux_block flux_run; do
	for bytes in '' '00' '4642' '46420100deadbeef' \
	    'ffffffffffffffffffffffffffffffffffffffff'; do
		claim "$f refuses \\x$bytes" "$(state "$f('\\x$bytes')")" \
		    "ERROR:  XX001"
		meets "$f of a span skips \\x$bytes" \
		    "$(state "$f('\\x$bytes', '-infinity', 'infinity')")" \
		    $'^WARNING:  XX001\n0$'
	done
	claim "$f of NULL has no rows" "$(state "$f(NULL)")" 0
	claim "$f is immutable, strict and safe in parallel" "$(as super -c \
	    "SELECT DISTINCT concat(provolatile, proisstrict, proparallel)
	       FROM pg_proc WHERE oid IN ('codec.$f(bytea)'::regprocedure,
	       'codec.$f(bytea,timestamptz,timestamptz)'::regprocedure)")" \
	    "its"
done
# The statement inside of flux.readings: its chunks are found by their key, in
# the months of the span only.
chunks=$(inside fl_api "SET LOCAL plan_cache_mode = force_generic_plan;
    SET LOCAL enable_seqscan = off;
    PREPARE s (int[], timestamptz, timestamptz) AS $(as super -c "SELECT prosrc
    FROM pg_proc WHERE proname = 'readings'" | awk '
	/^[ \t]*SELECT c.sensor_id, r.time/ { on = 1 }
	on { gsub(/sensors/, "$1"); gsub(/since/, "$2"); gsub(/till/, "$3"); print }
	on && /;/ { exit }')
    EXPLAIN (COSTS OFF) EXECUTE s ('{61}', now(), now() + interval '1 h')")
meets "flux.readings finds chunks by their key" "$chunks" \
    'Index Cond: .*tenant_id = .*t_min < .*t_min > '
meets "in the months of the span only" "$chunks" 'Subplans Removed: [3-9]'
claim "and scans none" "$(grep -c 'Seq Scan' <<< "$chunks")" 0

claim "the codec owns no table" "$(as super -c "SELECT count(*) FROM pg_class
    WHERE relnamespace = 'codec'::regnamespace")" 0
done_testing
