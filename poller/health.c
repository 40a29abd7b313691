#include "health.h"

#include <jansson.h>
#include <stdlib.h>

#include "query.h"

static int
by_tenant(const void *p, const void *q)
{
	const struct unit_report *a = p, *b = q;

	return (a->tenant > b->tenant) - (a->tenant < b->tenant);
}

static json_t *
report_json(const struct unit_report *r, uint64_t waiting)
{
	const struct tally *t = &r->tally;
	json_t *codes = json_array();
	size_t i;

	for (i = 1; i < EXCEPTIONS; i++)
		(void)json_array_append_new(codes,
		    json_integer(t->exceptions[i]));
	return json_pack("{s:i, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:f, s:f,"
			 " s:b, s:f, s:f, s:I, s:i, s:s, s:s}",
	    "device", r->device, "answers", (json_int_t)t->outcomes[BUS_ANSWER],
	    "exceptions", codes, "garbage",
	    (json_int_t)t->outcomes[BUS_GARBAGE], "corrupt",
	    (json_int_t)t->corrupt, "silent",
	    (json_int_t)t->outcomes[BUS_SILENT], "down",
	    (json_int_t)t->outcomes[BUS_DOWN], "missed", (json_int_t)t->missed,
	    "answer_ms", (double)t->answer_us / 1e3, "p99_ms",
	    (double)r->p99_us / 1e3, "offline", r->offline, "busy", r->busy,
	    "load", r->load, "waiting", (json_int_t)waiting, "most_words",
	    r->most_words, "holes", r->holes, "remark", r->remark);
}

static void
json_close(void *o)
{
	json_decref(o);
}

/* An array, an object a unit. */
struct bytes
health_text(struct arena *a, const struct unit_report *v, size_t n,
    uint64_t waiting)
{
	json_t *all = json_array();
	size_t i, size;
	char *text;

	arena_defer(a, json_close, all);
	for (i = 0; i < n; i++)
		(void)json_array_append_new(all, report_json(&v[i], waiting));
	size = json_dumpb(all, NULL, 0, JSON_COMPACT);
	text = arena_alloc(a, size + 1);
	(void)json_dumpb(all, text, size, JSON_COMPACT);
	return (struct bytes){ (unsigned char *)text, size };
}

static struct err *
tenant_tell(struct db *db, struct arena *a, const struct unit_report *v,
    size_t n, uint64_t waiting)
{
	const struct gate gate = { .kind = GATE_POLLER, .tenant = v[0].tenant };
	const char *text = (const char *)health_text(a, v, n, waiting).p;
	struct rows *r;
	struct err *e;
	struct tx *tx;

	if ((e = tx_begin(&tx, db, a, &gate, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = tx_rows(&r, tx, &q_poller_health, ARGS(A(text)))) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	if ((e = tx_commit(tx)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
health_tell(struct db *db, struct arena *a, struct unit_report *v, size_t n,
    uint64_t waiting)
{
	struct err *e;
	size_t i, k;

	qsort(v, n, sizeof(*v), by_tenant);
	for (i = 0; i < n; i = k) {
		for (k = i + 1; k < n && v[k].tenant == v[i].tenant;)
			k++;
		e = tenant_tell(db, a, v + i, k - i, waiting);
		if (e != NULL && e->kind != ERR_LOGIN)
			return err_pass(e);
		for (; i < k; i++)
			v[i].told = true;
	}
	return NULL;
}
