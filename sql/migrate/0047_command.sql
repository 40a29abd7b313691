-- What somebody wants a device to do: a value for a point that can be written.
-- A command knows no more than is known of it: sent is not written, written is
-- not read back.
SET LOCAL ROLE fl_owner;

-- waiting for its second step, queued, sent to the poller, acknowledged by the
-- device, verified by reading it back; or failed, expired, withdrawn.
CREATE TABLE flux.command (
	tenant_id    int NOT NULL REFERENCES flux.tenant,
	command_id   bigint GENERATED ALWAYS AS IDENTITY,
	device_id    int NOT NULL,
	point        text NOT NULL CHECK (length(point) BETWEEN 1 AND 64),
	value        float8 NOT NULL CHECK (abs(value) < 'Infinity'),
	reason       text NOT NULL DEFAULT '' CHECK (length(reason) <= 200),
	key          text CHECK (length(key) BETWEEN 1 AND 200),
	-- Its second step: none, of anybody, or of somebody else.
	confirm      text NOT NULL CHECK (confirm IN ('none', 'self', 'other')),
	asked_by     bigint NOT NULL, -- not above 0: a program
	asked_at     timestamptz NOT NULL DEFAULT now(),
	confirmed_by bigint,
	confirmed_at timestamptz,
	expires_at   timestamptz NOT NULL,
	state        text NOT NULL CHECK (state IN ('waiting', 'queued', 'sent',
	             'acknowledged', 'verified', 'failed', 'expired',
	             'withdrawn')),
	sent_at      timestamptz,
	acknowledged_at timestamptz,
	ended_at     timestamptz,
	read_back    float8,
	why          text CHECK (length(why) <= 300),
	-- It has failed as nothing was heard of it: the truth may come yet.
	unheard      boolean NOT NULL DEFAULT false,
	PRIMARY KEY (tenant_id, command_id),
	UNIQUE (tenant_id, key),
	FOREIGN KEY (tenant_id, device_id) REFERENCES flux.device,
	CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
	CHECK (state NOT IN ('queued', 'sent', 'acknowledged', 'verified')
	    OR confirm = 'none' OR confirmed_at IS NOT NULL)
);
CREATE INDEX command_open ON flux.command (tenant_id, device_id)
    WHERE state IN ('waiting', 'queued', 'sent', 'acknowledged');
CREATE INDEX command_of_device
    ON flux.command (tenant_id, device_id, command_id);

-- Who has queued ones; pollers look here, before they know any tenant.
SET LOCAL ROLE fl_ctx;
CREATE TABLE ctx.command_due (
	tenant_id int PRIMARY KEY REFERENCES ctx.tenant_home
);
-- The row is taken even when it is there: who takes the commands waits for
-- who has just asked, and sees his.
CREATE FUNCTION ctx.command_queued() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO ctx.command_due VALUES (ctx.tenant())
	    ON CONFLICT (tenant_id) DO UPDATE SET tenant_id = ctx.tenant()
$$;
CREATE FUNCTION ctx.command_taken() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM ctx.command_due d WHERE d.tenant_id = ctx.tenant()
$$;
CREATE FUNCTION ctx.command_tenants() RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.tenant_id
	  FROM ctx.command_due d
	  JOIN ctx.poller_grant g
	    ON g.tenant_id = d.tenant_id AND g.poller = session_user
	 WHERE NOT ctx.is_erased(d.tenant_id)
	 ORDER BY d.tenant_id
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.command_queued(), ctx.command_taken()
    TO fl_owner;

SET LOCAL ROLE fl_owner;
-- The state as the clock has it: what nobody has taken in time is not carried
-- out any more, and of what was taken nobody will hear.
CREATE FUNCTION flux.command_state(state text, expires_at timestamptz)
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE
	       WHEN state IN ('waiting', 'queued') AND expires_at <= now()
	       THEN 'expired'
	       WHEN state IN ('sent', 'acknowledged')
	        AND expires_at <= now() - interval '1 min' THEN 'failed'
	       ELSE state END
$$;

