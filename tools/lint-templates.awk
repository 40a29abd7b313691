# lint-templates.awk - what a template may not do.
#
#	awk -f tools/lint-templates.awk templates/*.cs templates/*/*.cs
#
# The engine escapes what it prints into text and quoted attributes, and has
# holes elsewhere; this refuses the holes.  It reads a template a character at
# a time, so that it knows in which tag, attribute or directive it is.

function fail(why)
{
	printf "%s:%d: %s\n", file, line, why
	failed = 1
}

BEGIN {
	# Where in the page the reader stands; what may not be printed with.
	TEXT = 0; TAG = 1; VALUE = 2; BARE = 3; SCRIPT = 4; STYLE = 5
	raw = "^(uvar|lvar|evar|alt|name|linclude|escape)[ \t]*[:!]"
	addresses = "^(href|src|srcset|action|formaction|poster|data|" \
	    "xlink:href)$"
	escapes = "(html_escape|url_escape|js_escape|null_escape|css_escape|" \
	    "text_html|html_strip|url_validate)[ \t]*\\("
}

FNR == 1 {
	if (file != "")
		page()
	file = FILENAME
	text = ""
}
{ text = text $0 "\n" }
END {
	if (file != "")
		page()
	exit failed
}

# A directive, from behind "<?cs" to before "?>", with the page in `state`.
function directive(d,    rest)
{
	sub(/^[ \t\n]+/, "", d)
	if (d ~ /^#/)
		return
	if (d ~ raw)
		fail("\"" substr(d, 1, match(d, /[:!]/)) \
		    "\" prints without escaping or runs data")
	rest = d
	gsub(/"[^"]*"/, "\"\"", rest)
	gsub(/'[^']*'/, "''", rest)
	if (rest ~ escapes && rest ~ /\+/)
		fail("an escaping function beside \"+\" turns escaping off")
	if (rest ~ /(html|url|js|null)_escape[ \t]*\(/)
		fail("escaping is the engine's; only url_validate is ours")
	if (rest ~ /(^|[^A-Za-z_0-9])#/)
		fail("a number: C decides, templates only show")
	if (d !~ /^(var|call|include)[ \t]*[:!]/)
		return
	if (d ~ /^include[ \t]*[:!][ \t]*[^" \t]/)
		fail("a template is included by a name in quotes")
	if (d ~ /^include/)
		return
	if (state == SCRIPT)
		fail("data in <script>")
	else if (state == STYLE)
		fail("data in <style>")
	else if (state == BARE)
		fail("an attribute with data and without quotes")
	else if (state == VALUE && attribute == "style")
		fail("data in a style attribute")
	else if (state == VALUE && is_address(attribute) &&
	    d !~ /^var:url_validate\([A-Za-z0-9_.]+\)[ \t\n]*$/)
		fail(attribute " with data and without url_validate()")
	else if (state == TEXT && before == "=")
		fail("an attribute with data and without quotes")
	else if (state == TAG && d ~ /^var/)
		fail("data in a tag, outside of an attribute's quotes")
}

function is_address(name)
{
	return name ~ addresses
}

# An attribute's name is complete.
function attribute_begins()
{
	if (attribute ~ /^on/)
		fail("an event handler in markup: " attribute)
	if (attribute == "style")
		fail("a style attribute")
}

function count_lines(s)
{
	line += gsub(/\n/, "\n", s)
}

# The tag whose ">" has been read.
function tag_ends()
{
	state = TEXT
	if (tag == "script") {
		if (!has_src)
			fail("a script in the page")
		state = SCRIPT
	}
	if (tag == "style") {
		fail("a style sheet in the page")
		state = STYLE
	}
}

function tag_begins(rest)
{
	match(rest, /^<\/?[A-Za-z0-9:-]*/)
	tag = tolower(substr(rest, 2, RLENGTH - 1))
	state = TAG
	has_src = 0
	attribute = ""
	return RLENGTH
}

# Reads one piece of markup at the head of `rest`; its length.
function step(rest,    c)
{
	c = substr(rest, 1, 1)
	if (state == SCRIPT || state == STYLE) {
		if (tolower(rest) ~ /^<\/(script|style)/)
			return tag_begins(rest)
		match(rest, /^.[^<]*/)
		if (state == SCRIPT && has_src &&
		    substr(rest, 1, RLENGTH) ~ /[^ \t\n]/)
			fail("text in <script>")
		return RLENGTH
	}
	if (state == TEXT) {
		if (rest ~ /^<!--/)
			return index(rest, "-->") ? index(rest, "-->") + 2 : 4
		if (rest ~ /^<\/?[A-Za-z]/)
			return tag_begins(rest)
		return 1
	}
	if (state == VALUE) {
		if (c == quote)
			state = TAG
		return 1
	}
	if (state == BARE && c !~ /[ \t\n>]/)
		return 1
	state = TAG
	if (c == ">") {
		tag_ends()
		return 1
	}
	if (c == "=") {
		match(rest, /^=[ \t\n]*/)
		quote = substr(rest, RLENGTH + 1, 1)
		state = quote ~ /["']/ ? VALUE : BARE
		return state == VALUE ? RLENGTH + 1 : RLENGTH
	}
	if (match(rest, /^[A-Za-z_:][A-Za-z0-9_:.-]*/)) {
		attribute = tolower(substr(rest, 1, RLENGTH))
		if (attribute == "src")
			has_src = 1
		attribute_begins()
		return RLENGTH
	}
	return 1
}

# One whole template.
function page(    n, rest, part)
{
	line = 1
	state = TEXT
	if (text !~ /^<\?cs[ \t]*#/)
		fail("the first line begins the comment that lists the dataset")
	rest = text
	while (rest != "") {
		if (substr(rest, 1, 4) == "<?cs") {
			n = index(rest, "?>")
			if (n == 0) {
				fail("a directive without its end")
				return
			}
			directive(substr(rest, 5, n - 5))
			n++
		} else {
			n = step(rest)
		}
		part = substr(rest, 1, n)
		count_lines(part)
		before = substr(part, n, 1)
		rest = substr(rest, n + 1)
	}
	if (state != TEXT)
		fail("the template ends inside of a tag")
}
