#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/jscan.h"
#include "fluxctl/audit.h"
#include "model/audit.h"
#include "query.h"

enum { SEALS = 1000 };

/* What each fault means, for people. */
static const struct {
	const char *fault, *text;
} meanings[] = {
	/* clang-format off */
	{ "gap",       "an entry is missing from here on" },
	{ "order",     "an entry of another place stands here" },
	{ "hash",      "the entry is not what was hashed" },
	{ "columns",   "what is searched is not what was hashed" },
	{ "tail",      "the chain's end is not the one that is known" },
	{ "seal",      "a signed head knows of another entry" },
	{ "signature", "the head's signature is not ours" },
	{ "anchor",    "the head that is kept elsewhere knows of another entry" },
	{ "line",      "the line cannot be read" },
	/* clang-format on */
};

/* What was looked at, and what was wrong. */
struct verdict {
	int64_t entries, heads, anchored, faults;
	int64_t first; /* its number */
};

static void
fault(struct verdict *v, int64_t seq, const char *what)
{
	const char *text = "";
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (strcmp(meanings[i].fault, what) == 0)
			text = meanings[i].text;
	(void)printf("%8" PRId64 "  %-9s  %s\n", seq, what, text);
	if (v->faults++ == 0)
		v->first = seq;
}

static struct err *
sum_up(const struct verdict *v)
{
	(void)printf("%" PRId64 " entries, %" PRId64 " signed heads, %" PRId64
		     " of them kept elsewhere: ",
	    v->entries, v->heads, v->anchored);
	if (v->faults == 0) {
		(void)printf("whole\n");
		return NULL;
	}
	(void)printf("%" PRId64 " faults\n", v->faults);
	return err_raise(ERR_REFUSED, "The audit is not whole.",
	    "%" PRId64 " faults, the first at entry %" PRId64, v->faults,
	    v->first);
}

static struct err *
check_chain(struct verdict *v, struct ctl *c)
{
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, c->tx, &q_trace_verify, NO_ARGS)) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++)
		fault(v, rows_int(r, i, TRACE_VERIFY_SEQ),
		    rows_text(r, i, TRACE_VERIFY_FAULT));
	if ((e = tx_rows(&r, c->tx, &q_trace_head,
		 ARGS(A((int)tx_who(c->tx)->tenant)))) != NULL)
		return err_pass(e);
	if (rows_count(r) > 0)
		v->entries = rows_int(r, 0, TRACE_HEAD_COUNT);
	return NULL;
}

static struct err *
check_seals(struct verdict *v, struct ctl *c)
{
	struct seals s;
	int64_t behind = 0;
	struct err *e;
	size_t i;

	do {
		if ((e = audit_seals(&s, c->tx, behind, INT64_MAX, SEALS)) !=
		    NULL)
			return err_pass(e);
		for (i = 0; i < s.n; i++) {
			behind = s.v[i].seq;
			v->heads++;
			if (!anchor_good(&s.v[i], c->arena, c->audit_keys))
				fault(v, behind, "signature");
		}
	} while (s.n == SEALS);
	return NULL;
}

/* A head that was kept elsewhere, against what is in the database now. */
static struct err *
check_anchor(struct verdict *v, struct ctl *c, struct arena *a,
    struct bytes line)
{
	int tenant = (int)tx_who(c->tx)->tenant;
	struct bytes hash = { 0 };
	struct anchor anchor;
	struct rows *r;
	struct err *e;

	v->anchored++;
	if (anchor_read(&anchor, a, line) != NULL) {
		fault(v, v->anchored, "line");
		return NULL;
	}
	if (anchor.tenant != tenant ||
	    !anchor_good(&anchor, a, c->audit_keys)) {
		fault(v, anchor.seq, "signature");
		return NULL;
	}
	if ((e = tx_rows(&r, c->tx, &q_trace_hash,
		 ARGS(A(tenant), A(anchor.seq)))) != NULL)
		return err_pass(e);
	if (rows_count(r) > 0)
		hash = rows_bytes(r, 0, TRACE_HASH_HASH);
	if (hash.n != ANCHOR_HASH ||
	    memcmp(hash.p, anchor.hash.p, ANCHOR_HASH) != 0)
		fault(v, anchor.seq, "anchor");
	return NULL;
}

typedef struct err *line_fn(void *, struct arena *, struct bytes line);

/* Each line of a file that holds something; missing ones are no error. */
static struct err *
each_line(FILE *f, line_fn *run, void *what)
{
	struct arena *a = arena_new();
	struct err *e = NULL;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while (e == NULL && (n = getline(&line, &room, f)) > 0) {
		if (line[n - 1] == '\n')
			n--;
		if (n > 0)
			e = run(what, a,
			    (struct bytes){ (unsigned char *)line, (size_t)n });
		arena_reset(a);
	}
	free(line);
	arena_free(a);
	return e != NULL ? err_pass(e) : NULL;
}

