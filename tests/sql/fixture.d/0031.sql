-- 0031: of each tenant's gateway a mapping, a rule, a name that leads nowhere
-- and a remark in every partition.
INSERT INTO flux.mapping (tenant_id, source_id, device, sensor, sensor_id)
SELECT t, 5 * t - 4, 'canary', 'canary ' || t, 10 * t - 9
  FROM generate_series(1, 200) t;

INSERT INTO flux.intake_rule (tenant_id, source_id, zone, home)
SELECT t, 5 * t - 4, 'Europe/Berlin', 5 * t - 4
  FROM generate_series(1, 200) t;

INSERT INTO flux.stranger (tenant_id, source_id, device, sensor, format, count,
       sample)
SELECT t, 5 * t - 4, 'canary', 'canary ' || t, 1, 1, 'canary ' || t
  FROM generate_series(1, 200) t;

INSERT INTO flux.remark (tenant_id, at, source_id, reason, t_min, t_max,
       sensor, time, was_unit)
SELECT t, now() + i * interval '1 month', 5 * t - 4, 1, now(), now(),
       ARRAY[10 * t - 9], ARRAY[now()], 'canary ' || t
  FROM generate_series(1, 200) t
 CROSS JOIN unnest(ARRAY[0, 1, 2, 3, 120]) i;
