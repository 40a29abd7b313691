-- What a tenant has used a day, counted from the ledger, and what it may use.
SET LOCAL ROLE fl_owner;
-- The body's bytes before compression.  Alarms are counted by their day.
ALTER TABLE flux.ingest_batch ADD bytes int NOT NULL DEFAULT 0;
CREATE INDEX alert_by_time ON flux.alert (tenant_id, raised_at);

-- The meter, from the ledger and nothing else: readings + refused is the
-- ledger's sent, a day being UTC's.
CREATE TABLE flux.usage_day (
	tenant_id  int NOT NULL REFERENCES flux.tenant,
	day        date NOT NULL,
	requests   bigint NOT NULL,
	readings   bigint NOT NULL,
	refused    bigint NOT NULL,
	bytes      bigint NOT NULL,
	devices    int NOT NULL,    -- registered, when it was last counted
	alarms     bigint NOT NULL, -- raised
	counted_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (tenant_id, day)
);

CREATE TABLE flux.quota (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	what      text NOT NULL
	          CHECK (what IN ('readings_day', 'devices', 'users', 'bytes')),
	most      bigint NOT NULL CHECK (most > 0),
	warned_at timestamptz,
	PRIMARY KEY (tenant_id, what)
);

-- NULL: there is none any more.
CREATE FUNCTION flux.quota_put(kind text, amount bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
BEGIN
	PERFORM ctx.need('tenants:manage');
	DELETE FROM flux.quota WHERE tenant_id = t AND what = kind;
	IF amount IS NOT NULL THEN
		INSERT INTO flux.quota (tenant_id, what, most)
		VALUES (t, kind, amount);
	END IF;
	PERFORM flux.audit_put('quota.set', 'quota:' || kind,
	    jsonb_build_object('most', amount));
END $$;

-- Run after a statement that makes devices or users: no more than the quota,
-- whoever makes them.  It sees what that one sees.
CREATE FUNCTION flux.quota_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	q record;
	n bigint;
BEGIN
	FOR q IN SELECT x.tenant_id, x.most FROM flux.quota x
	          WHERE x.what = TG_ARGV[0]
	            AND x.tenant_id IN (SELECT m.tenant_id FROM made m)
	LOOP
		EXECUTE format('SELECT count(*) FROM flux.%I
		    WHERE tenant_id = $1', TG_TABLE_NAME)
		    INTO n USING q.tenant_id;
		IF n > q.most THEN
			RAISE EXCEPTION 'The quota of % is used up.', TG_ARGV[0]
			    USING ERRCODE = 'FX005';
		END IF;
	END LOOP;
	RETURN NULL;
END $$;
CREATE TRIGGER quota_kept AFTER INSERT ON flux.device
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT
    EXECUTE FUNCTION flux.quota_kept('devices');
CREATE TRIGGER quota_kept AFTER INSERT ON flux.member
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT
    EXECUTE FUNCTION flux.quota_kept('users');

-- Count the days from the ledger: today, and once an hour the week before it,
-- where late commits may have come to.  What retention has deleted from the
-- ledger stays counted.
CREATE FUNCTION flux.usage_count() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t     CONSTANT int := ctx.tenant();
	today CONSTANT date := (now() AT TIME ZONE 'UTC')::date;
	since date := today - 7;
BEGIN
	IF EXISTS (SELECT FROM flux.usage_day u WHERE u.tenant_id = t
	              AND u.day = today - 1
	              AND u.counted_at > now() - interval '1 hour') THEN
		since := today;
	END IF;
	INSERT INTO flux.usage_day AS u (tenant_id, day, requests, readings,
	       refused, bytes, devices, alarms)
	SELECT t, s.day::date, b.requests, b.readings, b.refused, b.bytes,
	       (SELECT count(*) FROM flux.device d WHERE d.tenant_id = t),
	       (SELECT count(*) FROM flux.alert a WHERE a.tenant_id = t
	           AND a.raised_at >= s.day AT TIME ZONE 'UTC'
	           AND a.raised_at < (s.day + interval '1 day')
	               AT TIME ZONE 'UTC')
	  FROM generate_series(since::timestamp, today::timestamp,
	       interval '1 day') AS s (day)
	 CROSS JOIN LATERAL (
	       SELECT count(*) AS requests,
	              coalesce(sum(i.sent - i.rejected), 0) AS readings,
	              coalesce(sum(i.rejected), 0) AS refused,
	              coalesce(sum(i.bytes), 0) AS bytes
	         FROM flux.ingest_batch i
	        WHERE i.tenant_id = t AND i.at >= s.day AT TIME ZONE 'UTC'
	          AND i.at < (s.day + interval '1 day') AT TIME ZONE 'UTC') b
	    ON CONFLICT (tenant_id, day) DO UPDATE
	   SET requests = excluded.requests, readings = excluded.readings,
	       refused = excluded.refused, bytes = excluded.bytes,
	       devices = CASE WHEN u.day = today THEN excluded.devices
	                      ELSE u.devices END,
	       alarms = greatest(u.alarms, excluded.alarms),
	       counted_at = now()
	 WHERE excluded.requests >= u.requests
	   AND (u.day < today OR (excluded.requests, excluded.devices,
	       excluded.alarms) IS DISTINCT FROM
	       (u.requests, u.devices, u.alarms));
END $$;

-- The quotas, and what is used of each now.
CREATE FUNCTION flux.quota_used() RETURNS TABLE (what text, most bigint,
    used bigint, warned_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT q.what, q.most, coalesce(CASE q.what
	       WHEN 'devices' THEN (SELECT count(*) FROM flux.device d
	           WHERE d.tenant_id = q.tenant_id)
	       WHEN 'users' THEN (SELECT count(*) FROM flux.member m
	           WHERE m.tenant_id = q.tenant_id)
	       WHEN 'bytes' THEN u.bytes
	       ELSE u.readings END, 0), q.warned_at
	  FROM flux.quota q
	  LEFT JOIN flux.usage_day u ON u.tenant_id = q.tenant_id
	   AND u.day = (now() AT TIME ZONE 'UTC')::date
	 WHERE q.tenant_id = ctx.tenant()
	 ORDER BY q.what
$$;

-- Say once what is used to 80 %, a day's quota once a day; in the same commit,
-- and not before, the gates know who may send no more.  Answers what it said.
-- The tenant's row comes before the audit's end, as in all that takes both.
CREATE FUNCTION flux.quota_judge() RETURNS TABLE (what text, most bigint,
    used bigint)
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
	FOR q IN SELECT *, x.used >= 0.8 * x.most AS near,
	                x.what IN ('readings_day', 'bytes') AS daily
	           FROM flux.quota_used() x
	LOOP
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

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