/* What is done to the lines of the file of anchors. */
struct anchored {
	struct verdict *v;
	struct ctl *c;
};

static struct err *
anchor_line(void *what, struct arena *a, struct bytes line)
{
	struct anchored *of = what;
	struct arena *own = tx_use(of->c->tx, a);
	struct err *e = check_anchor(of->v, of->c, a, line);

	(void)tx_use(of->c->tx, own);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
check_anchors(struct verdict *v, struct ctl *c)
{
	const char *folder = ctl_option(c, "--anchor", c->anchor);
	const char *path = arena_printf(c->arena, "%s/%d.jsonl", folder,
	    (int)tx_who(c->tx)->tenant);
	struct anchored of = { v, c };
	struct err *e;
	FILE *f;

	if (*folder == 0 || (f = fopen(path, "re")) == NULL)
		return NULL;
	e = each_line(f, anchor_line, &of);
	(void)fclose(f);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
verify_tenant(struct ctl *c)
{
	struct verdict v = { 0 };
	struct err *e;

	if ((e = check_chain(&v, c)) != NULL ||
	    (*c->audit_keys != 0 && ((e = check_seals(&v, c)) != NULL ||
					(e = check_anchors(&v, c)) != NULL)))
		return err_pass(e);
	if (*c->audit_keys == 0)
		(void)printf("signatures are not checked: no audit_keys\n");
	return sum_up(&v);
}

/* How far an exported file has been read. */
struct chain {
	struct verdict v;
	struct ctl *c;
	int64_t seq;
	unsigned char hash[ANCHOR_HASH];
};

struct entry {
	struct slice body;
	struct bytes hash;
	int64_t seq;
};

static bool
entry_read(struct entry *t, struct arena *a, struct bytes line)
{
	struct jvalue top, j;
	struct slice key;
	struct jscan s;

	*t = (struct entry){ 0 };
	jscan_open(&s, a, line);
	jscan_value(&s, &top);
	while (top.kind == J_OBJECT && jscan_member(&s, &key)) {
		jscan_value(&s, &j);
		if (j.kind == J_TEXT && slice_is(key, "body"))
			t->body = j.text;
		if (j.kind == J_TEXT && slice_is(key, "hash"))
			(void)hex_read(&t->hash, a, j.text.p, j.text.n);
		jscan_pass(&s, &j);
	}
	return jscan_close(&s) == NULL && t->hash.n == ANCHOR_HASH &&
	       sscanf(arena_copy(a, t->body.p, t->body.n),
		   "[%*9d, %18" SCNd64 ",", &t->seq) == 1;
}

/* Is it the hash of this text behind the entry before? */
static bool
follows(const struct chain *k, const struct entry *t)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool same;

	same =
	    md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(md, k->hash, k->seq > 0 ? ANCHOR_HASH : 0) == 1 &&
	    EVP_DigestUpdate(md, t->body.p, t->body.n) == 1 &&
	    EVP_DigestFinal_ex(md, hash, NULL) == 1 &&
	    memcmp(hash, t->hash.p, ANCHOR_HASH) == 0;
	EVP_MD_CTX_free(md);
	return same;
}

static void
check_entry(struct chain *k, const struct entry *t)
{
	k->v.entries++;
	if (t->seq <= k->seq) {
		fault(&k->v, t->seq, "order");
		return;
	}
	if (t->seq > k->seq + 1)
		fault(&k->v, k->seq + 1, "gap");
	else if (!follows(k, t))
		fault(&k->v, t->seq, "hash");
	k->seq = t->seq;
	memcpy(k->hash, t->hash.p, ANCHOR_HASH);
}

/* A head that was signed stands behind its entry. */
static void
check_head(struct chain *k, struct arena *a, const struct anchor *v)
{
	const char *keys = k->c->audit_keys;

	k->v.heads++;
	if (v->seq != k->seq || memcmp(v->hash.p, k->hash, ANCHOR_HASH) != 0)
		fault(&k->v, v->seq, "seal");
	if (*keys != 0 && !anchor_good(v, a, keys))
		fault(&k->v, v->seq, "signature");
}

static struct err *
file_line(void *what, struct arena *a, struct bytes line)
{
	struct chain *k = what;
	struct anchor v;
	struct entry t;

	if (entry_read(&t, a, line))
		check_entry(k, &t);
	else if (anchor_read(&v, a, line) == NULL)
		check_head(k, a, &v);
	else
		fault(&k->v, k->seq + 1, "line");
	return NULL;
}

struct err *
verify_file(struct ctl *c)
{
	struct chain k = { .c = c };
	FILE *f = fopen(c->args[1], "re");
	struct err *e;

	if (f == NULL)
		return err_raise(ERR_MISSING, "There is no such file.",
		    "%s: %s", c->args[1], strerror(errno));
	e = each_line(f, file_line, &k);
	(void)fclose(f);
	if (e != NULL || (e = sum_up(&k.v)) != NULL)
		return err_pass(e);
	return NULL;
}
