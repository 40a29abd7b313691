#!/bin/bash
# key.test.sh - keys: who may make them and how many, what ends them, when it is
# said; signatures that are spent; what is used and what may be.
. "$(dirname "$0")/lib.sh"
need_gate

denied='permission denied'
desk="BEGIN; SELECT FROM ctx.begin_session('sess-7');"
tool="BEGIN; SELECT FROM ctx.begin_admin(7);"
worker="BEGIN; SELECT FROM ctx.begin_worker(7);"

# make ID DEVICE [RIGHTS [EXPIRES [NETS [FOLLOWS]]]]
make() {
	echo "SELECT flux.key_make('$1', sha256('$1'), $2, 'a name',
	    '{${3-telemetry:write}}', ${5-NULL}, ${4-"'infinity'"}, '{0,0}',
	    NULL, ${6-NULL}); COMMIT"
}

# of ID COLUMNS: of the key, as super.
of() {
	as super -c "SELECT $2 FROM ctx.api_key WHERE key_id = '$1'"
}

as super -q -c "DELETE FROM ctx.api_key WHERE key_id LIKE 'x%';
    UPDATE ctx.api_key SET revoked_at = NULL WHERE key_id = 'k7';
    UPDATE ctx.login SET can = 1, wide = 1 WHERE tenant_id = 7"
refuses "who may not write keys makes none" fl_desk "$desk $(make x0 32)" \
    'needs keys:write'
refuses "nor does he see them" fl_desk "$desk SELECT count(*) FROM ctx.keys()" \
    'needs keys:read'
as super -q -c "UPDATE ctx.login SET can = ctx.bundle('admin'),
    wide = ctx.bundle('admin') WHERE tenant_id = 7"

# Two live keys, and no third.
refuses "a key is made" fl_desk "$desk $(make x1 31)" '^~?$'
refuses "the device's third is refused" fl_desk "$desk $(make x2 31)" \
    'This device has two keys'
refuses "one with another's hash is refused" fl_desk "$desk
    SELECT flux.key_make('x3', sha256('key-8'), 32, '', '{telemetry:write}',
    NULL, 'infinity', '{0,0}', NULL, NULL)" 'duplicate key'
refuses "another tenant's device has no key of ours" fl_desk \
    "$desk $(make x3 36)" 'There is no such device'
refuses "a right that nobody of the tenant has is not given" fl_desk \
    "$desk $(make x3 32 tenants:manage)" 'gives what it has not'
refuses "a right that is none is an error" fl_desk \
    "$desk $(make x3 32 all:all)" 'no such permission'
refuses "a key that has ended before it begins is refused" fl_desk \
    "$desk $(make x3 32 telemetry:write "now() - interval '1 s'")" \
    'ends in the future'
refuses "a successor of a key that is not the device's is refused" fl_desk \
    "$desk $(make x3 32 telemetry:write "'infinity'" NULL "'x1'")" \
    'has ended already'
refuses "past the audit there is no way" fl_desk "$desk SELECT ctx.key_make(
    'x3', '\\x00', 32, '', 2, NULL, 'infinity', '{0,0}', NULL, NULL)" \
    "$denied for function key_make"
refuses "an expired one makes room" fl_desk "$desk $(make x4 33) ;
    $desk $(make x5 33 telemetry:write "now() + interval '1 s'");
    SELECT 1 FROM generate_series(1, 1)" '1~$'
as super -q -c "UPDATE ctx.api_key SET expires_at = now() WHERE key_id = 'x5'"
refuses "as does one that was ended" fl_desk "$desk $(make x6 33);
    $desk SELECT flux.key_end('x6'); COMMIT; $desk $(make x7 33)" 't~'
refuses "a key of another tenant cannot be ended" fl_desk \
    "$desk SELECT flux.key_end('k8'); COMMIT" '^~?f~$'
claim "it lives" "$(of k8 'revoked_at IS NULL')" t
refuses "nor limited" fl_desk \
    "$desk SELECT flux.key_limit('k8', '{1,1}'); COMMIT" '^~?f~$'
