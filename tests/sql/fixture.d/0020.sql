-- Authorities, labels and certificates of each tenant: its own authority and a
-- maker's, a label of its first device that is open, and that device's
-- certificate.
INSERT INTO ctx.tenant_ca (tenant_id, name, cert, ski, sealed_key, not_after)
SELECT t, 'canary ' || t, convert_to('ca-' || t, 'UTF8'), '\x01',
       convert_to('canary ' || t, 'UTF8'), now() + interval '1 year'
  FROM generate_series(1, 200) t;
INSERT INTO ctx.tenant_ca (tenant_id, name, cert, ski, not_after)
SELECT t, 'canary maker ' || t, convert_to('maker-' || t, 'UTF8'), '\x02',
       now() + interval '1 year' FROM generate_series(1, 200) t;
INSERT INTO ctx.claim (claim_hash, tenant_id, device_id, device_key, kind,
       made_by, expires_at, opened_till)
SELECT sha256(convert_to('label-' || d.tenant_id, 'UTF8')), d.tenant_id,
       d.device_id, d.key, 'l', d.tenant_id, now() + interval '1 day',
       now() + interval '1 day'
  FROM flux.device d WHERE d.key = 'd1';
INSERT INTO ctx.claim (claim_hash, tenant_id, device_id, device_key, kind,
       made_by, expires_at, opened_till)
SELECT ctx.expected_hash(d.tenant_id, d.key), d.tenant_id, d.device_id, d.key,
       'c', d.tenant_id, now() + interval '1 day', now() + interval '1 day'
  FROM flux.device d WHERE d.key = 'd2';
INSERT INTO ctx.device_cert (cert_hash, tenant_id, device_id, serial,
       spki_hash, can, not_before, not_after)
SELECT sha256(convert_to('der-' || d.tenant_id, 'UTF8')), d.tenant_id,
       d.device_id, convert_to('serial ' || d.tenant_id, 'UTF8'),
       sha256(convert_to('d1-spki-' || d.tenant_id, 'UTF8')),
       ctx.can_of('{telemetry:write}'), now() - interval '1 day',
       now() + interval '1 day'
  FROM flux.device d WHERE d.key = 'd1';
-- Who may enrol in tenants 7 and 8: 'enrol-t' is an administrator's session.
WITH boss AS (
	INSERT INTO ctx.login (email, tenant_id, name, can, wide)
	SELECT 'enrol' || t || '@example.org', t, 'enrol ' || t,
	       ctx.bundle('admin'), ctx.bundle('admin')
	  FROM generate_series(7, 8) t
	RETURNING tenant_id, user_id)
INSERT INTO ctx.session (token_hash, tenant_id, user_id, expires_at)
SELECT sha256(('enrol-' || tenant_id)::bytea), tenant_id, user_id,
       now() + interval '1 h' FROM boss;
