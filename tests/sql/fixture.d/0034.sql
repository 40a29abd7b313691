-- 0034: of each tenant a body that was drained.
INSERT INTO flux.drained (tenant_id, spool_id)
SELECT t, decode(lpad(to_hex(t), 32, '0'), 'hex')
  FROM generate_series(1, 200) t;
