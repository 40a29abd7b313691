-- The audit trail: a chain a tenant.  Each entry's hash covers its text and the
-- hash before it.  The text is what was hashed; the columns repeat it for
-- searching.
SET LOCAL ROLE fl_owner;
CREATE TABLE flux.audit_head (
	tenant_id int PRIMARY KEY REFERENCES flux.tenant,
	seq       bigint NOT NULL DEFAULT 0,
	hash      bytea NOT NULL DEFAULT '\x'
);
CREATE TABLE flux.audit (
	tenant_id int NOT NULL REFERENCES flux.tenant,
	seq       bigint NOT NULL,
	at        timestamptz NOT NULL,
	role      text NOT NULL,
	user_id   bigint NOT NULL,
	cred      bigint NOT NULL,
	act       text NOT NULL, -- user.invite
	object    text NOT NULL, -- user:42
	detail    jsonb NOT NULL DEFAULT '{}',
	body      text NOT NULL,
	hash      bytea NOT NULL,
	PRIMARY KEY (tenant_id, seq)
);
CREATE INDEX audit_by_act ON flux.audit (tenant_id, act, seq);
CREATE INDEX audit_by_time ON flux.audit (tenant_id, at);

CREATE FUNCTION flux.audit_put(act text, object text, detail jsonb
    DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	now_ CONSTANT timestamptz := clock_timestamp();
	h flux.audit_head;
	b text;
BEGIN
	INSERT INTO flux.audit_head (tenant_id) VALUES (t)
	    ON CONFLICT DO NOTHING;
	SELECT * INTO STRICT h FROM flux.audit_head
	 WHERE tenant_id = t FOR UPDATE;
	h.seq := h.seq + 1;
	b := json_build_array(t, h.seq,
	    (extract(epoch FROM now_) * 1000000)::bigint, ctx.app_role(),
	    ctx.user_id(), ctx.cred(), act, object, detail)::text;
	h.hash := sha256(h.hash || convert_to(b, 'UTF8'));
	INSERT INTO flux.audit VALUES (t, h.seq, now_, ctx.app_role(),
	    ctx.user_id(), ctx.cred(), act, object, detail, b, h.hash);
	UPDATE flux.audit_head SET seq = h.seq, hash = h.hash
	 WHERE tenant_id = t;
	RETURN h.seq;
END $$;
REVOKE ALL ON FUNCTION flux.audit_put(text, text, jsonb) FROM PUBLIC;
