-- fixture.sql - 200 small tenants, each with rows in every table, in every
-- partition and so in every view: what is empty proves nothing.
--
-- Tenant t: devices 5t-4 .. 5t, the first of them a gateway with the rest
-- behind it; two sensors a device.  Session 'sess-t', password 'pass-t' of
-- user 'u<t>@example.org', API key 'key-t' of the gateway.  Tenant 3's session
-- is over and its key revoked.  The tables of later migrations are filled by
-- fixture.d/NNNN.sql, in their order; fixture_end.sql comes last.
INSERT INTO ctx.tenant_home (name) SELECT 'tenant ' || t
  FROM generate_series(1, 200) t;

INSERT INTO ctx.login (email, tenant_id, name, can, salt, verifier)
SELECT 'u' || t || '@example.org', t, 'user ' || t, 15,
       substr(sha256(('salt ' || t)::bytea), 1, 16),
       sha256(('pass-' || t)::bytea)
  FROM generate_series(1, 200) t;

INSERT INTO ctx.session (token_hash, tenant_id, user_id, expires_at)
SELECT sha256(('sess-' || tenant_id)::bytea), tenant_id, user_id,
       now() + CASE WHEN tenant_id = 3 THEN interval '-1 s'
                    ELSE interval '1 h' END
  FROM ctx.login;

INSERT INTO ctx.poller_grant
SELECT 'fl_poller', t FROM generate_series(1, 100) t;

INSERT INTO flux.tenant (tenant_id, name)
SELECT t, 'tenant ' || t FROM generate_series(1, 200) t;

INSERT INTO flux.member (tenant_id, user_id, email, name, role)
SELECT tenant_id, user_id, email, name, 'admin' FROM ctx.login;

INSERT INTO flux.site (tenant_id, key, name)
SELECT t, 'site', 'canary site ' || t FROM generate_series(1, 200) t;

INSERT INTO flux.asset (tenant_id, site_id, key, name, type)
SELECT tenant_id, site_id, 'asset', 'canary asset ' || tenant_id, 'pump'
  FROM flux.site;

-- A device's kind, gateway and name follow from its number in the tenant.
INSERT INTO flux.device (tenant_id, device_id, key, name, kind, mode,
       gateway_id, site_id, simulated, metadata)
OVERRIDING SYSTEM VALUE
SELECT t, 5 * t - 4 + i, 'd' || i, 'canary device ' || t || '.' || i,
       CASE i WHEN 0 THEN 'gateway' ELSE 'device' END,
       CASE i WHEN 0 THEN 'direct' ELSE 'gateway' END,
       CASE WHEN i > 0 THEN 5 * t - 4 END, s.site_id, true,
       jsonb_build_object('canary', t)
  FROM generate_series(1, 200) t
  JOIN flux.site s ON s.tenant_id = t
 CROSS JOIN generate_series(0, 4) i
 ORDER BY t, i;
SELECT setval('flux.device_device_id_seq', max(device_id)) FROM flux.device;

INSERT INTO ctx.api_key (key_hash, key_id, tenant_id, device_id, can,
       revoked_at)
SELECT sha256(('key-' || tenant_id)::bytea), 'k' || tenant_id, tenant_id,
       device_id, 3, CASE WHEN tenant_id = 3 THEN now() END
  FROM flux.device WHERE kind = 'gateway';

INSERT INTO flux.sensor (tenant_id, device_id, key, code, name)
SELECT tenant_id, device_id, 's' || i, key || '.s' || i, 'canary sensor'
  FROM flux.device CROSS JOIN generate_series(1, 2) i
 ORDER BY tenant_id, device_id, i;

INSERT INTO flux.facet (tenant_id, sensor_id, what, facet_id)
SELECT tenant_id, sensor_id, 'min', 100000 + sensor_id FROM flux.sensor
 WHERE code = 'd1.s1';

INSERT INTO flux.mark (tenant_id, sensor, t_min, t_max)
SELECT t, ARRAY[10 * t - 9], ARRAY[now()], ARRAY[now()]
  FROM generate_series(1, 200) t;

-- A batch in every partition: this month, the three after it, and far away.
INSERT INTO flux.ingest_batch (tenant_id, at, source_id, seq, sent, rejected)
SELECT t, now() + i * interval '1 month', 5 * t - 4, 'canary ' || i, 10, 1
  FROM generate_series(1, 200) t
 CROSS JOIN unnest(ARRAY[0, 1, 2, 3, 120]) i;

INSERT INTO flux.dead_letter (tenant_id, at, source_id, place, code, detail,
       body)
SELECT t, now() + i * interval '1 month', 5 * t - 4, 'readings[1]', 'not_json',
       'canary', convert_to('canary ' || t, 'UTF8')
  FROM generate_series(1, 200) t
 CROSS JOIN unnest(ARRAY[0, 1, 2, 3, 120]) i;

INSERT INTO flux.replay (tenant_id, source_id, key, status, reply)
SELECT t, 5 * t - 4, 'once', 200, 'canary ' || t
  FROM generate_series(1, 200) t;

