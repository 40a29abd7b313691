-- What somebody wants read out of a device once: registers as they are now.
-- A sibling of the command: nothing of a probe changes a device, and its answer
-- is of use for an hour.
SET LOCAL ROLE fl_owner;

-- Queued, sent to the poller; then answered, or failed.  What nobody took in
-- time has expired, which no row says: flux.probe_load does.
CREATE TABLE flux.probe (
	tenant_id  int NOT NULL REFERENCES flux.tenant,
	probe_id   bigint GENERATED ALWAYS AS IDENTITY,
	device_id  int NOT NULL,
	function   smallint NOT NULL CHECK (function BETWEEN 1 AND 4),
	address    int NOT NULL CHECK (address BETWEEN 0 AND 65535),
	quantity   int NOT NULL CHECK (quantity BETWEEN 1 AND 64),
	asked_by   bigint NOT NULL, -- not above 0: a program
	asked_at   timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	state      text NOT NULL DEFAULT 'queued'
	           CHECK (state IN ('queued', 'sent', 'answered', 'failed')),
	ended_at   timestamptz,
	words      int[] CHECK (cardinality(words) = quantity),
	why        text CHECK (length(why) <= 300),
	PRIMARY KEY (tenant_id, probe_id),
	FOREIGN KEY (tenant_id, device_id) REFERENCES flux.device,
	CHECK (address + quantity <= 65536),
	CHECK ((state = 'answered') = (words IS NOT NULL)),
	CHECK ((state = 'failed') = (why IS NOT NULL))
);
CREATE INDEX probe_lately ON flux.probe (tenant_id, asked_at);

-- Who has queued ones; pollers look here, before they know any tenant.
SET LOCAL ROLE fl_ctx;
CREATE TABLE ctx.probe_due (
	tenant_id int PRIMARY KEY REFERENCES ctx.tenant_home
);
-- The row is taken even when it is there: who takes the probes waits for who
-- has just asked, and who asks is counted after who asked before him.
CREATE FUNCTION ctx.probe_queued() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.probe_due VALUES (ctx.tenant())
	    ON CONFLICT (tenant_id) DO UPDATE SET tenant_id = ctx.tenant()
$$;
CREATE FUNCTION ctx.probe_taken() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM ctx.probe_due d WHERE d.tenant_id = ctx.tenant()
$$;
CREATE FUNCTION ctx.probe_tenants() RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.tenant_id
	  FROM ctx.probe_due d
	  JOIN ctx.poller_grant g
	    ON g.tenant_id = d.tenant_id AND g.poller = session_user
	 WHERE NOT ctx.is_erased(d.tenant_id)
	 ORDER BY d.tenant_id
$$;
-- Is there a poller beside this database that serves the tenant?  What is
-- polled otherwise an edge agent polls.
CREATE FUNCTION ctx.is_polled() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM ctx.poller_grant g
	                WHERE g.tenant_id = ctx.tenant())
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.probe_queued(), ctx.probe_taken(),
    ctx.is_polled() TO fl_owner;

SET LOCAL ROLE fl_owner;
-- What nobody needs any more.
CREATE FUNCTION flux.probe_forget() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM flux.probe p
	 WHERE p.tenant_id = ctx.tenant()
	   AND p.asked_at < now() - interval '1 h'
