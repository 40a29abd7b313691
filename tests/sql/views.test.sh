#!/bin/bash
# views.test.sh - what the views and the hot statements answer, and how.
. "$(dirname "$0")/lib.sh"
need_gate

# In a transaction that is undone.
undone() {
	as "$1" -v ON_ERROR_STOP=1 -c "BEGIN; $2; ROLLBACK" 2>&1
}

# Tenant 7 has 4 devices and a gateway, all seen just now; one device has
# three active alerts, another has one.
seed_summary="SELECT count(DISTINCT d.device_id),
    count(*) FILTER (WHERE l.seen > now() - interval '15 min'),
    count(*) FILTER (WHERE a.ended_at IS NULL AND a.alert_id IS NOT NULL)
    FROM flux.device d
    LEFT JOIN flux.latest l USING (tenant_id, device_id)
    LEFT JOIN (flux.alert a JOIN flux.sensor s USING (tenant_id, sensor_id))
        ON s.tenant_id = d.tenant_id AND s.device_id = d.device_id
    WHERE d.tenant_id = 7 AND d.kind = 'device'"
our_summary="SELECT total_devices, online_devices, active_alerts
    FROM flux.dashboard_summary WHERE tenant_id = 7"
claim "trap T7: the seed's summary counts a device once for each alert" \
    "$(as super -c "$seed_summary")" "4|6|4"
claim "dashboard_summary counts each device once" \
    "$(as super -c "$our_summary")" "4|4|4"
claim "dashboard_summary does not count a device not seen for 15 min" \
    "$(undone super "UPDATE flux.latest SET seen = now() - interval '15 min'
    WHERE tenant_id = 7 AND device_id = 32; $our_summary")" "4|3|4"
claim "dashboard_summary does not count an alert that has ended" \
    "$(undone super "UPDATE flux.alert SET ended_at = now()
    WHERE tenant_id = 7; $our_summary")" "4|4|0"
claim "dashboard_summary counts without devices, readings and alerts" \
    "$(undone super "INSERT INTO flux.tenant VALUES (777, 'new');
    ${our_summary/= 7/= 777}")" "0|0|0"

# state SEEN: of a device with a period of 5 min.
state() {
	undone super "UPDATE flux.latest SET seen = $1 WHERE device_id = 32;
	    SELECT state FROM flux.device_state WHERE device_id = 32"
}
claim "a device just seen is online" "$(state "now()")" online
claim "a device stays online for three of its periods" \
    "$(state "now() - interval '00:14:59'")" online
claim "after three of its periods a device is offline" \
    "$(state "now() - interval '15 min'")" offline
claim "the period is the device's own" "$(undone super "UPDATE flux.device
    SET period = '1 h' WHERE device_id = 32; UPDATE flux.latest
    SET seen = now() - interval '02:59' WHERE device_id = 32;
    SELECT state FROM flux.device_state WHERE device_id = 32")" online
claim "a device never seen is neither" "$(undone super "DELETE FROM flux.latest
    WHERE device_id = 32; SELECT state FROM flux.device_state
    WHERE device_id = 32")" never

