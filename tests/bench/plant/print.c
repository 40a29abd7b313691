#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plant.h"

enum { SENSORS_MAX = 10000, OUT = 1 << 20 };

static void
value_print(const struct trace *s)
{
	int decimals = trace_decimals(s);

	if (decimals > 0)
		(void)printf("%.*f", decimals, s->value);
	else
		(void)printf("%.17g", s->value);
}

void
plant_print(const struct wish *w)
{
	static struct trace s[SENSORS_MAX];
	int n = w->sensors < SENSORS_MAX ? (int)w->sensors : SENSORS_MAX, i;
	int line = strcmp(w->what, "lines") == 0;
	int64_t t;

	(void)setvbuf(stdout, NULL, _IOFBF, OUT);
	for (i = 0; i < n; i++)
		trace_start(&s[i], i);
	for (t = w->from_ms; t < w->from_ms + w->seconds * 1000; t += 1000) {
		for (i = 0; i < n; i++) {
			trace_next(&s[i]);
			(void)printf(line ? "t,s=%d v=" : "1,%d,", i + 1);
			if (line) {
				value_print(&s[i]);
				(void)printf(" %lld000000\n", (long long)t);
				continue;
			}
			(void)printf("%lld,", (long long)t);
			value_print(&s[i]);
			(void)printf(",%d\n", s[i].quality);
		}
	}
}
