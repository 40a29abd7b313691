-- Tokens: the gateway of tenant t has the certificate 'cert-t', the access
-- token of 'sid-t' and the refresh token 'turn-t'; tenant 3's are revoked.
INSERT INTO ctx.device_cert (cert_hash, tenant_id, device_id, serial, spki_hash,
       can, not_before, not_after, revoked_at)
SELECT sha256(('cert-' || t)::bytea), t, 5 * t - 4, '\x01',
       sha256(('spki-' || t)::bytea), 7, now() - interval '1 day',
       now() + interval '1 day', CASE WHEN t = 3 THEN now() END
  FROM generate_series(1, 200) t;

INSERT INTO ctx.family (tenant_id, device_id, cert_hash, can, expires_at,
       revoked_at)
SELECT t, 5 * t - 4, sha256(('cert-' || t)::bytea), 7,
       now() + interval '1 day', CASE WHEN t = 3 THEN now() END
  FROM generate_series(1, 200) t;

INSERT INTO ctx.token (token_hash, tenant_id, family_id, kind, expires_at)
SELECT sha256((word || f.tenant_id)::bytea), f.tenant_id, f.family_id, kind,
       now() + interval '1 h'
  FROM ctx.family f,
       (VALUES ('sid-', 'a'::"char"), ('turn-', 'r')) AS v (word, kind);
