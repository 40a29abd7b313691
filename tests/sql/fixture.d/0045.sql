-- 0045: a gap of a sensor of each tenant.
INSERT INTO flux.gap (tenant_id, source_id, gap_id, sensor_id, device_id,
       t_from, t_to, count, reason)
SELECT t, 5 * t - 4, t, 10 * t - 9, 5 * t - 4, now() - interval '1 hour', now(),
       t, 1
  FROM generate_series(1, 200) t;
