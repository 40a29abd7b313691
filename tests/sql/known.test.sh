#!/bin/bash
# known.test.sh - what the gate for keys that are known lets through: only what
# is said of each key truly, whoever's operators are in the way.
. "$(dirname "$0")/lib.sh"
need_gate

denied='permission denied'
none='no tenant context'
forged='bad tenant context'
invalid='api key invalid'
differs='not as expected'

registry=$(as super -c \
    "SELECT registry FROM ctx.tenant_home WHERE tenant_id = 7")

# known KEYS TENANTS DEVICES CANS REGISTRIES: begin, and who is seen.
known() {
	echo "BEGIN; SELECT ctx.begin_api_keys($1, $2, $3, $4, $5);
	    SELECT count(*), min(tenant_id), max(tenant_id) FROM flux.device"
}
two="'{key-7,key-7}'"
both="'{$registry,$registry}'"

refuses "known keys see their own tenant and no other" fl_ingest \
    "$(known "$two" "'{7,7}'" "'{31,31}'" "'{3,3}'" "$both")" '^7~5\|7\|7~$'
refuses "a key of another tenant among them is refused" fl_ingest \
    "$(known "'{key-7,key-8}'" "'{7,8}'" "'{31,36}'" "'{3,3}'" "$both")" \
    "$differs"
refuses "nor does it pass as one of ours" fl_ingest \
    "$(known "'{key-7,key-8}'" "'{7,7}'" "'{31,31}'" "'{3,3}'" "$both")" \
    "$differs"
refuses "our key does not open another tenant" fl_ingest \
    "$(known "$two" "'{8,8}'" "'{31,31}'" "'{3,3}'" "$both")" "$differs"
refuses "another tenant named first is refused" fl_ingest \
    "$(known "$two" "'{8,7}'" "'{31,31}'" "'{3,3}'" "$both")" "$differs"
refuses "a tenant before the first place is refused" fl_ingest \
    "$(known "$two" "'[0:1]={7,8}'" "'{31,31}'" "'{3,3}'" "$both")" "$differs"
refuses "tenants in two dimensions are refused" fl_ingest \
    "$(known "$two" "'{{7,7}}'" "'{31,31}'" "'{3,3}'" "$both")" "$differs"
refuses "a revoked key among known ones is refused" fl_ingest \
    "$(known "'{key-7,key-3}'" "'{7,3}'" "'{31,11}'" "'{3,3}'" "$both")" \
    "$invalid"
refuses "an unknown key among known ones is refused" fl_ingest \
    "$(known "'{key-7,key-x}'" "'{7,7}'" "'{31,31}'" "'{3,3}'" "$both")" \
    "$invalid"
refuses "a session token is no known key" fl_ingest \
    "$(known "'{sess-7}'" "'{7}'" "'{31}'" "'{3}'" "'{$registry}'")" "$invalid"
refuses "another device than the key's is refused" fl_ingest \
    "$(known "$two" "'{7,7}'" "'{31,32}'" "'{3,3}'" "$both")" "$differs"
refuses "a right that the key lacks is refused" fl_ingest \
    "$(known "$two" "'{7,7}'" "'{31,31}'" "'{3,15}'" "$both")" "$differs"
refuses "an old registry is refused" fl_ingest \
    "$(known "$two" "'{7,7}'" "'{31,31}'" "'{3,3}'" \
    "'{$registry,$((registry - 1))}'")" "$differs"
refuses "no key at all opens nothing" fl_ingest \
    "$(known "'{}'" "'{}'" "'{}'" "'{}'" "'{}'")" "$invalid"
refuses "no key at all and a tenant opens nothing" fl_ingest \
    "$(known "'{}'" "'{7}'" "'{31}'" "'{3}'" "'{$registry}'")" "$invalid"
refuses "keys that are NULL open nothing" fl_ingest \
    "$(known NULL NULL NULL NULL NULL)" "$invalid"
refuses "a key that is NULL among known ones is refused" fl_ingest \
    "$(known "'{key-7,NULL}'" "'{7,7}'" "'{31,31}'" "'{3,3}'" "$both")" \
    "$invalid"
for at in 2 3 4 5; do
	v=("$two" "'{7,7}'" "'{31,31}'" "'{3,3}'" "$both")
	v[at - 1]=${v[at - 1]/,*/,NULL\}\'}
	refuses "a NULL in array $at agrees with nothing" fl_ingest \
	    "$(known "${v[@]}")" "$differs"
	v[at - 1]=${v[at - 1]/,*/\}\'}
	refuses "array $at that is too short agrees with nothing" fl_ingest \
	    "$(known "${v[@]}")" "$differs"
	v[at - 1]=NULL
	refuses "array $at that is NULL agrees with nothing" fl_ingest \
	    "$(known "${v[@]}")" "$differs"
done

# One key alone is looked up another way.
one="'{key-7}'"
lone="'{$registry}'"
refuses "a known key alone sees its own tenant and no other" fl_ingest \
    "$(known "$one" "'{7}'" "'{31}'" "'{3}'" "$lone")" '^7~5\|7\|7~$'
