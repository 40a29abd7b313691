-- Edge agents: a poller at a remote site, which has no database, takes commands
-- and tells of its units through ingest, with the credential of its gateway.
SET LOCAL ROLE fl_owner;

-- Which run of an agent has it: only that one may be told of it again, when
-- the answer was lost.  An agent that has lost what it wrote down is another
-- run.  NULL: it is the poller's of this cell.
ALTER TABLE flux.command
	ADD COLUMN taken_by text CHECK (taken_by ~ '^[0-9a-f]{32}$');

-- Since when an agent with its credential has asked what to write: it polls
-- what is behind it, and the poller of the cell no longer does.
ALTER TABLE flux.device ADD COLUMN agent_since timestamptz;

-- Does an agent poll it?  All that asks whose a device is asks this.
CREATE FUNCTION flux.is_edge(device int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM flux.device d
	                 JOIN flux.device g ON g.tenant_id = d.tenant_id
	                  AND g.device_id IN (d.device_id, d.gateway_id)
	                WHERE d.tenant_id = ctx.tenant()
	                  AND d.device_id = device
	                  AND g.agent_since IS NOT NULL)
$$;

-- As in 0047, without what agents poll.
DO $$
DECLARE
	old  text := pg_get_functiondef(
	    'flux.command_take(int[])'::regprocedure);
	head CONSTANT text := 'AND x.device_id = ANY (devices)';
