/* audit: what was done, and whether it is all still there as it was. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/log.h"
#include "fluxctl/audit.h"
#include "fluxctl/fluxctl.h"
#include "model/audit.h"
#include "query.h"

enum { LIST_USUAL = 50, LIST_MAX = 1000, VERIFY_MS = 600000 };

/* A time among the options; NULL in the database when it is not said. */
static struct err *
instant(struct arg *out, const struct ctl *c, const char *name)
{
	const char *text = ctl_option(c, name, NULL);
	int64_t us;

	*out = arg_null();
	if (text == NULL)
		return NULL;
	if (!clock_from_iso(&us, text))
		return err_raise(ERR_INPUT, "A time is not ISO 8601 with zone.",
		    "%s %s", name, text);
	*out = A_TIME(us);
	return NULL;
}

static struct err *
number(int64_t *out, const struct ctl *c, const char *name, int64_t usual,
    int64_t max)
{
	const char *text = ctl_option(c, name, NULL);
	char *end;

	*out = usual;
	if (text == NULL)
		return NULL;
	errno = 0;
	*out = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != 0 || *out > max)
		return err_raise(ERR_INPUT, "A number is out of bounds.",
		    "%s %s", name, text);
	return NULL;
}

static void
print(struct arena *a, const struct rows *r, int i)
{
	const char *name = rows_text(r, i, TRACE_LIST_NAME);
	char who[LOG_QUOTED], object[LOG_QUOTED], detail[LOG_QUOTED];

	(void)printf("%8" PRId64 "  %-27s  %-8s %-20s  %-16s %-24s %s\n",
	    rows_int(r, i, TRACE_LIST_SEQ),
	    clock_iso(a, rows_time(r, i, TRACE_LIST_AT)),
	    rows_text(r, i, TRACE_LIST_ROLE), log_quote(who, name),
	    rows_text(r, i, TRACE_LIST_ACT),
	    log_quote(object, rows_text(r, i, TRACE_LIST_OBJECT)),
	    log_quote(detail, rows_text(r, i, TRACE_LIST_DETAIL)));
}

static struct err *
list(struct ctl *c)
{
	struct arg since, till;
	int64_t person, most;
	struct rows *r;
	struct err *e;
	int i;

	if ((e = instant(&since, c, "--since")) != NULL ||
	    (e = instant(&till, c, "--till")) != NULL ||
	    (e = number(&person, c, "--user", 0, INT64_MAX)) != NULL ||
	    (e = number(&most, c, "--limit", LIST_USUAL, LIST_MAX)) != NULL ||
	    (e = tx_rows(&r, c->tx, &q_trace_list,
		 ARGS(A(ctl_option(c, "--act", NULL)),
		     A(ctl_option(c, "--object", NULL)),
		     person != 0 ? A(person) : arg_null(), since, till,
		     arg_null(), A((int)most)))) != NULL)
		return err_pass(e);
	for (i = rows_count(r) - 1; i >= 0; i--)
		print(c->arena, r, i);
	return NULL;
}

/* Written down, and committed, before the first line goes out. */
static struct err *export(struct ctl *c)
{
	struct arena *scratch, *own;
	struct tx *tx = c->tx;
	int64_t behind = 0;
	bool more = true;
	struct err *e;

