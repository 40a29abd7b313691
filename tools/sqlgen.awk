# sqlgen.awk - makes build/gen/query.h and query.c from sql/query/*.sql.
#
#	awk -v part=h -f tools/sqlgen.awk sql/query/*.sql
#	awk -v part=c -f tools/sqlgen.awk sql/query/*.sql
#	awk -v part=list ...: a line a statement, for tests and shells; the
#	    name, the roles, how many parameters and columns, the SQL; tabs
#
# A statement is a block; the first two lines are its interface:
#
#	-- name: device_list  (tenant, limit) -> device_id, key, name
#	-- roles: fl_page fl_api
#	-- open
#	-- What it answers, in words.
#	SELECT device_id, key, name
#	  FROM flux.device
#	 WHERE tenant_id = $1
#	 ORDER BY key
#	 LIMIT $2;
#
# In parentheses the parameters, in the order of $1, $2; after the arrow the
# columns, nothing for a statement that answers no rows.  A name line that
# ends in a comma goes on in the next comment line.  "open" marks what may run
# without a tenant.  "found: KIND $N" says by which parameter it is found in
# which database the statement runs, when some tenants have one of their own: a
# secret, an address, a tenant's number or its slug; "found: everywhere" is run
# in all.
#
# A list that several statements share is a block above them, and stands in
# braces where it is meant, in a statement or among its columns:
#
#	-- list: device_columns
#	device_id, key, name;
#
#	-- name: device_list  (tenant, limit) -> {device_columns}
#
# A mistake is file:line: reason and exit 1, all of them at once, and nothing
# is printed.

function fail(at, why)
{
	printf "%s: %s\n", at, why > "/dev/stderr"
	failed = 1
}

function trim(s)
{
	gsub(/^[ \t]+|[ \t]+$/, "", s)
	return s
}

# The line without its comment; what is in quotes is no comment.
function uncomment(s,    i, c, quoted)
{
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "'" || c == "\"") {
			if (quoted == "")
				quoted = c
			else if (quoted == c)
				quoted = ""
		} else if (quoted == "" && substr(s, i, 2) == "--") {
			s = substr(s, 1, i - 1)
			break
		}
	}
	if (quoted != "")
		fail(FILENAME ":" FNR, "a quote is not closed on its line")
	sub(/[ \t]+$/, "", s)
	return s
}

# The text with the lists that it names.
function expand(s,    what)
{
	while (match(s, /[{][a-z][a-z0-9_]*[}]/)) {
		what = substr(s, RSTART + 1, RLENGTH - 2)
		if (!(what in lists))
			fail(place, "there is no list \"" what "\" above")
		s = substr(s, 1, RSTART - 1) lists[what] \
		    substr(s, RSTART + RLENGTH)
	}
	return s
}

# Splits a list "a, b" into out[1..]; every item must be a plain name.
function names(list, out, what,    n, i, seen)
{
	list = trim(list)
	if (list == "")
		return 0
	n = split(list, out, /,/)
	for (i = 1; i <= n; i++) {
		out[i] = trim(out[i])
		if (out[i] !~ /^[a-z][a-z0-9_]*$/)
			fail(place, what " \"" out[i] "\" is not a plain name")
		if (out[i] in seen)
			fail(place, what " " out[i] " is named twice")
		seen[out[i]] = 1
	}
	return n
}

function read_name(s,    open_at, close_at, rest)
{
	open_at = index(s, "(")
	close_at = index(s, ")")
	if (open_at == 0 || close_at < open_at) {
		fail(place, "parameters in parentheses are missing")
		return
	}
	name[n] = trim(substr(s, 1, open_at - 1))
	if (name[n] !~ /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/)
		fail(place, "\"" name[n] "\" is not a name like noun_verb")
	if (name[n] in known)
		fail(place, name[n] " is already in " known[name[n]])
	known[name[n]] = place
	params[n] = trim(substr(s, open_at + 1, close_at - open_at - 1))
	rest = trim(substr(s, close_at + 1))
	if (rest == "")
		return
	if (rest !~ /^->/)
		fail(place, "expected -> and columns, found \"" rest "\"")
	columns[n] = expand(trim(substr(rest, 3)))
	gsub(/[ \t\n]+/, " ", columns[n])
	if (columns[n] == "")
		fail(place, name[n] " has an arrow and no columns")
}

