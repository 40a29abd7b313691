# 0020.sh - labels, authorities and certificates; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
enrol="BEGIN; SELECT tenant_id FROM ctx.begin_session('enrol-7');"
facts="'\\x30', 1, '\\x01', '\\x02', now(), now() + interval '1 h'"
refuses "the desk sees its tenant's label" fl_desk \
    "$enrol SELECT count(*) FROM ctx.claim_look('label-7')" '^7~1~$'
refuses "and no other's" fl_desk \
    "$enrol SELECT count(*) FROM ctx.claim_look('label-8')" '^7~0~$'
refuses "nor opens it" fl_desk \
    "$enrol SELECT flux.claim_open('label-8', 'x', 'site', '')" '^7~f~$'
refuses "nor labels its devices by their number" fl_desk \
    "$enrol SELECT ctx.claim_put(36, 'd0', '\\x01')" \
    "$denied for function claim_put"
refuses "who may not enrol sees no label of his own tenant" fl_desk \
    "$session SELECT ctx.claim_look('label-7')" 'needs devices:enroll'
refuses "nor makes one" fl_desk \
    "$session SELECT flux.claim_make('d1', '\\x01')" 'needs devices:enroll'
refuses "nor trusts a maker" fl_desk \
    "$session SELECT ctx.ca_put('x', '\\x30', '\\x01', NULL, now())" \
    'needs keys:write'
refuses "nor ends a certificate" fl_desk \
    "$session SELECT ctx.cert_end(7)" 'needs keys:write'
refuses "a certificate of another tenant is not ended" fl_desk \
    "$enrol SELECT ctx.cert_end((SELECT max(cred_id) + 0 FROM ctx.certs()) + 1)" \
    '^7~f~$'
refuses "the desk sees no certificate of another" fl_desk \
    "$enrol SELECT count(*) FILTER (WHERE serial = 'serial 8')
     FROM ctx.certs()" '^7~0~$'
refuses "nor an authority of another" fl_desk \
    "$enrol SELECT count(*), bool_and(name LIKE 'canary%7') FROM ctx.cas()" \
    '^7~2\|t~$'
refuses "the desk gets no sealed key" fl_desk \
    "$enrol SELECT ctx.ca_own()" "$denied for function ca_own"
refuses "nor reads one from the table" fl_desk \
    "$enrol SELECT sealed_key FROM ctx.tenant_ca" "$denied for table tenant_ca"
refuses "the desk takes no key with a label" fl_desk \
    "$enrol SELECT ctx.claim_take('label-7', 'k', '\\x01')" \
    "$denied for function claim_take"
refuses "nor a certificate" fl_desk \
    "$enrol SELECT ctx.enrol('label-7', 7, 'd1', $facts)" \
    "$denied for function enrol"
refuses "nor registers one" fl_desk \
    "$enrol SELECT ctx.cert_put(36, $facts)" "$denied for function cert_put"
refuses "the login role reads no label" fl_auth \
    "SELECT * FROM ctx.claim" "$denied for table claim"
refuses "the login role takes nothing with a code that is none" fl_auth \
    "SELECT ctx.claim_take('label-9999', 'k', '\\x01') IS NULL" '^t~$'
refuses "a label is used once" fl_auth \
    "BEGIN; SELECT ctx.claim_take('label-9', 'once', '\\x01');
     SELECT ctx.claim_take('label-9', 'twice', '\\x02') IS NULL; ROLLBACK" \
    '^d1~t~$'
refuses "by whichever way" fl_auth \
    "BEGIN; SELECT ctx.claim_take('label-9', 'once', '\\x01');
     SELECT ctx.enrol('label-9', NULL, NULL, $facts) IS NULL; ROLLBACK" \
    '^d1~t~$'
refuses "the name of an expected device is no code" fl_auth \
    "SELECT ctx.claim_take('expected|9|d2', 'k', '\\x01') IS NULL,
     ctx.enrol('expected|9|d2', 9, 'd2', $facts) IS NULL" '^t\|t~$'
refuses "a code is no name of an expected device" fl_auth \
    "SELECT ctx.enrol(NULL, 9, 'd1', $facts) IS NULL" '^t~$'
refuses "an enrolment leaves no context behind" fl_auth \
    "BEGIN; SELECT ctx.claim_take('label-9', 'once', '\\x01');
     SELECT current_setting('app.ctx') = ''; ROLLBACK" '^d1~t~$'
refuses "an unknown certificate is not renewed" fl_auth \
    "SELECT ctx.renew('der-9999', $facts), (SELECT count(*)
     FROM ctx.renew_look('der-9999'))" '^f\|0~$'
refuses "a key of another device enrols nobody" fl_auth \
    "SELECT ctx.enrol(NULL, 9, 'd2', '\\x30', 1, '\\x01',
     sha256('d1-spki-9'), now(), now() + interval '1 h')" \
    'key is that of another device'
refuses "the login role adds no certificate by itself" fl_auth \
    "SELECT ctx.cert_add(7, 36, ($facts)::ctx.cert_facts, 'x')" \
    "$denied for function cert_add"
refuses "a page sees no label" fl_page \
    "$session SELECT ctx.claim_look('label-7')" \
    "$denied for function claim_look"
refuses "nobody writes a device's certificate but the gate" fl_admin \
    "$admin SELECT flux.device_certified(36, '{}')" \
    "$denied for function device_certified"
