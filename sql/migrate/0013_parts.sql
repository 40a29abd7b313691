-- A row of fresh holds parts: long runs as before, and blocks of the short runs
-- of neighbouring sensors.  last is the last sensor of each part; sensor stays
-- the first.  A part of one sensor is a run.
-- was 442442c71c2cb68c043982699d6f70dc0158571e647407854ed2e164cb433eee
SET LOCAL ROLE fl_owner;

ALTER TABLE flux.fresh ADD series int, ADD last int[];
-- The rows of all tenants: without a context the policy shows none.
ALTER TABLE flux.fresh NO FORCE ROW LEVEL SECURITY;
UPDATE flux.fresh SET series = cardinality(sensor), last = sensor;
ALTER TABLE flux.fresh FORCE ROW LEVEL SECURITY;
ALTER TABLE flux.fresh ALTER series SET NOT NULL, ALTER last SET NOT NULL;

-- Everything acknowledged of these sensors with since <= time < till: chunk,
-- fresh and landing, each key once; the older level wins unless rev is
-- higher.  Damaged bytes are a warning and no rows.
CREATE OR REPLACE FUNCTION flux.readings(sensors int[], since timestamptz,
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
	           AND f.sensor[p.i] = w.sensor AND f.last[p.i] = w.sensor
	        UNION ALL
	        SELECT 1, -f.tier, f.fresh_id, r.sensor_id, r.time, r.value,
	               r.quality, r.rev
	          FROM flux.fresh f,
	               LATERAL (SELECT DISTINCT width_bucket(w.sensor, f.sensor)
	                   FROM unnest(sensors) AS w (sensor)
	                  WHERE w.sensor
	                     <= f.last[width_bucket(w.sensor, f.sensor)])
	               AS p (i),
	               codec.flux_block(substring(f.block
	                   FROM f.offset_[p.i] + 1
	                   FOR f.offset_[p.i + 1] - f.offset_[p.i]),
	                   since, till) r
	         WHERE f.t_max >= since AND f.t_min < till
	           AND f.sensor[p.i] < f.last[p.i]
	           AND r.sensor_id = ANY (sensors)
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