meets "what was done stands in the audit" "$(as super -c "SELECT
    string_agg(act || ' ' || object, ',' ORDER BY seq) FROM flux.audit
    WHERE tenant_id = 7 AND object IN ('key:x1', 'key:x6')")" \
    'key.make key:x1,key.make key:x6,key.end key:x6'
claim "and no hash and no secret does" "$(as super -c "SELECT count(*)
    FROM flux.audit a, ctx.api_key k WHERE a.tenant_id = 7
    AND position(encode(k.key_hash, 'hex') IN a.body) > 0")" 0
refuses "the list has the tenant's own and no other" fl_desk "$desk
    SELECT count(*) > 3, bool_and(key_id ~ '^(x|k7)') FROM ctx.keys()" 't\|t~$'
refuses "it tells the states apart" fl_desk "$desk SELECT string_agg(key_id ||
    ' ' || state, ',' ORDER BY key_id) FROM ctx.keys() WHERE key_id ~ '^x[1567]'" \
    'x1 unused,x5 expired,x6 ended,x7 unused'

# A successor ends its predecessor a week after its own first use.
as super -q -c "UPDATE ctx.api_key SET revoked_at = now() WHERE key_id = 'x1'"
refuses "a key may have a successor" fl_desk \
    "$desk $(make x8 31 telemetry:write "'infinity'" NULL "'k7'")" '^~?$'
claim "until it is used the old one has no end" "$(of k7 'revoked_at IS NULL')" t
as fl_ingest -q -c "SELECT ctx.touch('key', 'x8', '192.0.2.7')" > /dev/null
claim "its first use ends the old one in 7 days" "$(of k7 \
    "revoked_at BETWEEN now() + interval '6 days 23 h' AND now() + interval '7 days'")" t
as super -q -c "UPDATE ctx.api_key SET used_at = NULL WHERE key_id = 'x8'"
before=$(of k7 revoked_at)
as fl_ingest -q -c "SELECT ctx.touch('key', 'x8', '192.0.2.7')" > /dev/null
claim "its second changes nothing of that" "$(of k7 revoked_at)" "$before"
claim "use and address are kept" "$(of x8 \
    "used_at > now() - interval '1 min', host(used_addr)")" 't|192.0.2.7'
as super -q -c "UPDATE ctx.api_key SET revoked_at = NULL WHERE key_id = 'k7'"

# The gate: conditions, and what it says of them.
refuses "a key with networks is made" fl_desk "$desk $(make x9 34 \
    telemetry:write "'infinity'" "'{192.0.2.0/24}'")" '^~?$'
flags="SELECT flags FROM ctx.begin_api_key"
refuses "from there it opens, and is never remembered" fl_ingest \
    "$flags('x9', '192.0.2.9')" '^9~$'
refuses "from elsewhere it does not" fl_ingest \
    "$flags('x9', '198.51.100.1')" 'api key invalid'
refuses "nor from nowhere" fl_ingest "$flags('x9')" 'api key invalid'
as fl_ingest -q -c "SELECT ctx.touch('key', 'key-7', NULL)" > /dev/null
refuses "of a plain key that was used just now there is nothing to say" \
    fl_ingest "$flags('key-7')" '^0~$'
as super -q -c "UPDATE ctx.api_key SET used_at = NULL WHERE key_id = 'k7'"
refuses "one that is to be touched is not one that signs" fl_ingest \
    "$flags('key-7')" '^1~$'
as super -q -c "UPDATE ctx.api_key SET sign_key = 'sealed', used_at = now()
    WHERE key_id = 'x9'"
refuses "one that signs says so" fl_ingest "$flags('x9', '192.0.2.9')" '^12~$'

# Signatures are spent.
spend="SELECT ctx.spend"
refuses "a nonce is new once" fl_ingest \
    "$spend('key-7', 'n1', 60); $spend('key-7', 'n1', 60)" '^t~f~$'
refuses "each key has its own" fl_api "$spend('key-8', 'n1', 60)" '^t~$'
refuses "a stranger spends nothing" fl_api "$spend('key-x', 'n2', 60)" '^f~$'
refuses "a page spends nothing" fl_page "$spend('key-7', 'n3', 60)" "$denied"
refuses "who has the key has its sealed secret" fl_ingest \
    "SELECT ctx.sign_key('x9')" '^.x7365616c6564~$'