-- Writes it down.
CREATE FUNCTION flux.command_tidy() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE flux.command c
	   SET state = flux.command_state(c.state, c.expires_at),
	       ended_at = now(), unheard = c.state IN ('sent', 'acknowledged'),
	       why = CASE c.state WHEN 'sent'
	           THEN 'The poller has not said whether it was written.'
	           WHEN 'acknowledged'
	           THEN 'It was written, and could not be read back.' END
	 WHERE c.tenant_id = ctx.tenant()
	   AND c.state IN ('waiting', 'queued', 'sent', 'acknowledged')
	   AND flux.command_state(c.state, c.expires_at) <> c.state
$$;

-- Who that is, for those who do not see the members.
CREATE FUNCTION flux.member_named(u bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT m.name FROM flux.member m
	 WHERE m.tenant_id = ctx.tenant() AND m.user_id = u
$$;

-- Whoever holds it nowhere is refused; where, flux.may says.
CREATE FUNCTION flux.command_need(permission text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF ctx.can() & ctx.can_of(ARRAY[permission]) = 0 THEN
		RAISE EXCEPTION 'needs %', permission USING ERRCODE = 'FX003';
	END IF;
END $$;

-- Asks for one.  The same key asks once; other words under it are refused.
CREATE FUNCTION flux.command_ask(called text, at_point text, want float8,
    because text, steps text, seconds int, once text)
RETURNS TABLE (id bigint, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	d flux.device;
	c flux.command;
BEGIN
	PERFORM flux.command_need('commands:send');
	SELECT * INTO d FROM flux.device x
	 WHERE x.tenant_id = t AND x.key = called;
	IF d.device_id IS NULL OR NOT flux.may('commands:send', d.device_id)
	THEN
		RETURN;
	END IF;
	IF d.modbus_host IS NULL THEN
		RAISE EXCEPTION 'device: the poller does not ask it, so nothing'
		    ' can be written.' USING ERRCODE = 'FX006';
	END IF;
	PERFORM flux.command_tidy();
	IF (SELECT count(*) FROM flux.command x
	     WHERE x.tenant_id = t AND x.device_id = d.device_id
	       AND x.state IN ('waiting', 'queued', 'sent', 'acknowledged'))
	   >= 20 THEN
		RAISE EXCEPTION 'Twenty commands wait for this device; withdraw'
		    ' one, or wait.' USING ERRCODE = 'FX005';
	END IF;
	INSERT INTO flux.command (tenant_id, device_id, point, value, reason,
	       key, confirm, asked_by, expires_at, state)
	VALUES (t, d.device_id, at_point, want, because, once, steps,
	       ctx.user_id(), now() + seconds * interval '1 s',
	       CASE steps WHEN 'none' THEN 'queued' ELSE 'waiting' END)
	    ON CONFLICT (tenant_id, key) DO NOTHING
	RETURNING * INTO c;
	IF c.command_id IS NULL THEN
		SELECT * INTO c FROM flux.command x
		 WHERE x.tenant_id = t AND x.key = once;
		IF (c.device_id, c.point, c.value) IS DISTINCT FROM
		   (d.device_id, at_point, want) THEN
			RAISE EXCEPTION 'Idempotency-Key: another command '
			    'has it.' USING ERRCODE = 'FX005';
		END IF;
		RETURN QUERY SELECT c.command_id, c.state;
		RETURN;
	END IF;
	PERFORM flux.audit_put('command.ask', 'device:' || called,
	    jsonb_build_object('command', c.command_id, 'point', at_point,
	    'value', want, 'reason', because));
	IF c.state = 'queued' THEN
		PERFORM ctx.command_queued();
	END IF;
	RETURN QUERY SELECT c.command_id, c.state;
END $$;

-- The second step: confirmed by whoever may send, or approved by a person who
-- may and has not asked for it; NULL: there is no such command.
CREATE FUNCTION flux.command_confirm(number bigint, approve boolean)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	needs CONSTANT text := CASE WHEN approve THEN 'commands:approve'
	    ELSE 'commands:send' END;
	c flux.command;
BEGIN
	PERFORM flux.command_need(needs);
	PERFORM flux.command_tidy();
	SELECT * INTO c FROM flux.command x
	 WHERE x.tenant_id = ctx.tenant() AND x.command_id = number
	   FOR UPDATE;
	IF c.command_id IS NULL OR NOT flux.may(needs, c.device_id) THEN
		RETURN NULL;
	END IF;
	IF c.state <> 'waiting' THEN
		RAISE EXCEPTION 'The command is % and cannot be confirmed.',
		    c.state USING ERRCODE = 'FX005';
	END IF;
	IF c.confirm = 'other' AND (NOT approve
	    OR ctx.user_id() <= 0 OR ctx.user_id() = c.asked_by) THEN
		RAISE EXCEPTION 'A person other than who asked has to approve '
		    'this command.' USING ERRCODE = 'FX005';
	END IF;
	UPDATE flux.command x
	   SET state = 'queued', confirmed_by = ctx.user_id(),
	       confirmed_at = now()
	 WHERE x.tenant_id = ctx.tenant() AND x.command_id = number;
	PERFORM flux.audit_put('command.confirm', 'command:' || number,
	    '{}');
	PERFORM ctx.command_queued();
	RETURN 'queued';
END $$;

-- Nobody wants it any more; NULL: there is no such command.
CREATE FUNCTION flux.command_withdraw(number bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	c flux.command;
BEGIN
	PERFORM flux.command_need('commands:send');
	PERFORM flux.command_tidy();
	SELECT * INTO c FROM flux.command x
	 WHERE x.tenant_id = ctx.tenant() AND x.command_id = number
	   FOR UPDATE;
	IF c.command_id IS NULL OR NOT flux.may('commands:send', c.device_id)
	THEN
		RETURN NULL;
	END IF;
	IF c.state NOT IN ('waiting', 'queued') THEN
		RAISE EXCEPTION 'The command is % and cannot be withdrawn.',
		    c.state USING ERRCODE = 'FX005';
	END IF;
	UPDATE flux.command x SET state = 'withdrawn', ended_at = now()
	 WHERE x.tenant_id = ctx.tenant() AND x.command_id = number;
	PERFORM flux.audit_put('command.withdraw', 'command:' || number, '{}');
	RETURN 'withdrawn';
END $$;

-- The poller takes what is queued for the devices it asks, once.  What it
-- takes it says something of.
CREATE FUNCTION flux.command_take(devices int[]) RETURNS TABLE (id bigint,
    device int, at_point text, want float8, steps text, expires timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	-- In the order of those who ask and confirm.
	PERFORM flux.command_tidy();
	PERFORM ctx.command_taken();
	RETURN QUERY
	WITH due AS MATERIALIZED (
		SELECT x.command_id FROM flux.command x
		 WHERE x.tenant_id = ctx.tenant() AND x.state = 'queued'
		   AND x.device_id = ANY (devices)
		 ORDER BY x.command_id LIMIT 100 FOR UPDATE SKIP LOCKED
	)
	UPDATE flux.command c SET state = 'sent', sent_at = now()
	  FROM due
	 WHERE c.tenant_id = ctx.tenant() AND c.command_id = due.command_id
	RETURNING c.command_id, c.device_id, c.point, c.value, c.confirm,
	    c.expires_at;
	IF EXISTS (SELECT FROM flux.command x
	            WHERE x.tenant_id = ctx.tenant() AND x.state = 'queued')
	THEN
		PERFORM ctx.command_queued();
	END IF;
END $$;

-- What became of it: acknowledged, verified, failed.  False: it is over.
CREATE FUNCTION flux.command_say(number bigint, now_is text, got float8,
    because text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	UPDATE flux.command c
	   SET state = now_is, unheard = false,
	       read_back = coalesce(got, c.read_back),
	       why = CASE WHEN c.unheard THEN left(because, 300)
	           ELSE coalesce(left(because, 300), c.why) END,
	       acknowledged_at = CASE WHEN now_is <> 'failed'
	           THEN coalesce(c.acknowledged_at, now())
	           ELSE c.acknowledged_at END,
	       ended_at = CASE WHEN now_is <> 'acknowledged' THEN now() END
	 WHERE c.tenant_id = ctx.tenant() AND c.command_id = number
	   AND now_is IN ('acknowledged', 'verified', 'failed')
	   AND (c.state IN ('sent', 'acknowledged') OR c.unheard);
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF now_is <> 'acknowledged' THEN
		PERFORM flux.audit_put('command.' || now_is,
		    'command:' || number, jsonb_build_object('read_back', got,
		    'why', because));
	END IF;
	RETURN true;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
