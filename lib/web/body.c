/* The body of a request: as it comes, and as it was before compression. */
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "web/internal.h"

#define SAY_LARGE "The body is too large."
#define SAY_DAMAGED "The compressed body is damaged or cut."
#define SAY_BUG "Something went wrong on our side."

enum {
	PIECE = 8192, /* of a body, as much as libfcgi has at once */
	PLAIN_PIECE = 32768,
	ZSTD_WINDOW_LOG = 23 /* 8 MB of what came before, at most */
};

/* The body as it comes; the rest of a larger one is read and dropped. */
static struct err *
body_read(struct buf *b, struct req *rq, size_t max)
{
	FCGX_Stream *in = rq->fcgi->in;
	bool large = false;
	int n;

	while ((n = FCGX_GetStr((char *)buf_room(b, PIECE), PIECE, in)) > 0) {
		if (b->n + (size_t)n > max)
			large = true;
		else if (!large)
			b->n += (size_t)n;
	}
	b->p[b->n] = 0;
	if (large)
		return err_raise(ERR_TOO_BIG, SAY_LARGE, "more than %zu bytes",
		    max);
	/* libfcgi takes a lost connection for the end of the body. */
	if (b->n < req_length(rq))
		return err_raise(ERR_BUSY,
		    "The body did not come whole; send it again.",
		    "%zu of %zu bytes", b->n, req_length(rq));
	return NULL;
}

/* How large what came may become. */
static size_t
plain_max(size_t n)
{
	size_t max = n * INFLATED_TIMES;

	if (max < INFLATED_FREE)
		return INFLATED_FREE;
	return max < INFLATED_MAX ? max : INFLATED_MAX;
}

static struct err *
too_large(size_t max)
{
	return err_raise(ERR_TOO_BIG, SAY_LARGE, "more than %zu bytes inflated",
	    max);
}

/* Does another part of a gzip stand behind this one? */
static bool
goes_on(const z_stream *z)
{
	return z->avail_in > 2 && z->next_in[0] == 0x1f &&
	       z->next_in[1] == 0x8b;
}

/* gzip, of one part or several, or zlib, by its own header. */
static struct err *
inflate_plain(struct buf *out, struct bytes in, size_t max)
{
	unsigned char piece[PLAIN_PIECE];
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)in.p,
		.avail_in = (uInt)in.n };
	bool fits = true;
	int r;

	if (inflateInit2(&z, 15 + 32) != Z_OK)
		return err_raise(ERR_BUG, SAY_BUG, "inflateInit2");
	do {
		size_t n;

		z.next_out = piece;
		z.avail_out = sizeof(piece);
		r = inflate(&z, Z_NO_FLUSH);
		n = sizeof(piece) - z.avail_out;
		if ((fits = out->n + n <= max))
			buf_put(out, piece, n);
		if (r == Z_STREAM_END && goes_on(&z))
			r = inflateReset(&z);
	} while (fits && r == Z_OK && (z.avail_in > 0 || z.avail_out == 0));
	(void)inflateEnd(&z);
	if (!fits)
		return too_large(max);
	if (r == Z_STREAM_END)
		return NULL;
	return err_raise(ERR_INPUT, SAY_DAMAGED, "inflate: %s",
	    z.msg != NULL ? z.msg : "truncated");
}

/* One frame or several. */
static struct err *
zstd_plain(struct buf *out, struct bytes in, size_t max)
{
	unsigned char piece[PLAIN_PIECE];
	ZSTD_inBuffer from = { in.p, in.n, 0 };
	ZSTD_outBuffer to = { piece, sizeof(piece), 0 };
	ZSTD_DStream *z = ZSTD_createDStream();
	bool fits = true;
	size_t r;

	if (z == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(z,
			     ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG))) {
		(void)ZSTD_freeDStream(z);
		return err_raise(ERR_BUG, SAY_BUG, "ZSTD_createDStream");
	}
	do {
		to.pos = 0;
		r = ZSTD_decompressStream(z, &to, &from);
		if ((fits = out->n + to.pos <= max))
			buf_put(out, piece, to.pos);
	} while (fits && !ZSTD_isError(r) &&
		 (from.pos < from.size || (r != 0 && to.pos == to.size)));
	(void)ZSTD_freeDStream(z);
	if (!fits)
		return too_large(max);
	if (r == 0)
		return NULL;
	return err_raise(ERR_INPUT, SAY_DAMAGED, "zstd: %s",
	    ZSTD_isError(r) ? ZSTD_getErrorName(r) : "truncated");
}

static const struct coding {
	const char *name;
	struct err *(*plain)(struct buf *, struct bytes, size_t max);
} codings[] = {
	{ "gzip", inflate_plain },
	{ "deflate", inflate_plain },
	{ "zstd", zstd_plain },
};

struct err *
body_plain(struct bytes *out, struct arena *a, const char *coding,
    struct bytes in)
{
	struct buf plain;
	struct err *e;
	size_t i;

	*out = in;
	if (*coding == 0 || strcasecmp(coding, "identity") == 0)
		return NULL;
	for (i = 0; i < sizeof(codings) / sizeof(*codings); i++) {
		if (strcasecmp(coding, codings[i].name) != 0)
			continue;
		plain = buf_new(a, in.n * 4 + 4096);
		if ((e = codings[i].plain(&plain, in, plain_max(in.n))) != NULL)
			return err_pass(e);
		*out = (struct bytes){ plain.p, plain.n };
		return NULL;
	}
	return err_raise(ERR_INPUT,
	    "Content-Encoding must be gzip, deflate, zstd or identity.",
	    "coding not known");
}

struct err *
body_take(struct req *rq)
{
	size_t max = rq->child->app->body_max;
	struct err *e;
	struct buf raw;

	if (max == 0)
		max = BODY_MAX;
	raw = buf_new(rq->arena,
	    (req_length(rq) < max ? req_length(rq) : max) + PIECE);
	e = body_read(&raw, rq, max);
	rq->body = (struct bytes){ raw.p, raw.n };
	if (e != NULL ||
	    (e = body_plain(&rq->body, rq->arena,
		 req_header(rq, "Content-Encoding"), rq->body)) != NULL)
		return err_pass(e);
	return NULL;
}
