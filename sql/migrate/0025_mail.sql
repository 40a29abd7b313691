-- Mail that waits to be sent, and what a tenant asks of passwords and second
-- factors.
SET LOCAL ROLE fl_ctx;

-- ---- the outbox ----

-- No address and nothing that opens anything: both are fetched, or made, when
-- it is sent.  next_at: the next try; infinity: none any more, why says why.
CREATE TABLE ctx.mail (
	tenant_id int NOT NULL REFERENCES ctx.tenant_home,
	mail_id   bigint GENERATED ALWAYS AS IDENTITY,
	kind      text NOT NULL CHECK (kind IN
	          ('invite', 'reset', 'security', 'expiry', 'quota')),
	user_id   bigint NOT NULL REFERENCES ctx.login (user_id)
	          ON DELETE CASCADE,
	what      text[] NOT NULL DEFAULT '{}', -- lines that it tells
	made_at   timestamptz NOT NULL DEFAULT now(),
	tries     int NOT NULL DEFAULT 0,
	next_at   timestamptz NOT NULL DEFAULT now(),
	sent_at   timestamptz,
	why       text, -- the last try failed
	PRIMARY KEY (tenant_id, mail_id)
);
CREATE INDEX mail_due ON ctx.mail (next_at)
    WHERE sent_at IS NULL AND next_at < 'infinity';
CREATE INDEX mail_by_age ON ctx.mail (made_at);
-- What comes before it is sent goes into the same one.
CREATE UNIQUE INDEX mail_waiting ON ctx.mail (tenant_id, user_id, kind)
    WHERE tries = 0 AND sent_at IS NULL AND next_at < 'infinity';

