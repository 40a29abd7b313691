-- The way back from an edge agent: what one has polled and whose agent is gone
-- for good is polled from here again when somebody says so, and not before, as
-- its addresses may be other machines here.
SET LOCAL ROLE fl_owner;

-- When the agent of a gateway told last of a unit, or asked first; NULL: it has
-- none.
CREATE FUNCTION flux.agent_heard(gateway int) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT greatest(g.agent_since, (
	       SELECT max(h.at) FROM flux.device d
	         JOIN flux.unit_health h ON h.tenant_id = d.tenant_id
	          AND h.device_id = d.device_id
	        WHERE d.tenant_id = g.tenant_id
	          AND g.device_id IN (d.device_id, d.gateway_id)))
	  FROM flux.device g
	 WHERE g.tenant_id = ctx.tenant() AND g.device_id = gateway
	   AND g.agent_since IS NOT NULL
$$;

-- Nothing for so long, and it is said.  One that runs tells every hour at
-- least.
CREATE FUNCTION flux.agent_patience() RETURNS interval
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT interval '1 day' $$;

-- Is there a device behind the gateway that somebody has to poll?
CREATE FUNCTION flux.agent_polls(gateway int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT EXISTS (SELECT FROM flux.device d
	 WHERE d.tenant_id = ctx.tenant() AND d.modbus_host IS NOT NULL
	   AND d.profile IS NOT NULL
	   AND gateway IN (d.device_id, d.gateway_id))
$$;

-- Whose agent polls a device; no row: none does.
CREATE FUNCTION flux.agent_of(device int) RETURNS TABLE (gateway text,
    called text, heard timestamptz, lost boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT g.key, g.name, h.heard, flux.agent_polls(g.device_id)
	       AND h.heard < now() - flux.agent_patience()
	  FROM flux.device d
	  JOIN flux.device g ON g.tenant_id = d.tenant_id
	   AND g.device_id IN (d.device_id, d.gateway_id),
	       flux.agent_heard(g.device_id) AS h (heard)
	 WHERE d.tenant_id = ctx.tenant() AND d.device_id = device
	   AND g.agent_since IS NOT NULL
	 ORDER BY g.device_id = device DESC
	 LIMIT 1
$$;

-- All agents of the tenant, those that are silent for longest first.
CREATE FUNCTION flux.agent_list() RETURNS TABLE (gateway text,
    since timestamptz, heard timestamptz, lost boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT g.key, g.agent_since, h.heard, flux.agent_polls(g.device_id)
	       AND h.heard < now() - flux.agent_patience()
	  FROM flux.device g, flux.agent_heard(g.device_id) AS h (heard)
	 WHERE g.tenant_id = ctx.tenant() AND g.agent_since IS NOT NULL
	 ORDER BY h.heard, g.key
	 LIMIT 1000
$$;

-- From now on what is behind the gateway is polled from here, until an agent
-- asks for commands with its credential again.  False: no agent has it.
CREATE FUNCTION flux.agent_release(called text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	g flux.device;
	h timestamptz;
BEGIN
	PERFORM ctx.need('devices:write');
	SELECT * INTO g FROM flux.device d
	 WHERE d.tenant_id = ctx.tenant() AND d.key = called
	   AND d.agent_since IS NOT NULL FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	h := flux.agent_heard(g.device_id);
	IF h >= now() - flux.agent_patience() THEN
		RAISE EXCEPTION 'gateway: its agent was heard within a day, '
		    'and would poll the same machines.' USING ERRCODE = 'FX006';
	END IF;
	UPDATE flux.device d SET agent_since = NULL
	 WHERE d.tenant_id = g.tenant_id AND d.device_id = g.device_id;
	PERFORM flux.audit_put('agent.release', 'device:' || called,
	    jsonb_build_object('heard', h));
	RETURN true;
END $$;
REVOKE ALL ON FUNCTION flux.agent_heard(int), flux.agent_patience(),
    flux.agent_polls(int), flux.agent_of(int), flux.agent_list(),
    flux.agent_release(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.agent_list() TO fl_ctx;

-- As in 0026, with the agents that are silent.
SET LOCAL ROLE fl_ctx;
DO $$
DECLARE
	old  text := pg_get_functiondef('ctx.doctor()'::regprocedure);
	head CONSTANT text := 'slow := greatest(slow, h.waits);';
BEGIN
	IF strpos(old, head) = 0 THEN
		RAISE EXCEPTION 'ctx.doctor is not as in 0026';
	END IF;
	EXECUTE replace(old, head, 'RETURN QUERY SELECT ''warn'', format(
	    ''the agent of gateway %s of tenant %s is silent since %s - ''
	    ''nobody polls what is behind it: fluxctl agent'',
	    a.gateway, t, date_trunc(''minute'', a.heard))
		  FROM flux.agent_list() a WHERE a.lost;
		' || head);
END $$;
