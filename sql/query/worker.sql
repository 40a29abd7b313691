-- name: worker_month  (table, at) -> made
-- roles: fl_worker
-- open
SELECT flux.partition_at($1, $2);

-- name: worker_month_next  () -> is_made
-- roles: fl_worker
-- open
-- found: everywhere
SELECT flux.partition_next();

-- name: worker_analyse  () -> is_done
-- roles: fl_worker
-- open
-- found: everywhere
SELECT flux.registry_analyse();

-- name: worker_replay_forget  (tenant, before)
-- roles: fl_worker
DELETE FROM flux.replay WHERE tenant_id = $1 AND at < $2;

-- name: reading_watched  (tenant) -> rules, steady
-- roles: fl_worker
-- Has the tenant a rule, or a sensor that must not stand still for long?
SELECT EXISTS (SELECT FROM flux.rule WHERE tenant_id = $1 AND enabled),
       EXISTS (SELECT FROM flux.sensor
                WHERE tenant_id = $1 AND stuck_after IS NOT NULL);

-- name: rule_of_sensors  (tenant, reach) -> rule_id, sensor_id, above, threshold, judged_at, active
-- roles: fl_worker
-- The rules on sensors within reach, and whether an alert of them is active.
SELECT r.rule_id, r.sensor_id, r.above, r.threshold, r.judged_at,
       a.alert_id IS NOT NULL
  FROM flux.rule r
  LEFT JOIN flux.alert a
    ON a.tenant_id = $1 AND a.rule_id = r.rule_id AND a.ended_at IS NULL
 WHERE r.tenant_id = $1 AND r.sensor_id <@ $2::int4multirange AND r.enabled
 ORDER BY r.rule_id;

-- name: rule_judged  (tenant, rule, at)
-- roles: fl_worker
UPDATE flux.rule SET judged_at = $3 WHERE tenant_id = $1 AND rule_id = $2;

-- name: alert_raise  (tenant, rule, sensor, at, value)
-- roles: fl_worker
INSERT INTO flux.alert (tenant_id, rule_id, sensor_id, raised_at, value)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant_id, rule_id) WHERE ended_at IS NULL DO NOTHING;

-- name: alert_end  (tenant, rule, at)
-- roles: fl_worker
UPDATE flux.alert
   SET ended_at = $3
 WHERE tenant_id = $1 AND rule_id = $2 AND ended_at IS NULL;
