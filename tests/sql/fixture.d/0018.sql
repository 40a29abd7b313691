-- The heads of the entries that each tenant has.
UPDATE flux.audit_head SET seq = 1, hash = 'x';
-- Signed heads, and payloads that were refused.
INSERT INTO flux.audit_seal (tenant_id, seq, hash, at, kid, signature)
SELECT t, 1, 'x', now(), 'canary', 'x' FROM generate_series(1, 200) t;
INSERT INTO flux.debug_payload (tenant_id, device_id, slot, at, status,
       reasons, size, body)
SELECT t, 5 * t - 4, 0, now(), 202, 'canary', 9,
       convert_to('canary ' || t, 'UTF8') FROM generate_series(1, 200) t;
INSERT INTO ctx.refusal (tenant_id, object, times, told_at)
SELECT t, 'canary ' || t, 1, now() FROM generate_series(1, 200) t;
