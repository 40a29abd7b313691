-- Reading registers too often says when it may go on.
SET LOCAL ROLE fl_owner;

-- When so many of a minute are fewer again: of one device, or 0 of all.
CREATE FUNCTION flux.probe_next(device int, most int) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.asked_at + interval '1 min'
	  FROM flux.probe p
	 WHERE p.tenant_id = ctx.tenant()
	   AND p.asked_at > now() - interval '1 min'
	   AND device IN (0, p.device_id)
	 ORDER BY p.asked_at DESC
	OFFSET most - 1 LIMIT 1
$$;

-- Whether the device can be read now, and how often in this minute: ten times
-- at most, the devices of a tenant sixty times; wait_s: after how long it is
-- not too often any more.  Refused as 0052 has it.
CREATE FUNCTION flux.probe_may(called text, OUT device int, OUT refused text,
    OUT room int, OUT wait_s int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	d flux.device;
	busy boolean;
BEGIN
	PERFORM flux.command_need('debug:read');
	SELECT * INTO d FROM flux.device x
	 WHERE x.tenant_id = t AND x.key = called;
	device := d.device_id;
	refused := CASE
	    WHEN d.device_id IS NULL OR NOT flux.may('debug:read', d.device_id)
	    THEN 'missing'
	    WHEN d.modbus_host IS NULL OR d.profile IS NULL THEN 'unpolled'
	    WHEN NOT ctx.is_polled() OR flux.is_edge(d.device_id)
	    THEN 'edge' END;
	IF refused IS NOT NULL THEN
		RETURN;
	END IF;
	PERFORM ctx.probe_queued();
	SELECT coalesce(bool_or(p.device_id = d.device_id
	           AND p.state IN ('queued', 'sent')
	           AND p.expires_at > now()), false),
	       least(60 - count(*), 10 - count(*)
	           FILTER (WHERE p.device_id = d.device_id))
	  INTO busy, room
	  FROM flux.probe p
	 WHERE p.tenant_id = t AND p.asked_at > now() - interval '1 min';
	refused := CASE WHEN busy THEN 'busy' WHEN room <= 0 THEN 'often' END;
	IF refused = 'often' THEN
		wait_s := ceil(extract(epoch FROM
		    greatest(flux.probe_next(device, 10),
		    flux.probe_next(0, 60)) - now()));
	END IF;
END $$;

-- As in 0052, and wait_s.
DROP FUNCTION flux.probe_ask(text, int, int, int);
CREATE FUNCTION flux.probe_ask(called text, of_kind int, at int, many int)
RETURNS TABLE (id bigint, refused text, wait_s int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	m record;
BEGIN
	SELECT * INTO m FROM flux.probe_may(called);
	refused := m.refused;
	wait_s := m.wait_s;
	IF refused IS NOT NULL THEN
		RETURN NEXT;
		RETURN;
	END IF;
	PERFORM flux.probe_forget();
	INSERT INTO flux.probe AS p (tenant_id, device_id, function, address,
	       quantity, asked_by, expires_at)
	VALUES (ctx.tenant(), m.device, of_kind, at, many, ctx.user_id(),
	       now() + interval '30 s')
	RETURNING p.probe_id INTO id;
	PERFORM flux.audit_put('probe.ask', 'device:' || called,
	    jsonb_build_object('probe', id, 'function', of_kind, 'address', at,
	    'quantity', many));
	RETURN NEXT;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
GRANT EXECUTE ON FUNCTION flux.probe_ask(text, int, int, int)
    TO fl_desk, fl_api;
