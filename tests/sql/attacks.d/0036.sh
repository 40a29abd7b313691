# 0036.sh - what devices say of themselves; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
refuses "a session sees what its own devices say, and no other's" fl_page \
    "$session SELECT count(*), min(value), max(value) FROM flux.attribute" \
    '^7~1\|"canary 7"\|"canary 7"~$'
refuses "a key reads what its own device has said" fl_ingest \
    "$key SELECT * FROM flux.attribute_own(31)" '^7~canary\|"canary 7"~$'
refuses "and nothing of another tenant's" fl_ingest \
    "$key SELECT count(*) FROM flux.attribute_own(36)" '^7~0~$'
refuses "a key says nothing of another tenant's device" fl_ingest \
    "$key SELECT flux.attribute_put(36, '{\"\"}', '{canary}', '{1}');
     SELECT count(*) FROM flux.attribute_own(36)" '^7~~0~$'
refuses "nor of a device that is not behind its gateway" fl_ingest \
    "$key SELECT flux.attribute_put(31, '{d8-1}', '{canary}', '{1}');
     SELECT value FROM flux.attribute_own(31)" '^7~~"canary 7"~$'
refuses "a device has at most 500 names" fl_ingest \
    "$key SELECT flux.attribute_put(31, array_agg(''::text), array_agg('n' || i),
         array_agg('1'::text)) FROM generate_series(1, 600) i;
     SELECT count(*), min(name) FROM flux.attribute_own(31)" '^7~~500\|canary~$'
refuses "too long a value is let go, the others are kept" fl_ingest \
    "$key SELECT flux.attribute_put(31, '{\"\",\"\"}', '{a,b}',
         ARRAY[repeat('1', 5000), '2']);
     SELECT name FROM flux.attribute_own(31) WHERE name < 'c'" '^7~~b~$'
refuses "ingest reads no table of them" fl_ingest \
    "$key SELECT 1 FROM flux.attribute" "$denied for table attribute"
refuses "a page writes none" fl_page \
    "$session SELECT flux.attribute_put(31, '{}', '{}', '{}')" \
    "$denied for function attribute_put"
