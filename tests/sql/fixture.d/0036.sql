-- 0036: what each tenant's gateway says of itself.
INSERT INTO flux.attribute (tenant_id, device_id, name, value)
SELECT t, 5 * t - 4, 'canary', format('"canary %s"', t)
  FROM generate_series(1, 200) t;