refuses "alone it does not open another tenant" fl_ingest \
    "$(known "$one" "'{8}'" "'{31}'" "'{3}'" "$lone")" "$differs"
refuses "nor with a tenant before the first place" fl_ingest \
    "$(known "$one" "'[0:1]={7,8}'" "'{31}'" "'{3}'" "$lone")" "$differs"
refuses "alone with another device it is refused" fl_ingest \
    "$(known "$one" "'{7}'" "'{32}'" "'{3}'" "$lone")" "$differs"
refuses "alone with a right that it lacks it is refused" fl_ingest \
    "$(known "$one" "'{7}'" "'{31}'" "'{15}'" "$lone")" "$differs"
refuses "alone with an old registry it is refused" fl_ingest \
    "$(known "$one" "'{7}'" "'{31}'" "'{3}'" "'{$((registry - 1))}'")" \
    "$differs"
refuses "a revoked key alone is refused" fl_ingest \
    "$(known "'{key-3}'" "'{3}'" "'{11}'" "'{3}'" "$lone")" "$invalid"
refuses "an unknown key alone is refused" fl_ingest \
    "$(known "'{key-x}'" "'{7}'" "'{31}'" "'{3}'" "$lone")" "$invalid"
refuses "a key that is NULL alone is refused" fl_ingest \
    "$(known "'{NULL}'" "'{7}'" "'{31}'" "'{3}'" "$lone")" "$invalid"
refuses "keys in two dimensions are refused" fl_ingest \
    "$(known "'{{key-7}}'" "'{7}'" "'{31}'" "'{3}'" "$lone")" "$invalid"
for at in 2 3 4 5; do
	v=("$one" "'{7}'" "'{31}'" "'{3}'" "$lone")
	for nothing in "'{NULL}'" "'{}'" NULL; do
		v[at - 1]=$nothing
		refuses "alone, $nothing for array $at agrees with nothing" \
		    fl_ingest "$(known "${v[@]}")" "$differs"
	done
done
# Who may make things somewhere could give the gates operators of his own;
# they say whose they mean.
as super -q << 'SQL'
CREATE SCHEMA lure;
GRANT USAGE ON SCHEMA lure TO PUBLIC;
CREATE FUNCTION lure.yes(int, int) RETURNS boolean
    LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION lure.yes(bigint, bigint) RETURNS boolean
    LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION lure.yes(bytea, bytea) RETURNS boolean
    LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION lure.yes(text, text) RETURNS boolean
    LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR lure.= (LEFTARG = int, RIGHTARG = int, FUNCTION = lure.yes);
CREATE OPERATOR lure.= (LEFTARG = bigint, RIGHTARG = bigint,
    FUNCTION = lure.yes);
CREATE OPERATOR lure.= (LEFTARG = bytea, RIGHTARG = bytea,
    FUNCTION = lure.yes);
CREATE OPERATOR lure.= (LEFTARG = text, RIGHTARG = text, FUNCTION = lure.yes);
CREATE FUNCTION lure.concat(VARIADIC "any") RETURNS text
    LANGUAGE internal AS 'text_concat';
CREATE FUNCTION lure.sha256(bytea) RETURNS bytea
    LANGUAGE sql AS 'SELECT pg_catalog.sha256(''key-8'')';
SQL
lured='SET search_path = lure, pg_catalog'
refuses "with his own equality a wrong tenant is refused" fl_ingest \
    "$lured; $(known "$one" "'{8}'" "'{31}'" "'{3}'" "$lone")" "$differs"
refuses "with his own equality wrong tenants are refused" fl_ingest \
    "$lured; $(known "$two" "'{8,8}'" "'{31,31}'" "'{3,3}'" "$both")" \
    "$differs"
refuses "with his own hash it is still his key" fl_ingest \
    "$lured; $(known "$one" "'{7}'" "'{31}'" "'{3}'" "$lone")" '7~5\|7\|7~$'
refuses "with his own equality a forged MAC is refused" fl_page \
    "$lured; BEGIN; SET LOCAL app.ctx = '$(printf '0%.0s' {1..64})8|8|session';
     SELECT count(*) FROM flux.device" "$forged"
as super -q -c 'DROP SCHEMA lure CASCADE' 2> /dev/null

meets "a refused group leaves no context" "$(as fl_ingest 2>&1 << SQL
BEGIN;
SAVEPOINT s;
SELECT ctx.begin_api_keys('{key-8,key-7}', '{8,8}', '{36,36}', '{3,3}', $both);
ROLLBACK TO s;
SELECT count(*) FROM flux.device;
SQL
    )" "$differs.*$none"
refuses "a page cannot pass with known keys" fl_page \
    "$(known "$two" "'{7,7}'" "'{31,31}'" "'{3,3}'" "$both")" \
    "$denied for function begin_api_keys"
done_testing
