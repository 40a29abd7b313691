#!/bin/bash
# subtree.test.sh - who holds a role below an asset only sees nothing of what
# stands elsewhere, by whichever table or view.
. "$(dirname "$0")/lib.sh"
need_gate
. "$here/role_scene.sh"

# sees ROLE SQL: what Rita, a viewer of the hall, gets as that runtime role.
rita="$(made rita viewer hall)"
sees() {
	scene "$rita SET LOCAL ROLE $1; $(person rita) $2"
}
for role in fl_page fl_api; do
	claim "$role: the hall's devices, with what is below it" "$(sees $role \
	    "SELECT array_agg(device_id ORDER BY device_id) FROM flux.device")" '{52,53}'
	claim "$role: their sensors" "$(sees $role "SELECT
	    array_agg(DISTINCT device_id) FROM flux.sensor")" '{52,53}'
	claim "$role: their latest values" "$(sees $role "SELECT
	    array_agg(DISTINCT device_id) FROM flux.latest_value")" '{52,53}'
	claim "$role: their states" "$(sees $role "SELECT
	    array_agg(device_id ORDER BY device_id) FROM flux.device_state")" '{52,53}'
	claim "$role: the assets" "$(sees $role "SELECT
	    array_agg(key ORDER BY key) FROM flux.asset")" '{hall,motor,pump}'
	claim "$role: their site" "$(sees $role \
	    "SELECT count(*) FROM flux.site")" 1
	claim "$role: their alerts and rules" "$(sees $role "SELECT
	    array_agg(DISTINCT s.device_id), count(DISTINCT r.rule_id)
	    FROM flux.alert a JOIN flux.rule r USING (tenant_id, rule_id)
	    JOIN flux.sensor s ON s.sensor_id = a.sensor_id")" '{52,53}|4'
	claim "$role: what was rolled up of them" "$(sees $role "SELECT
	    array_agg(device_id) FROM flux.rolled")" '{52}'
	claim "$role: no ledger of the gateway" "$(sees $role "SELECT
	    (SELECT count(*) FROM flux.ingest_batch),
	    (SELECT count(*) FROM flux.dead_letter)")" '0|0'
	claim "$role: the summary counts what is seen" "$(sees $role \
	    "SELECT total_devices, active_alerts FROM flux.dashboard_summary")" \
	    '2|4'
	claim "$role: the document's tables" "$(sees $role "SELECT
	    (SELECT count(*) FROM flux.source_devices('{flow_rate}',
	        '{flow_rate}')), total_devices FROM fluxio.dashboard_summary")" \
	    '0|2'
	claim "$role: what was given up of theirs, not how much of all" "$(scene "SELECT FROM ctx.begin_worker(11);
	    SELECT flux.gap_put(11, 0, '{1,2,3}', '{103,107,0}',
	        array_fill(now(), '{3}'), array_fill(now(), '{3}'), '{5,6,7}',
	        '{1,1,2}') IS NULL;
	    UPDATE flux.device SET mode = 'direct', gateway_id = NULL,
	        modbus_transport = 'tcp', modbus_host = 'x', modbus_port = 1,
	        modbus_unit = 1 WHERE tenant_id = 11 AND device_id IN (52, 54);
	    SELECT FROM ctx.begin_admin(11);
	    $rita SET LOCAL ROLE $role; $(person rita)
	    SELECT array_agg(count), (SELECT array_agg(a.count)
	        FROM flux.gap_around(52, '-infinity', 'infinity') a),
	        (SELECT count(*) FROM flux.gap_around(54, '-infinity',
	        'infinity')) FROM flux.gap" | tail -n 1)" '{5}|{0}|0'
	claim "$role: a device that is asked for by name is missing" "$(sees \
	    $role "SELECT count(*) FROM flux.device WHERE key = 'd3'")" 0
	claim "$role: nor is it told by an error" "$(sees $role "SELECT count(*)
	    FROM flux.device WHERE 1 / (device_id - 54) < 9")" 2
done
claim "the desk shows the same" "$(sees fl_desk \
    "SELECT array_agg(device_id ORDER BY device_id) FROM flux.device")" '{52,53}'