BEGIN
	IF strpos(old, head) = 0 THEN
		RAISE EXCEPTION 'flux.command_take is not as in 0047';
	END IF;
	EXECUTE replace(old, head, head || '
		   AND NOT flux.is_edge(x.device_id)');
END $$;

-- Is it the gateway itself, or behind it?  Behind any other device is nothing,
-- itself neither: it is no agent, and says of no command what became of it.
CREATE FUNCTION flux.is_behind(device int, gateway int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM flux.device d
	                 JOIN flux.device g ON g.tenant_id = d.tenant_id
	                  AND g.device_id = gateway AND g.kind = 'gateway'
	                WHERE d.tenant_id = ctx.tenant()
	                  AND d.device_id = device
	                  AND gateway IN (d.device_id, d.gateway_id))
$$;

-- What is to be written behind a gateway, and so far again as the same run was
-- told of it and does not have it; the time that is left, in milliseconds.
CREATE FUNCTION flux.edge_command_take(source int, run text, held bigint[],
    room int) RETURNS TABLE (id bigint, device int, at_point text, want float8,
    steps text, left_ms bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM flux.command_need('telemetry:write');
	UPDATE flux.device d SET agent_since = now()
	 WHERE d.tenant_id = ctx.tenant() AND d.device_id = source
	   AND d.kind = 'gateway' AND d.agent_since IS NULL;
	-- The usual case costs a look and no write.
	IF NOT EXISTS (SELECT FROM flux.command x
	                WHERE x.tenant_id = ctx.tenant()
	                  AND x.state IN ('queued', 'sent')
	                  AND flux.is_behind(x.device_id, source)) THEN
		RETURN;
	END IF;
	PERFORM flux.command_tidy();
	RETURN QUERY
	WITH due AS MATERIALIZED (
		SELECT x.command_id FROM flux.command x
		 WHERE x.tenant_id = ctx.tenant()
		   AND (x.state = 'queued'
		     OR x.state = 'sent' AND x.taken_by = run
		        AND x.expires_at > now())
		   AND x.command_id <> ALL (held)
		   AND flux.is_behind(x.device_id, source)
		 ORDER BY x.command_id LIMIT greatest(least(room, 100), 0)
		   FOR UPDATE SKIP LOCKED
	)
	UPDATE flux.command c SET state = 'sent', taken_by = run,
	       sent_at = coalesce(c.sent_at, now())
	  FROM due
	 WHERE c.tenant_id = ctx.tenant() AND c.command_id = due.command_id
	RETURNING c.command_id, c.device_id, c.point, c.value, c.confirm,
	    (extract(epoch FROM c.expires_at - now()) * 1000)::bigint;
END $$;

-- What became of some, in the order in which it became known; of how many that
-- was news.  A run speaks of what it has taken, and of nothing else.
CREATE FUNCTION flux.edge_command_say(source int, run text, ids bigint[],
    states text[], got float8[], because text[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	news int := 0;
	u    record;
BEGIN
	PERFORM flux.command_need('telemetry:write');
	FOR u IN
		SELECT c.command_id, s.state, s.got, s.because
		  FROM unnest(ids, states, got, because) WITH ORDINALITY
		       AS s (id, state, got, because, i)
		  JOIN flux.command c ON c.tenant_id = ctx.tenant()
		   AND c.command_id = s.id AND c.taken_by = run
		   AND flux.is_behind(c.device_id, source)
		 ORDER BY s.i
	LOOP
		news := news + flux.command_say(u.command_id, u.state,
		    nullif(u.got, 'NaN'), nullif(u.because, ''))::int;
	END LOOP;
	RETURN news;
END $$;

-- How the units behind a gateway answer, as flux.unit_health_put has it;
-- nothing is said of others.
CREATE FUNCTION flux.edge_health_put(source int, told jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM flux.command_need('telemetry:write');
	RETURN flux.unit_health_put((SELECT coalesce(jsonb_agg(u.one), '[]')
	    FROM jsonb_array_elements(told) AS u (one)
	   WHERE flux.is_behind((u.one ->> 'device')::int, source)));
END $$;

-- ---- signed plans ----

-- What signs a tenant's plans.  Agents have the public half from when they were
-- set up, and take no plan that it has not signed.
SET LOCAL ROLE fl_ctx;
CREATE TABLE ctx.plan_key (
	tenant_id  int PRIMARY KEY REFERENCES ctx.tenant_home,
	public     bytea NOT NULL CHECK (length(public) <= 200), -- DER, SPKI
	sealed_key bytea NOT NULL CHECK (length(sealed_key) <= 600)
);
CREATE OR REPLACE FUNCTION ctx.sealed_place() RETURNS TABLE (relation text,
    bytes text, place text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	VALUES ('factor', 'sealed',
	        $_$concat_ws('|', 'factor', tenant_id, user_id)$_$),
	       ('login', 'sealed_address',
	        $_$concat_ws('|', 'address', tenant_id, user_id)$_$),
	       ('tenant_ca', 'sealed_key',
	        $_$concat_ws('|', 'ca', tenant_id, encode(ski, 'hex'))$_$),
	       ('plan_key', 'sealed_key',
	        $_$concat_ws('|', 'plan', tenant_id)$_$),
	       ('oidc', 'sealed_secret',
	        $_$concat_ws('|', 'oidc', tenant_id)$_$),
	       ('import_people', 'sealed_file',
	        $_$concat_ws('|', 'import', tenant_id, import_id, part)$_$)
$$;

-- For who signs, and once for who makes it.
CREATE FUNCTION ctx.plan_key_own(OUT public bytea, OUT sealed_key bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('devices:write');
	SELECT k.public, k.sealed_key INTO public, sealed_key
	  FROM ctx.plan_key k WHERE k.tenant_id = ctx.tenant();
END $$;
CREATE FUNCTION ctx.plan_key_put(public bytea, sealed_key bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('devices:write');
	INSERT INTO ctx.plan_key (tenant_id, public, sealed_key)
	VALUES (ctx.tenant(), plan_key_put.public, plan_key_put.sealed_key);
	PERFORM flux.audit_put('plan.key', 'tenant', '{}');
END $$;
-- For everybody of the tenant, and for whom it enrols.
CREATE FUNCTION ctx.plan_key_public() RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT k.public FROM ctx.plan_key k WHERE k.tenant_id = ctx.tenant()
$$;
CREATE FUNCTION ctx.plan_key_of(t int) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT k.public FROM ctx.plan_key k WHERE k.tenant_id = t
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.plan_key_public() TO fl_owner;

SET LOCAL ROLE fl_owner;
-- A version of what a gateway's agent polls, and what became of it there.
-- Those of one rollout were made together.
--
-- held: not offered yet, or no more; offered; applied: the agent tries it;
-- confirmed; rolled_back or refused by the agent, which says why; replaced by a
-- newer one before it came to that.
CREATE TABLE flux.plan (
	tenant_id  int NOT NULL REFERENCES flux.tenant,
	gateway_id int NOT NULL,
	version    int NOT NULL CHECK (version > 0),
	rollout_id int NOT NULL CHECK (rollout_id > 0),
	made_at    timestamptz NOT NULL DEFAULT now(),
	made_by    bigint NOT NULL,
	note       text NOT NULL CHECK (length(note) <= 200),
	changes    text NOT NULL CHECK (length(changes) <= 2000),
	body       text NOT NULL,
	manifest   text NOT NULL CHECK (length(manifest) <= 4000),
	state      text NOT NULL CHECK (state IN ('held', 'offered', 'applied',
	           'confirmed', 'rolled_back', 'refused', 'replaced')),
	why        text NOT NULL DEFAULT '' CHECK (length(why) <= 300),
	said_at    timestamptz,
	PRIMARY KEY (tenant_id, gateway_id, version),
	FOREIGN KEY (tenant_id, gateway_id) REFERENCES flux.device
);
CREATE INDEX plan_of_rollout ON flux.plan (tenant_id, rollout_id);

-- Which devices came, went or were changed between two plans.
CREATE FUNCTION flux.plan_changes(old text, new text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(left(string_agg(said, '; ' ORDER BY said), 2000),
	       'nothing')
	  FROM (SELECT word || ' ' || string_agg(key, ', ' ORDER BY key) AS said
	          FROM (SELECT coalesce(n.one, o.one) ->> 'key' AS key,
	                       CASE WHEN o.one IS NULL THEN 'added'
	                            WHEN n.one IS NULL THEN 'removed'
	                            ELSE 'changed' END AS word
	                  FROM jsonb_array_elements(old::jsonb) AS o (one)
	                  FULL JOIN jsonb_array_elements(new::jsonb) AS n (one)
	                    ON o.one ->> 'key' = n.one ->> 'key'
	                 WHERE o.one IS DISTINCT FROM n.one) d
	         GROUP BY word) w
$$;

-- The next version of a gateway, and the number of the next rollout; no row:
-- there is no such gateway.
CREATE FUNCTION flux.plan_next(called text, OUT gateway int, OUT version int,
    OUT rollout int) RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
BEGIN
	PERFORM ctx.need('devices:write');
	-- Two rollouts at once do not get one number.
	PERFORM ctx.tenant_hold(t);
	RETURN QUERY
	SELECT d.device_id,
	       (SELECT coalesce(max(p.version), 0) + 1 FROM flux.plan p
	         WHERE p.tenant_id = t AND p.gateway_id = d.device_id),
	       (SELECT coalesce(max(p.rollout_id), 0) + 1 FROM flux.plan p
	         WHERE p.tenant_id = t)
	  FROM flux.device d
	 WHERE d.tenant_id = t AND d.key = called AND d.kind = 'gateway';
END $$;

-- A new version, in place of those that nobody has confirmed; the last fifty
-- stay, and what was confirmed last.  Whoever made the same version meanwhile
-- was first.
CREATE FUNCTION flux.plan_put(gateway int, number int, rollout int,
    because text, plan text, signed text, at_once boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t   CONSTANT int := ctx.tenant();
	old text;
BEGIN
	PERFORM ctx.need('devices:write');
	SELECT p.body INTO old FROM flux.plan p
	 WHERE p.tenant_id = t AND p.gateway_id = gateway
	 ORDER BY p.version DESC LIMIT 1;
	UPDATE flux.plan p SET state = 'replaced'
	 WHERE p.tenant_id = t AND p.gateway_id = gateway
	   AND p.state IN ('held', 'offered');
	DELETE FROM flux.plan p
	 WHERE p.tenant_id = t AND p.gateway_id = gateway
	   AND p.version <= number - 50 AND p.version IS DISTINCT FROM (
	       SELECT max(x.version) FROM flux.plan x WHERE x.tenant_id = t
	          AND x.gateway_id = gateway AND x.state = 'confirmed');
	INSERT INTO flux.plan (tenant_id, gateway_id, version, rollout_id,
	       made_by, note, changes, body, manifest, state)
	VALUES (t, gateway, number, rollout, ctx.user_id(), because,
	        flux.plan_changes(coalesce(old, '[]'), plan), plan, signed,
	        CASE WHEN at_once THEN 'offered' ELSE 'held' END);
	PERFORM flux.audit_put('plan.make', 'device:' || (
	    SELECT d.key FROM flux.device d
	     WHERE d.tenant_id = t AND d.device_id = gateway),
	    jsonb_build_object('version', number, 'rollout', rollout,
	    'offered', at_once));
END $$;

-- Goes on with a rollout, or pauses it; of how many gateways that was so.
CREATE FUNCTION flux.rollout_go(number int, on_ boolean) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	n int;
BEGIN
	PERFORM ctx.need('devices:write');
	IF NOT EXISTS (SELECT FROM flux.plan p WHERE p.tenant_id = ctx.tenant()
	               AND p.rollout_id = number) THEN
		RETURN NULL;
	END IF;
	UPDATE flux.plan p
	   SET state = CASE WHEN on_ THEN 'offered' ELSE 'held' END
	 WHERE p.tenant_id = ctx.tenant() AND p.rollout_id = number
	   AND p.state = CASE WHEN on_ THEN 'held' ELSE 'offered' END;
	GET DIAGNOSTICS n = ROW_COUNT;
	IF n > 0 THEN
		PERFORM flux.audit_put(CASE WHEN on_ THEN 'plan.resume'
		    ELSE 'plan.pause' END, 'rollout:' || number, '{}');
	END IF;
	RETURN n;
END $$;

-- What a gateway's agent is to have.
CREATE FUNCTION flux.plan_offer(source int) RETURNS TABLE (called text,
    version int, body text, manifest text, public bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.key, p.version, p.body, p.manifest, ctx.plan_key_public()
	  FROM flux.plan p
	  JOIN flux.device d ON d.tenant_id = p.tenant_id
	   AND d.device_id = p.gateway_id
	 WHERE p.tenant_id = ctx.tenant() AND p.gateway_id = source
	   AND p.state IN ('offered', 'applied', 'confirmed')
	 ORDER BY p.version DESC LIMIT 1
$$;

-- What became of it there.  One that goes back or refuses stops the others of
-- its rollout that have not begun.  False: that was known.
CREATE FUNCTION flux.plan_say(source int, number int, now_is text, because text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	p flux.plan;
BEGIN
	PERFORM flux.command_need('telemetry:write');
	UPDATE flux.plan x
	   SET state = now_is, why = left(because, 300), said_at = now()
	 WHERE x.tenant_id = ctx.tenant() AND x.gateway_id = source
	   AND x.version = number
	   AND now_is IN ('applied', 'confirmed', 'rolled_back', 'refused')
	   AND x.state <> now_is
	   -- An agent that has lost what it kept tries it again.
	   AND (x.state IN ('held', 'offered', 'applied')
	     OR x.state = 'confirmed' AND now_is IN ('applied', 'rolled_back'))
	RETURNING * INTO p;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF now_is IN ('rolled_back', 'refused') THEN
		UPDATE flux.plan x SET state = 'held'
		 WHERE x.tenant_id = ctx.tenant()
		   AND x.rollout_id = p.rollout_id AND x.state = 'offered';
	END IF;
	IF now_is <> 'applied' THEN
		PERFORM flux.audit_put('plan.' || now_is, 'device:' || (
		    SELECT d.key FROM flux.device d WHERE d.tenant_id =
		    p.tenant_id AND d.device_id = source),
		    jsonb_build_object('version', number, 'why', p.why));
	END IF;
	RETURN true;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