function check_roles(    i, m, v)
{
	if (roles[n] == "") {
		fail(place, name[n] " lacks a roles line")
		return
	}
	m = split(roles[n], v, /[ \t]+/)
	for (i = 1; i <= m; i++)
		if (v[i] !~ /^fl_[a-z]+$/)
			fail(place, "\"" v[i] "\" is not a role")
}

# The statement in lower case on one line, without what is quoted.
function flat(    s)
{
	s = tolower(text)
	gsub(/'[^']*'/, "''", s)
	gsub(/[ \t\n]+/, " ", s)
	return s
}

function check_params(s,    i, v, m, used, highest)
{
	m = names(params[n], v, "parameter")
	while (match(s, /[$][0-9]+/)) {
		i = substr(s, RSTART + 1, RLENGTH - 1) + 0
		used[i] = 1
		if (i > highest)
			highest = i
		s = substr(s, RSTART + RLENGTH)
	}
	if (highest + 0 != m)
		fail(place, name[n] " names " m " parameters and uses $" \
		    highest + 0)
	for (i = 1; i < highest; i++)
		if (!(i in used))
			fail(place, name[n] " does not use $" i)
	param_count[n] = m
}

function check_columns(    i, v, m, constant)
{
	m = names(columns[n], v, "column")
	for (i = 1; i <= m; i++) {
		constant = toupper(name[n] "_" v[i])
		if (constant in constants)
			fail(place, constant " is also in " constants[constant])
		constants[constant] = place
		enum[n] = enum[n] (i > 1 ? ",\n" : "") "\t" constant
	}
	column_count[n] = m
}

