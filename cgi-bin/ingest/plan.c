/*
 * GET /api/v1/ingest/plan - what an edge agent polls: the devices behind its
 * gateway that have a Modbus address, as poller/roster.h reads them.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "cgi-bin/ingest/post.h"
#include "model/edge_plan.h"

enum { TAG_BYTES = 16 };

/* The name of these very bytes. */
static const char *
tag_of(struct arena *a, struct bytes text)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	struct buf b = buf_new(a, 2 * TAG_BYTES + 3);
	size_t i;

	(void)EVP_Digest(text.p, text.n, hash, NULL, EVP_sha256(), NULL);
	buf_byte(&b, '"');
	for (i = 0; i < TAG_BYTES; i++)
		buf_printf(&b, "%02x", hash[i]);
	buf_byte(&b, '"');
	return (const char *)b.p;
}

struct err *
ingest_plan(struct req *rq, struct res *rs)
{
	struct buf b = buf_new(rq->arena, 4096);
	const char *tag;
	struct err *e;

	if ((e = edge_plan(&b, rq->tx, (int)rq->who.device)) != NULL)
		return err_pass(e);
	tag = tag_of(rq->arena, (struct bytes){ b.p, b.n });
	res_header(rs, "ETag", tag);
	if (strcmp(req_header(rq, "If-None-Match"), tag) == 0) {
		rs->status = 304;
		return NULL;
	}
	rs->body = b;
	return NULL;
}
