/* limits, quota: how much a minute, and how much a day. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluxctl/fluxctl.h"
#include "query.h"

enum { KEYS_MAX = 10000 };

/* A whole number, or nothing less. */
static struct err *
read_number(int64_t *out, const char *s, int64_t most)
{
	size_t n = strlen(s);

	*out = strtoll(s, NULL, 10);
	if (n == 0 || n > 18 || strspn(s, "0123456789") != n || *out > most)
		return err_raise(ERR_INPUT, "This takes a whole number.",
		    "\"%s\"", s);
	return NULL;
}

static struct err *
list_limits(struct ctl *c)
{
	struct rows *all, *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&all, c->tx, &q_limit_now, NO_ARGS)) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_key_list,
		 ARGS(A((int)tx_who(c->tx)->tenant), A(KEYS_MAX)))) != NULL)
		return err_pass(e);
	(void)printf("all %lld %lld%s\n",
	    (long long)rows_int(all, 0, LIMIT_NOW_REQUESTS),
	    (long long)rows_int(all, 0, LIMIT_NOW_READINGS),
	    rows_bool(all, 0, LIMIT_NOW_OVER) ? " over-quota" : "");
	for (i = 0; i < rows_count(r); i++)
		(void)printf("%s %lld %lld %s %s\n",
		    rows_text(r, i, KEY_LIST_KEY_ID),
		    (long long)rows_int(r, i, KEY_LIST_REQUESTS),
		    (long long)rows_int(r, i, KEY_LIST_READINGS),
		    rows_text(r, i, KEY_LIST_STATE),
		    rows_text(r, i, KEY_LIST_DEVICE));
	return NULL;
}

struct err *
ctl_limits(struct ctl *c)
{
	const char *of = c->n > 1 ? c->args[1] : "";
	int32_t limits[2];
	struct rows *r;
	struct err *e;
	int64_t n;
	int i;

	if (c->n == 1) {
		e = list_limits(c);
		return e != NULL ? err_pass(e) : NULL;
	}
	for (i = 0; i < 2; i++) {
		if ((e = read_number(&n, i + 2 < c->n ? c->args[i + 2] : "",
			 INT32_MAX)) != NULL)
			return err_pass(e);
		limits[i] = (int32_t)n;
	}
	if (strcmp(of, "all") == 0)
		e = tx_send(c->tx, &q_limit_put,
		    ARGS(arr_int(c->arena, limits, 2)));
	else if ((e = tx_rows(&r, c->tx, &q_key_limit,
		      ARGS(A(of), arr_int(c->arena, limits, 2)))) == NULL &&
		 !rows_bool(r, 0, KEY_LIMIT_DONE))
		e = err_raise(ERR_MISSING, "There is no such key.", "%s", of);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
list_quotas(struct ctl *c)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, c->tx, &q_quota_list, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++)
		(void)printf("%s %lld of %lld%s\n",
		    rows_text(r, i, QUOTA_LIST_WHAT),
		    (long long)rows_int(r, i, QUOTA_LIST_USED),
		    (long long)rows_int(r, i, QUOTA_LIST_MOST),
		    rows_null(r, i, QUOTA_LIST_WARNED_AT) ? "" : " warned");
	return NULL;
}

struct err *
ctl_quota(struct ctl *c)
{
	static const char *const known[] = { "readings_day", "bytes", "devices",
		"users", "simulated" };
	const char *what = c->n > 1 ? c->args[1] : "";
	const char *most = c->n > 2 ? c->args[2] : "";
	size_t i, n = sizeof(known) / sizeof(*known);
	int64_t v = 0;
	struct err *e;

	if (c->n == 1) {
		e = list_quotas(c);
		return e != NULL ? err_pass(e) : NULL;
	}
	for (i = 0; i < n && strcmp(known[i], what) != 0;)
		i++;
	if (i == n)
		return err_raise(ERR_INPUT, "There is no such quota.", "%s",
		    what);
	if (strcmp(most, "none") != 0 &&
	    ((e = read_number(&v, most, INT64_MAX)) != NULL))
		return err_pass(e);
	if (v == 0 && strcmp(most, "none") != 0)
		return err_raise(ERR_INPUT, "A quota is at least 1.", "%s",
		    most);
	e = tx_send(c->tx, &q_quota_put,
	    ARGS(A(what), v > 0 ? arg_int(v) : arg_null()));
	return e != NULL ? err_pass(e) : NULL;
}
