-- 0017: what each tenant used today and yesterday, one quota, a nonce.
INSERT INTO flux.usage_day (tenant_id, day, requests, readings, refused, bytes,
       devices, alarms)
SELECT t, current_date - i, 1, 9, 1, 100, 5, 0
  FROM generate_series(1, 200) t CROSS JOIN generate_series(0, 1) i;

INSERT INTO flux.quota (tenant_id, what, most)
SELECT t, 'readings_day', 1000000 FROM generate_series(1, 200) t;

INSERT INTO ctx.nonce (nonce_hash, tenant_id, expires_at)
SELECT sha256(('nonce ' || t)::bytea), t, now() + interval '10 min'
  FROM generate_series(1, 200) t;
