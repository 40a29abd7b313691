# 0022_seal.sh - the keys that seal secrets; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
refuses "the desk gets the wrapped key of its tenant" fl_desk \
    "$session SELECT count(*), bool_and(convert_from(wrapped, 'UTF8')
     LIKE 'canary 7 %') FROM ctx.data_keys()" '^7~1\|t~$'
refuses "the desk reads no wrapped key of another" fl_desk \
    "$session SELECT wrapped FROM ctx.data_key WHERE tenant_id = 8" \
    "$denied for table data_key"
refuses "the desk does not ask for another's by number" fl_desk \
    "$session SELECT ctx.data_keys_at(8)" "$denied for function data_keys_at"
refuses "a key cannot be put over one that is there" fl_desk \
    "$session SELECT ctx.data_key_first('\\x$(printf '00%.0s' {1..65})');
     SELECT count(*) FROM ctx.data_keys()" '^7~f~1~$'
refuses "who only reads makes no key, and no error of it" fl_admin \
    "BEGIN READ ONLY; SELECT tenant_id FROM ctx.begin_admin(7);
     SELECT ctx.data_key_first('\\x$(printf '00%.0s' {1..65})')" '^7~f~$'
refuses "the desk replaces no key" fl_desk \
    "$session SELECT ctx.data_key_next(2, '\\x00')" \
    "$denied for function data_key_next"
refuses "the desk destroys no key" fl_desk \
    "$session SELECT ctx.data_key_shred()" \
    "$denied for function data_key_shred"
refuses "the desk cannot list what is sealed" fl_desk \
    "$session SELECT ctx.sealed_otherwise(1, 10)" \
    "$denied for function sealed_otherwise"
refuses "a page gets no wrapped key" fl_page \
    "$session SELECT ctx.data_keys()" "$denied for function data_keys"
refuses "an interface gets no wrapped key" fl_api \
    "$key SELECT ctx.data_keys()" "$denied for function data_keys"
refuses "ingest gets no wrapped key" fl_ingest \
    "$key SELECT ctx.data_keys()" "$denied for function data_keys"
refuses "without a context there are no keys" fl_desk \
    "SELECT ctx.data_keys()" "$none"
refuses "the worker destroys no key" fl_worker \
    "$worker SELECT ctx.data_key_shred()" \
    "$denied for function data_key_shred"
refuses "the operator's tool destroys in its tenant only" fl_admin \
    "$admin SELECT ctx.data_key_shred(); SELECT count(*), count(wrapped)
     FROM ctx.data_keys_all() WHERE tenant_id = 8" '^7~1~1\|1~$'
refuses "what is sealed elsewhere is replaced by name only" fl_admin \
    "$admin SELECT ctx.sealed_replace('api_key', '\\x00', '\\x01')" \
    'query returned no rows'