# statement NAME: its text.
statement() {
	awk -v part=list -f "$root/tools/sqlgen.awk" "$root"/sql/query/*.sql |
	    awk -F '\t' -v name="$1" '$1 == name { print $5 }'
}

# The latest of device 32, and where in the columns each of them is.
one="'{32}', '{1}', '{1}', '{1}', '{1}', '{1}', '{2026-05-05 12:00Z}', '{1}',
    '{0}', '{0}'"
put_once="PREPARE put AS $(statement store_latest_put);
    EXECUTE put (7, 5, '2026-05-05 12:00Z', $one, '{1}', '{63}');"
as_seen="SELECT seen AT TIME ZONE 'UTC', version FROM flux.latest
    WHERE tenant_id = 7 AND device_id = 32"
# moved SEEN put|set: what last seen is after a second one with this.
moved() {
	local again="EXECUTE put (7, 6, '$1', $one, '{1}', '{63}')"
	[ "$2" = put ] || again="PREPARE again AS $(statement store_latest_set);
	    EXECUTE again (7, 6, '$1', $one)"
	undone fl_worker "SELECT FROM ctx.begin_worker(7);
	    UPDATE flux.latest SET seen = '2026-01-01Z' WHERE tenant_id = 7;
	    $put_once $again; $as_seen" | tail -n 1
}
for how in put set; do
	claim "$how: a later sign of life moves last seen" \
	    "$(moved '2026-05-05 12:01Z' $how)" "2026-05-05 12:01:00|6"
	claim "$how: last seen never moves backwards" \
	    "$(moved '2026-05-05 11:59Z' $how)" "2026-05-05 12:00:00|6"
done
claim "a value that all have is spread, and others are not" \
    "$(undone fl_worker "SELECT FROM ctx.begin_worker(7);
        PREPARE put AS $(statement store_latest_put);
        EXECUTE put (7, 5, '2026-05-05 12:00Z', '{32}', '{3}', '{-1}', '{1}',
        '{-1}', '{1}', '{2026-05-05 12:00Z}', '{1,2,3}', '{100}', '{0,1,0}',
        '{1}', '{63,64,65}');
        SELECT sensor, value, quality, rev,
               time = array_fill('2026-05-05 12:00Z'::timestamptz, ARRAY[3])
          FROM flux.latest WHERE device_id = 32" | tail -n 1)" \
    "{63,64,65}|{1,2,3}|{100,100,100}|{0,1,0}|t"
claim "a rule has at most one active alert" "$(undone super "INSERT INTO
    flux.alert (tenant_id, rule_id, sensor_id, raised_at, value)
    SELECT tenant_id, rule_id, sensor_id, now(), 1 FROM flux.alert
    WHERE tenant_id = 7 LIMIT 1" | grep -c alert_active)" 1

# plan ROLE SQL: as the role of tenant 7 sees it, with costs as they are.
plan() {
	undone "$1" "SELECT FROM $(gate_of "$1"); SET LOCAL plan_cache_mode =
	    force_generic_plan; $2"
}
latest=$(plan fl_page "PREPARE s (int, int) AS SELECT value
    FROM flux.latest_value WHERE tenant_id = \$1 AND device_id = \$2;
    EXPLAIN (COSTS OFF) EXECUTE s (7, 32)")
meets "a device's latest values are one index lookup" "$latest" \
    'Index Scan using latest_pkey on latest l.*Index Cond: \(.*tenant_id = .*device_id = '
meets "and not a scan" "x$(grep -o 'Seq Scan' <<< "$latest")x" '^xx$'
# FLUXIO-56: which devices were seen in the last hour, without the seed's index.
meets "trap T7: PostgreSQL refuses the seed's index on the last hour" \
    "$(undone super "CREATE INDEX ON flux.latest (seen)
    WHERE seen > now() - interval '1 h'")" 'must be marked IMMUTABLE'
meets "a tenant's devices of the last hour are its rows of latest" "$(plan \
    fl_page "EXPLAIN (COSTS OFF) SELECT device_id FROM flux.latest
    WHERE tenant_id = 7 AND seen > now() - interval '1 h'")" \
    'Index Scan using latest_pkey.*Index Cond: \(.*tenant_id = '
meets "the runs of a span are found by the tenant's index" "$(plan fl_page \
    "SET LOCAL enable_seqscan = off; PREPARE s AS
    $(statement store_pieces); EXPLAIN (COSTS OFF) EXECUTE s (7, '{61}', now(),
    now(), true)")" \
    'Index Scan.* on fresh f.*Index Cond: \(.*tenant_id = '

# Partitions.
month=$(as super -c "SELECT to_char(now() AT TIME ZONE 'UTC'
    + interval '2 months', 'YYYY_MM')")
claim "the partitions of the months ahead are there already" \
    "$(undone fl_worker "SELECT flux.partition_next()")" f
claim "partitions that are missing are made one by one" "$(undone super "
    DROP TABLE flux.ingest_batch_$month, flux.rollup_day_$month;
    SELECT flux.partition_next() FROM generate_series(1, 3)")" "t
t
f"
claim "a month that the default partition holds already stays there" \
    "$(undone super "DROP TABLE flux.ingest_batch_$month;
    INSERT INTO flux.ingest_batch (tenant_id, at, source_id,
    sent, rejected) VALUES (7, now() + interval '2 months', 31, 1, 0);
    SELECT flux.partition_next(); SELECT count(*)
    FROM flux.ingest_batch_other WHERE source_id = 31")" "f
2"
claim "a batch that is accounted for wrongly is refused" "$(undone super \
    "UPDATE flux.ingest_batch SET stored = 1, duplicate = 1
    WHERE tenant_id = 7" | grep -c ingest_batch_balance)" 1
done_testing
