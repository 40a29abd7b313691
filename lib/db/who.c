/* Whom a gate has let in. */
#include "db/internal.h"
#include "query.h"

/* Every gate answers with the same columns. */
void
who_read(struct who *w, const struct rows *r)
{
	int32_t *limit;

	w->tenant = (int32_t)rows_int(r, 0, GATE_SESSION_TENANT_ID);
	w->user = rows_int(r, 0, GATE_SESSION_USER_ID);
	w->device = (int32_t)rows_int(r, 0, GATE_SESSION_DEVICE_ID);
	w->can = (uint64_t)rows_int(r, 0, GATE_SESSION_CAN);
	w->wide = (uint64_t)rows_int(r, 0, GATE_SESSION_WIDE);
	w->cred = rows_int(r, 0, GATE_SESSION_CRED);
	w->flags = (unsigned)rows_int(r, 0, GATE_SESSION_FLAGS);
	w->name = rows_text(r, 0, GATE_SESSION_NAME);
	w->tenant_name = rows_text(r, 0, GATE_SESSION_TENANT_NAME);
	w->registry = rows_int(r, 0, GATE_SESSION_REGISTRY);
	if (rows_ints(&limit, r, 0, GATE_SESSION_LIMITS) == 4)
		w->limits =
		    (struct limits){ limit[0], limit[1], limit[2], limit[3] };
}

bool
who_scoped(const struct who *w)
{
	static const enum can reads[] = { CAN_TELEMETRY_READ, CAN_DEVICES_READ,
		CAN_ALERTS_READ };
	bool some_wide = false, some_local = false;
	size_t i;

	for (i = 0; i < sizeof(reads) / sizeof(*reads); i++) {
		bool wide = can_has(w->wide, reads[i]);

		some_wide = some_wide || wide;
		some_local = some_local || (can_has(w->can, reads[i]) && !wide);
	}
	return w->can != w->wide && (!some_wide || some_local);
}
