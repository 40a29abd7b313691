#!/bin/bash
# partition.test.sh - a month's partition is made once, whoever makes it.
. "$(dirname "$0")/lib.sh"
need_gate

make="SELECT flux.partition_at('chunk', '2011-05-03Z')"

# The first holds its transaction until the second waits for it.
as super <<-SQL > /dev/null &
	BEGIN;
	$make;
	DO \$\$ BEGIN
	FOR i IN 1..500 LOOP
		EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted);
		PERFORM pg_sleep(0.01);
	END LOOP; END \$\$;
	COMMIT;
SQL
for _ in {1..500}; do
	[ -z "$(as super -c "SELECT 1 FROM pg_stat_activity
	    WHERE query ~ '^\s*DO ' AND state = 'active'
	      AND datname = current_database()")" ] || break
	sleep 0.01
done
claim "who comes second finds it made" \
    "$(as super -c "$make" 2>&1)" 0
wait
claim "and it is there" "$(as super -c "SELECT count(*) FROM pg_class
    WHERE relname = 'chunk_2011_05'")" 1
as super -q -c 'DROP TABLE flux.chunk_2011_05'
done_testing