refuses "who has not has none" fl_ingest "SELECT ctx.sign_key('x') IS NULL" \
    '^t~$'
as super -q -c "UPDATE ctx.nonce SET expires_at = now() - interval '1 s'
    WHERE tenant_id IN (7, 8)"
as fl_worker -q -c "$worker SELECT flux.key_remind(); COMMIT" > /dev/null
claim "those whose time is over are forgotten, the tenant's own" "$(as super -c \
    "SELECT count(*) FILTER (WHERE tenant_id = 7),
            count(*) FILTER (WHERE tenant_id = 8) FROM ctx.nonce")" '0|2'

# remind EXPIRES: what is said of x4 when it ends then.
remind() {
	as super -q -c "UPDATE ctx.api_key SET expires_at = $1
	    WHERE key_id = 'x4'"
	as fl_worker -c "$worker SELECT object, days FROM flux.key_remind();
	    COMMIT" | tr '\n' '~'
}
claim "31 days before its end nothing is said" \
    "$(remind "now() + interval '31 days'")" ''
claim "at 30 it is" "$(remind "now() + interval '30 days'")" 'key:x4|30~'
claim "once" "$(remind "now() + interval '29 days'")" ''
claim "at 7 again" "$(remind "now() + interval '7 days'")" 'key:x4|7~'
claim "and at 1" "$(remind "now() + interval '1 day'")" 'key:x4|1~'
claim "after that no more" "$(remind "now() + interval '1 min'")" ''
claim "each stands in the audit" "$(as super -c "SELECT
    string_agg(detail->>'days', ',' ORDER BY seq) FROM flux.audit
    WHERE tenant_id = 7 AND act = 'key.expires' AND object = 'key:x4'")" 30,7,1

as super -q -c "INSERT INTO ctx.device_cert (cert_hash, tenant_id, device_id,
    serial, spki_hash, can, not_before, not_after) VALUES ('x', 7, 31, 'x', 'x',
    2, now(), now() + interval '6 days')"
meets "certificates are spoken of, too" "$(remind "'infinity'")" '^cert:[0-9]+\|7~$'
claim "once" "$(remind "'infinity'")" ''
as super -q -c "DELETE FROM ctx.device_cert WHERE cert_hash = 'x'"

# The meter is the ledger's, but for what is simulated.
real() {
	as super -q -c "UPDATE flux.device SET simulated = NOT $1
	    WHERE tenant_id = 7"
}
real true
as super -q -c "DELETE FROM flux.usage_day WHERE tenant_id = 7;
    DELETE FROM flux.quota WHERE tenant_id = 7"
