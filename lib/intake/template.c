#include "intake/template.h"

#include <ctype.h>
#include <string.h>

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-';
}

/* From p on a name of one character or more, and then `end`. */
static bool
named(const char *p, const char *stop, char end)
{
	const char *first = p;

	while (p < stop && is_name(*p))
		p++;
	return p > first && p < stop && *p == end;
}

/* "{name}" or "{name:-other}" */
static bool
braced(const char *p, const char *stop)
{
	return p < stop && *p == '{' &&
	       (named(p + 1, stop, '}') || named(p + 1, stop, ':'));
}

bool
template_in(struct slice s)
{
	const char *p, *stop = s.p + s.n;

	if (s.n == 2 && s.p[0] == '%' && isalpha((unsigned char)s.p[1]))
		return true;
	for (p = s.p; p < stop; p++) {
		if (*p == '%' &&
		    (named(p + 1, stop, '%') || braced(p + 1, stop)))
			return true;
		if (*p == '$' && braced(p + 1, stop))
			return true;
	}
	return false;
}
