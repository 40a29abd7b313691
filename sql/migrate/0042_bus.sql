-- How a Modbus line is reached and set, and how each unit on it answers.
SET LOCAL ROLE fl_owner;

-- rtu_tcp: frames of a serial line through a socket, as serial servers do.
ALTER TABLE flux.device
	DROP CONSTRAINT device_modbus_transport_check,
	ADD CONSTRAINT device_modbus_transport_check
	    CHECK (modbus_transport IN ('tcp', 'rtu', 'rtu_tcp')),
	-- Of a serial line: data bits, parity, stop bits; NULL: as the profile
	-- says.
	ADD COLUMN modbus_serial text CHECK (modbus_serial ~ '^[78][NEO][12]$');

-- An hour of a unit's requests; of 48 hours.  What is no count is as it was
-- said last.
CREATE TABLE flux.unit_health (
	tenant_id  int NOT NULL REFERENCES flux.tenant,
	device_id  int NOT NULL,
	hour       timestamptz NOT NULL,
	at         timestamptz NOT NULL, -- of the last report
	answers    bigint NOT NULL,
	exceptions bigint[] NOT NULL, -- by code, 1 to 11
	garbage    bigint NOT NULL, -- what came and was no answer
	corrupt    bigint NOT NULL, -- of that: wrong checksums
	silent     bigint NOT NULL,
	down       bigint NOT NULL, -- the line was not there
	missed     bigint NOT NULL, -- polls left out: the line was busy
	answer_ms  float8 NOT NULL, -- all answers together
	p99_ms     float8 NOT NULL, -- 0: not known
	offline    boolean NOT NULL,
	busy       float8 NOT NULL, -- of the line: 1 is all the time
	load       float8 NOT NULL, -- as it is planned
	waiting    bigint NOT NULL, -- records in the poller's spool
	most_words int NOT NULL, -- of one request; 0: as the profile says
	holes      text NOT NULL, -- registers that it does not have
	remark     text NOT NULL,
	PRIMARY KEY (tenant_id, device_id, hour),
	FOREIGN KEY (tenant_id, device_id) REFERENCES flux.device
);

-- What the poller says of its units, an object each; of how many it was heard.
-- Nothing is said of devices that are not the tenant's.
CREATE FUNCTION flux.unit_health_put(told jsonb) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM flux.unit_health h
	 USING jsonb_to_recordset(told) AS u (device int)
	 WHERE h.tenant_id = ctx.tenant() AND h.device_id = u.device
	   AND h.hour < now() - interval '48 h';
	WITH heard AS (
	INSERT INTO flux.unit_health AS h
	SELECT ctx.tenant(), d.device_id, date_trunc('hour', now(), 'UTC'),
	       now(), u.answers, u.exceptions, u.garbage, u.corrupt, u.silent,
	       u.down, u.missed, u.answer_ms, u.p99_ms, u.offline, u.busy,
	       u.load, u.waiting, u.most_words, left(u.holes, 4000),
	       left(u.remark, 400)
	  FROM jsonb_to_recordset(told) AS u (device int, answers bigint,
	       exceptions bigint[], garbage bigint, corrupt bigint,
	       silent bigint, down bigint, missed bigint, answer_ms float8,
	       p99_ms float8, offline boolean, busy float8, load float8,
	       waiting bigint, most_words int, holes text, remark text)
	  JOIN flux.device d
	    ON d.tenant_id = ctx.tenant() AND d.device_id = u.device
	 ORDER BY d.device_id
	    ON CONFLICT (tenant_id, device_id, hour) DO UPDATE
	   SET at = EXCLUDED.at,
	       answers = h.answers + EXCLUDED.answers,
	       exceptions = ARRAY(
	           SELECT coalesce(v.a, 0) + coalesce(v.b, 0)
	             FROM unnest(h.exceptions, EXCLUDED.exceptions)
	                  WITH ORDINALITY AS v (a, b, i) ORDER BY v.i),
	       garbage = h.garbage + EXCLUDED.garbage,
	       corrupt = h.corrupt + EXCLUDED.corrupt,
	       silent = h.silent + EXCLUDED.silent,
	       down = h.down + EXCLUDED.down,
	       missed = h.missed + EXCLUDED.missed,
	       answer_ms = h.answer_ms + EXCLUDED.answer_ms,
	       p99_ms = EXCLUDED.p99_ms, offline = EXCLUDED.offline,
	       busy = EXCLUDED.busy, load = EXCLUDED.load,
	       waiting = EXCLUDED.waiting, most_words = EXCLUDED.most_words,
	       holes = EXCLUDED.holes, remark = EXCLUDED.remark
	RETURNING 1)
	SELECT count(*) FROM heard
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