-- Of one kind a person gets three within an hour.  A fourth link is not made:
-- false.  What tells something waits until the hour is over and gathers.
CREATE FUNCTION ctx.mail_put(t int, u bigint, called text,
    line text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	third timestamptz;
BEGIN
	SELECT m.made_at INTO third FROM ctx.mail m
	 WHERE m.tenant_id = t AND m.user_id = u AND m.kind = called
	   AND m.made_at > now() - interval '1 hour'
	 ORDER BY m.made_at DESC OFFSET 2 LIMIT 1;
	IF third IS NOT NULL AND line IS NULL THEN
		RETURN false;
	END IF;
	INSERT INTO ctx.mail AS m (tenant_id, user_id, kind, what, next_at)
	VALUES (t, u, called, array_remove(ARRAY[line], NULL),
	        coalesce(third + interval '1 hour', now()))
	    ON CONFLICT (tenant_id, user_id, kind)
	    WHERE tries = 0 AND sent_at IS NULL AND next_at < 'infinity'
	    DO UPDATE SET what = (m.what || excluded.what)[1:50];
	RETURN true;
END $$;

-- For the trail's trigger: one person of the tenant, or all who hold one of
-- these permissions in the whole of it.
CREATE FUNCTION ctx.mail_tell(who bigint, called text, line text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT ctx.mail_put(l.tenant_id, l.user_id, called, line)
	  FROM ctx.login l
	 WHERE l.tenant_id = ctx.tenant() AND l.user_id = who
$$;
CREATE FUNCTION ctx.mail_tell_holders(permissions text[], called text,
    line text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT ctx.mail_put(l.tenant_id, l.user_id, called, line)
	  FROM (SELECT * FROM ctx.login x
	         WHERE x.tenant_id = ctx.tenant()
	           AND x.wide & ctx.can_of(permissions) <> 0
	           AND x.verifier IS NOT NULL AND x.suspended_at IS NULL
	         ORDER BY x.user_id LIMIT 100) l
$$;

-- An invitation, for whoever has not come yet.
CREATE FUNCTION ctx.mail_invite(who bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	l ctx.login;
BEGIN
	SELECT * INTO l FROM ctx.managed(who);
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF l.verifier IS NOT NULL THEN
		RAISE EXCEPTION 'This person has come already and has a'
		    ' password.' USING ERRCODE = 'FX005';
	END IF;
	IF NOT ctx.mail_put(l.tenant_id, who, 'invite') THEN
		RAISE EXCEPTION 'Three invitations were sent within the hour;'
		    ' wait a while.' USING ERRCODE = 'FX005';
	END IF;
	RETURN true;
END $$;

-- Somebody has forgotten the password of this address.  Nobody learns whether
-- anybody has it: a row is written for it in any case.
CREATE FUNCTION ctx.mail_forgot(address text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.must_wait(address);
	PERFORM ctx.mail_put(l.tenant_id, l.user_id, 'reset')
	   FROM ctx.login l
	  WHERE l.email = lower(address) AND l.verifier IS NOT NULL
	    AND l.suspended_at IS NULL
	  ORDER BY l.tenant_id;
END $$;

-- The tenants that have mail to be sent now; the longest waiting first.  What
-- nobody sent for a day is given up, what nobody can use any more is dropped,
-- and all of it is forgotten after a week.
CREATE FUNCTION ctx.mail_due() RETURNS SETOF int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	DELETE FROM ctx.mail WHERE made_at < now() - interval '7 days';
	DELETE FROM ctx.mail m USING ctx.login l
	 WHERE l.user_id = m.user_id AND m.sent_at IS NULL
	   AND m.next_at <= now()
	   AND (l.suspended_at IS NOT NULL
	    OR m.kind = 'invite' AND l.verifier IS NOT NULL
	    OR m.kind = 'reset' AND l.verifier IS NULL);
	UPDATE ctx.mail m SET next_at = 'infinity',
	       why = coalesce(m.why, 'Nobody sent it for a day.')
	 WHERE m.sent_at IS NULL AND m.next_at <= now()
	   AND m.made_at < now() - interval '1 day';
	RETURN QUERY SELECT m.tenant_id FROM ctx.mail m
	  JOIN ctx.tenant_home h ON h.tenant_id = m.tenant_id
	 WHERE m.sent_at IS NULL AND m.next_at <= now()
	   AND h.suspended_at IS NULL
	 GROUP BY m.tenant_id ORDER BY min(m.next_at), m.tenant_id LIMIT 50;
END $$;

-- The next mail of the context's tenant, to be sent after the commit.  Its
-- next try is set before, so that it is sent at least once whoever dies.  A
-- link of this hash takes the place of any before it.
CREATE FUNCTION ctx.mail_take(hash bytea) RETURNS TABLE (mail_id bigint,
    kind text, user_id bigint, name text, what text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	m ctx.mail;
BEGIN
	SELECT * INTO m FROM ctx.mail x
	 WHERE x.tenant_id = ctx.tenant() AND x.sent_at IS NULL
	   AND x.next_at <= now()
	 ORDER BY x.next_at, x.mail_id LIMIT 1;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	-- The trail's end comes before the mail's row, as in its trigger.
	IF m.kind IN ('invite', 'reset') THEN
		PERFORM flux.audit_put('ticket.make', 'user:' || m.user_id,
		    jsonb_build_object('kind', m.kind, 'by', 'mail'));
		DELETE FROM ctx.ticket t
		 WHERE t.tenant_id = m.tenant_id AND t.user_id = m.user_id;
		INSERT INTO ctx.ticket (ticket_hash, tenant_id, user_id, kind,
		       expires_at)
		VALUES (hash, m.tenant_id, m.user_id, m.kind, now() +
		       CASE m.kind WHEN 'invite' THEN interval '3 days'
		       ELSE interval '15 min' END);
	END IF;
	UPDATE ctx.mail x SET tries = x.tries + 1, next_at = now() +
	       least(interval '1 hour', interval '1 min'
	       * 2 ^ least(x.tries, 10)) * (0.9 + 0.2 * random())
	 WHERE x.tenant_id = m.tenant_id AND x.mail_id = m.mail_id
	RETURNING x.* INTO m;
	RETURN QUERY SELECT m.mail_id, m.kind, m.user_id, l.name,
	       array_to_string(m.what, E'\n')
	  FROM ctx.login l WHERE l.user_id = m.user_id;
END $$;

-- Where it goes.
CREATE FUNCTION ctx.mail_address(who bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.email FROM ctx.login l
	 WHERE l.tenant_id = ctx.tenant() AND l.user_id = who
$$;

CREATE FUNCTION ctx.mail_sent(id bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.mail SET sent_at = now(), why = NULL, what = '{}'
	 WHERE tenant_id = ctx.tenant() AND mail_id = id
$$;

-- A reason in our words, for the tenant's administrators.
CREATE FUNCTION ctx.mail_failed(id bigint, reason text, for_good boolean)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.mail SET why = reason, next_at = CASE WHEN for_good
	       THEN 'infinity' ELSE next_at END
	 WHERE tenant_id = ctx.tenant() AND mail_id = id AND sent_at IS NULL
$$;

-- What was given up within the last week, the newest first.
CREATE FUNCTION ctx.mail_failures() RETURNS TABLE (mail_id bigint,
    user_id bigint, kind text, why text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('users:read');
	RETURN QUERY SELECT m.mail_id, m.user_id, m.kind, m.why FROM ctx.mail m
	 WHERE m.tenant_id = ctx.tenant() AND m.sent_at IS NULL
	   AND m.next_at = 'infinity'
	 ORDER BY m.mail_id DESC;
END $$;

-- ---- what a tenant asks of who signs in ----

ALTER TABLE ctx.tenant_home
	ADD password_min int NOT NULL DEFAULT 12
	    CHECK (password_min BETWEEN 12 AND 64),
	ADD factor_for text NOT NULL DEFAULT 'nobody'
	    CHECK (factor_for IN ('nobody', 'admins', 'everybody'));
-- factor: the password was right, and a second factor is to be set up before
-- the session opens anything.
ALTER TABLE ctx.session
	DROP CONSTRAINT session_stage_check,
	ADD CONSTRAINT session_stage_check
	    CHECK (stage IN ('code', 'factor', 'open'));

-- Has this person none, and must have one?  Administrators are who may let
-- others in, change what holds for others, or take the tenant away.
CREATE FUNCTION ctx.factor_missing(t int, u bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT CASE h.factor_for WHEN 'everybody' THEN true
	       WHEN 'admins' THEN l.can & ctx.can_of('{users:write,
	           roles:write,keys:write,settings:write,tenant:export,
	           tenant:delete,tenants:manage}') <> 0
	       ELSE false END
	  FROM ctx.tenant_home h
	  JOIN ctx.login l ON l.tenant_id = h.tenant_id AND l.user_id = u
	 WHERE h.tenant_id = t), false)
	   AND NOT EXISTS (SELECT FROM ctx.factor f WHERE f.tenant_id = t
	       AND f.user_id = u AND f.confirmed_at IS NOT NULL)
$$;

-- Whatever opens a session, this decides whether it is open.
CREATE FUNCTION ctx.session_judged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF ctx.factor_missing(NEW.tenant_id, NEW.user_id) THEN
		NEW.stage := 'factor';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER judged BEFORE INSERT OR UPDATE OF stage ON ctx.session
    FOR EACH ROW WHEN (NEW.stage = 'open')
    EXECUTE FUNCTION ctx.session_judged();

-- Judge anew what a person, or everybody of the tenant (NULL), is signed in
-- with.
CREATE FUNCTION ctx.factor_judge(t int, u bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	UPDATE ctx.session SET stage = 'open'
	 WHERE tenant_id = t AND (u IS NULL OR user_id = u)
	   AND stage <> 'code';
	UPDATE ctx.family SET revoked_at = now(), why = 'factor'
	 WHERE tenant_id = t AND (u IS NULL OR user_id = u) AND user_id > 0
	   AND revoked_at IS NULL AND ctx.factor_missing(t, user_id)
$$;

CREATE FUNCTION ctx.login_judged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.factor_judge(NEW.tenant_id, NEW.user_id);
	RETURN NULL;
END $$;
CREATE TRIGGER judged AFTER UPDATE OF can ON ctx.login
    FOR EACH ROW WHEN (OLD.can IS DISTINCT FROM NEW.can)
    EXECUTE FUNCTION ctx.login_judged();

CREATE FUNCTION ctx.factor_judged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.factor_judge(OLD.tenant_id, OLD.user_id);
	RETURN NULL;
END $$;
CREATE TRIGGER judged AFTER DELETE ON ctx.factor
    FOR EACH ROW EXECUTE FUNCTION ctx.factor_judged();

-- The session of this token, when it waits for its person's second factor.
CREATE FUNCTION ctx.setting_up(token bytea) RETURNS SETOF ctx.session
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.* FROM ctx.session s
	  JOIN ctx.login l ON l.user_id = s.user_id
	  JOIN ctx.tenant_home h ON h.tenant_id = s.tenant_id
	 WHERE s.token_hash = sha256(token) AND s.stage = 'factor'
	   AND s.expires_at > now() AND s.seen_at + s.idle > now()
	   AND l.suspended_at IS NULL AND h.suspended_at IS NULL
	   FOR UPDATE OF s
$$;

CREATE FUNCTION ctx.setup_look(token bytea) RETURNS TABLE (tenant_id int,
    user_id bigint, name text, tenant_name text, sealed bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT s.tenant_id, s.user_id, l.name, h.name, f.sealed
	  FROM ctx.setting_up(token) s
	  JOIN ctx.login l ON l.user_id = s.user_id
	  JOIN ctx.tenant_home h ON h.tenant_id = s.tenant_id
	  LEFT JOIN ctx.factor f
	    ON f.tenant_id = s.tenant_id AND f.user_id = s.user_id
$$;

CREATE FUNCTION ctx.setup_put(token bytea, sealed bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	INSERT INTO ctx.factor AS f (tenant_id, user_id, sealed)
	SELECT s.tenant_id, s.user_id, setup_put.sealed
	  FROM ctx.setting_up(token) s
	    ON CONFLICT (tenant_id, user_id)
	    DO UPDATE SET sealed = excluded.sealed
	       WHERE f.confirmed_at IS NULL;
	RETURN FOUND;
END $$;

-- A code of the secret was shown: the factor is in force, the session open
-- under another hash.  Others that wait know no more than the password: they
-- end.
CREATE FUNCTION ctx.setup_pass(token bytea, step bigint, hashes bytea[],
    fresh_hash bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	s ctx.session;
BEGIN
	SELECT * INTO s FROM ctx.setting_up(token);
	UPDATE ctx.factor f SET confirmed_at = now(), last_step = step
	 WHERE f.tenant_id = s.tenant_id AND f.user_id = s.user_id
	   AND f.confirmed_at IS NULL;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO ctx.recovery (tenant_id, user_id, code_hash)
	SELECT s.tenant_id, s.user_id, h FROM unnest(hashes) h LIMIT 10;
	DELETE FROM ctx.session x
	 WHERE x.tenant_id = s.tenant_id AND x.user_id = s.user_id
	   AND x.stage = 'factor' AND x.session_id <> s.session_id;
	PERFORM ctx.note(s.tenant_id, s.user_id, 'factor.confirm',
	    jsonb_build_object('from', host(s.addr)));
	PERFORM ctx.session_open(s.token_hash, fresh_hash, 'factor');
	RETURN true;
END $$;

-- How long a password must be: of a link's person, and of the context's
-- tenant.
CREATE FUNCTION ctx.ticket_least(ticket bytea) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT h.password_min FROM ctx.ticket t
	  JOIN ctx.tenant_home h ON h.tenant_id = t.tenant_id
	 WHERE t.ticket_hash = sha256(ticket)
$$;
CREATE FUNCTION ctx.password_least() RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT password_min FROM ctx.tenant_home WHERE tenant_id = ctx.tenant()
$$;

CREATE FUNCTION ctx.settings_signin(OUT shortest int, OUT factor_for text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('settings:read');
	SELECT h.password_min, h.factor_for INTO shortest, factor_for
	  FROM ctx.tenant_home h WHERE h.tenant_id = ctx.tenant();
END $$;

-- The length is asked of passwords that are chosen from now on; the factor of
-- everybody at once.
CREATE FUNCTION ctx.settings_signin_put(shortest int, whose text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM ctx.need('settings:write');
	UPDATE ctx.tenant_home SET password_min = shortest, factor_for = whose
	 WHERE tenant_id = ctx.tenant();
	PERFORM ctx.factor_judge(ctx.tenant(), NULL);
	PERFORM flux.audit_put('settings.signin', 'tenant:' || ctx.tenant(),
	    jsonb_build_object('password_min', shortest, 'factor_for', whose));
	RETURN true;
EXCEPTION WHEN check_violation THEN
	RAISE EXCEPTION 'Ask for 12 to 64 characters in a password, and for a'
	    ' second factor of nobody, of who may administrate, or of'
	    ' everybody.' USING ERRCODE = 'FX006';
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ctx FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ctx.mail_tell(bigint, text, text),
    ctx.mail_tell_holders(text[], text, text) TO fl_owner;

SET LOCAL ROLE fl_owner;
-- ---- what is told ----

ALTER TABLE flux.quota ADD full_at timestamptz; -- it was said that all is used

-- As in 0017, and of what no day gives back (devices, users) it says once that
-- all of it is used.
CREATE OR REPLACE FUNCTION flux.quota_judge() RETURNS TABLE (what text,
    most bigint, used bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t       CONSTANT int := ctx.tenant();
	q       record;
	is_over boolean;
	is_new  boolean;
BEGIN
	SELECT coalesce(bool_or(x.used >= x.most), false) INTO is_over
	  FROM flux.quota_used() x WHERE x.what IN ('readings_day', 'bytes');
	is_new := ctx.tenant_over(is_over);
	FOR q IN SELECT x.*, x.used >= 0.8 * x.most AS near,
	                x.used >= x.most AND NOT d.daily AS is_full, d.daily,
	                y.full_at
	           FROM flux.quota_used() x
	           JOIN flux.quota y ON y.tenant_id = t AND y.what = x.what
	          CROSS JOIN LATERAL (SELECT x.what IN
	                ('readings_day', 'bytes') AS daily) d
	LOOP
		IF q.is_full <> (q.full_at IS NOT NULL) THEN
			UPDATE flux.quota y
			   SET full_at = CASE WHEN q.is_full THEN now() END
			 WHERE y.tenant_id = t AND y.what = q.what;
		END IF;
		IF q.is_full AND q.full_at IS NULL THEN
			PERFORM flux.audit_put('quota.full',
			    'quota:' || q.what, jsonb_build_object(
			    'most', q.most, 'used', q.used));
		END IF;
		IF NOT q.near THEN
			UPDATE flux.quota y SET warned_at = NULL
			 WHERE y.tenant_id = t AND y.what = q.what
			   AND y.warned_at IS NOT NULL AND NOT q.daily;
			CONTINUE;
		END IF;
		CONTINUE WHEN q.warned_at IS NOT NULL AND (NOT q.daily OR
		    q.warned_at AT TIME ZONE 'UTC'
		        >= date_trunc('day', now() AT TIME ZONE 'UTC'));
		UPDATE flux.quota y SET warned_at = now()
		 WHERE y.tenant_id = t AND y.what = q.what;
		PERFORM flux.audit_put('quota.near', 'quota:' || q.what,
		    jsonb_build_object('most', q.most, 'used', q.used));
		what := q.what;
		most := q.most;
		used := q.used;
		RETURN NEXT;
	END LOOP;
	IF is_new THEN
		PERFORM flux.audit_put(CASE WHEN is_over THEN 'quota.over'
		    ELSE 'quota.under' END, 'tenant:' || t);
	END IF;
END $$;

-- The line of an entry of the trail that somebody is told of.
CREATE FUNCTION flux.told(e flux.audit) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN e.object LIKE 'user:%' THEN
	    to_char(e.at AT TIME ZONE 'UTC', 'FMDD Mon YYYY HH24:MI "UTC"')
	    || ': ' || CASE e.act
	    WHEN 'password.set' THEN 'your password was changed.'
	    WHEN 'factor.confirm' THEN 'a second factor was set up.'
	    WHEN 'factor.remove' THEN 'your second factor was removed.'
	    WHEN 'recovery.make' THEN 'your recovery codes were replaced.'
	    WHEN 'provider.link' THEN 'a sign-in provider was linked.' END
	WHEN e.act = 'quota.over' THEN 'The quota of the day is used up: '
	    'readings are refused, and counted as refused, until midnight UTC.'
	WHEN e.act LIKE 'quota.%' THEN format('%s of %s %s are used.',
	    e.detail->>'used', e.detail->>'most', CASE e.object
	    WHEN 'quota:readings_day' THEN 'readings a day'
	    WHEN 'quota:bytes' THEN 'bytes a day'
	    ELSE split_part(e.object, ':', 2) END)
	ELSE format('%s %s of %s: %s', CASE e.act WHEN 'key.expires'
	    THEN 'Key' ELSE 'Certificate' END, split_part(e.object, ':', 2),
	    coalesce((SELECT d.name FROM flux.device d
	        WHERE d.tenant_id = e.tenant_id
	          AND d.device_id = (e.detail->>'device')::int), 'the tenant'),
	    CASE e.detail->>'days' WHEN '1' THEN 'a day is left'
	    ELSE (e.detail->>'days') || ' days are left' END) END
$$;

-- Who is told is told by what the trail says, in the transaction of the act.
CREATE FUNCTION flux.audit_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NEW.object LIKE 'user:%' THEN
		-- What one comes with is no news.
		IF NEW.detail->>'by' IS DISTINCT FROM 'invite'
		    AND NEW.detail->>'new' IS DISTINCT FROM 'true' THEN
			PERFORM ctx.mail_tell(substr(NEW.object, 6)::bigint,
			    'security', flux.told(NEW));
		END IF;
	ELSIF NEW.act LIKE 'quota.%' THEN
		PERFORM ctx.mail_tell_holders('{quota:read,settings:write}',
		    'quota', flux.told(NEW));
	ELSE
		PERFORM ctx.mail_tell_holders('{keys:write}', 'expiry',
		    flux.told(NEW));
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT ON flux.audit FOR EACH ROW
    WHEN (NEW.act IN ('password.set', 'factor.confirm', 'factor.remove',
        'recovery.make', 'provider.link', 'quota.near', 'quota.full',
        'quota.over', 'key.expires', 'cert.expires'))
    EXECUTE FUNCTION flux.audit_told();
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
