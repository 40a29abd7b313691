#include "intake/sequence.h"

enum { RS = 0x1E };

bool
sequence_next(struct jscan *s, struct bytes whole)
{
	const unsigned char *at = s->at;
	bool parted = false;

	if (s->why != NULL || s->depth > 0)
		return false;
	for (; at < s->end; at++) {
		if (*at == ' ' || *at == '\t' || *at == '\r')
			continue;
		/* One comma, and any number of lines and RS. */
		if (*at != '\n' && *at != RS && (*at != ',' || parted))
			break;
		parted = parted || *at == ',' || *at == '\n' || *at == RS;
	}
	if (!parted || at == s->end || (*at != '{' && *at != '['))
		return false;
	jscan_open(s, s->arena, (struct bytes){ at, (size_t)(s->end - at) });
	s->body = whole.p;
	return true;
}