reckon="$worker SELECT flux.usage_count(); SELECT * FROM flux.quota_judge(); COMMIT"
as fl_worker -q -c "$reckon" > /dev/null
meter() {
	as super -c "SELECT (SELECT (requests, readings, refused, bytes)
	    FROM flux.usage_day u WHERE tenant_id = 7
	    AND day = (now() AT TIME ZONE 'UTC')::date) =
	    (SELECT (count(*), sum(sent - rejected)::bigint,
	    sum(rejected)::bigint, sum(bytes)::bigint) FROM flux.ingest_batch
	    WHERE tenant_id = 7 AND at >= date_trunc('day', now() AT TIME ZONE
	    'UTC') AT TIME ZONE 'UTC' AND at < (date_trunc('day',
	    now() AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC')"
}
claim "the meter equals the ledger" "$(meter)" t
as super -q -c "INSERT INTO flux.ingest_batch (tenant_id, at, source_id, sent,
    rejected, bytes) VALUES (7, now(), 31, 70, 3, 1234)"
claim "which has gone on" "$(meter)" f
as fl_worker -q -c "$reckon" > /dev/null
claim "and is caught up with" "$(meter)" t
claim "the week before is counted, too" "$(as super -c "SELECT count(*)
    FROM flux.usage_day WHERE tenant_id = 7")" 8
as super -q -c "UPDATE flux.usage_day SET requests = 99 WHERE tenant_id = 7
    AND day = (now() AT TIME ZONE 'UTC')::date"
as fl_worker -q -c "$reckon" > /dev/null
claim "what the ledger has forgotten stays counted" "$(as super -c "SELECT
    requests FROM flux.usage_day WHERE tenant_id = 7
    AND day = (now() AT TIME ZONE 'UTC')::date")" 99
used=$(as super -c "SELECT readings FROM flux.usage_day WHERE tenant_id = 7
    AND day = (now() AT TIME ZONE 'UTC')::date")

# judge MOST: what is said when a day may have so many readings, and whether
# the tenant is over.
judge() {
	as fl_admin -q -c "$tool SELECT flux.quota_put('readings_day', $1);
	    COMMIT" > /dev/null
	as fl_worker -c "$worker SELECT what, used FROM flux.quota_judge();
	    SELECT what, used FROM flux.quota_judge(); COMMIT" | tr '\n' '~'
	as super -c "SELECT over FROM ctx.tenant_home WHERE tenant_id = 7"
}
registry() {
	as super -c "SELECT registry FROM ctx.tenant_home WHERE tenant_id = 7"
}
claim "below 80 % nothing is said" "$(judge $((used * 2)))" 'f'
was=$(registry)
claim "at 80 % it is, once, and nothing is refused" \
    "$(judge $((used * 10 / 8)))" "readings_day|$used~f"
claim "the gates need not know" "$(registry)" "$was"
claim "at 100 % the gates are told" "$(judge "$used")" "readings_day|$used~t"
claim "as are those who remember keys" "$(registry)" $((was + 1))
refuses "a key then says so" fl_ingest "$flags('key-7')" '^17~$'
claim "with more to have it is over" "$(judge $((used * 3)))" f
refuses "and the key says nothing" fl_ingest "$flags('key-7')" '^1~$'
claim "the audit has it in order" "$(as super -c "SELECT string_agg(act, ','
    ORDER BY seq) FROM flux.audit WHERE tenant_id = 7
    AND act IN ('quota.near', 'quota.over', 'quota.under')")" \
    'quota.near,quota.near,quota.over,quota.under'
# device QUOTA: the operator makes one more, of what are five.
device() {
	echo "$tool SELECT flux.quota_put('devices', $1);
	    INSERT INTO flux.device (tenant_id, key, name, site_id)
	    SELECT 7, 'd9', 'one more', site_id FROM flux.site LIMIT 1; ROLLBACK"
}
refuses "a device within the quota is made" fl_admin "$(device 6)" '^~?$'
refuses "one above it is not" fl_admin "$(device 5)" \
    'The quota of devices is used up'
refuses "nor a user" fl_admin "$tool SELECT flux.quota_put('users', 1);
    INSERT INTO flux.member (tenant_id, user_id, email, name, role)
    VALUES (7, 99999, 'x@example.org', 'x', 'viewer')" \
    'The quota of users is used up'
refuses "a tenant does not set its own quota" fl_desk \
    "$desk SELECT flux.quota_put('devices', 1000)" "$denied"
refuses "nor its limits" fl_desk \
    "$desk SELECT flux.tenant_limit('{0,0}')" "$denied"
refuses "nor does a worker end keys" fl_worker \
    "$worker SELECT flux.key_end('k7')" "$denied"
as fl_admin -q -c "$tool SELECT flux.tenant_limit('{60,1000}'); COMMIT" \
    > /dev/null
refuses "the gate hands limits out" fl_ingest \
    "SELECT limits FROM ctx.begin_api_key('key-7')" '^.0,0,60,1000.~$'
as fl_admin -q -c "$tool SELECT flux.tenant_limit('{0,0}');
    SELECT flux.quota_put('readings_day', NULL); COMMIT" > /dev/null
as super -q -c "DELETE FROM ctx.api_key WHERE key_id LIKE 'x%';
    UPDATE ctx.login SET can = 15, wide = 0 WHERE tenant_id = 7"
real false
done_testing
