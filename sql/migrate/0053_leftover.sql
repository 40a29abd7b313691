-- Gaps by the device that has them, commands that are forgotten by rule or
-- refused at once, a bound for simulated devices, and meters that are exchanged
-- by those who have them.
SET LOCAL ROLE fl_owner;

-- ---- gaps ----

-- Whose it is: the sensor's device; without a sensor the gateway that gave
-- something up, 0 for the poller of this cell.
ALTER TABLE flux.gap ADD device_id int NOT NULL DEFAULT 0;
ALTER TABLE flux.gap NO FORCE ROW LEVEL SECURITY;
ALTER TABLE flux.sensor NO FORCE ROW LEVEL SECURITY;
UPDATE flux.gap g
   SET device_id = coalesce((SELECT s.device_id FROM flux.sensor s
           WHERE s.tenant_id = g.tenant_id AND s.sensor_id = g.sensor_id),
       g.source_id);
ALTER TABLE flux.gap FORCE ROW LEVEL SECURITY;
ALTER TABLE flux.sensor FORCE ROW LEVEL SECURITY;
ALTER TABLE flux.gap ALTER device_id DROP DEFAULT;
CREATE INDEX gap_newest ON flux.gap (tenant_id, t_to);

-- As in 0045, with the device.
CREATE OR REPLACE FUNCTION flux.gap_put(t int, source int, ids bigint[],
    sensors int[], froms timestamptz[], tos timestamptz[], counts bigint[],
    reasons int[])
RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH told AS (
		SELECT DISTINCT ON (u.id) u.id, u.f, u.o, u.n, u.reason,
		       coalesce(s.sensor_id, 0) AS sensor,
		       coalesce(s.device_id, source) AS device
		  FROM unnest(ids, sensors, froms, tos, counts, reasons)
		       AS u (id, sensor, f, o, n, reason)
		  LEFT JOIN flux.sensor s
		    ON s.tenant_id = t AND s.sensor_id = u.sensor
		 ORDER BY u.id, u.n DESC
	), was AS (
		SELECT g.gap_id, g.count
		  FROM flux.gap g
		 WHERE g.tenant_id = t AND g.source_id = source
		   AND g.gap_id = ANY (ids)
	), is_now AS (
		INSERT INTO flux.gap AS g (tenant_id, source_id, gap_id,
		       sensor_id, device_id, t_from, t_to, count, reason)
		SELECT t, source, id, sensor, device, f, o, n, reason
		  FROM told
		    ON CONFLICT (tenant_id, source_id, gap_id) DO UPDATE
		   SET t_from = least(g.t_from, excluded.t_from),
		       t_to = greatest(g.t_to, excluded.t_to),
		       count = greatest(g.count, excluded.count), at = now()
		RETURNING g.gap_id, g.count
	)
	SELECT coalesce(least(sum(n.count - coalesce(w.count, 0)), 1e9), 0)
	       ::bigint -- the ledger has no more in one batch
	  FROM is_now n
	  LEFT JOIN was w USING (gap_id)
$$;

-- What whoever reads the device gave up of all that it reads.  Who may see a
-- part of the tenant only is not told how much it was: the others' is in it.
CREATE FUNCTION flux.gap_around(device int, since timestamptz,
    till timestamptz)
