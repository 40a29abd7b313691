-- name: gap_put  (tenant, source, ids, sensors, froms, tos, counts, reasons) -> more
-- roles: fl_ingest fl_poller fl_worker
-- Readings that an agent gave up.
SELECT flux.gap_put($1, $2, $3::bigint[], $4::int[], $5::timestamptz[],
       $6::timestamptz[], $7::bigint[], $8::int[]);

-- name: gap_spans  (tenant, device, from, to, limit) -> sensor_id, t_from, t_to, count, reason
-- roles: fl_page fl_api
-- Of a device's sensors, what its agent gave up; sensor 0: of all of them.
SELECT g.sensor_id, g.t_from, g.t_to, g.count, g.reason
  FROM flux.gap g
  JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.device_id = $2 AND s.sensor_id = g.sensor_id
 WHERE g.tenant_id = $1 AND g.t_to >= $3 AND g.t_from < $4
UNION ALL
SELECT 0, t_from, t_to, count, reason FROM flux.gap_around($2, $3, $4)
 ORDER BY 2, 1
 LIMIT $5;

-- name: gap_newest  (tenant, from, limit) -> device, device_name, sensors, t_from, t_to, count, reason, at
-- roles: fl_page fl_api
-- What was given up lately, a line a device and reason and hour.
SELECT coalesce(d.key, o.key, ''), coalesce(d.name, o.name, ''),
       count(s.sensor_id)::int, min(g.t_from), max(g.t_to),
       sum(g.count)::bigint, g.reason, max(g.at)
  FROM flux.gap g
  LEFT JOIN flux.sensor s
    ON s.tenant_id = $1 AND s.sensor_id = g.sensor_id
  LEFT JOIN flux.device d
    ON d.tenant_id = $1 AND d.device_id = s.device_id
  LEFT JOIN flux.device o
    ON o.tenant_id = $1 AND o.device_id = g.source_id AND g.sensor_id = 0
 WHERE g.tenant_id = $1 AND g.t_to >= $2
   AND (d.key IS NOT NULL OR o.key IS NOT NULL OR
        g.source_id = 0 AND g.sensor_id = 0)
 GROUP BY 1, 2, g.reason, date_trunc('hour', g.t_from)
 ORDER BY max(g.t_to) DESC, 1, g.reason
 LIMIT $3;