$$;
-- Asks for one, or says why not: missing, unpolled, edge (an agent at the edge
-- polls it), busy (it is just being read) or often.  A device is read ten times
-- a minute at most, the devices of a tenant sixty times.
CREATE FUNCTION flux.probe_ask(called text, of_kind int, at int, many int)
RETURNS TABLE (id bigint, refused text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	d flux.device;
BEGIN
	PERFORM flux.command_need('debug:read');
	SELECT * INTO d FROM flux.device x
	 WHERE x.tenant_id = t AND x.key = called;
	refused := CASE
	    WHEN d.device_id IS NULL OR NOT flux.may('debug:read', d.device_id)
	    THEN 'missing'
	    WHEN d.modbus_host IS NULL OR d.profile IS NULL THEN 'unpolled'
	    WHEN NOT ctx.is_polled() OR flux.is_edge(d.device_id)
	    THEN 'edge' END;
	IF refused IS NULL THEN
		PERFORM ctx.probe_queued();
		SELECT CASE WHEN bool_or(p.device_id = d.device_id
		            AND p.state IN ('queued', 'sent')
		            AND p.expires_at > now()) THEN 'busy'
		       WHEN count(*) >= 60 OR count(*)
		            FILTER (WHERE p.device_id = d.device_id) >= 10
		       THEN 'often' END
		  INTO refused
		  FROM flux.probe p
		 WHERE p.tenant_id = t
		   AND p.asked_at > now() - interval '1 min';
	END IF;
	IF refused IS NOT NULL THEN
		RETURN NEXT;
		RETURN;
	END IF;
	PERFORM flux.probe_forget();
	INSERT INTO flux.probe AS p (tenant_id, device_id, function, address,
	       quantity, asked_by, expires_at)
	VALUES (t, d.device_id, of_kind, at, many, ctx.user_id(),
	       now() + interval '30 s')
	RETURNING p.probe_id INTO id;
	PERFORM flux.audit_put('probe.ask', 'device:' || called,
	    jsonb_build_object('probe', id, 'function', of_kind, 'address', at,
	    'quantity', many));
	RETURN NEXT;
END $$;

-- One, as the clock has it, for who may read the device so; for an hour.
CREATE FUNCTION flux.probe_load(number bigint)
RETURNS TABLE (device text, device_name text, simulated boolean, zone text,
    function int, address int, quantity int, asked_at timestamptz,
    ended_at timestamptz, state text, words int[], why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.key, d.name, d.simulated, s.zone, p.function, p.address,
	       p.quantity, p.asked_at, p.ended_at, n.state, p.words,
	       CASE WHEN n.state = p.state THEN p.why
	            WHEN n.state = 'expired' THEN 'No poller took it in 30 s: '
	            'it is stopped, or cannot reach the server.'
	            ELSE 'The poller took it and has not said what came of it.'
	            END
	  FROM flux.probe p
	  JOIN flux.device d ON d.tenant_id = ctx.tenant()
	   AND d.device_id = p.device_id
	  JOIN flux.site s ON s.tenant_id = ctx.tenant()
	   AND s.site_id = d.site_id
	 CROSS JOIN LATERAL (SELECT CASE
	       WHEN p.state = 'queued' AND p.expires_at <= now() THEN 'expired'
	       WHEN p.state = 'sent'
	        AND p.expires_at <= now() - interval '30 s' THEN 'failed'
	       ELSE p.state END AS state) n
	 WHERE p.tenant_id = ctx.tenant() AND p.probe_id = number
	   AND p.asked_at > now() - interval '1 h'
	   AND flux.may('debug:read', p.device_id)
$$;

-- The poller takes what is queued, once.
CREATE FUNCTION flux.probe_take() RETURNS TABLE (id bigint, device int,
    of_kind int, at int, many int, expires timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.probe_taken();
	RETURN QUERY
	UPDATE flux.probe p SET state = 'sent'
	 WHERE p.tenant_id = ctx.tenant() AND p.state = 'queued'
	   AND p.expires_at > now()
	RETURNING p.probe_id, p.device_id, p.function::int, p.address,
	    p.quantity, p.expires_at;
END $$;

-- What it read; or, without words, why it could not.  False: it is over.
CREATE FUNCTION flux.probe_say(number bigint, got int[], because text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE flux.probe p
	   SET state = CASE WHEN got IS NULL THEN 'failed' ELSE 'answered' END,
	       words = got, ended_at = now(),
	       why = CASE WHEN got IS NULL
	           THEN coalesce(left(because, 300), '') END
	 WHERE p.tenant_id = ctx.tenant() AND p.probe_id = number
	   AND p.state = 'sent';
	RETURN FOUND;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
