-- What happened, provably: the audit's chain is searched, checked and sealed;
-- credentials that somebody presents in vain are written down; and of devices
-- the last payloads are kept as they came.
SET LOCAL ROLE fl_ctx;

-- Counted here, and told to the audit at most once a minute and credential:
-- whoever tries a thousand times fills no table.
CREATE TABLE ctx.refusal (
	tenant_id int NOT NULL REFERENCES ctx.tenant_home,
	object    text NOT NULL, -- key:1a2b3c4d, user:42
	times     bigint NOT NULL, -- since it was told
	addr      inet, -- the last one's
	told_at   timestamptz NOT NULL,
	PRIMARY KEY (tenant_id, object)
);

-- Everybody's whom this credential names; the caller learns nothing of it.
CREATE FUNCTION ctx.refusal_of(kind text, id text)
RETURNS TABLE (tenant_id int, object text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT k.tenant_id, 'key:' || k.key_id FROM ctx.api_key k
	 WHERE k.key_id = CASE kind WHEN 'key' THEN id END
	UNION ALL
	SELECT l.tenant_id, 'user:' || l.user_id FROM ctx.login l
	 WHERE l.email = CASE kind WHEN 'login' THEN lower(id) END
	UNION ALL
	SELECT c.tenant_id, 'certificate:' || c.cred_id FROM ctx.device_cert c
	 WHERE c.cert_hash = CASE kind WHEN 'cert' THEN decode(id, 'hex') END
	UNION ALL
	SELECT t.tenant_id, 'family:' || t.family_id FROM ctx.token t
	 WHERE t.token_hash = CASE kind WHEN 'token' THEN decode(id, 'hex') END
	ORDER BY 1, 2
$$;

-- After an answer 401.  kind and id: 'key' and its public part, 'login' and
-- the address, 'cert' or 'token' and the hash in hex.
CREATE FUNCTION ctx.refused(kind text, id text, addr inet) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r record;
	f ctx.refusal;
BEGIN
	FOR r IN SELECT * FROM ctx.refusal_of(kind, id) LOOP
		INSERT INTO ctx.refusal AS old
		VALUES (r.tenant_id, r.object, 1, refused.addr, '-infinity')
		    ON CONFLICT (tenant_id, object) DO UPDATE
		   SET times = old.times + 1, addr = EXCLUDED.addr
		RETURNING * INTO f;
		CONTINUE WHEN f.told_at > now() - interval '1 min';
		UPDATE ctx.refusal o SET times = 0, told_at = now()
		 WHERE o.tenant_id = f.tenant_id AND o.object = f.object;
		PERFORM ctx.mint(r.tenant_id, 0, 'nobody');
		PERFORM flux.audit_put('auth.refuse', r.object,
		    jsonb_build_object('addr', host(f.addr), 'times', f.times));
	END LOOP;
	PERFORM set_config('app.ctx', '', true);
END $$;

-- Those of the tenant that came within a minute after the last entry, and
-- were followed by none.
CREATE FUNCTION ctx.refused_rest() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	f ctx.refusal;
	n int := 0;
BEGIN
	FOR f IN SELECT * FROM ctx.refusal o
	          WHERE o.tenant_id = ctx.tenant() AND o.times > 0
	            AND o.told_at < now() - interval '1 min'
	          ORDER BY o.object FOR UPDATE SKIP LOCKED
	LOOP
		UPDATE ctx.refusal o SET times = 0, told_at = now()
		 WHERE o.tenant_id = f.tenant_id AND o.object = f.object;
		PERFORM flux.audit_put('auth.refuse', f.object,
		    jsonb_build_object('addr', host(f.addr), 'times', f.times));
		n := n + 1;
	END LOOP;
	RETURN n;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;

SET LOCAL ROLE fl_owner;

-- A head of the chain under our signature, of which a copy is elsewhere: who
-- rewrites the whole chain cannot rewrite this.  Signed is the text
-- fl-audit-1|tenant|seq|hash in hex|microseconds.
CREATE TABLE flux.audit_seal (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	seq       bigint NOT NULL,
	hash      bytea NOT NULL,
	at        timestamptz NOT NULL,
	kid       text NOT NULL,
	signature bytea NOT NULL, -- ECDSA, DER
	PRIMARY KEY (tenant_id, seq)
);

-- The newest first; what is NULL does not matter.  acts is how the act begins.
CREATE FUNCTION flux.audit_list(acts text, thing text, person bigint,
    since timestamptz, till timestamptz, before bigint, most int)
RETURNS TABLE (seq bigint, at timestamptz, role text, user_id bigint,
    name text, cred bigint, act text, object text, detail text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ctx.need('audit:read');
	SELECT a.seq, a.at, a.role, a.user_id, coalesce(m.name, d.key),
	       a.cred, a.act, a.object, a.detail::text
	  FROM flux.audit a
	  LEFT JOIN flux.member m
	    ON m.tenant_id = a.tenant_id AND m.user_id = a.user_id
	  LEFT JOIN flux.device d
	    ON d.tenant_id = a.tenant_id AND d.device_id = -a.user_id
	 WHERE a.tenant_id = (SELECT ctx.tenant())
	   AND (before IS NULL OR a.seq < before)
	   AND (acts IS NULL OR starts_with(a.act, acts))
	   AND (thing IS NULL OR a.object = thing)
	   AND (person IS NULL OR a.user_id = person)
	   AND (audit_list.since IS NULL OR a.at >= audit_list.since)
	   AND (audit_list.till IS NULL OR a.at < audit_list.till)
	 ORDER BY a.seq DESC
	 LIMIT least(most, 1000)
$$;

-- What was hashed, in order, from behind an entry on.
CREATE FUNCTION flux.audit_read(behind bigint, most int)
RETURNS TABLE (seq bigint, body text, hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ctx.need('audit:export');
	SELECT a.seq, a.body, a.hash
	  FROM flux.audit a
	 WHERE a.tenant_id = (SELECT ctx.tenant()) AND a.seq > behind
	 ORDER BY a.seq
	 LIMIT least(most, 10000)
$$;

-- What is wrong with the tenant's chain, each fault at its place:
--
--	gap      this entry is missing, and maybe others behind it
--	order    it is an entry that stands elsewhere
--	hash     its text is not what was hashed, or follows on another
--	columns  what is searched is not what was hashed
--	tail     the head knows of another end
--	seal     a signed head knows of another entry
--
-- An entry is judged by the one before it as that is kept; by what that should
-- be; or, if one that stands elsewhere belongs there, by that: so what is whole
-- beside a fault is not blamed.
CREATE FUNCTION flux.audit_verify()
RETURNS TABLE (seq bigint, fault text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ctx.need('audit:read');
	WITH entry AS (
		SELECT a.*, convert_to(a.body, 'UTF8') AS bytes,
		       substring(a.body FROM '^\[\d+, (\d{1,18}), ')::bigint
		       AS said
		  FROM flux.audit a
		 WHERE a.tenant_id = (SELECT ctx.tenant())
	), astray AS (
		SELECT DISTINCT ON (said) said, hash
		  FROM entry WHERE said <> entry.seq ORDER BY said
	), linked AS (
		SELECT e.seq, e.said, e.hash, e.bytes,
		       lag(e.seq, 1, 0::bigint) OVER w AS before,
		       sha256(lag(e.hash, 1, '\x') OVER w || e.bytes) AS made,
		       e.body = json_build_array(e.tenant_id, e.said,
		           (extract(epoch FROM e.at) * 1000000)::bigint, e.role,
		           e.user_id, e.cred, e.act, e.object, e.detail)::text
		       IS TRUE AS fits
		  FROM entry e
		WINDOW w AS (ORDER BY e.seq)
	), judged AS (
		SELECT l.*, l.said <> l.seq AND l.fits AS strays,
		       l.seq = l.before + 1 AND l.made <> l.hash
		           AND sha256(lag(l.made, 1, '\x') OVER w || l.bytes)
		               <> l.hash
		           AND (sha256(s.hash || l.bytes) = l.hash) IS NOT TRUE
		       AS broken
		  FROM linked l
		  LEFT JOIN astray s ON s.said = l.seq - 1
		WINDOW w AS (ORDER BY l.seq)
	), head AS (
		SELECT coalesce(h.seq, 0) AS seq, h.hash
		  FROM (SELECT ctx.tenant()) one (tenant)
		  LEFT JOIN flux.audit_head h ON h.tenant_id = one.tenant
	), last AS (
		SELECT coalesce(max(e.seq), 0) AS seq FROM entry e
	), found AS (
		SELECT j.before + 1, 'gap' FROM judged j
		 WHERE j.seq <> j.before + 1
		UNION ALL
		SELECT j.seq, CASE WHEN j.strays THEN 'order'
		       WHEN j.broken THEN 'hash' ELSE 'columns' END
		  FROM judged j
		 WHERE j.strays OR j.broken OR NOT j.fits
		UNION ALL
		SELECT least(h.seq, l.seq) + 1, 'tail' FROM head h, last l
		 WHERE h.seq <> l.seq
		UNION ALL
		SELECT h.seq, 'tail' FROM head h, entry e
		 WHERE e.seq = h.seq AND e.hash <> h.hash
		UNION ALL
		SELECT CASE WHEN s.seq > l.seq THEN l.seq + 1 ELSE s.seq END,
		       CASE WHEN s.seq > l.seq THEN 'tail' ELSE 'seal' END
		  FROM flux.audit_seal s
		 CROSS JOIN last l
		  LEFT JOIN entry e ON e.seq = s.seq
		 WHERE s.tenant_id = (SELECT ctx.tenant())
		   AND (s.seq > l.seq OR e.hash <> s.hash)
	)
	SELECT DISTINCT f.* FROM found f (seq, fault) ORDER BY 1, 2 LIMIT 1000
$$;

-- The last payloads of a device, or of those that a gateway speaks for: 50 of
-- them, while somebody wants to see them, and whatever was refused.
ALTER TABLE flux.device ADD debug_till timestamptz;
CREATE TABLE flux.debug_payload (
	tenant_id int NOT NULL,
	device_id int NOT NULL, -- whose credential it came with
	slot      int NOT NULL CHECK (slot BETWEEN 0 AND 49),
	at        timestamptz NOT NULL,
	status    int NOT NULL, -- of the answer
	reasons   text NOT NULL, -- a line each; empty: nothing was refused
	size      int NOT NULL, -- of all of the body
	body      bytea NOT NULL CHECK (length(body) <= 4096), -- its beginning
	PRIMARY KEY (tenant_id, device_id, slot),
	FOREIGN KEY (tenant_id, device_id) REFERENCES flux.device
);

-- Into a free place, or that of the oldest; two at once take two places.  What
-- another has written since we looked has many older ones beside it: then we
-- look again, a few times.  A look is not worth holding up what is looked at.
CREATE FUNCTION flux.debug_put(device int, status int, reasons text,
    size int, body bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	n int;
	old flux.debug_payload;
BEGIN
	FOR tries IN 1..10 LOOP
		SELECT min(s) INTO n FROM generate_series(0, 49) s
		 WHERE NOT EXISTS (SELECT FROM flux.debug_payload p
		                    WHERE p.tenant_id = t
		                      AND p.device_id = device AND p.slot = s);
		IF n IS NOT NULL THEN
			INSERT INTO flux.debug_payload
			VALUES (t, device, n, clock_timestamp(),
			        debug_put.status, debug_put.reasons,
			        debug_put.size, debug_put.body)
			    ON CONFLICT DO NOTHING;
			EXIT WHEN FOUND;
			CONTINUE;
		END IF;
		SELECT * INTO old FROM flux.debug_payload o
		 WHERE o.tenant_id = t AND o.device_id = device
		 ORDER BY o.at, o.slot LIMIT 1 FOR UPDATE SKIP LOCKED;
		CONTINUE WHEN NOT FOUND;
		SELECT count(*) INTO n FROM flux.debug_payload o
		 WHERE o.tenant_id = t AND o.device_id = device
		   AND o.at < old.at;
		CONTINUE WHEN n >= 25;
		UPDATE flux.debug_payload p
		   SET at = clock_timestamp(), status = debug_put.status,
		       reasons = debug_put.reasons, size = debug_put.size,
		       body = debug_put.body
		 WHERE p.tenant_id = t AND p.device_id = device
		   AND p.slot = old.slot;
		EXIT;
	END LOOP;
END $$;

-- For so many hours from now; 0: no longer.  False: there is no such device.
CREATE FUNCTION flux.debug_set(device_key text, hours int) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('devices:write');
	IF hours NOT BETWEEN 0 AND 24 THEN
		RAISE EXCEPTION 'hours: want 0 to 24.' USING ERRCODE = 'FX006';
	END IF;
	UPDATE flux.device d
	   SET debug_till = CASE WHEN hours > 0
	           THEN now() + hours * interval '1 h' END
	 WHERE d.tenant_id = ctx.tenant() AND d.key = device_key;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM flux.audit_put(CASE WHEN hours > 0 THEN 'debug.begin'
	    ELSE 'debug.end' END, 'device:' || device_key,
	    jsonb_build_object('hours', hours));
	RETURN true;
END $$;

-- The newest first.
CREATE FUNCTION flux.debug_list(device int)
RETURNS TABLE (at timestamptz, status int, reasons text, size int, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
	SELECT ctx.need('debug:read');
	SELECT p.at, p.status, p.reasons, p.size, p.body
	  FROM flux.debug_payload p
	 WHERE p.tenant_id = (SELECT ctx.tenant()) AND p.device_id = device
	 ORDER BY p.at DESC, p.slot DESC
	 LIMIT 50
$$;

-- Nobody looks for what is wrong a month later.
CREATE FUNCTION flux.debug_forget() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	DELETE FROM flux.debug_payload
	 WHERE tenant_id = (SELECT ctx.tenant())
	   AND at < now() - interval '30 days'
$$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