# Whoever touches a table of a tenant says which tenant, although the policy
# does too: then the plan can use the index and a review can see it.
function check_tenant(s)
{
	gsub(/into flux[.]/, "table ", s)
	gsub(/flux[.][a-z_]+[(]/, "", s)
	gsub(/table /, "into flux.", s)
	if (s !~ /flux[.]/)
		return
	if (s ~ /tenant_id = ([$]|[(]select ctx[.]tenant[(][)][)])/)
		return
	if (s ~ /tenant_id = ctx[.]tenant[(][)]/)
		return
	if (s ~ /insert into flux[.][a-z_]+( as [a-z]+)? ?[(]tenant_id[ ,)]/)
		return
	fail(place, name[n] " touches flux without tenant_id = $n")
}

function check_text(    s)
{
	s = flat()
	if (s ~ /[$][$]/ || s ~ /\/[*]/)
		fail(place, name[n] " holds $$ or a block comment")
	if (s ~ /(select|distinct|returning|,) ?[*]/ || s ~ /[a-z_0-9][.][*]/)
		fail(place, name[n] " selects *; name the columns")
	if (s ~ /;./)
		fail(place, name[n] " holds two statements")
	check_params(s)
	check_tenant(s)
}

function finish()
{
	if (state == "")
		return
	if (state == "head")
		fail(place, name[n] " has no statement")
	else
		fail(place, (state == "list" ? list : name[n]) " lacks its ;")
	state = ""
}

FNR == 1 {
	finish()
	continued = 0
}

/^-- name:/ {
	finish()
	n++
	place = FILENAME ":" FNR
	state = "head"
	text = head = ""
	continued = 1
}

/^-- list:/ {
	finish()
	place = FILENAME ":" FNR
	list = trim(substr($0, 9))
	if (list !~ /^[a-z][a-z0-9_]*$/)
		fail(place, "\"" list "\" is not a plain name")
	if (list in lists)
		fail(place, list " is a list already")
	state = "list"
	text = ""
	next
}

continued {
	sub(/^-- (name:)?/, "")
	head = head " " trim($0)
	continued = head ~ /,$/
	if (!continued)
		read_name(head)
	next
}

/^-- roles:/ && state == "head" {
	roles[n] = trim(substr($0, 10))
	next
}

/^-- open[ \t]*$/ && state == "head" {
	open[n] = 1
	next
}

/^-- found:/ && state == "head" {
	if ($3 !~ /^(secret|address|tenant|slug|everywhere)$/ || !open[n] ||
	    (($3 == "everywhere") != ($4 == "")) ||
	    ($4 != "" && $4 !~ /^[$][1-9]$/))
		fail(FILENAME ":" FNR, "found: by what? $N of an open one")
	found[n] = toupper($3)
	by[n] = substr($4, 2) + 0
	next
}

{
	line = uncomment($0)
	if (line ~ /^[ \t]*$/)
		next
	if (state == "") {
		fail(FILENAME ":" FNR, "text outside of a statement")
		next
	}
	text = text (text == "" ? "" : "\n") line
	if (state == "list") {
		if (sub(/;$/, "", text)) {
			text = expand(text)
			lists[list] = text
			state = ""
		}
		next
	}
	if (state == "head")
		check_roles()
	state = "text"
	if (line ~ /;$/) {
		text = expand(text)
		check_text()
		check_columns()
		sub(/;$/, "", text)
		sql[n] = text
		state = ""
	}
}

function quote(s,    v, i, m, out)
{
	gsub(/\\/, "&&", s)
	gsub(/"/, "\\\"", s)
	m = split(s, v, /\n/)
	for (i = 1; i <= m; i++)
		out = out "\t    \"" v[i] (i < m ? "\\n\"\n" : "\"")
	return out
}

function print_h(    i)
{
	print "/* Made by tools/sqlgen.awk from sql/query; do not edit. */"
	print "#ifndef GEN_QUERY_H"
	print "#define GEN_QUERY_H"
	print ""
	print "#include \"db/db.h\""
	print ""
	for (i = 1; i <= n; i++) {
		print "extern const struct stmt q_" name[i] ";"
		if (i in enum)
			print "enum {\n" enum[i] "\n};"
	}
	print ""
	print "enum { STMT_COUNT = " n + 0 " };"
	print "extern const struct stmt *const stmts[];"
	print ""
	print "#endif"
}

function print_c(    i)
{
	print "/* Made by tools/sqlgen.awk from sql/query; do not edit. */"
	print "#include \"query.h\""
	for (i = 1; i <= n; i++) {
		print ""
		print "const struct stmt q_" name[i] " = {"
		print "\t.name = \"" name[i] "\","
		print "\t.sql =\n" quote(sql[i]) ","
		print "\t.index = " i - 1 ","
		print "\t.params = " param_count[i] ","
		print "\t.columns = " column_count[i] ","
		print "\t.open = " (open[i] ? "true" : "false") ","
		print "\t.roles = \"" roles[i] "\","
		if (i in found) {
			print "\t.found = FOUND_" found[i] ","
			print "\t.by = " by[i] ","
		}
		print "};"
	}
	print ""
	print "const struct stmt *const stmts[] = {"
	for (i = 1; i <= n; i++)
		print "\t&q_" name[i] ","
	print "\tNULL"
	print "};"
}

function print_list(    i, line)
{
	for (i = 1; i <= n; i++) {
		line = sql[i]
		gsub(/[ \t\n]+/, " ", line)
		print name[i] "\t" roles[i] "\t" param_count[i] "\t" \
		    column_count[i] "\t" line
	}
}

BEGIN {
	if (ARGC < 2)
		exit
}

END {
	finish()
	if (failed)
		exit 1
	if (part == "h")
		print_h()
	else if (part == "list")
		print_list()
	else
		print_c()
}
