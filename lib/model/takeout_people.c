#include "base/member.h"
#include "model/address.h"
#include "model/takeout_internal.h"
#include "query.h"

enum { PAGE = 500 };

/* {"userId":7,"email":"ann@plant.example"} */
static struct err *
put_person(struct take *t, int64_t user, const char *email)
{
	struct buf b = buf_new(t->scratch, 256);
	struct err *e;

	buf_byte(&b, '{');
	member_int(&b, "userId", user);
	member_text(&b, "email", email);
	buf_text(&b, "}\n");
	if ((e = tar_put(t->tar, b.p, b.n)) != NULL)
		return err_pass(e);
	return NULL;
}

/* The next people behind this one, who moves on. */
static struct err *
page(int *n, int64_t *behind, struct take *t, struct tx *tx)
{
	struct seal_key *k;
	struct rows *r;
	struct err *e;
	int i;

	if ((e = address_key(&k, tx, t->of->master_key)) != NULL ||
	    (e = tx_rows(&r, tx, &q_export_people,
		 ARGS(A((long)*behind), A(PAGE)))) != NULL)
		return err_pass(e);
	*n = rows_count(r);
	for (i = 0; i < *n; i++) {
		struct address at = { rows_int(r, i, EXPORT_PEOPLE_USER_ID),
			rows_bytes(r, i, EXPORT_PEOPLE_ADDRESS) };
		const char *email;

		if ((e = address_open(&email, t->scratch, k, &at)) != NULL ||
		    (e = put_person(t, at.user, email)) != NULL)
			return err_pass(e);
		*behind = at.user;
	}
	return NULL;
}

struct err *
takeout_people(struct take *t)
{
	const char *name = "people.jsonl";
	int64_t behind = 0, rows = 0;
	struct err *e;
	struct tx *tx;
	int n = PAGE;

	if ((e = tar_begin(t->tar, name)) != NULL)
		return err_pass(e);
	while (n == PAGE) {
		/* It writes only if this tenant has no key yet. */
		if ((e = takeout_begin(&tx, t, t->scratch, TX_WRITE)) != NULL)
			return err_pass(e);
		if ((e = page(&n, &behind, t, tx)) != NULL ||
		    (e = tx_commit(tx)) != NULL) {
			tx_rollback(tx);
			return err_pass(e);
		}
		arena_reset(t->scratch);
		rows += n;
	}
	return takeout_end(t, name, rows);
}
