-- Readings for who speaks SQL, and the tables of the source documents, each
-- under its document's own schema and with its document's columns.
--
-- The readings lie in blocks; schema codec (sql/extension) decodes them.
-- Where it is not installed these functions and views exist, and say so when
-- they are asked.
SET LOCAL ROLE fl_owner;

-- Everything acknowledged of these sensors with since <= time < till: chunk,
-- fresh and landing, each key once; the older level wins unless rev is
-- higher.  Damaged bytes are a warning and no rows.
CREATE FUNCTION flux.readings(sensors int[], since timestamptz,
    till timestamptz)
RETURNS TABLE (sensor_id int, "time" timestamptz, value float8,
    quality smallint, rev int)
LANGUAGE plpgsql STABLE ROWS 10000 SET enable_memoize = off AS $$
#variable_conflict use_column
BEGIN
	IF to_regnamespace('codec') IS NULL THEN
		RAISE EXCEPTION 'the extension that decodes readings is not'
		    ' installed' USING ERRCODE = 'feature_not_supported';
	END IF;
	IF NOT EXISTS (SELECT FROM flux.fresh f
	        WHERE f.t_max >= since AND f.t_min < till)
	    AND NOT EXISTS (SELECT FROM flux.landing l
	        WHERE l.t_max >= since AND l.t_min < till) THEN
		-- Chunks of a sensor never overlap.
		RETURN QUERY
		SELECT c.sensor_id, r.time, r.value, r.quality, r.rev
		  FROM flux.chunk c,
		       codec.flux_run(c.run, since, till) r
		 WHERE c.sensor_id = ANY (sensors) AND c.t_max >= since
		   AND c.t_min < till AND c.t_min > since - interval '1 day'
		 ORDER BY c.sensor_id, r.time;
		RETURN;
	END IF;
	RETURN QUERY
	SELECT DISTINCT ON (s.sensor_id, s.time)
	       s.sensor_id, s.time, s.value, s.quality, s.rev
	  FROM (SELECT 0, 0, 0::bigint, c.sensor_id, r.time, r.value,
	               r.quality, r.rev
	          FROM flux.chunk c,
	               codec.flux_run(c.run, since, till) r
	         WHERE c.sensor_id = ANY (sensors) AND c.t_max >= since
	           AND c.t_min < till AND c.t_min > since - interval '1 day'
	        UNION ALL
	        SELECT 1, -f.tier, f.fresh_id, w.sensor, r.time, r.value,
	               r.quality, r.rev
	          FROM flux.fresh f, unnest(sensors) AS w (sensor),
	               LATERAL (SELECT width_bucket(w.sensor, f.sensor) AS i) p,
	               codec.flux_run(substring(f.block
	                   FROM f.offset_[p.i] + 1
	                   FOR f.offset_[p.i + 1] - f.offset_[p.i]),
	                   since, till) r
	         WHERE f.t_max >= since AND f.t_min < till
	           AND p.i > 0 AND f.sensor[p.i] = w.sensor
	        UNION ALL
	        SELECT 2, 0, l.landing_id, r.sensor_id, r.time, r.value,
	               r.quality, r.rev
	          FROM flux.landing l,
	               codec.flux_block(l.block, since, till) r
	         WHERE l.t_max >= since AND l.t_min < till
	           AND r.sensor_id = ANY (sensors))
	       AS s (level, tier, id, sensor_id, time, value, quality, rev)
	 ORDER BY s.sensor_id, s.time, s.rev DESC, s.level, s.tier, s.id;
END $$;

-- A value as a decimal of the document's width; NULL when it has no value or
-- one that does not fit.
CREATE FUNCTION flux.decimal(v float8, whole int, places int) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT AS $$
	SELECT CASE WHEN abs(v) < 10.0 ^ whole - 0.5 / 10.0 ^ places
	       THEN round(v::numeric, places) END
$$;