claim "who is not restricted sees all" "$(scene "SET LOCAL ROLE fl_page; $anna
    SELECT array_agg(device_id ORDER BY device_id) FROM flux.device")" \
    '{51,52,53,54,55}'
claim "nor is a key" "$(scene "SET LOCAL ROLE fl_api;
    SELECT FROM ctx.begin_api_key('key-11');
    SELECT count(*) FROM flux.device")" 5
claim "nor are keys together" "$(scene "SET LOCAL ROLE fl_api;
    SELECT FROM ctx.begin_api_keys('{key-11}', '{11}', '{51}',
        ARRAY[(SELECT can FROM ctx.begin_api_key('key-11'))],
        ARRAY[(SELECT registry FROM ctx.begin_api_key('key-11'))]);
    SELECT count(*) FROM flux.device")" 5
claim "the whole tenant and an asset is the whole tenant" "$(scene "$rita
    $(quietly "flux.member_roles(pg_temp.id('rita'), ARRAY[
        pg_temp.role('viewer'), pg_temp.role('viewer')],
        ARRAY[0, pg_temp.asset('hall')])")
    SET LOCAL ROLE fl_page; $(person rita)
    SELECT count(*) FROM flux.device")" 5
claim "two assets are both" "$(scene "$rita
    $(quietly "flux.member_roles(pg_temp.id('rita'), ARRAY[
        pg_temp.role('viewer'), pg_temp.role('viewer')],
        ARRAY[pg_temp.asset('yard'), pg_temp.asset('pump')])")
    SET LOCAL ROLE fl_page; $(person rita)
    SELECT array_agg(device_id ORDER BY device_id) FROM flux.device")" '{53,54}'
claim "an asset without devices shows none" "$(scene "$(made p viewer asset)
    SET LOCAL ROLE fl_page; $(person p)
    SELECT (SELECT count(*) FROM flux.device),
           (SELECT count(*) FROM flux.site)")" '0|0'
claim "the trail of users of others is closed to who is restricted" "$(scene "
    $(made p admin hall) $(person p)
    SELECT ctx.wide(), 'users:read' = ANY (ctx.can_names(ctx.can()))")" '0|t'

# What is held where: devices:read at the yard, a viewer's rights at the hall.
both="$anna $(quietly "flux.role_put(0, 'look', '{devices:read}')") $rita $anna
    $(quietly "flux.member_roles(pg_temp.id('rita'), ARRAY[
        pg_temp.role('viewer'), pg_temp.role('look')],
        ARRAY[pg_temp.asset('hall'), pg_temp.asset('yard')])")
    SET LOCAL ROLE fl_page; $(person rita)"
claim "a device may be shown without its values" "$(scene "$both
    SELECT (SELECT array_agg(device_id ORDER BY device_id) FROM flux.device),
           (SELECT array_agg(DISTINCT device_id) FROM flux.sensor),
           (SELECT array_agg(device_id ORDER BY device_id) FROM flux.latest)")" \
    '{52,53,54}|{52,53}|{52,53}'
claim "may says what is held where" "$(scene "$both
    SELECT string_agg(left(flux.may(p, d)::text, 1), '' ORDER BY p, d)
      FROM unnest(ARRAY['devices:read', 'telemetry:read']) p,
           unnest(ARRAY[51, 53, 54, 56]) d")" fttfftff
claim "and to the administrator yes for each of the tenant's devices" \
    "$(scene "$anna SELECT string_agg(left(flux.may('keys:write', d)::text, 1),
        '' ORDER BY d) FROM unnest(ARRAY[51, 53, 54, 56]) d")" tttf

# What moves.
claim "an asset that moves takes its devices along" "$(scene "$rita
    SELECT FROM ctx.begin_admin(11); UPDATE flux.asset
    SET parent_id = pg_temp.asset('yard') WHERE tenant_id = 11 AND key = 'pump';
    SET LOCAL ROLE fl_page; $(person rita)
    SELECT array_agg(device_id ORDER BY device_id) FROM flux.device")" '{52}'
