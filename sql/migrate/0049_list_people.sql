-- A list of people: who is new is invited, as by hand.
SET LOCAL ROLE fl_owner;

-- One person of a file, with all roles that its lines give; place '': in the
-- whole tenant.  Who is there already keeps his roles unless they are to
-- change.  The functions of a single invitation decide what may be given.
CREATE FUNCTION flux.import_person(address text, called text, roles int[],
    assets int[], changes boolean, OUT became text, OUT detail text,
    OUT person bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t CONSTANT int := ctx.tenant();
	u bigint;
BEGIN
	detail := '';
	SELECT m.user_id INTO u FROM flux.member m
	 WHERE m.tenant_id = t AND m.email = address;
	IF u IS NULL THEN
		person := flux.member_invite(address, called, roles, assets);
		became := 'made';
	ELSIF cardinality(roles) = 0 OR NOT EXISTS (
	    (SELECT g.role_id, g.asset_id FROM flux.grant_ g
	      WHERE g.tenant_id = t AND g.user_id = u
	     EXCEPT SELECT * FROM unnest(roles, assets))
	     UNION ALL
	    (SELECT * FROM unnest(roles, assets)
	     EXCEPT SELECT g.role_id, g.asset_id FROM flux.grant_ g
	      WHERE g.tenant_id = t AND g.user_id = u)) THEN
		became := 'same';
	ELSIF changes THEN
		PERFORM flux.member_roles(u, roles, assets);
		became := 'changed';
	ELSE
		became := 'kept';
		detail := 'is there already, and keeps other roles';
	END IF;
EXCEPTION
	WHEN SQLSTATE 'FX003' THEN
		became := 'forbidden';
		detail := 'more than you may give, or somebody who may more';
	WHEN SQLSTATE 'FX005' OR SQLSTATE 'FX006' THEN
		became := 'refused';
		detail := SQLERRM;
END $$;

-- A file of people, by the indexes of their addresses ('': it is none), as
-- import_devices.  The first line of who is made has his number: his address
-- is to be sealed and an invitation sent.
CREATE FUNCTION flux.import_users(id int, dry boolean, whole boolean,
    changes boolean, addresses text[], names text[], roles text[],
    places text[])
RETURNS TABLE (place int, became text, col text, detail text, person bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	t   CONSTANT int := ctx.tenant();
	n   CONSTANT int := coalesce(array_length(addresses, 1), 0);
	was text[] := array_fill(''::text, ARRAY[n]);
	cols text[] := was;
	say text[] := was;
	who bigint[] := array_fill(NULL::bigint, ARRAY[n]);
	people text[] := '{}';
	u   record;
	r   record;
BEGIN
	PERFORM ctx.need('users:write');
	FOR u IN SELECT x.*, f.role_id, a.asset_id, m.user_id
	    FROM unnest(addresses, names, roles, places)
	         WITH ORDINALITY x (address, name, role, place, i)
	    LEFT JOIN flux.role f ON f.tenant_id = t AND f.name = x.role
	    LEFT JOIN flux.asset a ON a.tenant_id = t AND a.key = x.place
	    LEFT JOIN flux.member m ON m.tenant_id = t AND m.email = x.address
	LOOP
		IF u.address = '' THEN
			was[u.i] := 'bad_email';
			cols[u.i] := 'email';
			say[u.i] := 'this is no address';
		ELSIF u.role <> '' AND u.role_id IS NULL THEN
			was[u.i] := 'unknown_role';
			cols[u.i] := 'role';
			say[u.i] := 'there is no role of this name';
		ELSIF u.role = '' AND (u.user_id IS NULL OR u.place <> '') THEN
			was[u.i] := 'no_role';
			cols[u.i] := 'role';
			say[u.i] := 'say which role';
		ELSIF u.place <> '' AND u.asset_id IS NULL THEN
			was[u.i] := 'unknown_place';
			cols[u.i] := 'place';
			say[u.i] := 'there is no asset of this key';
		ELSIF u.user_id IS NULL AND u.name !~ '^[^[:cntrl:]]{1,100}$'
		    THEN
			was[u.i] := 'bad_name';
			cols[u.i] := 'name';
			say[u.i] := 'give a name of up to 100 letters';
		END IF;
	END LOOP;
	BEGIN
		FOR u IN SELECT x.address, min(x.i) AS first,
		    array_agg(x.i) AS lines, bool_or(x.was <> '') AS wrong,
		    (array_agg(x.name ORDER BY x.i))[1] AS name,
		    coalesce(array_agg(f.role_id ORDER BY x.i)
		        FILTER (WHERE f.role_id IS NOT NULL), '{}') AS roles,
		    coalesce(array_agg(coalesce(a.asset_id, 0) ORDER BY x.i)
		        FILTER (WHERE f.role_id IS NOT NULL), '{}') AS assets
		    FROM unnest(was, addresses, names, roles, places)
		         WITH ORDINALITY x (was, address, name, role, place, i)
		    LEFT JOIN flux.role f
		      ON f.tenant_id = t AND f.name = x.role
		    LEFT JOIN flux.asset a
		      ON a.tenant_id = t AND a.key = x.place
		   WHERE x.address <> ''
		   GROUP BY x.address ORDER BY min(x.i)
		LOOP
			IF u.wrong THEN
				SELECT 'skipped' AS became, 'another line of'
				    ' this person is wrong' AS detail,
				    NULL::bigint AS person INTO r;
			ELSE
				SELECT p.became, p.detail, p.person INTO r
				  FROM flux.import_person(u.address, u.name,
				       u.roles, u.assets, changes) p;
				who[u.first] := r.person;
				people := people || r.became;
			END IF;
			FOR j IN 1 .. cardinality(u.lines) LOOP
				IF was[u.lines[j]] = '' THEN
					was[u.lines[j]] := r.became;
					say[u.lines[j]] := r.detail;
					cols[u.lines[j]] := CASE WHEN r.became
					    IN ('forbidden', 'refused')
					    THEN 'role' ELSE '' END;
				END IF;
			END LOOP;
		END LOOP;
		IF flux.import_undo(dry, whole, was) THEN
			RAISE EXCEPTION 'taken back' USING ERRCODE = 'FX009';
		END IF;
		PERFORM flux.import_said('user.import', id, people);
	EXCEPTION WHEN SQLSTATE 'FX009' THEN
		who := array_fill(NULL::bigint, ARRAY[n]);
	END;
	RETURN QUERY SELECT x.i::int, x.became, x.c, x.d, x.p
	  FROM unnest(was, cols, say, who)
	       WITH ORDINALITY x (became, c, d, p, i)
	 ORDER BY x.i;
END $$;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA flux FROM PUBLIC;
