-- What came in a day's last minute is counted a minute after it, and not an
-- hour.
SET LOCAL ROLE fl_owner;

-- The first day to be counted: today, and once an hour the week before it,
-- where late commits may have come to; after midnight until yesterday was
-- counted with its last minute.
CREATE FUNCTION flux.usage_since(t int, at timestamptz) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN EXISTS (SELECT FROM flux.usage_day u
	            WHERE u.tenant_id = t AND u.day = d.today - 1
	              AND u.counted_at > at - interval '1 hour'
	              AND u.counted_at >= (d.today + interval '1 minute')
	                  AT TIME ZONE 'UTC')
	       THEN d.today ELSE d.today - 7 END
	  FROM (SELECT (at AT TIME ZONE 'UTC')::date AS today) d
$$;

-- As in 0053.
CREATE OR REPLACE FUNCTION flux.usage_count() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t     CONSTANT int := ctx.tenant();
	today CONSTANT date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
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
	  FROM generate_series(flux.usage_since(t, now())::timestamp,
	       today::timestamp, interval '1 day') AS s (day)
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
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
