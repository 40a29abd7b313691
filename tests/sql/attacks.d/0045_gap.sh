# 0045_gap.sh - what an agent gave up; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
for role in fl_ingest fl_poller fl_desk; do
	refuses "$role sees no gaps" $role \
	    "SELECT count(*) FROM flux.gap" "$denied for table gap"
done
refuses "nobody's worker tells of no gap" fl_worker \
    "SELECT flux.gap_put(7, 0, '{1}', '{61}', ARRAY[now()], ARRAY[now()],
     '{1}', '{1}')" "$none"
refuses "the poller of a tenant tells of no gap of another" fl_worker \
    "BEGIN; SELECT tenant_id FROM ctx.begin_worker(7);
     SELECT flux.gap_put(8, 0, '{1}', '{71}', ARRAY[now()], ARRAY[now()],
     '{1}', '{1}')" 'row-level security'
refuses "a sensor of another tenant is none" super \
    "BEGIN; SELECT tenant_id FROM ctx.begin_worker(7);
     SELECT flux.gap_put(7, 0, '{4711}', '{71}', ARRAY[now()], ARRAY[now()],
     '{3}', '{1}');
     SELECT sensor_id, count FROM flux.gap WHERE gap_id = 4711;
     ROLLBACK" '^7~3~0\|3~$'
refuses "a gap only grows, and tells by how much" super \
    "BEGIN; SELECT tenant_id FROM ctx.begin_worker(7);
     SELECT flux.gap_put(7, 31, '{7}', '{61}', ARRAY[now()], ARRAY[now()],
     '{10}', '{1}');
     SELECT flux.gap_put(7, 31, '{7}', '{61}', ARRAY[now()], ARRAY[now()],
     '{9}', '{1}');
     ROLLBACK" '^7~3~0~$'
