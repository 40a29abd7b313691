#include "model/probe.h"

#include <stdio.h>
#include <string.h>

#include "query.h"

enum { REGISTERS = 65536 };

bool
probe_function(enum point_function *f, const char *name)
{
	int i;

	for (i = READ_COILS; i <= READ_INPUT; i++) {
		*f = (enum point_function)i;
		if (strcmp(point_function_name(*f), name) == 0)
			return true;
	}
	return false;
}

bool
probe_is_words(enum point_function f)
{
	return f == READ_HOLDING || f == READ_INPUT;
}

bool
probe_is_open(const struct probe *p)
{
	return strcmp(p->state, "queued") == 0 || strcmp(p->state, "sent") == 0;
}

int
probe_exception(const char *why)
{
	int code;

	return sscanf(why, "Exception %d:", &code) == 1 ? code : 0;
}

/* Why nothing is read, in the database's word and in ours. */
static const struct {
	const char *word;
	enum err_kind kind;
	const char *say;
} refusals[] = {
	/* clang-format off */
	{ "missing",  ERR_MISSING,  "There is no such device." },
	{ "unpolled", ERR_INPUT,    "device: the poller does not ask it; it "
	    "needs a Modbus address and a profile." },
	{ "edge",     ERR_INPUT,    "device: an edge agent polls it, and cannot "
	    "read it for you." },
	{ "busy",     ERR_CONFLICT, "This device is just being read; please "
	    "wait a little." },
	{ "often",    ERR_LIMIT,    "That was read often in this minute; please "
	    "wait a little." },
	/* clang-format on */
};

struct err *
probe_refusal(const char *word, const char *device)
{
	size_t i = 0, last = sizeof(refusals) / sizeof(*refusals) - 1;

	while (i < last && strcmp(refusals[i].word, word) != 0)
		i++;
	return err_raise(refusals[i].kind, refusals[i].say, "%s: %s", device,
	    word);
}

struct err *
probe_ask(struct probe_asked *out, struct tx *tx, const char *device,
    enum point_function f, int64_t address, int64_t quantity)
{
	struct rows *r;
	struct err *e;

	*out = (struct probe_asked){ 0 };
	if (address < 0 || address >= REGISTERS)
		return err_raise(ERR_INPUT, "address: want 0 to 65535.", "%lld",
		    (long long)address);
	if (quantity < 1 || quantity > PROBE_MOST)
		return err_raise(ERR_INPUT, "quantity: want 1 to 64.", "%lld",
		    (long long)quantity);
	if (address + quantity > REGISTERS)
		return err_raise(ERR_INPUT,
		    "quantity: there is nothing behind address 65535.",
		    "%lld at %lld", (long long)quantity, (long long)address);
	if ((e = tx_rows(&r, tx, &q_probe_ask,
		 ARGS(A(device), A((int)f), A((int)address),
		     A((int)quantity)))) != NULL)
		return err_pass(e);
	out->wait_s = (int)rows_int(r, 0, PROBE_ASK_WAIT_S);
	if (rows_null(r, 0, PROBE_ASK_ID))
		return probe_refusal(rows_text(r, 0, PROBE_ASK_REFUSED),
		    device);
	out->id = rows_int(r, 0, PROBE_ASK_ID);
	return NULL;
}

const uint16_t *
probe_words(struct arena *a, const struct rows *r, int row, int column)
{
	uint16_t *words;
	int32_t *v;
	size_t i, n;

	if (rows_null(r, row, column))
		return NULL;
	n = rows_ints(&v, r, row, column);
	words = arena_array(a, n, sizeof(*words));
	for (i = 0; i < n; i++)
		words[i] = (uint16_t)v[i];
	return words;
}

struct err *
probe_load(struct probe *p, struct tx *tx, int64_t id)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_probe_load, ARGS(A((long)id)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING,
		    "There is no such read, or it is more than an hour old.",
		    "probe %lld", (long long)id);
	*p = (struct probe){ .device = rows_text(r, 0, PROBE_LOAD_DEVICE),
		.device_name = rows_text(r, 0, PROBE_LOAD_DEVICE_NAME),
		.zone = rows_text(r, 0, PROBE_LOAD_ZONE),
		.simulated = rows_bool(r, 0, PROBE_LOAD_SIMULATED),
		.function =
		    (enum point_function)rows_int(r, 0, PROBE_LOAD_FUNCTION),
		.address = (int)rows_int(r, 0, PROBE_LOAD_ADDRESS),
		.quantity = (int)rows_int(r, 0, PROBE_LOAD_QUANTITY),
		.asked_at = rows_time(r, 0, PROBE_LOAD_ASKED_AT),
		.state = rows_text(r, 0, PROBE_LOAD_STATE),
		.words = probe_words(tx_arena(tx), r, 0, PROBE_LOAD_WORDS),
		.why = rows_text(r, 0, PROBE_LOAD_WHY) };
	if (!rows_null(r, 0, PROBE_LOAD_ENDED_AT))
		p->ended_at = rows_time(r, 0, PROBE_LOAD_ENDED_AT);
	return NULL;
}
