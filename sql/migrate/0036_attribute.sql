-- What a device says of itself that is no reading: its firmware, its serial
-- number, what a router calls its operator.  The newest stays.
SET LOCAL ROLE fl_owner;

CREATE TABLE flux.attribute (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	device_id int NOT NULL,
	name      text NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
	value     text NOT NULL CHECK (length(value) <= 4096), -- JSON
	at        timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, device_id, name),
	FOREIGN KEY (tenant_id, device_id) REFERENCES flux.device
);

-- Of the gateway or device, and of the devices behind it; device '': itself.
-- Names and values run in parallel with the devices, values as JSON.  Nothing
-- is said of devices that are not its own, of names and values that are too
-- long, and of more than 500 names a device.  What is as it was is written
-- once an hour.
CREATE FUNCTION flux.attribute_put(source int, devices text[], names text[],
    said text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH given AS (
		SELECT DISTINCT ON (d.device_id, u.name) d.device_id, u.name,
		       u.value
		  FROM unnest(devices, names, said)
		       WITH ORDINALITY AS u (device, name, value, i)
		  JOIN flux.device d ON d.tenant_id = ctx.tenant()
		   AND (d.device_id = source OR d.gateway_id = source)
		   AND CASE u.device WHEN '' THEN d.device_id = source
		       ELSE d.key = u.device END
		 WHERE length(u.name) BETWEEN 1 AND 128
		   AND length(u.value) <= 4096
		 ORDER BY d.device_id, u.name, u.i DESC
	), had AS (
		SELECT g.*, a.at IS NULL AS fresh, count(*) FILTER (WHERE a.at
		       IS NULL) OVER (PARTITION BY g.device_id ORDER BY g.name)
		       AS rank, (SELECT count(*) FROM flux.attribute o
		                  WHERE o.tenant_id = ctx.tenant()
		                    AND o.device_id = g.device_id) AS n
		  FROM given g
		  LEFT JOIN flux.attribute a ON a.tenant_id = ctx.tenant()
		   AND a.device_id = g.device_id AND a.name = g.name
	)
	INSERT INTO flux.attribute AS a (tenant_id, device_id, name, value)
	SELECT ctx.tenant(), h.device_id, h.name, h.value
	  FROM had h WHERE NOT h.fresh OR h.n + h.rank <= 500
	 ORDER BY h.device_id, h.name
	    ON CONFLICT (tenant_id, device_id, name) DO UPDATE
	   SET value = EXCLUDED.value, at = EXCLUDED.at
	 WHERE a.value IS DISTINCT FROM EXCLUDED.value
	    OR a.at < EXCLUDED.at - interval '1 h'
$$;

-- What the device of the credential has said.
CREATE FUNCTION flux.attribute_own(source int)
RETURNS TABLE (name text, value text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT a.name, a.value
	  FROM flux.attribute a
	 WHERE a.tenant_id = ctx.tenant() AND a.device_id = source
	 ORDER BY a.name COLLATE "C" LIMIT 500
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
