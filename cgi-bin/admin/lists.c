/*
 * GET /admin/lists/{devices,assets,users} - what there is, as a file that can
 * be imported again; ?empty=1: the first row of such a file and no more.
 */
#include <string.h>

#include "cgi-bin/admin/routes.h"
#include "intake/list.h"
#include "model/address.h"
#include "model/audit.h"
#include "query.h"

enum { CELLS = LIST_COLUMNS_MAX };

static const struct list_kind *
begin(struct req *rq, struct res *rs, const char *word, bool *empty)
{
	const struct list_kind *k = list_kind(word);
	const char *s = req_query(rq, "empty");

	*empty = s != NULL && strcmp(s, "1") == 0;
	rs->type = "text/csv; charset=utf-8";
	res_header(rs, "Content-Disposition",
	    arena_printf(rq->arena, "attachment; filename=\"%s%s.csv\"", word,
		*empty ? "-empty" : ""));
	list_put_head(&rs->body, k);
	return k;
}

/* As many as can be imported again, and those of which had are in it before. */
static struct err *
load(struct rows **r, struct req *rq, const struct list_kind *k, int had,
    const struct stmt *q)
{
	int room = (int)k->most - had;
	struct err *e =
	    tx_rows(r, rq->tx, q, ARGS(A((int)rq->who.tenant), A(room + 1)));

	if (e != NULL)
		return err_pass(e);
	if (rows_count(*r) <= room)
		return NULL;
	return err_say(err_raise(ERR_TOO_BIG, "", "a list of %s", k->word),
	    "There are more than %zu rows of %s; a file of more cannot be "
	    "imported again. The REST API has them by page.",
	    k->most, k->word);
}

struct err *
admin_list_devices(struct req *rq, struct res *rs)
{
	const char *cell[CELLS];
	const struct list_kind *k;
	struct rows *r;
	struct err *e;
	bool empty;
	size_t c;
	int i;

	k = begin(rq, rs, "devices", &empty);
	if (empty)
		return NULL;
	if ((e = load(&r, rq, k, 0, &q_list_devices)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		for (c = 0; c < k->n; c++)
			cell[c] = rows_text(r, i, (int)c);
		list_put_row(&rs->body, k, cell);
	}
	return NULL;
}

struct err *
admin_list_assets(struct req *rq, struct res *rs)
{
	const struct list_kind *k;
	struct rows *sites, *r;
	struct err *e;
	bool empty;
	int i;

	k = begin(rq, rs, "assets", &empty);
	if (empty)
		return NULL;
	if ((e = load(&sites, rq, k, 0, &q_list_sites)) != NULL ||
	    (e = load(&r, rq, k, rows_count(sites), &q_list_assets)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(sites); i++)
		list_put_row(&rs->body, k,
		    (const char *const[CELLS]){ "site",
			rows_text(sites, i, LIST_SITES_KEY),
			rows_text(sites, i, LIST_SITES_NAME), "", "", "",
			rows_text(sites, i, LIST_SITES_LATITUDE),
			rows_text(sites, i, LIST_SITES_LONGITUDE),
			rows_text(sites, i, LIST_SITES_ZONE) });
	for (i = 0; i < rows_count(r); i++)
		list_put_row(&rs->body, k,
		    (const char *const[CELLS]){ "asset",
			rows_text(r, i, LIST_ASSETS_KEY),
			rows_text(r, i, LIST_ASSETS_NAME),
			rows_text(r, i, LIST_ASSETS_SITE),
			rows_text(r, i, LIST_ASSETS_PARENT),
			rows_text(r, i, LIST_ASSETS_TYPE) });
	return NULL;
}

struct err *
admin_list_users(struct req *rq, struct res *rs)
{
	const struct list_kind *k;
	struct seal_key *key;
	struct rows *r;
	struct err *e;
	bool empty;
	int i;

	k = begin(rq, rs, "users", &empty);
	if (empty)
		return NULL;
	if ((e = load(&r, rq, k, 0, &q_list_users)) != NULL ||
	    (e = audit_put(rq->tx, "user.list", "tenant", "{}")) != NULL ||
	    (e = address_key(&key, rq->tx, req_conf(rq)->master_key)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		struct address sealed = { rows_int(r, i, LIST_USERS_USER_ID),
			rows_bytes(r, i, LIST_USERS_ADDRESS) };
		const char *address;

		if ((e = address_open(&address, rq->arena, key, &sealed)) !=
		    NULL)
			return err_pass(e);
		list_put_row(&rs->body, k,
		    (const char *const[CELLS]){ address,
			rows_text(r, i, LIST_USERS_NAME),
			rows_text(r, i, LIST_USERS_ROLE),
			rows_text(r, i, LIST_USERS_PLACE) });
	}
	return NULL;
}
