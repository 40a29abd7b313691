-- name: why_remarks  (tenant, sensor, time) -> reason, at, source, was_time, was_value, was_unit
-- roles: fl_page fl_api
-- What was noted about one reading, the first that came before the others.
SELECT m.reason, m.at, d.key, m.was_time[n.at], m.was_value[n.at], m.was_unit
  FROM flux.remark m
 CROSS JOIN LATERAL (SELECT u.rank::int
                       FROM unnest(m.sensor, m.time)
                            WITH ORDINALITY u (sensor, time, rank)
                      WHERE u.sensor = $2 AND u.time = $3
                      LIMIT 1) n (at)
  LEFT JOIN flux.device d
    ON d.tenant_id = $1 AND d.device_id = m.source_id
 WHERE m.tenant_id = $1 AND m.t_max >= $3 AND m.t_min <= $3
 ORDER BY m.at, m.remark_id
 LIMIT 10;

-- name: why_reasons  (tenant, sensors, from, to, most) -> sensor, time, reason
-- roles: fl_page fl_api
-- The same of many readings: why they are not quite as they were sent.
SELECT u.sensor, u.time, m.reason
  FROM flux.remark m
 CROSS JOIN LATERAL unnest(m.sensor, m.time) u (sensor, time)
 WHERE m.tenant_id = $1 AND m.t_max >= $3 AND m.t_min <= $4
   AND u.sensor = ANY ($2::int[]) AND u.time >= $3 AND u.time <= $4
 ORDER BY u.sensor, u.time, m.at, m.remark_id
 LIMIT $5;

-- name: why_batches  (tenant, device, time) -> batch, at, source, format, kind, seq, sent, stored, duplicate, rejected
-- roles: fl_page fl_api
-- The batches that may have brought a reading of the device: those of it, of
-- its gateway and of the poller that hold its time, and came within two days.
SELECT b.batch_id, b.at, o.key, b.format, b.kind, b.seq, b.sent, b.stored,
       b.duplicate, b.rejected
  FROM (SELECT d.device_id FROM flux.device d
         WHERE d.tenant_id = $1 AND d.device_id = $2
        UNION
        SELECT d.gateway_id FROM flux.device d
         WHERE d.tenant_id = $1 AND d.device_id = $2
        UNION
        SELECT 0
        UNION
        SELECT -1) s (id) -- the poller, see intake/keep.h
 CROSS JOIN LATERAL (SELECT i.batch_id, i.at, i.format, i.kind, i.seq,
                            i.sent, i.stored, i.duplicate, i.rejected
                       FROM flux.ingest_batch i
                      WHERE i.tenant_id = $1 AND i.source_id = s.id
                        AND i.at >= $3::timestamptz - interval '6 min'
                        AND i.at < $3::timestamptz + interval '2 days'
                        AND i.t_min <= $3 AND i.t_max >= $3
                      ORDER BY i.at
                      LIMIT 5) b
  LEFT JOIN flux.device o
    ON o.tenant_id = $1 AND o.device_id = s.id
 ORDER BY b.at, b.batch_id
 LIMIT 5;
