-- What a profile would read of a device, before it is kept or given to it: a
-- draft, and the probes that are sent for it in one go.
SET LOCAL ROLE fl_owner;

-- As long as its probes are of use; its own text, as nobody need keep it.
CREATE TABLE flux.preview (
	tenant_id  int NOT NULL REFERENCES flux.tenant,
	preview_id bigint GENERATED ALWAYS AS IDENTITY,
	device_id  int NOT NULL,
	body       text NOT NULL CHECK (octet_length(body) <= 262144), -- JSON
	-- What an import could not take over, a line each.
	notes      text NOT NULL CHECK (length(notes) <= 65536),
	asked_by   bigint NOT NULL,
	asked_at   timestamptz NOT NULL DEFAULT now(), -- the last time
	PRIMARY KEY (tenant_id, preview_id),
	FOREIGN KEY (tenant_id, device_id) REFERENCES flux.device
);

ALTER TABLE flux.probe NO FORCE ROW LEVEL SECURITY;
ALTER TABLE flux.preview NO FORCE ROW LEVEL SECURITY;
ALTER TABLE flux.probe ADD preview_id bigint,
    ADD FOREIGN KEY (tenant_id, preview_id) REFERENCES flux.preview
        ON DELETE SET NULL (preview_id);
ALTER TABLE flux.probe FORCE ROW LEVEL SECURITY;
ALTER TABLE flux.preview FORCE ROW LEVEL SECURITY;
CREATE INDEX probe_preview ON flux.probe (tenant_id, preview_id)
    WHERE preview_id IS NOT NULL;

-- As in 0052, and the drafts; of those a tenant has twenty.
CREATE OR REPLACE FUNCTION flux.probe_forget() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM flux.probe p
	 WHERE p.tenant_id = ctx.tenant()
	   AND p.asked_at < now() - interval '1 h';
	DELETE FROM flux.preview v
	 WHERE v.tenant_id = ctx.tenant()
	   AND (v.asked_at < now() - interval '1 h'
	    OR v.preview_id IN (SELECT o.preview_id FROM flux.preview o
	        WHERE o.tenant_id = ctx.tenant()
	        ORDER BY o.asked_at DESC, o.preview_id DESC OFFSET 20));
$$;

-- Asks for blocks of a device in one go, as many as there is room for, the
-- first ones first.  number NULL: for a new draft; else for the rest of that
-- one, whose text and device stay.
CREATE FUNCTION flux.preview_ask(number bigint, called text, draft text,
    noted text, kinds int[], ats int[], manys int[])
RETURNS TABLE (id bigint, refused text, wait_s int)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	m record;
	n int;
BEGIN
	IF number IS NOT NULL THEN
		SELECT d.key INTO called
		  FROM flux.preview v
		  JOIN flux.device d ON d.tenant_id = t
		   AND d.device_id = v.device_id
		 WHERE v.tenant_id = t AND v.preview_id = number;
	END IF;
	SELECT * INTO m FROM flux.probe_may(called);
	refused := m.refused;
	wait_s := m.wait_s;
	IF refused IS NOT NULL THEN
		RETURN NEXT;
		RETURN;
	END IF;
	IF number IS NULL THEN
		INSERT INTO flux.preview AS v (tenant_id, device_id, body,
		       notes, asked_by)
		VALUES (t, m.device, draft, noted, ctx.user_id())
		RETURNING v.preview_id INTO id;
	ELSE
		UPDATE flux.preview v SET asked_at = now()
		 WHERE v.tenant_id = t AND v.preview_id = number
		RETURNING v.preview_id INTO id;
	END IF;
	INSERT INTO flux.probe (tenant_id, device_id, function, address,
	       quantity, asked_by, expires_at, preview_id)
	SELECT t, m.device, u.kind, u.at, u.many, ctx.user_id(),
	       now() + interval '30 s', id
	  FROM unnest(kinds, ats, manys) WITH ORDINALITY
	       AS u (kind, at, many, ord)
	 ORDER BY u.ord
	 LIMIT m.room;
	GET DIAGNOSTICS n = ROW_COUNT;
	PERFORM flux.probe_forget();
	PERFORM flux.audit_put('probe.preview', 'device:' || called,
	    jsonb_build_object('preview', id, 'reads', n));
	RETURN NEXT;
END $$;

-- One, for who may read the device so.
CREATE FUNCTION flux.preview_load(number bigint)
RETURNS TABLE (device text, device_name text, simulated boolean, zone text,
    body text, notes text, asked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT d.key, d.name, d.simulated, s.zone, v.body, v.notes,
	       v.asked_at
	  FROM flux.preview v
	  JOIN flux.device d ON d.tenant_id = ctx.tenant()
	   AND d.device_id = v.device_id
	  JOIN flux.site s ON s.tenant_id = ctx.tenant()
	   AND s.site_id = d.site_id
	 WHERE v.tenant_id = ctx.tenant() AND v.preview_id = number
	   AND v.asked_at > now() - interval '1 h'
	   AND flux.may('debug:read', v.device_id)
$$;

-- What came of its probes, as flux.probe_load says it, in their order.
CREATE FUNCTION flux.preview_reads(number bigint)
RETURNS TABLE (function int, address int, quantity int, state text,
    words int[], why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.function, l.address, l.quantity, l.state, l.words, l.why
	  FROM flux.probe p
	 CROSS JOIN LATERAL flux.probe_load(p.probe_id) l
	 WHERE p.tenant_id = ctx.tenant() AND p.preview_id = number
	 ORDER BY p.probe_id
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