claim "a device that moves is seen where it is" "$(scene "$rita
    SELECT FROM ctx.begin_admin(11); UPDATE flux.device
    SET asset_id = pg_temp.asset('motor') WHERE tenant_id = 11
    AND device_id = 55; SET LOCAL ROLE fl_page; $(person rita)
    SELECT array_agg(device_id ORDER BY device_id) FROM flux.device")" '{52,53,55}'
claim "a new asset below is within reach" "$(scene "$rita
    SELECT FROM ctx.begin_admin(11);
    INSERT INTO flux.asset (tenant_id, site_id, parent_id, key, name, type)
    SELECT 11, site_id, asset_id, 'valve', 'x', 'x' FROM flux.asset
     WHERE tenant_id = 11 AND key = 'motor';
    SET LOCAL ROLE fl_page; $(person rita)
    SELECT count(*) FROM flux.asset WHERE key = 'valve'")" 1
claim "assets in a ring come to an end" "$(scene "$rita
    SELECT FROM ctx.begin_admin(11); UPDATE flux.asset
    SET parent_id = pg_temp.asset('motor') WHERE tenant_id = 11 AND key = 'hall';
    SET LOCAL ROLE fl_page; $(person rita)
    SELECT count(*) FROM flux.device")" 2
claim "whoever keeps something learns of a change of rights" "$(scene "$rita
    CREATE TEMP TABLE was AS SELECT registry FROM ctx.begin_admin(11);
    $(quietly "flux.member_roles(pg_temp.id('rita'), '{}', '{}')")
    SELECT b.registry > w.registry FROM ctx.begin_admin(11) b, was w")" t
claim "who lost his last role sees nothing" "$(scene "$rita
    $(quietly "flux.member_roles(pg_temp.id('rita'), '{}', '{}')")
    $(person rita) SELECT ctx.can(), ctx.wide()")" '0|0'
meets "a forged context is not asked whether it is restricted" "$(as fl_page -c \
    "BEGIN; SET LOCAL app.ctx = '$(printf '0%.0s' {1..64})8|8|session|1|1|1';
    SELECT ctx.scoped()" 2>&1)" 'no tenant context'
meets "nobody reads who reaches what" "$(as fl_page -c "BEGIN;
    SELECT FROM ctx.begin_session('sess-7'); SELECT * FROM flux.reach" 2>&1)" \
    'permission denied for table reach'

# A database as it was before, with members by their words.
original=$GATE
GATE=postgres quiet super -c "DROP DATABASE IF EXISTS ${original}_old WITH (FORCE)" \
    -c "CREATE DATABASE ${original}_old"
GATE=${original}_old
quiet super -f "$root/sql/roles.sql"
for file in "$root"/sql/migrate/*.sql; do
	[[ $file < $root/sql/migrate/0015 ]] || break
	quiet fl_migrator -1 -f "$file"
done
quiet super -1 -f "$here/fixture.sql"
quiet super -c "UPDATE flux.member SET role = 'viewer' WHERE tenant_id = 12;
    UPDATE flux.member SET role = 'operator' WHERE tenant_id = 13;
    UPDATE ctx.login SET can = ctx.bundle('viewer') WHERE tenant_id = 12"
out=$(as fl_migrator -v ON_ERROR_STOP=1 -1 \
    -f "$root/sql/migrate/0019_reach.sql" \
    -f "$root/sql/migrate/0019_role.sql" 2>&1)
claim "the migration runs on what is there" "$out" ""
claim "everybody holds what his word said" "$(as super -c "SELECT r.name,
    l.can = ctx.bundle(r.name), l.wide = l.can, count(*)
    FROM flux.member m JOIN flux.grant_ g USING (tenant_id, user_id)
    JOIN flux.role r USING (tenant_id, role_id)
    JOIN ctx.login l USING (tenant_id, user_id)
    WHERE g.asset_id = 0 GROUP BY 1, 2, 3 ORDER BY 1")" "admin|t|t|198
operator|t|t|1
viewer|t|t|1"
claim "and every tenant has the bundles" "$(as super -c "SELECT count(*),
    count(DISTINCT tenant_id), bool_and(builtin AND can = ctx.bundle(name))
    FROM flux.role")" "1000|200|t"
GATE=postgres quiet super -c "DROP DATABASE ${original}_old WITH (FORCE)"
GATE=$original
done_testing