INSERT INTO flux.landing (tenant_id, at, batch_id, source_id, duplicate, t_min,
       t_max, n, block)
SELECT tenant_id, at, batch_id, source_id, 0, at - interval '1 h', at, 9,
       convert_to('canary ' || tenant_id, 'UTF8')
  FROM flux.ingest_batch;

INSERT INTO flux.fresh (tenant_id, tier, t_min, t_max, n, series, sensor,
       last, offset_, block)
SELECT t, 0, now() - interval '1 h', now(), 9, 1, ARRAY[10 * t - 9],
       ARRAY[10 * t - 9], ARRAY[0, 6], convert_to('canary ' || t, 'UTF8')
  FROM generate_series(1, 200) t;

INSERT INTO flux.chunk (tenant_id, sensor_id, t_min, t_max, n, run)
SELECT t, 10 * t - 9, at, at, 9, convert_to('canary ' || t, 'UTF8')
  FROM generate_series(1, 200) t
 CROSS JOIN unnest(ARRAY[0, 1, 2, 3, 120]) i,
       LATERAL (SELECT now() + i * interval '1 month' AS at) w;

INSERT INTO flux.packing (tenant_id) SELECT generate_series(1, 200);

INSERT INTO flux.rollup_hour (tenant_id, sensor_id, start, till, count, bad,
       quality, sum, m2, held, area, rest)
SELECT t, 10 * t - 9, at, at + interval '1 h', 1, 0, 100, t, 0, 0, 0, 0
  FROM generate_series(1, 200) t
 CROSS JOIN unnest(ARRAY[0, 1, 2, 3, 120]) i,
       LATERAL (SELECT now() + i * interval '1 month' AS at) w;
INSERT INTO flux.rollup_day (tenant_id, sensor_id, start, till, count, bad,
       quality, sum, m2, held, area, rest)
SELECT tenant_id, sensor_id, start, till, count, bad, quality, sum, m2, held,
       area, rest
  FROM flux.rollup_hour;

INSERT INTO flux.rolled (tenant_id, device_id, version, sensor, upto)
SELECT t, 5 * t - 3, 1, ARRAY[10 * t - 9], ARRAY[now()]
  FROM generate_series(1, 200) t;

INSERT INTO flux.rolling (tenant_id) SELECT generate_series(1, 200);

INSERT INTO flux.meter_swap (tenant_id, sensor_id, at, old_last, new_first)
SELECT tenant_id, sensor_id, now(), tenant_id, 0 FROM flux.sensor
 WHERE code = 'd1.s1';

INSERT INTO flux.raw_floor (tenant_id, sensor_id, floor)
SELECT t, 10 * t - 9, now() FROM generate_series(1, 200) t;

INSERT INTO flux.quarantine (tenant_id, level, sensor_id, t_min, t_max, n, why,
       bytes)
SELECT t, 'fresh', 10 * t - 9, now(), now(), 9, 'canary',
       convert_to('canary ' || t, 'UTF8')
  FROM generate_series(1, 200) t;

INSERT INTO flux.latest (tenant_id, device_id, version, seen, sensor, time,
       value, quality, rev)
SELECT tenant_id, device_id, 1, now(), array_agg(sensor_id ORDER BY sensor_id),
       array_agg(now()), array_agg(tenant_id::float8), array_agg(0::smallint),
       array_agg(0)
  FROM flux.sensor GROUP BY tenant_id, device_id;

INSERT INTO flux.retention (tenant_id, class, metric, keep)
SELECT t, 'raw', '*', interval '40 days' FROM generate_series(1, 200) t;

INSERT INTO flux.hold (tenant_id, t_min, t_max, until, why)
SELECT t, now(), now(), now(), 'canary ' || t FROM generate_series(1, 200) t;

INSERT INTO flux.deletion (tenant_id, deleted_by, class, relation, metric,
       month, t_min, t_max, rows, bytes, sensor, first, last, n)
SELECT t, 'canary', 'raw', 'chunk', '*', now(), now(), now(), 1, 1,
       ARRAY[10 * t - 9], ARRAY[now()], ARRAY[now()], ARRAY[1]
  FROM generate_series(1, 200) t;

INSERT INTO flux.retained (tenant_id) SELECT generate_series(1, 200);

INSERT INTO flux.raw_floor (tenant_id, sensor_id, floor)
SELECT t, 10 * t - 9, now() FROM generate_series(1, 200) t
    ON CONFLICT DO NOTHING;

-- Device d1 has three rules and three alerts, so that a careless join counts
-- it three times; d2 has one of each.
INSERT INTO flux.rule (tenant_id, sensor_id, name, above, threshold, severity)
SELECT tenant_id, sensor_id, 'canary rule ' || i, true, i, 2
  FROM flux.sensor CROSS JOIN generate_series(1, 3) i
 WHERE code = 'd1.s1' OR code = 'd2.s1' AND i = 1;

INSERT INTO flux.alert (tenant_id, rule_id, sensor_id, raised_at, value)
SELECT tenant_id, rule_id, sensor_id, now(), 2 FROM flux.rule;
