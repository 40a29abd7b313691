-- What an edge agent asks and tells, with the credential of its gateway.

-- name: edge_take  (gateway, run, held, room) -> id, device, point, value,
-- confirm, left_ms
-- roles: fl_ingest
SELECT id, device, at_point, want, steps, left_ms
  FROM flux.edge_command_take($1, $2, $3::bigint[], $4);

-- name: edge_say  (gateway, run, ids, states, read_backs, whys) -> news
-- roles: fl_ingest
SELECT flux.edge_command_say($1, $2, $3::bigint[], $4::text[], $5::float8[],
       $6::text[]);

-- name: edge_health  (gateway, told) -> heard
-- roles: fl_ingest
SELECT flux.edge_health_put($1, $2::jsonb);
