# lint-text.awk - what holds for every text file we write.
#
#	LC_ALL=C awk -f tools/lint-text.awk FILE ...

function fail(why)
{
	printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
	failed = 1
}

BEGIN {
	MAX_FILE = 500
	MAX_LINE = 80
}

# Columns of a line, tabs to 8; what is not ASCII counts a column a letter.
function width(s,    i, parts, n, w)
{
	gsub(/[\200-\277]/, "", s)
	n = split(s, parts, /\t/)
	for (i = 1; i <= n; i++) {
		w += length(parts[i])
		if (i < n)
			w += 8 - w % 8
	}
	return w
}

FNR == 1 {
	fenced = 0
	narrow = FILENAME ~ /[.]([ch]|sql|awk)$/
}

/clang-format off/ { fenced = 1 }
/clang-format on/ { fenced = 0 }

# The interface of a statement stays on one line, for grep.
narrow && !fenced && !/^-- name:/ && width($0) > MAX_LINE {
	fail("wider than " MAX_LINE " columns")
}

FNR == MAX_FILE + 1 { fail("longer than " MAX_FILE " lines") }

/\r$/ { fail("a carriage return ends the line") }
/[ \t]\r?$/ { fail("blanks at the end of the line") }

# The brackets keep this line from finding itself.
/[T]ODO|[F]IXME/ && !/#[0-9]+/ { fail("a note to do without its issue") }

END { exit failed }
