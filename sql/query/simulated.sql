-- list: played
-- The simulated devices that who asks may change, and where each is found: by
-- transport, host and port, in the network of an edge agent if one polls it;
-- "via" is polled by nobody, and posted for by a gateway or by itself (0).
(SELECT d.device_id, d.key, d.name, d.profile,
        coalesce(d.modbus_unit, 1) AS unit,
        coalesce(d.modbus_transport, 'via') AS way,
        coalesce(d.modbus_host, '') AS host,
        CASE WHEN d.modbus_host IS NULL THEN 0
             ELSE coalesce(d.modbus_port,
                 CASE d.modbus_transport WHEN 'rtu' THEN 0 ELSE 502 END)
        END AS port,
        CASE WHEN d.kind = 'gateway' THEN d.device_id
             WHEN d.gateway_id IS NOT NULL AND (d.modbus_host IS NULL
                 OR flux.is_edge(d.device_id)) THEN d.gateway_id
             ELSE 0 END AS behind,
        CASE WHEN l.seen IS NULL THEN 'never'
             WHEN l.seen > now() - 3 * {told} THEN 'online'
             ELSE 'offline' END AS state,
        (SELECT max(t) FROM unnest(l.time) AS t) AS newest,
        p.id IS NOT NULL AS own
   FROM flux.device d
   LEFT JOIN flux.latest l
     ON l.tenant_id = $1 AND l.device_id = d.device_id
   LEFT JOIN flux.profile p
     ON p.tenant_id = $1 AND p.id = d.profile
    AND p.version = d.profile_version
  WHERE d.tenant_id = $1 AND d.simulated
    AND ((SELECT ctx.wide() & ctx.can_of('{devices:write}') <> 0)
         OR d.device_id IN (SELECT flux.reached('device',
             (SELECT ctx.can_of('{devices:write}'))))));

-- list: beside
-- Of x, those that are found where the device of key $2 is; "": all.
($2 = '' OR (x.way, x.host, x.port, x.behind) IN
    (SELECT o.way, o.host, o.port, o.behind FROM x AS o WHERE o.key = $2));

-- name: simulated_groups  (tenant, beside, after, most) -> first, way, host,
-- port, gateway, devices, heard, silent, newest, profiles, own, unasked, clash
-- roles: fl_desk
-- One row a place, by the first key there; newest NULL: no reading yet.
-- Unasked: so many have no profile; clash: a unit has several.
WITH x AS {played}
SELECT min(x.key), x.way, x.host, x.port, coalesce(max(g.key), ''), count(*),
       count(*) FILTER (WHERE x.state = 'online'),
       count(*) FILTER (WHERE x.state = 'offline'), max(x.newest),
       coalesce(string_agg(DISTINCT x.profile, ', '), ''), bool_or(x.own),
       count(*) FILTER (WHERE x.way <> 'via' AND x.profile IS NULL),
       count(DISTINCT x.unit) FILTER (WHERE x.profile IS NOT NULL)
           < count(DISTINCT (x.unit, x.profile))
             FILTER (WHERE x.profile IS NOT NULL)
  FROM x
  LEFT JOIN flux.device g
    ON g.tenant_id = $1 AND g.device_id = x.behind
 WHERE {beside}
 GROUP BY x.way, x.host, x.port, x.behind
HAVING min(x.key) > $3
 ORDER BY min(x.key)
 LIMIT $4;

-- name: simulated_devices  (tenant, beside, after, most) -> key, name, profile,
-- unit, state, newest
-- roles: fl_desk
-- The devices of one place.
WITH x AS {played}
SELECT x.key, x.name, coalesce(x.profile, ''), x.unit, x.state, x.newest
  FROM x
 WHERE {beside} AND x.key > $3
 ORDER BY x.key
 LIMIT $4;

-- name: simulated_units  (tenant, beside, most) -> way, host, port, unit,
-- profile, devices
-- roles: fl_desk
-- What is asked over TCP at one place; a unit with several profiles has as many
-- rows.
WITH x AS {played}
SELECT x.way, x.host, x.port, x.unit, x.profile, count(*)
  FROM x
 WHERE {beside} AND x.way IN ('tcp', 'rtu_tcp') AND x.profile IS NOT NULL
 GROUP BY x.way, x.host, x.port, x.unit, x.profile
 ORDER BY x.unit, x.profile
 LIMIT $3;
