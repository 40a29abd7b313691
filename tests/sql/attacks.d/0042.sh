# 0042.sh - how units answer; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
said='{"answers": 5, "exceptions": [0, 2], "garbage": 0, "corrupt": 0,
    "silent": 0, "down": 0, "missed": 0, "answer_ms": 9, "p99_ms": 2,
    "offline": false, "busy": 0, "load": 0, "waiting": 0, "most_words": 0,
    "holes": "", "remark": "new"}'
refuses "a session sees how its own units answer, and no other's" fl_page \
    "$session SELECT count(*), min(remark), max(remark) FROM flux.unit_health" \
    '^7~1\|canary 7\|canary 7~$'
refuses "a poller says how its own tenant's units answer, and no other's" \
    fl_poller "$poller SELECT flux.unit_health_put(jsonb_build_array(
         '$said'::jsonb || '{\"device\": 31}',
         '$said'::jsonb || '{\"device\": 36}'));
     SELECT flux.unit_health_put(jsonb_build_array('$said'::jsonb ||
         '{\"device\": 36}'))" '^7~1~0~$'
refuses "a poller reads no table of them" fl_poller \
    "$poller SELECT 1 FROM flux.unit_health" \
    "$denied for table unit_health"
refuses "a page writes none" fl_page \
    "$session SELECT flux.unit_health_put('[]')" \
    "$denied for function unit_health_put"
refuses "nor does a key" fl_ingest \
    "$key SELECT flux.unit_health_put('[]')" \
    "$denied for function unit_health_put"
