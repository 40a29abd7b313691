# layers.awk - what the compiler does not check: who includes whom, how long
# a function is, which calls are forbidden, how a header is guarded.
#
#	awk -f tools/layers.awk FILE.c FILE.h ...
#
# Answers with file:line: reason, exit 1; says nothing when all is well.

function fail(why)
{
	printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
	failed = 1
}

BEGIN {
	MAX_FUNCTION = 50

	# Down only: each layer of lib, and what it may include of lib.
	may["base"] = " base "
	may["db"] = " base db "
	may["trust"] = " base trust "
	may["web"] = " base trust db web "
	may["store"] = " base db store "
	may["model"] = " base trust db store model "
	may["intake"] = " base db store model intake "
	may["profile"] = " base db store model intake profile "

	# Foreign headers, and the only places that know them.
	home["libpq-fe.h"] = "^lib/db/"
	home["fcgiapp.h"] = "^lib/web/"
	home["fcgios.h"] = "^lib/web/"
	home["fcgi_stdio.h"] = "^$"
	home["ClearSilver.h"] = "^lib/web/"
	home["jansson.h"] = "^(poller|simulator)/|^lib/(model/profile|profile/)"
	home["yaml.h"] = "^lib/profile/yaml"
	home["zip.h"] = "^lib/profile/xlsx"
	home["expat.h"] = "^lib/profile/xlsx"
	home["modbus.h"] = "^(poller|simulator)/"
	home["xlsxwriter.h"] = "^cgi-bin/api/"
	home["curl.h"] = "^(lib/trust/|simulator/)|^poller/sink_https"
	home["qrencode.h"] = "^lib/trust/"
	home["seccomp.h"] = "^lib/base/sandbox"

	n_banned = split("strcpy strcat sprintf vsprintf gets strtok " \
	    "alloca system popen", call, " ")
}

# The line as the compiler sees it: without comments and quoted text.
function code_of(s)
{
	if (in_comment) {
		if (!sub(/^.*\*\//, "", s))
			return ""
		in_comment = 0
	}
	gsub(/'([^'\\]|\\.)+'/, "' '", s)
	gsub(/"([^"\\]|\\.)*"/, "\"\"", s)
	gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ", s)
	sub(/\/\/.*$/, "", s)
	if (sub(/\/\*.*$/, "", s))
		in_comment = 1
	return s
}

# lib/db/tx.c is of layer "db"; poller/bus.c of none.
function layer_of(path,    p)
{
	if (path !~ /^lib\/[a-z]+\//)
		return ""
	split(path, p, "/")
	return p[2]
}

function check_foreign(header,    base)
{
	base = header
	sub(/^.*\//, "", base)
	if (is_test || !(base in home))
		return
	if (FILENAME !~ home[base])
		fail(base " belongs to " home[base])
}

# tools/fluxctl/x.c may say "fluxctl/y.h" or "tools/fluxctl/y.h".
function is_own(header,    folder, mine)
{
	mine = "/" FILENAME
	sub(/[^\/]*$/, "", mine)
	folder = "/" header
	sub(/[^\/]*$/, "", folder)
	return substr(mine, length(mine) - length(folder) + 1) == folder
}

function check_own(header,    p, layer)
{
	if (is_test)
		return
	if (header ~ /[.][.]\//) {
		fail(header " reaches out of its folder")
		return
	}
	layer = layer_of(FILENAME)
	if (header == "query.h") {
		if (layer == "base")
			fail("lib/base may not include query.h")
		return
	}
	if (header !~ /\//)
		return
	split(header, p, "/")
	if (!(p[1] in may)) {
		if (is_own(header))
			return
		fail(header " is not of lib")
		return
	}
	if (layer != "" && index(may[layer], " " p[1] " ") == 0)
		fail("lib/" layer " may not include " header)
}

function check_include(    header, own)
{
	header = $0
	own = header ~ /^[ \t]*#[ \t]*include[ \t]*"/
	sub(/^[^"<]*["<]/, "", header)
	sub(/[">].*$/, "", header)
	check_foreign(header)
	if (own)
		check_own(header)
}

function calls(code, name)
{
	return code ~ ("(^|[^A-Za-z0-9_])" name "[ \t]*[(]")
}

function check_calls(code,    i)
{
	for (i = 1; i <= n_banned; i++)
		if (calls(code, call[i]))
			fail(call[i] " is forbidden")
	if (calls(code, "PQexec") && FILENAME !~ "^lib/db/(migrate|copy)[.]c$")
		fail("PQexec belongs to lib/db/migrate.c and copy.c")
	if (calls(code, "PQexec(Params|Prepared)"))
		fail("statements are pipelined: PQsendQueryPrepared")
}

# A folder of the path, an underscore, the file: lib/db/tx.h is DB_TX_H.
function check_guard(guard,    p, n, i, file)
{
	n = split(FILENAME, p, "/")
	file = toupper(p[n])
	gsub(/[^A-Z0-9]/, "_", file)
	for (i = 1; i < n; i++) {
		gsub(/[^A-Za-z0-9]/, "_", p[i])
		if (guard == toupper(p[i]) "_" file)
			return
	}
	fail("guard " guard " should be FOLDER_" file)
}

function end_of_file()
{
	if (previous ~ /[.]h$/ && !guarded) {
		printf "%s:1: no header guard\n", previous > "/dev/stderr"
		failed = 1
	}
}

FNR == 1 {
	end_of_file()
	previous = FILENAME
	in_comment = guarded = opened = 0
	is_test = FILENAME ~ /^tests\//
}

/^[ \t]*#[ \t]*include/ {
	check_include()
	next
}

FILENAME ~ /[.]h$/ && !guarded && /^#ifndef / {
	check_guard($2)
	guarded = 1
}

# Our braces: a function's stand in the first column, nobody else's do.
/^\{/ { opened = FNR }
/^\}/ && opened {
	if (FNR - opened + 1 > MAX_FUNCTION)
		fail("this function has " FNR - opened + 1 " lines, " \
		    MAX_FUNCTION " are allowed")
	opened = 0
}

{
	code = code_of($0)
	if (code ~ /[(]/)
		check_calls(code)
}

END {
	end_of_file()
	exit failed
}
