/*
 * csv_fuzz.c - any bytes as a file, with the plan that is likely of it, and as
 * a form with a file in it.
 */
#include "base/zone.h"
#include "fuzz.h"
#include "intake/csv_feed.h"
#include "web/multipart.h"

static void
feed(struct arena *a, struct csv *c)
{
	struct questions q;
	struct intake in = { .arena = a };
	struct buf b = buf_new(a, 1024);
	struct plan p, again;
	struct look l;
	struct feed f;
	struct fed r;

	if (look_file(&l, c) != NULL)
		return;
	look_put(&b, &l);
	plan_suggest(&p, a, &l);
	plan_ask(&q, a, &p, &l);
	b.n = 0;
	plan_put(&b, &p);
	if (plan_read(&again, a, (struct bytes){ b.p, b.n }) != NULL)
		abort();
	plan_settle(&p, &l);
	feed_open(&f, a, c, &p, &l, INT64_C(1800000000000000));
	while (feed_next(&r, &f, a) && in.n < ITEMS_MAX)
		if (r.code == NULL)
			feed_items(&in, &f, &r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new();
	struct bytes body = { p, n };
	struct multipart m;
	struct part part;
	struct csv c;
	bool more = true;

	if (csv_open(&c, a, body, 0) == NULL)
		feed(a, &c);
	if (multipart_open(&m, a, "multipart/form-data; boundary=b", body) ==
	    NULL)
		while (more && multipart_next(&more, &part, &m) == NULL)
			;
	arena_free(a);
	return 0;
}
