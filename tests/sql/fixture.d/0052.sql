-- 0052: of a device of each tenant a read that waits.
INSERT INTO flux.probe (tenant_id, device_id, function, address, quantity,
       asked_by, expires_at)
SELECT t, 5 * t - 1, 3, t, 2, t, now() + interval '1 day'
  FROM generate_series(1, 200) t;
