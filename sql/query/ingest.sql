-- list: faceted
-- The sensors that have facets, with the number of each.
(SELECT sensor_id,
        max(facet_id) FILTER (WHERE what = 'min') AS f_min,
        max(facet_id) FILTER (WHERE what = 'max') AS f_max,
        max(facet_id) FILTER (WHERE what = 'count') AS f_count,
        max(facet_id) FILTER (WHERE what = 'stddev') AS f_stddev,
        max(facet_id) FILTER (WHERE what = 'decimals') AS f_decimals
   FROM flux.facet
  WHERE tenant_id = $1
  GROUP BY sensor_id);

-- name: ingest_roster  (tenant, source, most) -> device, key, code, sensor_id, unit, low, high, states, f_min, f_max, f_count, f_stddev, f_decimals, flags, scale, shift, zero
-- roles: fl_ingest fl_worker
-- Everything that the gateway or device may send, by device; of an aggregate
-- also the other series.  What a mapping says comes before what is called so,
-- as long as it leads to what is behind the gateway.
SELECT device, key, code, sensor_id, unit, low, high, states, f_min, f_max,
       f_count, f_stddev, f_decimals, flags, scale, shift, zero
  FROM (SELECT d.key, s.key, s.code, s.sensor_id, s.unit, s.low, s.high,
               s.states::text, f.f_min, f.f_max, f.f_count, f.f_stddev,
               f.f_decimals, s.beyond = 'flag', 1::float8, 0::float8,
               s.zero_suspect, 1
          FROM flux.device d
          JOIN flux.sensor s
            ON s.tenant_id = $1 AND s.device_id = d.device_id
          LEFT JOIN {faceted} f
            ON f.sensor_id = s.sensor_id
         WHERE d.tenant_id = $1 AND (d.device_id = $2 OR d.gateway_id = $2)
        UNION ALL
        SELECT m.device, m.sensor, '', coalesce(s.sensor_id, 0),
               coalesce(s.unit, ''), s.low, s.high, s.states::text, f.f_min,
               f.f_max, f.f_count, f.f_stddev, f.f_decimals,
               coalesce(s.beyond = 'flag', false), m.scale, m.shift,
               coalesce(s.zero_suspect, false), 0
          FROM flux.mapping m
          LEFT JOIN flux.sensor s
            ON s.tenant_id = $1 AND s.sensor_id = m.sensor_id
          LEFT JOIN flux.device d
            ON d.tenant_id = $1 AND d.device_id = s.device_id
          LEFT JOIN {faceted} f
            ON f.sensor_id = m.sensor_id
         WHERE m.tenant_id = $1 AND m.source_id = $2
           AND (m.sensor_id IS NULL OR $2 IN (d.device_id, d.gateway_id)))
       AS r (device, key, code, sensor_id, unit, low, high, states, f_min,
       f_max, f_count, f_stddev, f_decimals, flags, scale, shift, zero, rank)
 ORDER BY device COLLATE "C", rank, key COLLATE "C"
 LIMIT $3;

-- name: ingest_rule  (tenant, source) -> refuses_clock, zone, home, metric, own, site, simulated
-- roles: fl_ingest fl_worker
-- How the bodies of a gateway or device are read.
SELECT coalesce(r.clock = 'refuse', false), coalesce(r.zone, s.zone),
       coalesce(h.key, ''), coalesce(r.metric, 'auto'), d.key, s.key,
       d.simulated
  FROM flux.device d
  JOIN flux.site s ON s.tenant_id = $1 AND s.site_id = d.site_id
  LEFT JOIN flux.intake_rule r
    ON r.tenant_id = $1 AND r.source_id = d.device_id
  LEFT JOIN flux.device h
    ON h.tenant_id = $1 AND h.device_id = r.home
 WHERE d.tenant_id = $1 AND d.device_id = $2;

-- name: ingest_quality  (source, level, kbit) -> known
-- roles: fl_ingest
-- How finely an edge agent tells; 0: that is no level, or no device.
SELECT flux.quality_put($1::int, $2, $3::bigint);

-- name: ingest_facets_make  (tenant, sensors) -> made
-- roles: fl_ingest fl_worker
SELECT flux.facets_ensure($1, $2::int[]);

-- name: ingest_replay  (tenant, source, key) -> status, reply
-- roles: fl_ingest fl_worker
SELECT status, reply
  FROM flux.replay
 WHERE tenant_id = $1 AND source_id = $2 AND key = $3;

-- name: ingest_replay_put  (tenant, source, key, status, reply) -> is_first
-- roles: fl_ingest fl_worker
-- No row: somebody else has just stored the same batch.
INSERT INTO flux.replay (tenant_id, source_id, key, status, reply)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant_id, source_id, key) DO NOTHING
RETURNING true;

-- name: ingest_remark  (tenant, at, source, reason, t_min, t_max, sensors,
-- times, was_times, was_values, was_unit)
-- roles: fl_ingest fl_worker
-- was_times and was_values are NULL, or run in parallel to the times; one that
-- is as it was, or NaN, is noted as NULL.
INSERT INTO flux.remark (tenant_id, at, source_id, reason, t_min, t_max,
       sensor, time, was_time, was_value, was_unit)
VALUES ($1, $2, $3, $4, $5, $6, $7::int[], $8::timestamptz[],
       CASE WHEN $9::timestamptz[] IS NOT NULL THEN
           ARRAY(SELECT nullif(u.was, u.has) FROM unnest($9, $8)
                 WITH ORDINALITY u (was, has, rank) ORDER BY u.rank) END,
       CASE WHEN $10::float8[] IS NOT NULL THEN
           ARRAY(SELECT nullif(u.was, 'NaN') FROM unnest($10)
                 WITH ORDINALITY u (was, rank) ORDER BY u.rank) END,
       $11);

-- name: ingest_dead_letters  (tenant, at, source, places, codes, details,
-- bodies, format, query, devices, sensors, times, values, units, qualities,
-- revs, wholes)
-- roles: fl_ingest fl_worker
INSERT INTO flux.dead_letter
       (tenant_id, at, source_id, place, code, detail, body, format, query,
       device, sensor, time, value, unit, quality, rev, whole)
SELECT $1, $2, $3, u.place, u.code, u.detail, convert_to(u.body, 'UTF8'), $8,
       $9, u.device, u.sensor, nullif(u.time, '-infinity'), u.value, u.unit,
       u.quality, u.rev, u.whole = 1
  FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $10::text[],
              $11::text[], $12::timestamptz[], $13::text[], $14::text[],
              $15::int[], $16::int[], $17::int[])
       AS u (place, code, detail, body, device, sensor, time, value, unit,
            quality, rev, whole);

-- name: ingest_dead_body  (tenant, at, source, code, detail, body, format, query, is_whole)
-- roles: fl_ingest fl_worker
-- A body that could not be read at all.
INSERT INTO flux.dead_letter
       (tenant_id, at, source_id, place, code, detail, body, format, query,
       whole)
VALUES ($1, $2, $3, '', $4, $5, $6, $7, $8, $9);
