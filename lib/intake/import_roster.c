#include "intake/import_roster.h"

#include <math.h>

#include "query.h"

static struct slice
text_of(struct arena *a, const struct rows *r, int i, int col)
{
	struct bytes b = rows_bytes(r, i, col);

	return (struct slice){ arena_copy(a, b.p, b.n), b.n };
}

static double
bound(const struct rows *r, int i, int col)
{
	return rows_null(r, i, col) ? NAN : rows_real(r, i, col);
}

static struct target
target_of(struct arena *a, const struct rows *r, int i)
{
	return (struct target){
		.key = text_of(a, r, i, IMPORT_ROSTER_KEY),
		.code = text_of(a, r, i, IMPORT_ROSTER_CODE),
		.unit = arena_text(a, rows_text(r, i, IMPORT_ROSTER_UNIT)),
		.states = arena_text(a, rows_text(r, i, IMPORT_ROSTER_STATES)),
		.low = bound(r, i, IMPORT_ROSTER_LOW),
		.high = bound(r, i, IMPORT_ROSTER_HIGH),
		.flags = rows_bool(r, i, IMPORT_ROSTER_FLAGS),
		.scale = 1,
		.id = (int32_t)rows_int(r, i, IMPORT_ROSTER_SENSOR_ID),
	};
}

struct err *
import_roster(struct roster **out, int32_t **account, struct tx *tx,
    int32_t source)
{
	struct arena *a = tx_arena(tx);
	struct slice *device;
	struct target *v;
	struct rows *r;
	struct err *e;
	size_t n, n_devices = 0, i;

	if ((e = tx_rows(&r, tx, &q_import_roster,
		 ARGS(A((int)tx_who(tx)->tenant), A((int)source),
		     A(ROSTER_MAX + 1)))) != NULL)
		return err_pass(e);
	n = (size_t)rows_count(r);
	if (n > ROSTER_MAX)
		return err_raise(ERR_REFUSED, "There are too many sensors.",
		    "more than %d", ROSTER_MAX);
	device = arena_array(a, n + 1, sizeof(*device));
	*account = arena_array(a, n + 1, sizeof(**account));
	v = arena_array(a, n + 1, sizeof(*v));
	for (i = 0; i < n; i++) {
		struct slice key = text_of(a, r, (int)i, IMPORT_ROSTER_DEVICE);

		if (n_devices == 0 || !slice_same(device[n_devices - 1], key)) {
			(*account)[n_devices] = (int32_t)rows_int(r, (int)i,
			    IMPORT_ROSTER_SOURCE_ID);
			device[n_devices++] = key;
		}
		v[i] = target_of(a, r, (int)i);
		v[i].device = (int32_t)(n_devices - 1);
	}
	*out = roster_make(a, device, n_devices, v, n);
	return NULL;
}
