#!/bin/bash
# tiers.test.sh - how many rows of fresh become one, whatever they hold.
. "$(dirname "$0")/lib.sh"
need_gate

take=$(awk -v part=list -f "$root/tools/sqlgen.awk" "$root"/sql/query/*.sql |
    awk -F '\t' '$1 == "store_tier_take" { print $5 }')

# taken READINGS...: of rows with so many readings each, how many are taken
taken() {
	as super <<-SQL 2>&1 | tail -n 1
	BEGIN;
	INSERT INTO flux.fresh (tenant_id, tier, t_min, t_max, n, series,
	       sensor, last, offset_, block)
	SELECT 7, 9, now(), now(), n, 1, ARRAY[61], ARRAY[61], ARRAY[0, 1], '\x00'
	  FROM unnest(ARRAY[$1]) AS n;
	PREPARE s AS $take;
	EXECUTE s (7, 9, 10, 4, 1000, 4000);
	SELECT cardinality(a) - count(f) FROM (SELECT ARRAY[$1]) AS x (a)
	  LEFT JOIN flux.fresh f ON tenant_id = 7 AND tier = 9 GROUP BY a;
	ROLLBACK;
	SQL
}

while IFS='|' read -r title rows want; do
	meets "$title" "$(taken "$rows")" "^$want\$"
done << 'LIST'
as many as hold no more than is wanted|300,300,300,300|3
no more rows than asked for|1,1,1,1,1,1|4
two even if they hold more|900,900,900|2
one when two are more than a row may hold|3000,3000,3000|1
one when there is one|5000|1
LIST
done_testing
