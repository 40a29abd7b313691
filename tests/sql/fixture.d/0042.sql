-- 0042: how each tenant's gateway answers.
INSERT INTO flux.unit_health (tenant_id, device_id, hour, at, answers,
       exceptions, garbage, corrupt, silent, down, missed, answer_ms, p99_ms,
       offline, busy, load, waiting, most_words, holes, remark)
SELECT t, 5 * t - 4, date_trunc('hour', now(), 'UTC'), now(), t, '{}', 0, 0, 0,
       0, 0, 0, 0, false, 0, 0, 0, 0, '', format('canary %s', t)
  FROM generate_series(1, 200) t;