	if ((e = audit_put(tx, "audit.export", "audit", "{}")) != NULL)
		return err_pass(e);
	c->tx = NULL;
	if ((e = tx_commit(tx)) != NULL ||
	    (e = ctl_enter(c, c->args[1])) != NULL)
		return err_pass(e);
	scratch = arena_new();
	own = tx_use(c->tx, scratch);
	while (e == NULL && more) {
		struct buf b = buf_new(scratch, 1 << 20);

		e = audit_lines(&b, &more, &behind, c->tx);
		(void)fwrite(b.p, 1, b.n, stdout);
		arena_reset(scratch);
	}
	(void)tx_use(c->tx, own);
	arena_free(scratch);
	if (e == NULL && (fflush(stdout) != 0 || ferror(stdout)))
		e = err_raise(ERR_BUSY, "The export cannot be written.", "%s",
		    strerror(errno));
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
head(struct ctl *c)
{
	struct buf b = buf_new(c->arena, 512);
	struct seals s;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, c->tx, &q_trace_head,
		 ARGS(A((int)tx_who(c->tx)->tenant)))) != NULL ||
	    (e = audit_sealed(&s, c->tx)) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0) {
		(void)printf("nothing was done yet\n");
		return NULL;
	}
	hex_put(&b, rows_bytes(r, 0, TRACE_HEAD_HASH));
	(void)printf("entry %" PRId64 " of %" PRId64 ", hash %s\n",
	    rows_int(r, 0, TRACE_HEAD_SEQ), rows_int(r, 0, TRACE_HEAD_COUNT),
	    (const char *)b.p);
	if (s.n == 0) {
		(void)printf("not signed yet\n");
		return NULL;
	}
	(void)printf("signed up to entry %" PRId64 " at %s, key %s: %s\n",
	    s.v[0].seq, clock_iso(c->arena, s.v[0].at), s.v[0].kid,
	    anchor_good(&s.v[0], c->arena, c->audit_keys) ? "good"
							  : "NOT OURS");
	return NULL;
}

/* A file of that name, or else a tenant. */
static struct err *
verify(struct ctl *c)
{
	struct err *e;

	if (access(c->args[1], R_OK) == 0) {
		e = verify_file(c);
		return e != NULL ? err_pass(e) : NULL;
	}
	db_deadline(c->db, VERIFY_MS);
	if ((e = ctl_enter(c, c->args[1])) != NULL ||
	    (e = verify_tenant(c)) != NULL)
		return err_pass(e);
	return NULL;
}

static const struct {
	const char *word;
	command *run;
	bool in_tenant;
} verbs[] = {
	/* clang-format off */
	{ "list",   list,   true },
	{ "export", export, true },
	{ "head",   head,   true },
	{ "verify", verify, false },
	/* clang-format on */
};

struct err *
ctl_audit(struct ctl *c)
{
	struct err *e;
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(verbs[i].word, c->args[0]) != 0 || c->n < 2)
			continue;
		if ((verbs[i].in_tenant &&
			(e = ctl_enter(c, c->args[1])) != NULL) ||
		    (e = verbs[i].run(c)) != NULL)
			return err_pass(e);
		return NULL;
	}
	return err_raise(ERR_INPUT,
	    "Say list, export, verify or head, and of "
	    "whom.",
	    "%s", c->args[0]);
}

/* What provisions, and which argument says what was made. */
static const struct {
	const char *command, *act, *kind;
	int argument, least; /* of all arguments: with fewer it only shows */
} acts[] = {
	/* clang-format off */
	{ "tenant", "tenant.make",   "tenant", 0, 1 },
	{ "user",   "user.make",     "user",   2, 4 },
	{ "site",   "site.make",     "site",   1, 4 },
	{ "asset",  "asset.make",    "asset",  2, 5 },
	{ "device", "device.make",   "device", 2, 5 },
	{ "poller", "poller.assign", "tenant", 0, 1 },
	{ "meter",  "meter.set",     "device", 1, 5 },
	/* clang-format on */
};

struct err *
ctl_note(struct ctl *c, const char *command_name)
{
	struct err *e;
	size_t i;

	for (i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		if (strcmp(acts[i].command, command_name) == 0)
			break;
	if (i == sizeof(acts) / sizeof(*acts) || c->n < acts[i].least)
		return NULL;
	e = audit_put(c->tx, acts[i].act,
	    arena_printf(c->arena, "%s:%s", acts[i].kind,
		c->args[acts[i].argument]),
	    "{}");
	return e != NULL ? err_pass(e) : NULL;
}
