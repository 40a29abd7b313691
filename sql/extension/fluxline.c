/*
 * The codec of lib/store as SQL functions: blocks and runs become rows.
 *
 * It reads bytes that it is given and nothing else, so that row-level
 * security stays with whoever asks a table for them.  The arenas live in the
 * memory of the query, see memory.h.
 */
#include <postgres.h>

#include <fmgr.h>
#include <funcapi.h>
#include <miscadmin.h>
#include <utils/timestamp.h>
#include <utils/tuplestore.h>

#include "store/block.h"

PG_MODULE_MAGIC;

#define EPOCH INT64CONST(946684800000000) /* 2000 in our microseconds */

enum { COLUMNS_MAX = 5, PATIENCE = 65536 };

/* What to do with bytes, and between which instants. */
struct ask {
	struct err *(*decode)(struct readings *, struct arena *, struct bytes);
	bool with_sensor; /* the first column */
	bool lenient;	  /* damage is a warning and no rows */
	int64_t from, till;
};

void *server_malloc(size_t);
void *server_calloc(size_t, size_t);
void server_free(void *);

/* Never NULL: the server raises an error instead. */
void *
server_malloc(size_t n)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, n);
}

/* The same, zeroed. */
void *
server_calloc(size_t n, size_t size)
{
	return MemoryContextAllocExtended(CurrentMemoryContext, n * size,
	    MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* As free: nothing happens to NULL. */
void
server_free(void *p)
{
	if (p != NULL)
		pfree(p);
}

/* A time of ours that the server can hold. */
static bool
is_instant(int64_t us)
{
	return us >= MIN_TIMESTAMP + EPOCH && us < END_TIMESTAMP - EPOCH;
}

static void
put(ReturnSetInfo *out, const struct ask *q, const struct reading *r)
{
	bool nulls[COLUMNS_MAX] = { false };
	Datum v[COLUMNS_MAX];
	int n = 0;

	if (q->with_sensor)
		v[n++] = Int32GetDatum(r->sensor);
	v[n++] = TimestampTzGetDatum(r->time - EPOCH);
	v[n++] = Float8GetDatum(r->value);
	v[n++] = Int16GetDatum((int16)r->quality);
	v[n] = Int32GetDatum((int32)r->rev);
	tuplestore_putvalues(out->setResult, out->setDesc, v, nulls);
}

/* The readings of these bytes as the function's rows. */
static void
answer(FunctionCallInfo call, const struct ask *q, struct bytes b)
{
	ReturnSetInfo *out = (ReturnSetInfo *)call->resultinfo;
	struct arena *a = arena_new();
	struct readings r = { 0 };
	struct err *e = q->decode(&r, a, b);
	size_t i;

	for (i = 0; e == NULL && i < r.n; i++)
		if (!is_instant(r.v[i].time))
			e = err_raise(ERR_BUG, "Stored data are damaged.",
			    "a time out of bounds");
	if (e != NULL)
		ereport(q->lenient ? WARNING : ERROR,
		    (errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("stored readings are damaged"),
			errdetail("%s", e->why)));
	for (i = 0; e == NULL && i < r.n; i++) {
		if (i % PATIENCE == 0)
			CHECK_FOR_INTERRUPTS();
		if (r.v[i].time >= q->from && r.v[i].time < q->till)
			put(out, q, &r.v[i]);
	}
	arena_free(a);
}

/* Decode argument 0; arguments 1 and 2, where there are any, are the span. */
static Datum
decode(FunctionCallInfo fcinfo, struct ask *q)
{
	MemoryContext own, caller;
	bytea *b = PG_GETARG_BYTEA_PP(0);

	q->from = INT64_MIN;
	q->till = INT64_MAX;
	q->lenient = PG_NARGS() == 3;
	if (q->lenient) {
		TimestampTz from = PG_GETARG_TIMESTAMPTZ(1);
		TimestampTz till = PG_GETARG_TIMESTAMPTZ(2);

		if (!TIMESTAMP_NOT_FINITE(from))
			q->from = from + EPOCH;
		else if (!TIMESTAMP_IS_NOBEGIN(from))
			q->from = INT64_MAX;
		if (!TIMESTAMP_NOT_FINITE(till))
			q->till = till + EPOCH;
		else if (TIMESTAMP_IS_NOBEGIN(till))
			q->till = INT64_MIN;
	}
	InitMaterializedSRF(fcinfo, 0);
	own = AllocSetContextCreate(CurrentMemoryContext, "fluxline",
	    ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(own);
	answer(fcinfo, q,
	    (struct bytes){ (const unsigned char *)VARDATA_ANY(b),
		VARSIZE_ANY_EXHDR(b) });
	(void)MemoryContextSwitchTo(caller);
	MemoryContextDelete(own);
	return (Datum)0;
}

PG_FUNCTION_INFO_V1(flux_block);
PG_FUNCTION_INFO_V1(flux_run);

/* flux_block(bytea [, from, till]): every sensor's readings. */
Datum
flux_block(PG_FUNCTION_ARGS)
{
	struct ask q = { .decode = block_decode, .with_sensor = true };

	return decode(fcinfo, &q);
}

/* flux_run(bytea [, from, till]): one sensor's readings. */
Datum
flux_run(PG_FUNCTION_ARGS)
{
	struct ask q = { .decode = run_decode };

	return decode(fcinfo, &q);
}
