# 0017_key.sh - keys, limits, quotas and the meter; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
refuses "the desk reads no key's hash" fl_desk \
    "$session SELECT key_hash FROM ctx.api_key" "$denied for table api_key"
refuses "a session without the permission makes no key" fl_desk \
    "$session SELECT flux.key_make('y', '\\x00', 31, '', '{telemetry:write}',
     NULL, 'infinity', '{0,0}', NULL, NULL)" 'needs keys:write'
refuses "nor ends one" fl_desk "$session SELECT flux.key_end('k7')" \
    'needs keys:write'
refuses "nor lifts its limits" fl_desk \
    "$session SELECT flux.key_limit('k7', '{0,0}')" 'needs keys:write'
refuses "nor learns what a successor would be given" fl_desk \
    "$session SELECT ctx.key_of('k7')" 'needs keys:write'
refuses "a key is made past the audit by nobody" fl_admin \
    "$admin SELECT ctx.key_make('y', '\\x00', 31, '', 2, NULL, 'infinity',
     '{0,0}', NULL, NULL)" "$denied for function key_make"
refuses "nor ended past it" fl_admin "$admin SELECT ctx.key_end('k7')" \
    "$denied for function key_end"
refuses "a page makes no key" fl_page \
    "$session SELECT flux.key_make('y', '\\x00', 31, '', '{telemetry:write}',
     NULL, 'infinity', '{0,0}', NULL, NULL)" "$denied for function key_make"
refuses "an interface makes no key" fl_api \
    "$key SELECT flux.key_end('k7')" "$denied for function key_end"
refuses "a tenant sets no quota" fl_desk \
    "$session SELECT flux.quota_put('bytes', 1)" "$denied for function quota_put"
refuses "and writes none" fl_desk \
    "$session UPDATE flux.quota SET most = 1e15" "$denied for table quota"
refuses "nor the meter" fl_desk \
    "$session DELETE FROM flux.usage_day" "$denied for table usage_day"
refuses "the worker does not write the meter but by counting" fl_worker \
    "$worker UPDATE flux.usage_day SET readings = 0" \
    "$denied for table usage_day"
refuses "a tenant lifts no limit of its own" fl_desk \
    "$session SELECT ctx.tenant_limit('{0,0}')" \
    "$denied for function tenant_limit"
refuses "nor says that it is within its quota" fl_desk \
    "$session SELECT ctx.tenant_over(false)" \
    "$denied for function tenant_over"
refuses "nobody reads used signatures" fl_ingest \
    "$key SELECT * FROM ctx.nonce" "$denied for table nonce"
refuses "nor forgets them" fl_ingest "$key SELECT ctx.nonce_forget()" \
    "$denied for function nonce_forget"
refuses "a page asks for no sealed secret" fl_page \
    "$session SELECT ctx.sign_key('key-7')" "$denied for function sign_key"
refuses "use is counted in one's own tenant only" fl_worker \
    "$worker SELECT flux.usage_count();
     SELECT count(DISTINCT tenant_id) FROM flux.usage_day" '^7~~1~$'
