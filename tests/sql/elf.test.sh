#!/bin/bash
# elf.test.sh - how the programs were built, what they are linked with, and
# how old that may be; what systemd thinks of their units.  Needs no database.
. "$(dirname "$0")/lib.sh"
bin=$FLUX_BUILD/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Every binary, its module for the database included.
for file in "$bin"/* "$FLUX_BUILD"/lib/fluxline.so; do
	name=$(basename "$file")
	head=$(readelf -W -hlds --dyn-syms "$file")
	meets "$name can be loaded anywhere" "$head" 'Type: +DYN'
	[[ $name == *.so ]] ||
	    meets "$name is a program of that kind" "$head" 'FLAGS_1\).*PIE'
	meets "$name has a table of addresses that is read-only" "$head" GNU_RELRO
	meets "$name resolves every address at the start" "$head" '(BIND_NOW|NOW)'
	meets "$name has a stack that cannot be run" "$head" \
	    'GNU_STACK[^R]*0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ 0x[0-9a-f]+ RW '
	meets "$name notices a stack that was written over" "$head" __stack_chk_fail
	claim "$name names no folder for its libraries" \
	    "$(grep -cE '\((RPATH|RUNPATH)\)' <<< "$head")" 0
	claim "$name has no segment to write and run" \
	    "$(grep -cE '^ +LOAD.* RWE ' <<< "$head")" 0
	claim "$name needs no code to be changed" \
	    "$(grep -c '(TEXTREL)' <<< "$head")" 0
done
if [ "${SAN-}" != 1 ]; then
	for file in "$bin"/*; do
		meets "$(basename "$file") checks what it copies" \
		    "$(readelf -W --dyn-syms "$file")" '__[a-z]+_chk@'
	done
fi

# Ours only: a foreign library that is linked in may call what we may not.
banned='strcpy|strcat|sprintf|vsprintf|gets|strtok|system|popen|mktemp|tmpnam'
ours=$(find "$FLUX_BUILD" -name '*.o' ! -path '*/tests/*' ! -path '*/pic/*')
claim "no object of ours calls what is banned" "$(
	# shellcheck disable=SC2086 # names of ours hold no blanks
	nm -A -u $ours | awk -v banned="^(__)?($banned)(_chk)?$" '$NF ~ banned'
)" ""
echo 'int system(const char *); int x(void); int x(void) { return system(""); }' |
    gcc -c -x c -o "$work/x.o" -
meets "a planted call is found" "$(nm -A -u "$work/x.o")" ' U system'
meets "a planted program without hardening is found" "$(
	echo 'int main(void) { return 0; }' |
	    gcc -no-pie -x c -o "$work/x" - && readelf -h "$work/x"
)" 'Type: +EXEC'

# Who has a socket of the network has it by its libraries, too.
for file in "$bin"/{web,api,ingest,admin}.fcgi; do
	claim "$(basename "$file") is not linked with a client of the web" \
	    "$(readelf -d "$file" | grep -c libcurl)" 0
done

claim "no package is older than it may be" "$("$root/tools/floor" 2>&1)" ""
printf 'libc6\t999:1\ta planted floor\n' > "$work/floor.txt"
meets "a planted floor is not reached" \
    "$("$root/tools/floor" "$work/floor.txt"; echo "exit $?")" \
    'libc6 .* is older than 999:1: a planted floor.*exit 1'

# The bill of materials names every library of every program.
node "$root/tools/sbom.mjs" "$bin" > "$work/sbom.json"
for file in "$bin"/*; do
	claim "the bill of materials has all of $(basename "$file")" "$(
		readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		    while read -r library; do
			    grep -q "\"$library\"" "$work/sbom.json" ||
				echo "$library"
		    done
	)" ""
done
claim "and a version of each package" "$(node -e '
	const { components } = JSON.parse(require("fs").readFileSync(
	    process.argv[1]));
	for (const c of components)
		if (c.type === "library" && (!c.version || /unknown/.test(c.name)))
			console.log(c.name);' "$work/sbom.json")" ""

# What is left open to a unit, as systemd counts: 0 nothing, 10 everything.
exposure() {
	SYSTEMD_LOG_LEVEL=err systemd-analyze --root="$work/root" \
	    --offline=true security "$1" 2>&1 |
	    sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p'
}
if command -v systemd-analyze > /dev/null; then
	mkdir -p "$work/root/etc/systemd/system" \
	    "$work/root/usr/local/lib/fluxline/bin"
	cp -R "$root"/install/systemd/* "$work/root/etc/systemd/system/"
	cp "$bin"/* "$work/root/usr/local/lib/fluxline/bin/"
	for unit in fluxline@{web,api,ingest,admin,auth} \
	    fluxline-{worker,poller}; do
		level=$(exposure "$unit.service")
		meets "systemd leaves next to nothing to $unit ($level)" \
		    "$(awk -v x="$level" 'BEGIN {
			    print x != "" && x <= 1.5 ? "enough" : "too much" }')" \
		    ^enough
	done
else
	echo "ok $((count += 1)) - units # SKIP no systemd here"
fi
done_testing
