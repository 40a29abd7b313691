#!/bin/bash
# sources.test.sh - make lint and the statement generator find what they are
# for: each mistake is planted in a tree of its own.
. "$(dirname "$0")/lib.sh"

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# said PATH TEXT: what lint says of a tree with just this file.
said() {
	rm -rf "${tree:?}"/*
	mkdir -p "$tree/tools" "$tree/$(dirname "$1")"
	cp "$root"/tools/lint "$root"/tools/*.awk "$root/.clang-format" \
	    "$tree/tools"
	mv "$tree/tools/.clang-format" "$tree"
	printf '%s\n' "$2" > "$tree/$1"
	chmod +x "$tree/tools/lint"
	"$tree/tools/lint" 2>&1
}

refused() { # TITLE PATH TEXT REASON
	meets "$1" "$(said "$2" "$3")" "$2:[0-9]+: $4"
}

accepted() { # TITLE PATH TEXT
	meets "$1" "$(said "$2" "$3")" '^lint: [0-9]+ files, 0 faults$'
}

lines() { # N: a function of N lines
	printf 'void\nx(void)\n{\n'
	yes '	x();' | head -n $(($1 - 2))
	printf '}\n'
}

# Layers.
while read -r path header; do
	refused "$path may not include $header" "$path" \
	    "#include \"$header\"" ".*may not include $header"
done << 'LIST'
lib/base/x.c db/db.h
lib/base/x.c query.h
lib/db/x.c model/device.h
lib/db/x.c store/store.h
lib/web/x.c model/device.h
lib/web/x.c store/store.h
lib/store/x.c model/device.h
lib/store/x.c web/view.h
lib/model/x.c web/view.h
lib/trust/x.c db/db.h
lib/trust/x.c web/web.h
lib/db/x.c trust/seal.h
lib/store/x.c trust/seal.h
LIST
while read -r path header; do
	refused "$header is foreign to $path" "$path" "#include <$header>" \
	    ".*belongs to"
done << 'LIST'
lib/model/x.c libpq-fe.h
cgi-bin/web/x.c libpq-fe.h
cgi-bin/web/x.c fcgiapp.h
cgi-bin/web/x.c ClearSilver/ClearSilver.h
lib/model/device.c jansson.h
cgi-bin/api/x.c jansson.h
cgi-bin/ingest/x.c jansson.h
lib/web/x.c jansson.h
worker/x.c jansson.h
lib/model/x.c modbus.h
worker/x.c modbus/modbus.h
lib/web/x.c fcgi_stdio.h
cgi-bin/auth/x.c curl/curl.h
worker/x.c curl/curl.h
cgi-bin/admin/x.c qrencode.h
lib/base/wake.c seccomp.h
LIST
refused "a program does not look into another one" worker/x.c \
    '#include "poller/plan.h"' "poller/plan.h is not of lib"
refused "a page does not look into ingest" cgi-bin/web/x.c \
    '#include "cgi-bin/ingest/post.h"' ".*is not of lib"
refused "the store does not know what senders say" lib/store/x.c \
    '#include "intake/intake.h"' ".*may not include"
refused "nobody climbs out of his folder" poller/x.c \
    '#include "../worker/x.h"' ".*reaches out of its folder"
while read -r path header; do
	accepted "$path may include $header" "$path" "#include \"$header\""
done << 'LIST'
lib/store/x.c db/db.h
lib/model/x.c store/store.h
lib/web/x.c db/db.h
lib/web/x.c trust/jws.h
lib/model/x.c trust/seal.h
poller/x.c model/profile.h
poller/x.c plan.h
worker/x.c store/store.h
tools/fluxctl/x.c fluxctl/fluxctl.h
cgi-bin/ingest/x.c cgi-bin/ingest/post.h
worker/x.c intake/keep.h
LIST
accepted "the library's door may include libpq" lib/db/x.c \
    '#include <libpq-fe.h>'
accepted "mail and providers are reached from lib/trust" lib/trust/fetch.c \
    '#include <curl/curl.h>'
accepted "profiles are read with jansson" lib/model/profile_json.c \
    '#include <jansson.h>'

# Calls.
for call in strcpy strcat sprintf gets strtok alloca system popen; do
	refused "$call is refused" lib/base/x.c "int y = $call(x);" \
	    "$call is forbidden"
done
refused "PQexec is refused outside of migrations" lib/db/x.c \
    'int y = PQexec(x);' "PQexec belongs to"
refused "PQexecParams is refused anywhere" lib/db/migrate.c \
    'int y = PQexecParams(x);' "statements are pipelined"
accepted "PQexec is for migrations" lib/db/migrate.c 'int y = PQexec(x);'
accepted "a word in a comment is no call" lib/base/x.c \
    '/* Never strcpy(x), "sprintf(y)". */'
accepted "a longer name is no call" lib/base/x.c 'int y = arena_strtok(x);'

# Shape.
refused "a line of 81 columns is refused" lib/base/x.c \
    "/* $(printf 'x%.0s' {1..75}) */" "wider than 80"
accepted "a line of 80 columns is accepted" lib/base/x.c \
    "/* $(printf 'x%.0s' {1..74}) */"
refused "a tab counts up to 8 columns" sql/x.sql \
    "$(printf '\t\t')$(printf 'x%.0s' {1..65})" "wider than 80"
accepted "a letter of two bytes is one column" sql/x.sql \
    "-- $(printf 'ö%.0s' {1..77})"
refused "a function of 51 lines is refused" lib/base/x.c "$(lines 51)" \
    "this function has 51 lines"
accepted "a function of 50 lines is accepted" lib/base/x.c "$(lines 50)"
refused "a file of 501 lines is refused" lib/base/x.c \
    "$(yes 'int x;' | head -n 501)" "longer than 500"
refused "code that make fmt would change is refused" lib/base/x.c \
    'int  x;' "make fmt would change it"
refused "a note to do without its issue is refused" lib/base/x.c \
    "/* TO""DO later. */" "a note to do without its issue"
accepted "a note to do with its issue is accepted" lib/base/x.c \
    "/* TO""DO later, #17. */"
refused "a blank at the end of a line is refused" static/x.css 'a ' \
    "blanks at the end"
refused "a header without a guard is refused" lib/base/x.h 'int x;' \
    "no header guard"
refused "a guard that names another file is refused" lib/base/x.h \
    '#ifndef BASE_Y_H' "guard BASE_Y_H should be"
accepted "a guard names folder and file" lib/base/x.h '#ifndef BASE_X_H
#define BASE_X_H
#endif'
refused "a shell script that does not parse is refused" tools/x.sh \
    '#!/bin/sh
if' '.*'

# Statements.
generate() {
	printf '%s\n' "$1" > "$tree/x.sql"
	awk -v part=c -f "$root/tools/sqlgen.awk" "$tree/x.sql" 2>&1
	echo "exit $?"
}
bad() { # TITLE STATEMENT REASON
	meets "$1" "$(generate "$2")" "^[^ ]*x.sql:[0-9]+: .*$3.*exit 1\$"
}
head='-- name: x_y  (tenant) -> a
-- roles: fl_page'
bad "a statement without a name is refused" 'SELECT 1;' \
    'text outside of a statement'
bad "a statement without roles is refused" '-- name: x_y  () -> a
SELECT 1;' 'lacks a roles line'
bad "a statement without its end is refused" "$head
SELECT \$1" 'lacks its ;'
bad "two statements under a name are refused" "$head
SELECT \$1; SELECT 2;" 'two statements'
bad "a name that is no noun_verb is refused" '-- name: devices  () -> a
-- roles: fl_page
SELECT 1;' 'not a name like noun_verb'
bad "a name used twice is refused" "$head
SELECT \$1;
$head
SELECT \$1;" 'x_y is already in'
bad "a parameter that is not named is refused" "$head
SELECT \$1, \$2;" 'names 1 parameters and uses \$2'
bad "a parameter that is not used is refused" "$head
SELECT 1;" 'names 1 parameters and uses \$0'
bad "SELECT * is refused" "$head
SELECT * FROM flux.device WHERE tenant_id = \$1;" 'selects \*'
bad "SELECT d.* is refused" "$head
SELECT d.* FROM flux.device d WHERE d.tenant_id = \$1;" 'selects \*'
bad "a tenant table without tenant_id is refused" "$head
SELECT name FROM flux.device WHERE device_id = \$1;" 'without tenant_id'
bad "an insert without tenant_id is refused" "$head
INSERT INTO flux.site (name) VALUES (\$1);" 'without tenant_id'
bad "tenant_id in a comment does not count" "$head
SELECT name FROM flux.device -- tenant_id = \$1
 WHERE device_id = \$1;" 'without tenant_id'
bad "tenant_id in quotes does not count" "$head
SELECT name FROM flux.device WHERE name <> 'tenant_id = \$1' AND key = \$1;" \
    'without tenant_id'
bad "two statements with one constant are refused" "$head
SELECT \$1;
-- name: x_y_a  () -> b
-- roles: fl_page
SELECT 1;
-- name: x_z  () -> a
-- roles: fl_page
SELECT 1;
-- name: x_z_a  () -> a
-- roles: fl_page
SELECT 1;
-- name: x_z  () -> a_a
-- roles: fl_page
SELECT 1;" 'is also in'
bad "a list that is not there is refused" "$head
SELECT {both} WHERE \$1;" 'there is no list "both" above'
bad "a list without its end is refused" '-- list: both
a, b' 'both lacks its ;'
bad "a list hides nothing" "-- list: all
*;
$head
SELECT {all} FROM flux.device WHERE tenant_id = \$1;" 'selects \*'
meets "a list stands where it is named" "$(generate '-- list: both
a, b;
-- name: x_y  (tenant) -> {both}
-- roles: fl_page
SELECT {both} FROM flux.device WHERE tenant_id = $1;')" \
    '"SELECT a, b FROM.*columns = 2,.*exit 0'
meets "a good statement becomes C" "$(generate "$head
SELECT name -- \"quoted\"
  FROM flux.device
 WHERE tenant_id = \$1 AND name <> '\\d\"--';")" \
    '"SELECT name\\n".*"  FROM flux.device\\n".*<> .\\\\d\\"--.".*exit 0'
done_testing