-- What the documents call a sensor's value; NULL: they do not speak of it.
CREATE FUNCTION flux.source_name(key text, capability text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
	    WHEN capability = 'flow.rate' OR k = 'flowrate' THEN 'flow_rate'
	    WHEN capability = 'flow.total' OR k IN ('totalizer', 'volumetotal')
	    THEN 'totalizer'
	    WHEN k = 'temperature' THEN 'temperature'
	    WHEN k = 'pressure' THEN 'pressure'
	    WHEN k = 'kwhconsumedac' THEN 'kwh_consumed_ac'
	    WHEN k = 'voltage' THEN 'voltage'
	    WHEN k = 'soc' THEN 'soc'
	    WHEN k = 'kwhdelivereddc' THEN 'kwh_delivered_dc'
	    WHEN k = 'batterytemp' THEN 'battery_temp' END
	  FROM lower(replace(key, '_', '')) AS k
$$;

-- The devices that have a value of one of the first names, with their sensors
-- of all of them.
CREATE FUNCTION flux.source_devices(any_of text[], all_of text[])
RETURNS TABLE (tenant_id int, device_id int, key text, sensors int[],
    names text[])
LANGUAGE sql STABLE AS $$
	SELECT d.tenant_id, d.device_id, d.key, s.sensors, s.names
	  FROM flux.device d,
	       LATERAL (SELECT array_agg(s.sensor_id ORDER BY s.sensor_id),
	                       array_agg(flux.source_name(s.key, s.capability)
	                           ORDER BY s.sensor_id)
	                  FROM flux.sensor s
	                 WHERE s.tenant_id = d.tenant_id
	                   AND s.device_id = d.device_id
	                   AND flux.source_name(s.key, s.capability)
	                       = ANY (all_of)) s (sensors, names)
	 WHERE s.names && any_of
$$;

-- FleetOps: a sensor is known by its code, and a value is never NULL: where a
-- sensor had none it is NaN, with quality 0.
CREATE SCHEMA fleetops;
CREATE VIEW fleetops.telemetry
WITH (security_invoker = true, security_barrier = true) AS
SELECT r.time, s.code AS sensor_id, r.value, s.unit, r.quality
  FROM flux.sensor s,
       flux.readings(ARRAY[s.sensor_id], '-infinity', 'infinity') r;

-- IoTSphere: a measurement of a device; without a value it is NULL.
CREATE SCHEMA iotsphere;
CREATE VIEW iotsphere.telemetry
WITH (security_invoker = true, security_barrier = true) AS
SELECT d.key AS device_id, r.time AS "timestamp", s.key AS measurement,
       nullif(r.value, 'NaN') AS value,
       jsonb_build_object('unit', s.unit, 'quality', r.quality,
           'revision', r.rev) AS metadata
  FROM flux.device d
  JOIN flux.sensor s USING (tenant_id, device_id),
       flux.readings(ARRAY[s.sensor_id], '-infinity', 'infinity') r;

-- FluxIO: a row a device and instant.
CREATE SCHEMA fluxio;
CREATE VIEW fluxio.flow_data
WITH (security_invoker = true, security_barrier = true) AS
SELECT d.key AS device_id, r.flow_rate, r.totalizer, r.temperature,
       r.pressure, r.quality, r.time AS created_at
  FROM flux.source_devices(ARRAY['flow_rate', 'totalizer'],
           ARRAY['flow_rate', 'totalizer', 'temperature', 'pressure']) d,
       LATERAL (SELECT r.time,
           max(v) FILTER (WHERE name = 'flow_rate') AS flow_rate,
           max(v) FILTER (WHERE name = 'totalizer') AS totalizer,
           max(v) FILTER (WHERE name = 'temperature') AS temperature,
           max(v) FILTER (WHERE name = 'pressure') AS pressure,
           min(r.quality) AS quality
      FROM flux.readings(d.sensors, '-infinity', 'infinity') r,
           LATERAL (SELECT nullif(r.value, 'NaN'),
                    d.names[array_position(d.sensors, r.sensor_id)])
           AS n (v, name)
     GROUP BY r.time) r;

CREATE VIEW fluxio.dashboard_summary
WITH (security_invoker = true, security_barrier = true) AS
SELECT total_devices, online_devices, active_alerts
  FROM flux.dashboard_summary;

-- The newest instant of each device, as far as the worker has come.
CREATE FUNCTION fluxio.get_latest_flow_data()
RETURNS TABLE (device_id text, flow_rate float8, totalizer float8,
    temperature float8, pressure float8, quality smallint,
    created_at timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT d.key,
	       max(v) FILTER (WHERE name = 'flow_rate'),
	       max(v) FILTER (WHERE name = 'totalizer'),
	       max(v) FILTER (WHERE name = 'temperature'),
	       max(v) FILTER (WHERE name = 'pressure'),
	       min(l.quality), l.time
	  FROM flux.source_devices(ARRAY['flow_rate', 'totalizer'],
	           ARRAY['flow_rate', 'totalizer', 'temperature',
	               'pressure']) d,
	       LATERAL (SELECT u.sensor_id, u.time, u.value, u.quality,
	                       rank() OVER (ORDER BY u.time DESC) AS age
	                  FROM flux.latest_value u
	                 WHERE u.tenant_id = d.tenant_id
	                   AND u.device_id = d.device_id
	                   AND u.sensor_id = ANY (d.sensors)) l,
	       LATERAL (SELECT nullif(l.value, 'NaN'),
	                d.names[array_position(d.sensors, l.sensor_id)])
	       AS n (v, name)
	 WHERE l.age = 1
	 GROUP BY d.key, l.time
	 ORDER BY d.key
$$;

-- What a totalizer went up by from each of its readings to the next; where it
-- went down it was reset, and counts from zero.
CREATE FUNCTION fluxio.flow_steps(device text, since timestamptz,
    till timestamptz)
RETURNS TABLE (created_at timestamptz, flow_rate float8, step float8)
LANGUAGE sql STABLE AS $$
	SELECT r.time,
	       CASE WHEN n.name = 'flow_rate' THEN r.value END,
	       CASE WHEN n.name = 'totalizer' THEN r.value - CASE
	           WHEN lag(r.value) OVER w > r.value THEN 0
	           ELSE lag(r.value) OVER w END END
	  FROM flux.source_devices(ARRAY['flow_rate', 'totalizer'],
	           ARRAY['flow_rate', 'totalizer']) d,
	       flux.readings(d.sensors, since, till) r,
	       LATERAL (SELECT d.names[array_position(d.sensors, r.sensor_id)])
	       AS n (name)
	 WHERE d.key = device AND r.value <> 'NaN'
	WINDOW w AS (PARTITION BY r.sensor_id ORDER BY r.time)
$$;

-- Both ends belong to the span, as in the document.
CREATE FUNCTION fluxio.get_flow_statistics(device_id text,
    start_time timestamptz, end_time timestamptz)
RETURNS TABLE (avg float8, min float8, max float8, total_volume float8)
LANGUAGE sql STABLE AS $$
	SELECT avg(s.flow_rate), min(s.flow_rate), max(s.flow_rate),
	       sum(s.step)
	  FROM fluxio.flow_steps(device_id, start_time,
	           end_time + interval '1 us') s
$$;

-- The document's hourly aggregate; an hour without readings is not there.  A
-- step belongs to the hour in which it ends.
CREATE FUNCTION fluxio.flow_data_hourly(device_id text,
    start_time timestamptz, end_time timestamptz)
RETURNS TABLE (hour timestamptz, avg_flow_rate float8, max_flow_rate float8,
    min_flow_rate float8, total_volume float8)
LANGUAGE sql STABLE AS $$
	SELECT date_trunc('hour', s.created_at, 'UTC'), avg(s.flow_rate),
	       max(s.flow_rate), min(s.flow_rate), sum(s.step)
	  FROM fluxio.flow_steps(device_id, start_time, end_time) s
	 GROUP BY 1
	 ORDER BY 1
$$;

-- The fleet platform: what meters and vehicles say, now and in the past.
CREATE SCHEMA fleet;
CREATE VIEW fleet.meter_history
WITH (security_invoker = true, security_barrier = true) AS
SELECT d.key AS meter_id,
       flux.decimal(r.kwh, 7, 3)::numeric(10, 3) AS kwh_consumed_ac,
       r.voltage, r.time AS "timestamp"
  FROM flux.source_devices(ARRAY['kwh_consumed_ac'],
           ARRAY['kwh_consumed_ac', 'voltage']) d,
       LATERAL (SELECT r.time,
           max(v) FILTER (WHERE name = 'kwh_consumed_ac') AS kwh,
           max(v) FILTER (WHERE name = 'voltage') AS voltage
      FROM flux.readings(d.sensors, '-infinity', 'infinity') r,
           LATERAL (SELECT nullif(r.value, 'NaN'),
                    d.names[array_position(d.sensors, r.sensor_id)])
           AS n (v, name)
     GROUP BY r.time) r;

CREATE VIEW fleet.vehicle_history
WITH (security_invoker = true, security_barrier = true) AS
SELECT d.key AS vehicle_id,
       flux.decimal(r.soc, 3, 2)::numeric(5, 2) AS soc,
       flux.decimal(r.kwh, 7, 3)::numeric(10, 3) AS kwh_delivered_dc,
       flux.decimal(r.temp, 3, 2)::numeric(5, 2) AS battery_temp,
       r.time AS "timestamp"
  FROM flux.source_devices(ARRAY['soc'],
           ARRAY['soc', 'kwh_delivered_dc', 'battery_temp']) d,
       LATERAL (SELECT r.time,
           max(v) FILTER (WHERE name = 'soc') AS soc,
           max(v) FILTER (WHERE name = 'kwh_delivered_dc') AS kwh,
           max(v) FILTER (WHERE name = 'battery_temp') AS temp
      FROM flux.readings(d.sensors, '-infinity', 'infinity') r,
           LATERAL (SELECT nullif(r.value, 'NaN'),
                    d.names[array_position(d.sensors, r.sensor_id)])
           AS n (v, name)
     GROUP BY r.time) r;

-- Live: the newest of each sensor; the instant is the newest one's.
CREATE VIEW fleet.meter_live
WITH (security_invoker = true, security_barrier = true) AS
SELECT d.key AS meter_id,
       flux.decimal(l.kwh, 7, 3)::numeric(10, 3) AS kwh_consumed_ac,
       l.voltage, l.time AS "timestamp"
  FROM flux.source_devices(ARRAY['kwh_consumed_ac'],
           ARRAY['kwh_consumed_ac', 'voltage']) d,
       LATERAL (SELECT max(u.time) AS time,
           max(v) FILTER (WHERE name = 'kwh_consumed_ac') AS kwh,
           max(v) FILTER (WHERE name = 'voltage') AS voltage
      FROM flux.latest_value u,
           LATERAL (SELECT nullif(u.value, 'NaN'),
                    d.names[array_position(d.sensors, u.sensor_id)])
           AS n (v, name)
     WHERE u.tenant_id = d.tenant_id AND u.device_id = d.device_id
       AND name IS NOT NULL) l
 WHERE l.time IS NOT NULL;

CREATE VIEW fleet.vehicle_live
WITH (security_invoker = true, security_barrier = true) AS
SELECT d.key AS vehicle_id,
       flux.decimal(l.soc, 3, 2)::numeric(5, 2) AS soc,
       flux.decimal(l.kwh, 7, 3)::numeric(10, 3) AS kwh_delivered_dc,
       flux.decimal(l.temp, 3, 2)::numeric(5, 2) AS battery_temp,
       l.time AS "timestamp"
  FROM flux.source_devices(ARRAY['soc'],
           ARRAY['soc', 'kwh_delivered_dc', 'battery_temp']) d,
       LATERAL (SELECT max(u.time) AS time,
           max(v) FILTER (WHERE name = 'soc') AS soc,
           max(v) FILTER (WHERE name = 'kwh_delivered_dc') AS kwh,
           max(v) FILTER (WHERE name = 'battery_temp') AS temp
      FROM flux.latest_value u,
           LATERAL (SELECT nullif(u.value, 'NaN'),
                    d.names[array_position(d.sensors, u.sensor_id)])
           AS n (v, name)
     WHERE u.tenant_id = d.tenant_id AND u.device_id = d.device_id
       AND name IS NOT NULL) l
 WHERE l.time IS NOT NULL;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux, fluxio FROM PUBLIC;