RETURNS TABLE (t_from timestamptz, t_to timestamptz, count bigint,
    reason smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT g.t_from, g.t_to, CASE WHEN ctx.scoped() THEN 0 ELSE g.count END,
	       g.reason
	  FROM flux.device d
	  JOIN flux.gap g
	    ON g.tenant_id = d.tenant_id AND g.sensor_id = 0
	   AND (g.source_id IN (d.device_id, d.gateway_id) OR g.source_id = 0
	        AND d.modbus_host IS NOT NULL AND NOT flux.is_edge(d.device_id))
	   AND g.t_to >= since AND g.t_from < till
	 WHERE d.tenant_id = ctx.tenant() AND d.device_id = device
	   AND (NOT ctx.scoped()
	        OR device IN (SELECT flux.reached('device', 1)))
	 ORDER BY g.t_from
	 LIMIT 1000
$$;

-- ---- commands ----

-- What is kept for a time, and commands: those whose time is long over.
DO $$
DECLARE
	old text := (SELECT p.prosrc FROM pg_proc p
	    WHERE p.oid = 'flux.retention_target()'::regprocedure);
BEGIN
	EXECUTE format('CREATE OR REPLACE FUNCTION flux.retention_target()
	    RETURNS TABLE (class text, relation text, at text, series text)
	    LANGUAGE sql IMMUTABLE AS %L', old || '
	UNION ALL VALUES (''event'', ''command'', ''expires_at'', NULL)');
END $$;

CREATE INDEX command_over ON flux.command (tenant_id, expires_at);

-- Nobody would take it: that is said when it is asked for, and not when it has
-- expired.  An agent of a gateway may be about to ask for the first time.
CREATE FUNCTION flux.command_heard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF EXISTS (SELECT FROM flux.device d
	        WHERE d.tenant_id = NEW.tenant_id
	          AND d.device_id = NEW.device_id AND d.gateway_id IS NULL
	          AND d.agent_since IS NULL)
	   AND NOT ctx.is_polled()
	THEN
		RAISE EXCEPTION 'device: no poller works for this tenant, so '
		    'nothing can be written; the operator assigns one.'
		    USING ERRCODE = 'FX006';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER command_heard BEFORE INSERT ON flux.command
    FOR EACH ROW EXECUTE FUNCTION flux.command_heard();

-- ---- simulated devices ----

ALTER TABLE flux.quota
	DROP CONSTRAINT quota_what_check,
	ADD CONSTRAINT quota_what_check CHECK (what IN ('readings_day',
	    'devices', 'users', 'bytes', 'simulated'));

-- How many simulated devices each plan has where the tenant has no quota of
-- its own: nobody pays for them, so that there is always an end.
CREATE FUNCTION flux.simulated_plan() RETURNS TABLE (plan text, most bigint)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	VALUES ('basic', 100::bigint), ('standard', 1000), ('premium', 10000)
$$;
CREATE FUNCTION flux.simulated_most(t int) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(
	       (SELECT q.most FROM flux.quota q
	         WHERE q.tenant_id = t AND q.what = 'simulated'),
	       (SELECT p.most FROM flux.tenant o
	          JOIN flux.simulated_plan() p ON p.plan = o.plan
	         WHERE o.tenant_id = t))
$$;

CREATE FUNCTION flux.simulated_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t int;
	most bigint;
BEGIN
	FOR t IN SELECT DISTINCT m.tenant_id FROM made m WHERE m.simulated
	LOOP
		PERFORM ctx.tenant_hold(t);
		most := flux.simulated_most(t);
		IF (SELECT count(*) FROM flux.device d
		     WHERE d.tenant_id = t AND d.simulated) > most THEN
			RAISE EXCEPTION 'The quota of simulated devices is '
			    'used up: there may be %.', most
			    USING ERRCODE = 'FX005';
		END IF;
	END LOOP;
	RETURN NULL;
END $$;
CREATE TRIGGER simulated_kept AFTER INSERT ON flux.device
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT
    EXECUTE FUNCTION flux.simulated_kept();

-- As in 0046, with them.
CREATE OR REPLACE FUNCTION flux.quota_used() RETURNS TABLE (what text,
    most bigint, used bigint, warned_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT q.what, q.most, coalesce(CASE
	       WHEN q.what IN ('devices', 'simulated') THEN
	           (SELECT count(*) FROM flux.device d
	             WHERE d.tenant_id = q.tenant_id
	               AND d.simulated = (q.what = 'simulated'))
	       WHEN q.what = 'users' THEN (SELECT count(*) FROM flux.member m
	           WHERE m.tenant_id = q.tenant_id)
	       WHEN q.what = 'bytes' THEN u.bytes
	       ELSE u.readings END, 0), q.warned_at
	  FROM flux.quota q
	  LEFT JOIN flux.usage_day u ON u.tenant_id = q.tenant_id
	   AND u.day = (now() AT TIME ZONE 'UTC')::date
	 WHERE q.tenant_id = ctx.tenant()
	 ORDER BY q.what
$$;

-- The same, and the plan's bound of the simulated where there are any.
CREATE FUNCTION flux.quota_shown() RETURNS TABLE (what text, most bigint,
    used bigint, warned_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT * FROM flux.quota_used()
	UNION ALL
	SELECT 'simulated', flux.simulated_most(ctx.tenant()), n.n, NULL
	  FROM (SELECT count(*) AS n FROM flux.device d
	         WHERE d.tenant_id = ctx.tenant() AND d.simulated) n
	 WHERE n.n > 0
	   AND NOT EXISTS (SELECT FROM flux.quota q
	        WHERE q.tenant_id = ctx.tenant() AND q.what = 'simulated')
	 ORDER BY 1
$$;

-- As in 0046, and without what a poller read of simulated devices: source -1.
CREATE OR REPLACE FUNCTION flux.usage_count() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t     CONSTANT int := ctx.tenant();
	today CONSTANT date := (now() AT TIME ZONE 'UTC')::date;
	since date := today - 7;
BEGIN
	IF EXISTS (SELECT FROM flux.usage_day u WHERE u.tenant_id = t
	              AND u.day = today - 1
	              AND u.counted_at > now() - interval '1 hour') THEN
		since := today;
	END IF;
	INSERT INTO flux.usage_day AS u (tenant_id, day, requests, readings,
	       refused, bytes, devices, alarms)
	SELECT t, s.day::date, b.requests, b.readings, b.refused, b.bytes,
	       (SELECT count(*) FROM flux.device d
	         WHERE d.tenant_id = t AND NOT d.simulated),
	       (SELECT count(*) FROM flux.alert a
	          JOIN flux.sensor n USING (tenant_id, sensor_id)
	          JOIN flux.device d USING (tenant_id, device_id)
	         WHERE a.tenant_id = t AND NOT d.simulated
	           AND a.raised_at >= s.day AT TIME ZONE 'UTC'
	           AND a.raised_at < (s.day + interval '1 day')
	               AT TIME ZONE 'UTC')
	  FROM generate_series(since::timestamp, today::timestamp,
	       interval '1 day') AS s (day)
	 CROSS JOIN LATERAL (
	       SELECT count(*) AS requests,
	              coalesce(sum(i.sent - i.rejected), 0) AS readings,
	              coalesce(sum(i.rejected), 0) AS refused,
	              coalesce(sum(i.bytes), 0) AS bytes
	         FROM flux.ingest_batch i
	        WHERE i.tenant_id = t AND i.at >= s.day AT TIME ZONE 'UTC'
	          AND i.at < (s.day + interval '1 day') AT TIME ZONE 'UTC'
	          AND i.source_id <> -1
	          AND NOT EXISTS (SELECT FROM flux.device d
	               WHERE d.tenant_id = t AND d.device_id = i.source_id
	                 AND d.simulated)) b
	    ON CONFLICT (tenant_id, day) DO UPDATE
	   SET requests = excluded.requests, readings = excluded.readings,
	       refused = excluded.refused, bytes = excluded.bytes,
	       devices = CASE WHEN u.day = today THEN excluded.devices
	                      ELSE u.devices END,
	       alarms = greatest(u.alarms, excluded.alarms),
	       counted_at = now()
	 WHERE excluded.requests >= u.requests
	   AND (u.day < today OR (excluded.requests, excluded.devices,
	       excluded.alarms) IS DISTINCT FROM
	       (u.requests, u.devices, u.alarms));
END $$;

-- ---- meters ----

-- Who said so, and when; NULL: the operator's tool.
ALTER TABLE flux.meter_swap
	ADD told_by bigint,
	ADD told_at timestamptz NOT NULL DEFAULT now(),
	ADD CHECK (abs(old_last) < 'Infinity' AND abs(new_first) < 'Infinity');

-- The sensor of a device that who asks may change; NULL: there is none.
CREATE FUNCTION flux.meter_of(called text, named text) RETURNS flux.sensor
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s flux.sensor;
BEGIN
	IF ctx.can() & ctx.can_of('{devices:write}') = 0 THEN
		RAISE EXCEPTION 'needs devices:write' USING ERRCODE = 'FX003';
	END IF;
	SELECT s0.* INTO s
	  FROM flux.device d
	  JOIN flux.sensor s0
	    ON s0.tenant_id = d.tenant_id AND s0.device_id = d.device_id
	 WHERE d.tenant_id = ctx.tenant() AND d.key = called
	   AND s0.key = named;
	IF s.sensor_id IS NULL
	   OR NOT flux.may('devices:write', s.device_id) THEN
		RETURN NULL;
	END IF;
	RETURN s;
END $$;

-- The meter behind a counter was exchanged then; said once more for the same
-- instant, it corrects what was said.  False: there is no such sensor.  A
-- trigger has the hours and days around it reckoned anew.
CREATE FUNCTION flux.meter_swap_put(called text, named text,
    instant timestamptz, last float8, first float8) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	s flux.sensor := flux.meter_of(called, named);
BEGIN
	IF s.sensor_id IS NULL THEN
		RETURN false;
	END IF;
	IF s.kind <> 'counter' THEN
		RAISE EXCEPTION 'sensor: only a counter is exchanged.'
		    USING ERRCODE = 'FX006';
	END IF;
	IF instant NOT BETWEEN '1970-01-01Z' AND now() THEN
		RAISE EXCEPTION 'at: want a time between 1970 and now.'
		    USING ERRCODE = 'FX006';
	END IF;
	PERFORM FROM flux.sensor x WHERE x.tenant_id = t
	    AND x.sensor_id = s.sensor_id FOR NO KEY UPDATE;
	IF (SELECT count(*) FROM flux.meter_swap m WHERE m.tenant_id = t
	       AND m.sensor_id = s.sensor_id AND m.at <> instant) >= 100 THEN
		RAISE EXCEPTION 'A hundred exchanges of this meter are known; '
		    'withdraw one first.' USING ERRCODE = 'FX005';
	END IF;
	INSERT INTO flux.meter_swap AS m
	       (tenant_id, sensor_id, at, old_last, new_first, told_by)
	VALUES (t, s.sensor_id, instant, last, first, ctx.user_id())
	    ON CONFLICT (tenant_id, sensor_id, at) DO UPDATE
	   SET old_last = excluded.old_last, new_first = excluded.new_first,
	       told_by = excluded.told_by, told_at = now();
	PERFORM flux.audit_put('meter.swap', 'device:' || called,
	    jsonb_build_object('sensor', named, 'at', instant, 'old_last', last,
	    'new_first', first));
	RETURN true;
END $$;

-- It was not; false: nobody has said that it was.
CREATE FUNCTION flux.meter_swap_drop(called text, named text,
    instant timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s flux.sensor := flux.meter_of(called, named);
	m flux.meter_swap;
BEGIN
	DELETE FROM flux.meter_swap x
	 WHERE x.tenant_id = ctx.tenant() AND x.sensor_id = s.sensor_id
	   AND x.at = instant
	RETURNING * INTO m;
	IF m.sensor_id IS NULL THEN
		RETURN false;
	END IF;
	PERFORM flux.audit_put('meter.unswap', 'device:' || called,
	    jsonb_build_object('sensor', named, 'at', instant, 'old_last',
	    m.old_last, 'new_first', m.new_first));
	RETURN true;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
