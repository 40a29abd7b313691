-- list: letter
-- What was refused: whose it is, why, and where in the body it stood.
l.dead_id, l.at, coalesce(g.key, ''), coalesce(g.name, 'poller'), l.place,
l.code, l.detail, l.state, l.whole, l.format, coalesce(l.device, ''),
coalesce(l.sensor, ''), l.time, coalesce(l.value, ''), coalesce(l.unit, '');

-- name: letter_list  (tenant, gateway, code, state, before, most) -> dead_id,
-- at, gateway, gateway_name, place, code, detail, state, whole, format, device,
-- sensor, time, value, unit
-- roles: fl_desk fl_api
-- The newest first; "": whichever it is.  Who may see payloads of a part of the
-- tenant only sees that; nobody holds anything in a part whose rights are the
-- same everywhere.
SELECT {letter}
  FROM flux.dead_letter l
  LEFT JOIN flux.device g ON g.tenant_id = $1 AND g.device_id = l.source_id
 WHERE l.tenant_id = $1 AND ($2 = '' OR g.key = $2)
   AND ($3 = '' OR l.code = $3) AND ($4 = '' OR l.state = $4)
   AND l.dead_id < $5
   AND ((SELECT ctx.can() = ctx.wide()
            OR ctx.wide() & ctx.can_of('{debug:read}') <> 0)
    OR l.source_id IN (SELECT flux.reached('device',
           ctx.can_of('{debug:read}'))))
 ORDER BY l.dead_id DESC
 LIMIT $6;

-- name: letter_load  (tenant, id) -> dead_id, at, gateway, gateway_name,
-- place, code, detail, state, whole, format, device, sensor, time, value, unit,
-- query, size, body
-- roles: fl_desk fl_api
-- The body's beginning, and how much there is.
SELECT {letter}, coalesce(l.query, ''), length(l.body)::bigint,
       substring(l.body FROM 1 FOR 65536)
  FROM flux.dead_letter l
  LEFT JOIN flux.device g ON g.tenant_id = $1 AND g.device_id = l.source_id
 WHERE l.tenant_id = $1 AND l.dead_id = $2
   AND ((SELECT ctx.can() = ctx.wide()
            OR ctx.wide() & ctx.can_of('{debug:read}') <> 0)
    OR l.source_id IN (SELECT flux.reached('device',
           ctx.can_of('{debug:read}'))));

-- name: letter_codes  (tenant, most) -> code, n
-- roles: fl_desk
-- Why the newest thousand that are open were refused.
SELECT l.code, count(*)
  FROM (SELECT code, source_id FROM flux.dead_letter
         WHERE tenant_id = $1 AND state = 'open'
         ORDER BY dead_id DESC LIMIT 1000) l
 WHERE (SELECT ctx.can() = ctx.wide()
            OR ctx.wide() & ctx.can_of('{debug:read}') <> 0)
    OR l.source_id IN (SELECT flux.reached('device',
           ctx.can_of('{debug:read}')))
 GROUP BY l.code
 ORDER BY count(*) DESC, l.code
 LIMIT $2;

-- name: letter_drop  (ids) -> n
-- roles: fl_desk
SELECT flux.dead_drop($1::bigint[]);

-- name: letter_replay  (ids) -> n
-- roles: fl_desk fl_api
SELECT flux.replay_ask($1::bigint[]);

-- name: replay_list  (tenant, most) -> order_id, gateway, device, sensor, asked_at, state, taken, recovered, refused
-- roles: fl_desk
-- What was asked for last.
SELECT o.order_id, g.name, o.device, o.sensor, o.asked_at, o.state, o.taken,
       o.recovered, o.refused
  FROM flux.replay_order o
  JOIN flux.device g ON g.tenant_id = $1 AND g.device_id = o.source_id
 WHERE o.tenant_id = $1
 ORDER BY o.order_id DESC
 LIMIT $2;

-- name: replay_begin  (tenant) -> order_id, source_id, tries
-- roles: fl_worker
-- The next order, one try more.
UPDATE flux.replay_order
   SET tries = tries + 1
 WHERE tenant_id = $1
   AND order_id = (SELECT order_id FROM flux.replay_order
                    WHERE tenant_id = $1 AND state = 'waiting'
                    ORDER BY order_id LIMIT 1)
RETURNING order_id, source_id, tries;

-- name: replay_untry  (tenant, order)
-- roles: fl_worker
-- A try that did not count; of an order that waits for a day all do, for what
-- the database is always too busy for would hold up all others.
UPDATE flux.replay_order SET tries = tries - 1
 WHERE tenant_id = $1 AND order_id = $2 AND tries > 0
   AND asked_at > now() - interval '1 day';

-- name: replay_letters  (tenant, order, most) -> dead_id, at, place, code, device, sensor, time, value, unit, quality, rev, format, query, body
-- roles: fl_worker
-- The order's next letters, of bodies about 4 MB; a reading that is known by
-- its parts needs none.
SELECT dead_id, at, place, code, device, sensor, time, value, unit, quality,
       rev, format, query, body
  FROM (SELECT dead_id, at, place, code, device, sensor, time, value, unit,
               quality, rev, format, query, body, sum(length(body))
               OVER (ORDER BY dead_id) - length(body) AS before
          FROM (SELECT l.dead_id, l.at, l.place, l.code, l.device, l.sensor,
                       l.time, l.value, l.unit, l.quality, l.rev, l.format,
                       l.query,
                       CASE WHEN l.sensor IS NULL OR l.time IS NULL
                              OR l.value IS NULL
                            THEN l.body ELSE '' END AS body
                  FROM flux.replay_order o
                  JOIN flux.dead_letter l
                    ON l.tenant_id = $1 AND l.source_id = o.source_id
                   AND l.dead_id > o.behind
                   AND CASE WHEN o.dead IS NULL
                       THEN l.device = o.device AND l.sensor = o.sensor
                       ELSE l.dead_id = ANY (o.dead) END
                   AND l.state = 'open' AND l.whole
                 WHERE o.tenant_id = $1 AND o.order_id = $2
                 ORDER BY l.dead_id
                 LIMIT $3) x) y
 WHERE before < 4194304
 ORDER BY dead_id
 LIMIT $3;

-- name: replay_judge  (ids, codes, details) -> done
-- roles: fl_worker
-- What became of letters.
SELECT flux.dead_judge($1::bigint[], $2::text[], $3::text[])::text;

-- name: replay_step  (tenant, order, behind, taken, recovered, refused)
-- roles: fl_worker
UPDATE flux.replay_order
   SET behind = $3, taken = taken + $4, recovered = recovered + $5,
       refused = refused + $6, tries = 0
 WHERE tenant_id = $1 AND order_id = $2;

-- name: replay_end  (tenant, order)
-- roles: fl_worker
UPDATE flux.replay_order SET state = 'done'
 WHERE tenant_id = $1 AND order_id = $2;
