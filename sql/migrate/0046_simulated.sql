-- What is simulated is looked for quickly, and nobody pays for it.
SET LOCAL ROLE fl_owner;

CREATE INDEX device_simulated ON flux.device (tenant_id) WHERE simulated;

-- As in 0017 and 0029; of devices the real ones count.
CREATE OR REPLACE FUNCTION flux.quota_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	q record;
	n bigint;
BEGIN
	FOR q IN SELECT x.tenant_id, x.most FROM flux.quota x
	          WHERE x.what = TG_ARGV[0]
	            AND x.tenant_id IN (SELECT m.tenant_id FROM made m)
	LOOP
		PERFORM ctx.tenant_hold(q.tenant_id);
		EXECUTE format('SELECT count(*) FROM flux.%I x
		    WHERE tenant_id = $1%s', TG_TABLE_NAME,
		    CASE TG_TABLE_NAME WHEN 'device'
		        THEN ' AND NOT simulated' ELSE '' END)
		    INTO n USING q.tenant_id;
		IF n > q.most THEN
			RAISE EXCEPTION 'The quota of % is used up.', TG_ARGV[0]
			    USING ERRCODE = 'FX005';
		END IF;
	END LOOP;
	RETURN NULL;
END $$;

-- As in 0017, without the devices, batches and alarms that are simulated.
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

-- The same of the quotas, and what is used of each now.
CREATE OR REPLACE FUNCTION flux.quota_used() RETURNS TABLE (what text,
    most bigint, used bigint, warned_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT q.what, q.most, coalesce(CASE q.what
	       WHEN 'devices' THEN (SELECT count(*) FROM flux.device d
	           WHERE d.tenant_id = q.tenant_id AND NOT d.simulated)
	       WHEN 'users' THEN (SELECT count(*) FROM flux.member m
	           WHERE m.tenant_id = q.tenant_id)
	       WHEN 'bytes' THEN u.bytes
	       ELSE u.readings END, 0), q.warned_at
	  FROM flux.quota q
	  LEFT JOIN flux.usage_day u ON u.tenant_id = q.tenant_id
	   AND u.day = (now() AT TIME ZONE 'UTC')::date
	 WHERE q.tenant_id = ctx.tenant()
	 ORDER BY q.what
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
