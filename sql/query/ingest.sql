-- name: ingest_roster  (tenant, source, most) -> device, key, code, sensor_id, unit, low, high, states, f_min, f_max, f_count, f_stddev
-- roles: fl_ingest
-- Everything that the credential's gateway or device may send, by device; of
-- an aggregate also the other series.
SELECT d.key, s.key, s.code, s.sensor_id, s.unit, s.low, s.high,
       s.states::text, f.f_min, f.f_max, f.f_count, f.f_stddev
  FROM flux.device d
  JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.device_id = d.device_id
  LEFT JOIN (SELECT sensor_id,
                    max(facet_id) FILTER (WHERE what = 'min') AS f_min,
                    max(facet_id) FILTER (WHERE what = 'max') AS f_max,
                    max(facet_id) FILTER (WHERE what = 'count') AS f_count,
                    max(facet_id) FILTER (WHERE what = 'stddev') AS f_stddev
               FROM flux.facet
              WHERE tenant_id = $1
              GROUP BY sensor_id) f
    ON f.sensor_id = s.sensor_id
 WHERE d.tenant_id = $1 AND (d.device_id = $2 OR d.gateway_id = $2)
 ORDER BY s.device_id, s.key
 LIMIT $3;

-- name: ingest_facets_make  (tenant, sensors) -> made
-- roles: fl_ingest
SELECT flux.facets_ensure($1, $2::int[]);

-- name: ingest_facets  (tenant, sensors) -> sensor_id, f_min, f_max, f_count, f_stddev
-- roles: fl_ingest
SELECT sensor_id,
       max(facet_id) FILTER (WHERE what = 'min'),
       max(facet_id) FILTER (WHERE what = 'max'),
       max(facet_id) FILTER (WHERE what = 'count'),
       max(facet_id) FILTER (WHERE what = 'stddev')
  FROM flux.facet
 WHERE tenant_id = $1 AND sensor_id = ANY ($2::int[])
 GROUP BY sensor_id
 ORDER BY sensor_id
 LIMIT 100000;

-- name: ingest_replay  (tenant, source, key) -> status, reply
-- roles: fl_ingest
SELECT status, reply
  FROM flux.replay
 WHERE tenant_id = $1 AND source_id = $2 AND key = $3;

-- name: ingest_replay_put  (tenant, source, key, status, reply)
-- roles: fl_ingest
INSERT INTO flux.replay (tenant_id, source_id, key, status, reply)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant_id, source_id, key) DO NOTHING;

-- name: ingest_dead_letters  (tenant, at, source, places, codes, details, bodies)
-- roles: fl_ingest
INSERT INTO flux.dead_letter
       (tenant_id, at, source_id, place, code, detail, body)
SELECT $1, $2, $3, u.place, u.code, u.detail, convert_to(u.body, 'UTF8')
  FROM unnest($4::text[], $5::text[], $6::text[], $7::text[])
       AS u (place, code, detail, body);

-- name: ingest_dead_body  (tenant, at, source, code, detail, body)
-- roles: fl_ingest
-- A body that could not be read at all.
INSERT INTO flux.dead_letter
       (tenant_id, at, source_id, place, code, detail, body)
VALUES ($1, $2, $3, '', $4, $5, $6);
