# 0056.sh - drafts that are tried on a device; read by attacks.test.sh.
# shellcheck shell=bash disable=SC2154
as super -c "INSERT INTO ctx.login (email, tenant_id, name, can, wide)
    SELECT 'draft' || t || '@example.org', t, 'draft ' || t,
           ctx.bundle('technician'), ctx.bundle('technician')
      FROM generate_series(7, 8) t;
    INSERT INTO ctx.session (token_hash, tenant_id, user_id, expires_at)
    SELECT sha256((split_part(email, '@', 1))::bytea), tenant_id, user_id,
           now() + interval '1 h' FROM ctx.login WHERE email LIKE 'draft%';
    UPDATE flux.device SET modbus_transport = 'tcp', modbus_host = 'localhost',
           profile = 'p', profile_version = '1'
     WHERE tenant_id IN (7, 8) AND key = 'd1'"
tech="BEGIN; SELECT tenant_id FROM ctx.begin_session('draft7');"
viewer="BEGIN; SELECT tenant_id FROM ctx.begin_session('sess-7');"
ask="SELECT id > 0, refused FROM flux.preview_ask(NULL, 'd1', '{}', '',
    '{3,3}', '{0,50}', '{2,1}')"
own=$(as super -c "SELECT max(preview_id) FROM flux.preview
    WHERE tenant_id = 7")
foreign=$(as super -c "SELECT max(preview_id) FROM flux.preview
    WHERE tenant_id = 8")

refuses "who may look tries a draft" fl_desk "$tech $ask" '^7~t\|~$'
refuses "who may not look tries none" fl_desk "$viewer $ask" \
    'needs debug:read'
refuses "a draft is tried on no device elsewhere" fl_desk \
    "$tech SELECT refused FROM flux.preview_ask(NULL, 'e1', '{}', '', '{3}',
     '{0}', '{1}')" '^7~missing~$'
refuses "the rest of a foreign draft is not read" fl_desk \
    "$tech SELECT refused FROM flux.preview_ask($foreign, 'd1', '{}', '',
     '{3}', '{0}', '{1}')" '^7~missing~$'
refuses "a draft reads what can be read only" fl_desk \
    "$tech SELECT flux.preview_ask(NULL, 'd1', '{}', '', '{6}', '{0}', '{1}')" \
    'violates check constraint'
refuses "who may look sees his draft" fl_desk \
    "$tech SELECT body FROM flux.preview_load($own)" '^7~\{\}~$'
refuses "who may not look sees none" fl_desk \
    "$viewer SELECT count(*) FROM flux.preview_load($own)" '^7~0~$'
refuses "a foreign draft is not seen" fl_desk \
    "$tech SELECT count(*) FROM flux.preview_load($foreign)" '^7~0~$'
refuses "nor what it reads" fl_desk \
    "$tech SELECT count(*) FROM flux.preview_reads($foreign)" '^7~0~$'
refuses "drafts are read by function only" fl_desk "$tech SELECT 1 FROM
     flux.preview" "$denied for table preview"
as super -c "DELETE FROM ctx.probe_due;
    UPDATE flux.device SET modbus_transport = NULL, modbus_host = NULL,
           profile = NULL, profile_version = NULL
     WHERE tenant_id IN (7, 8) AND key = 'd1';
    DELETE FROM ctx.session WHERE user_id IN (SELECT user_id
        FROM ctx.login WHERE email LIKE 'draft%');
    DELETE FROM ctx.login WHERE email LIKE 'draft%'"
