/*
 * GET /admin/tenant - what there is of a tenant, and what it took along.
 * POST /admin/tenant/export - everything in one file, made by the worker.
 * GET /admin/tenant/export/:id - that file.
 * POST /admin/tenant/delete - suspends the tenant at once and erases it when
 * its time to think is over.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/admin/routes.h"
#include "model/fleet.h"
#include "query.h"

enum { PIECE = 64 * 1024, GRACE_DAYS = 30 };

/* What an export's state is called, and shown as. */
static const struct {
	const char *state, *text, *shape;
} states[] = {
	{ "waits", "waits for its turn", "never" },
	{ "runs", "is being made", "never" },
	{ "tool", "made by the operator", "never" },
	{ "done", "ready", "online" },
	{ "failed", "failed", "offline" },
	{ "over", "removed", "offline" },
};

static void
state_export(struct view *v, const struct req *rq, const struct rows *r, int i)
{
	const char *state = rows_text(r, i, EXPORT_LIST_STATE);
	size_t k = 0;

	while (strcmp(states[k].state, state) != 0 &&
	       k + 1 < sizeof(states) / sizeof(*states))
		k++;
	view_int(v, "Id", rows_int(r, i, EXPORT_LIST_EXPORT_ID));
	view_text(v, "Asked",
	    zone_text(rq->arena, "%-d %b %Y %H:%M UTC",
		rows_time(r, i, EXPORT_LIST_ASKED_AT)));
	view_text(v, "State", states[k].shape);
	view_text(v, "StateText", states[k].text);
	view_text(v, "Place", rows_text(r, i, EXPORT_LIST_PLACE));
	view_text(v, "Bytes",
	    number_shown(rq->arena, (double)rows_int(r, i, EXPORT_LIST_BYTES),
		0));
	if (strcmp(state, "done") == 0 &&
	    can_has(rq->who.wide, CAN_TENANT_EXPORT))
		view_int(v, "Ready", 1);
}

static void
state_tenant(struct view *v, struct arena *a, const struct rows *r)
{
	static const struct {
		const char *name;
		int column;
	} numbers[] = {
		{ "Users", TENANT_STATE_USERS },
		{ "Devices", TENANT_STATE_DEVICES },
		{ "Sensors", TENANT_STATE_SENSORS },
		{ "Readings", TENANT_STATE_READINGS },
		{ "Bytes", TENANT_STATE_BYTES },
	};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		view_text(v, numbers[i].name,
		    number_shown(a, (double)rows_int(r, 0, numbers[i].column),
			0));
	view_text(v, "Name", rows_text(r, 0, TENANT_STATE_NAME));
	view_text(v, "Since",
	    zone_text(a, "%-d %b %Y",
		rows_time(r, 0, TENANT_STATE_CREATED_AT)));
	if (!rows_null(r, 0, TENANT_STATE_SEEN))
		view_text(v, "Seen",
		    clock_age(a,
			env_now() - rows_time(r, 0, TENANT_STATE_SEEN)));
}

static struct err *
show(struct req *rq, struct res *rs, const char *error)
{
	struct rows *tenant, *kept, *exports;
	struct view *v = rs->view;
	struct err *e;
	int i;

	if ((e = tx_rows(&tenant, rq->tx, &q_tenant_state, NO_ARGS)) != NULL ||
	    (e = tx_rows(&kept, rq->tx, &q_retention_rules,
		 ARGS(A((int)rq->who.tenant)))) != NULL ||
	    (e = tx_rows(&exports, rq->tx, &q_export_list, NO_ARGS)) != NULL)
		return err_pass(e);
	state_tenant(view_branch(v, "Own"), rq->arena, tenant);
	for (i = 0; i < rows_count(kept); i++) {
		struct view *row = view_row(v, "Kept");

		view_text(row, "Class",
		    rows_text(kept, i, RETENTION_RULES_CLASS));
		view_text(row, "Metric",
		    rows_text(kept, i, RETENTION_RULES_METRIC));
		view_text(row, "Keep",
		    rows_text(kept, i, RETENTION_RULES_KEEP));
	}
	for (i = 0; i < rows_count(exports); i++)
		state_export(view_row(v, "Exports"), rq, exports, i);
	view_int(v, "Grace", GRACE_DAYS);
	if (error != NULL)
		view_text(v, "Error", error);
	view_text(v, "Page.Title", "Tenant");
	return res_page(rq, rs, "tenant.cs");
}

struct err *
admin_tenant(struct req *rq, struct res *rs)
{
	return show(rq, rs, NULL);
}

struct err *
admin_tenant_export(struct req *rq, struct res *rs)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_export_ask, NO_ARGS)) != NULL)
		return err_pass(e);
	return res_goto(rs, "/admin/tenant#exports");
}

/* ---- the file ---- */

static struct err *
missing(void)
{
	return err_raise(ERR_MISSING, "There is no such export.", "export");
}

static struct err *
send_file(struct req *rq, struct res *rs, int fd)
{
	struct err *e = NULL;
	ssize_t n;

	while (e == NULL &&
	       (n = read(fd, buf_room(&rs->body, PIECE), PIECE)) > 0) {
		rs->body.n += (size_t)n;
		e = res_flush(rq, rs);
	}
	if (e == NULL && n < 0)
		e = err_raise(ERR_BUSY, "The file cannot be read.", "%s",
		    strerror(errno));
	return e != NULL ? err_pass(e) : NULL;
}

/* Whose it is, the database has said: the path is of the asking's tenant. */
static struct err *
open_file(int *fd, const struct req *rq, int32_t id)
{
	const char *path = arena_printf(rq->arena, "%s/%d/%d.tar",
	    req_conf(rq)->exports, (int)rq->who.tenant, (int)id);
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_export_take, ARGS(A((int)id)))) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, EXPORT_TAKE_OK) ||
	    (*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return missing();
	return NULL;
}

struct err *
admin_tenant_file(struct req *rq, struct res *rs)
{
	int64_t id = number_typed(req_param(rq, "id"), INT32_MAX);
	struct stat st;
	struct err *e;
	int fd;

	if (id == 0)
		return missing();
	if ((e = open_file(&fd, rq, (int32_t)id)) != NULL)
		return err_pass(e);
	rs->type = "application/x-tar";
	res_header(rs, "Content-Disposition",
	    arena_printf(rq->arena,
		"attachment; filename=\"tenant-%d-%ld.tar\"",
		(int)rq->who.tenant, id));
	if (fstat(fd, &st) == 0)
		res_header(rs, "Content-Length",
		    arena_printf(rq->arena, "%lld", (long long)st.st_size));
	if (!rq->head && (e = req_leave(rq)) == NULL)
		e = send_file(rq, rs, fd);
	(void)close(fd);
	return e != NULL ? err_pass(e) : NULL;
}

/* ---- the end ---- */

struct err *
admin_tenant_delete(struct req *rq, struct res *rs)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_tenant_leave,
		 ARGS(A(req_typed(rq, "name")), A(GRACE_DAYS)))) != NULL)
		return err_pass(e);
	return res_goto(rs, "/login");
}
