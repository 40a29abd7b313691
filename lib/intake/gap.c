#include "intake/gap.h"

#include "query.h"

const char *
gap_word(int reason)
{
	static const char *const words[GAP_REASONS] = { "", "thinned",
		"dropped", "disk", "unreadable" };

	return reason > 0 && reason < GAP_REASONS ? words[reason] : "";
}

const char *
gap_say(struct arena *a, const struct gap *g)
{
	static const char *const said[GAP_REASONS] = { "",
		"thinned to one a minute, as the backlog was full",
		"dropped, as the backlog was full or too old",
		"not kept, as the disk was full", "unreadable on the disk" };
	const char *what =
	    g->reason > 0 && g->reason < GAP_REASONS ? said[g->reason] : "";

	if (g->n == 0)
		return arena_printf(a, "Readings %s", what);
	return arena_printf(a, "%lld %s %s", (long long)g->n,
	    g->n == 1 ? "reading" : "readings", what);
}

struct err *
gap_keep(int64_t *more, struct tx *tx, int32_t source, const struct gap *v,
    size_t n)
{
	struct arena *a = tx_arena(tx);
	int64_t *id = arena_array(a, n, sizeof(*id));
	int64_t *from = arena_array(a, n, sizeof(*from));
	int64_t *to = arena_array(a, n, sizeof(*to));
	int64_t *count = arena_array(a, n, sizeof(*count));
	int32_t *sensor = arena_array(a, n, sizeof(*sensor));
	int32_t *reason = arena_array(a, n, sizeof(*reason));
	struct rows *r;
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++) {
		id[i] = v[i].id;
		from[i] = v[i].from;
		to[i] = v[i].to;
		count[i] = v[i].n;
		sensor[i] = v[i].sensor;
		reason[i] = (int32_t)v[i].reason;
	}
	if ((e = tx_rows(&r, tx, &q_gap_put,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)source),
		     arr_long(a, id, n), arr_int(a, sensor, n),
		     arr_time(a, from, n), arr_time(a, to, n),
		     arr_long(a, count, n), arr_int(a, reason, n)))) != NULL)
		return err_pass(e);
	*more = rows_int(r, 0, GAP_PUT_MORE);
	return NULL;
}

struct err *
gaps_of_device(struct gap_list *out, struct tx *tx, int32_t device,
    int64_t from, int64_t to)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_gap_spans,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)device), A_TIME(from),
		     A_TIME(to), A(GAPS_READ_MAX)))) != NULL)
		return err_pass(e);
	out->n = (size_t)rows_count(r);
	out->v = arena_array(tx_arena(tx), out->n, sizeof(*out->v));
	for (i = 0; i < rows_count(r); i++)
		out->v[i] = (struct gap){
			.sensor = (int32_t)rows_int(r, i, GAP_SPANS_SENSOR_ID),
			.from = rows_time(r, i, GAP_SPANS_T_FROM),
			.to = rows_time(r, i, GAP_SPANS_T_TO),
			.n = rows_int(r, i, GAP_SPANS_COUNT),
			.reason =
			    (enum gap_reason)rows_int(r, i, GAP_SPANS_REASON),
		};
	return NULL;
}

struct err *
gaps_newest(struct given_up **out, size_t *n, struct tx *tx, int64_t from)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_gap_newest,
		 ARGS(A((int)tx_who(tx)->tenant), A_TIME(from),
		     A(GAPS_SHOWN)))) != NULL)
		return err_pass(e);
	*n = (size_t)rows_count(r);
	*out = arena_array(tx_arena(tx), *n, sizeof(**out));
	for (i = 0; i < rows_count(r); i++)
		(*out)[i] = (struct given_up){
			.device = rows_text(r, i, GAP_NEWEST_DEVICE),
			.name = rows_text(r, i, GAP_NEWEST_DEVICE_NAME),
			.sensors = rows_int(r, i, GAP_NEWEST_SENSORS),
			.gap = { .from = rows_time(r, i, GAP_NEWEST_T_FROM),
			    .to = rows_time(r, i, GAP_NEWEST_T_TO),
			    .n = rows_int(r, i, GAP_NEWEST_COUNT),
			    .reason = (enum gap_reason)rows_int(r, i,
				GAP_NEWEST_REASON) },
		};
	return NULL;
}
