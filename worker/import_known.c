/* Of an import: what was wrong with it, and what the store has already. */
#include <string.h>

#include "base/log.h"
#include "query.h"
#include "store/scan.h"
#include "worker/import.h"

enum { CELL_SHOWN = 120, SCAN_WINDOW = 50000 };

void
fault_add(struct faults *f, struct arena *a, struct fault one)
{
	size_t place = f->seen++, i = f->n;

	if (place >= FAULTS_KEPT || i == FAULTS_KEPT)
		return;
	f->place[i] = (int32_t)place;
	f->line[i] = (int64_t)one.line;
	f->col[i] = arena_text(a, one.column);
	f->code[i] = one.code;
	f->detail[i] = arena_text(a, one.detail != NULL ? one.detail : "");
	f->cell[i] =
	    one.cell.p != NULL ? text_clip(a, one.cell, CELL_SHOWN) : "";
	f->n++;
}

struct err *
faults_put(struct faults *f, struct tx *tx, int32_t import)
{
	struct arena *a = tx_arena(tx);
	size_t n = f->n;
	struct err *e;

	f->n = 0;
	if (n == 0)
		return NULL;
	e = tx_send(tx, &q_import_errors_put,
	    ARGS(A((int)tx_who(tx)->tenant), A((int)import),
		arr_int(a, f->place, n), arr_long(a, f->line, n),
		arr_text(a, f->col, n), arr_text(a, f->code, n),
		arr_text(a, f->detail, n), arr_text(a, f->cell, n)));
	return e != NULL ? err_pass(e) : NULL;
}

/* The sensors of settled readings, each once. */
static size_t
sensors_of(int32_t *v, const struct readings *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->n; i++)
		if (r->v[i].sensor > 0 &&
		    (n == 0 || v[n - 1] != r->v[i].sensor))
			v[n++] = r->v[i].sensor;
	return n;
}

struct err *
import_known(size_t *n, struct tx *tx, const struct readings *all)
{
	int32_t *sensor =
	    arena_array(tx_arena(tx), all->n + 1, sizeof(*sensor));
	struct scan_of of = { .sensor = sensor, .want = SCAN_WINDOW };
	struct arena *scratch, *before;
	struct losses lost = { 0 };
	struct samples some;
	struct scan scan;
	bool more = true;
	struct err *e;
	size_t i;

	of.n = sensors_of(sensor, all);
	if (of.n == 0)
		return NULL;
	readings_span(&of.from, &of.to, all);
	of.to++;
	if ((e = scan_begin(&scan, tx, &of)) != NULL)
		return err_pass(e);
	scratch = arena_new();
	before = tx_use(tx, scratch);
	while (e == NULL && more) {
		e = scan_next(&more, &some, &lost, &scan);
		for (i = 0; e == NULL && i < some.n; i++) {
			const struct reading *r = &some.v[i].r;
			size_t at = readings_place(all, r->sensor, r->time);

			*n += at < all->n && all->v[at].sensor == r->sensor &&
			      all->v[at].time == r->time;
		}
		arena_reset(scratch);
		lost = (struct losses){ 0 };
	}
	(void)tx_use(tx, before);
	arena_free(scratch);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
import_ours(bool *ours, struct tx *tx, int32_t import, bool over)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_import_seen,
		 ARGS(A((int)import), A(over)))) != NULL)
		return err_pass(e);
	*ours = rows_bool(r, 0, IMPORT_SEEN_DONE);
	return NULL;
}

void
import_again(struct db *db, struct arena *a, int32_t tenant, int32_t import)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = tenant };
	struct err kept = err_keep(), *e;
	struct rows *r;
	struct tx *tx;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) == NULL) {
		e = tx_rows(&r, tx, &q_import_again, ARGS(A((int)import)));
		if (e == NULL)
			e = tx_commit(tx);
		if (e != NULL)
			tx_rollback(tx);
	}
	if (e != NULL)
		log_err(e, "import tenant=%d import=%d", tenant, import);
	err_restore(&kept);
}
