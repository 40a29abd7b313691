-- Reading registers too often says when it may go on.
SET LOCAL ROLE fl_owner;

-- When so many of a minute are fewer again: of one device, or 0 of all.
CREATE FUNCTION flux.probe_room(device int, most int) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT p.asked_at + interval '1 min'
	  FROM flux.probe p
	 WHERE p.tenant_id = ctx.tenant()
	   AND p.asked_at > now() - interval '1 min'
	   AND device IN (0, p.device_id)
	 ORDER BY p.asked_at DESC
	OFFSET most - 1 LIMIT 1
$$;

-- As in 0052, and wait_s: after how long it is not too often any more.
DROP FUNCTION flux.probe_ask(text, int, int, int);
CREATE FUNCTION flux.probe_ask(called text, of_kind int, at int, many int)
RETURNS TABLE (id bigint, refused text, wait_s int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	d flux.device;
	room timestamptz;
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
		room := greatest(flux.probe_room(d.device_id, 10),
		    flux.probe_room(0, 60));
		refused := CASE WHEN EXISTS (SELECT FROM flux.probe p
		        WHERE p.tenant_id = t AND p.device_id = d.device_id
		          AND p.asked_at > now() - interval '1 min'
		          AND p.state IN ('queued', 'sent')
		          AND p.expires_at > now()) THEN 'busy'
		    WHEN room IS NOT NULL THEN 'often' END;
		wait_s := ceil(extract(epoch FROM room - now()));
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
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
