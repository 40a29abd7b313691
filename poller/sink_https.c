/*
 * The product's own ingest, over the internet: blocks under a gateway's key.
 *
 * Each shipment has a number of its run, so that one that comes again is known
 * again, and one that never came is a hole in the ledger.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#include "base/clock.h"
#include "base/env.h"
#include "grade.h"
#include "intake/edge.h"
#include "roster.h"
#include "sink_https.h"

#define AWAY "The server cannot be reached; readings are kept."
#define REFUSES "The server refuses this gateway; readings are kept."
#define STRANGER "This is not the server that we know; readings are kept."

enum {
	TOGETHER = 5000,
	ANSWER_MAX = 16 * 1024 * 1024, /* a plan */
	ZSTD_LEVEL = 3,
	CONNECT_MS = 3000,
	STALLED_S = 10, /* so long without a byte, and it is away */
	UNREACHED_CAP_MS = 2000,
	BUSY_CAP_MS = 300000,
	ASKED_CAP_S = 3600
};

static size_t
take(char *p, size_t size, size_t n, void *closure)
{
	struct call *c = closure;

	if (size * n > ANSWER_MAX - c->answer.n)
		return 0;
	buf_put(&c->answer, p, size * n);
	return size * n;
}

/* Set one after the other; the first that fails is the answer. */
static CURLcode
prepare(struct https *to, struct call *c, const char *url)
{
	const struct https_conf *conf = &to->conf;
	CURLcode r = CURLE_OK;

#define SET(option, value) \
	if (r == CURLE_OK) \
	r = curl_easy_setopt(to->h, CURLOPT_##option, value)
	SET(URL, url);
	SET(PROTOCOLS_STR, "https");
	SET(FOLLOWLOCATION, 0L);
	SET(PROXY, "");
	SET(NOSIGNAL, 1L);
	SET(CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	SET(LOW_SPEED_LIMIT, 1L);
	SET(LOW_SPEED_TIME, (long)STALLED_S);
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3);
	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(WRITEFUNCTION, take);
	SET(WRITEDATA, c);
	SET(HTTPHEADER, c->headers);
	if (*conf->ca != 0)
		SET(CAINFO, conf->ca);
	if (*conf->pin != 0)
		SET(PINNEDPUBLICKEY, conf->pin);
	if (*conf->cert != 0) {
		SET(SSLCERT, conf->cert);
		SET(SSLKEY, conf->cert_key);
	}
	if (c->body.p != NULL) {
		SET(POSTFIELDSIZE, (long)c->body.n);
		SET(POSTFIELDS, (const char *)c->body.p);
	}
#undef SET
	return r;
}

/* What a call that brought no answer means. */
static struct err *
unanswered(struct https *to, CURLcode r)
{
	to->sink.cap_ms = UNREACHED_CAP_MS;
	if (r == CURLE_SSL_PINNEDPUBKEYNOTMATCH ||
	    r == CURLE_PEER_FAILED_VERIFICATION)
		return err_raise(ERR_FORBIDDEN, STRANGER, "%s: %s",
		    to->conf.server, curl_easy_strerror(r));
	return err_raise(ERR_BUSY, AWAY, "%s: %s", to->conf.server,
	    curl_easy_strerror(r));
}

/* It asks for some time; or it does not, and we try less and less. */
static struct err *
busy(struct https *to, long status)
{
	curl_off_t asked = 0;

	(void)curl_easy_getinfo(to->h, CURLINFO_RETRY_AFTER, &asked);
	if (asked > ASKED_CAP_S)
		asked = ASKED_CAP_S;
	to->sink.wait_ms = (int)asked * 1000;
	to->sink.cap_ms = asked > 0 ? UNREACHED_CAP_MS : BUSY_CAP_MS;
	return err_raise(ERR_BUSY, AWAY, "%s: status %ld", to->conf.server,
	    status);
}

/* What an answer other than 2xx means. */
static const struct {
	long status;
	enum err_kind kind;
} meanings[] = {
	{ 400, ERR_INPUT },
	{ 401, ERR_LOGIN },
	{ 403, ERR_FORBIDDEN },
	{ 408, ERR_BUSY },
	{ 409, ERR_BUSY },
	{ 413, ERR_INPUT },
	{ 422, ERR_INPUT },
	{ 425, ERR_BUSY },
	{ 429, ERR_BUSY },
};

/* The status is none that was hoped for. */
struct err *
https_judge(struct https *to, const struct call *c)
{
	size_t i, n = sizeof(meanings) / sizeof(*meanings);
	/* Whoever says anything else is not our ingest. */
	enum err_kind kind = c->status >= 500 ? ERR_BUSY : ERR_MISSING;

	for (i = 0; i < n; i++)
		if (meanings[i].status == c->status)
			kind = meanings[i].kind;
	if (kind == ERR_BUSY)
		return busy(to, c->status);
	return err_raise(kind, REFUSES, "%s: status %ld %.200s",
	    to->conf.server, c->status,
	    c->answer.n > 0 ? (const char *)c->answer.p : "");
}

static void
headers_free(void *list)
{
	curl_slist_free_all(list);
}

/* One question and its answer, over the connection of the last one. */
struct err *
https_ask(struct https *to, struct arena *a, struct call *c)
{
	const char *url = arena_printf(a, "%s%s", to->conf.server, c->path);
	CURLcode r;

	c->answer = buf_new(a, 1024);
	if (to->key[0] != 0)
		c->headers = curl_slist_append(c->headers, to->key);
	arena_defer(a, headers_free, c->headers);
	/* Connections stay. */
	curl_easy_reset(to->h);
	if ((r = prepare(to, c, url)) == CURLE_OK)
		r = curl_easy_perform(to->h);
	if (r != CURLE_OK ||
	    (r = curl_easy_getinfo(to->h, CURLINFO_RESPONSE_CODE,
		 &c->status)) != CURLE_OK)
		return unanswered(to, r);
	if (to->conf.trial != NULL && c->status < 400)
		trial_linked(to->conf.trial);
	return NULL;
}

/* Pack and post; the answer is there when it is 2xx. */
struct err *
https_post(struct https *to, struct arena *a, struct call *c, const char *type,
    struct bytes plain)
{
	size_t room = ZSTD_compressBound(plain.n);
	unsigned char *packed = arena_alloc(a, room);
	struct err *e;

	c->body.p = packed;
	c->body.n = ZSTD_compress(packed, room, plain.p, plain.n, ZSTD_LEVEL);
	if (ZSTD_isError(c->body.n))
		return err_raise(ERR_BUG, "Something went wrong on our side.",
		    "zstd: %s", ZSTD_getErrorName(c->body.n));
	c->headers = curl_slist_append(c->headers,
	    arena_printf(a, "Content-Type: %s", type));
	c->headers = curl_slist_append(c->headers, "Content-Encoding: zstd");
	c->headers = curl_slist_append(c->headers, "Expect:");
	if ((e = https_ask(to, a, c)) != NULL)
		return err_pass(e);
	if (c->status < 200 || c->status > 299)
		return err_pass(https_judge(to, c));
	return NULL;
}

static struct err *
https_send(struct sink *sink, struct arena *a, const struct shipment *what)
{
	struct https *to = (struct https *)sink;
	struct bytes plain = edge_encode(a, what->r, what->gap, what->gaps);
	struct call c = { .path = "/api/v1/ingest?format=block" };
	struct err *e;
	long head = 0;

	c.headers = curl_slist_append(NULL,
	    arena_printf(a, "Idempotency-Key: %s-%llu", to->run,
		(unsigned long long)what->number));
	if ((e = https_post(to, a, &c, EDGE_TYPE, plain)) != NULL)
		return err_pass(e);
	(void)curl_easy_getinfo(to->h, CURLINFO_REQUEST_SIZE, &head);
	sink->wire = c.body.n + (size_t)head;
	return NULL;
}

static struct err *
https_quality(struct sink *sink, struct arena *a, const struct uplink *u)
{
	struct https *to = (struct https *)sink;
	struct call c = { .body = { (const unsigned char *)"", 0 } };
	struct err *e;

	c.path = arena_printf(a, "/api/v1/ingest/quality?quality=%s&kbit=%lld",
	    uplink_grade(u)->name, (long long)atomic_load(&u->bits) / 1000);
	if ((e = https_ask(to, a, &c)) != NULL)
		return err_pass(e);
	if (c.status < 200 || c.status > 299)
		return err_pass(https_judge(to, &c));
	return NULL;
}

/* The name of this state of the plan; "" when it has none. */
void
https_etag_keep(struct https *to)
{
	struct curl_header *h;

	to->etag[0] = 0;
	if (curl_easy_header(to->h, "ETag", 0, CURLH_HEADER, -1, &h) ==
		CURLHE_OK &&
	    strlen(h->value) < sizeof(to->etag))
		memcpy(to->etag, h->value, strlen(h->value) + 1);
}

static struct err *
https_plan(struct bytes *text, struct sink *sink, struct arena *a)
{
	struct https *to = (struct https *)sink;
	struct call c = { .path = "/api/v1/ingest/plan" };
	struct roster r;
	struct err *e;

	if (to->etag[0] != 0)
		c.headers = curl_slist_append(NULL,
		    arena_printf(a, "If-None-Match: %s", to->etag));
	if ((e = https_ask(to, a, &c)) != NULL)
		return err_pass(e);
	if (c.status == 304)
		return NULL;
	if (c.status != 200)
		return err_pass(https_judge(to, &c));
	if ((e = roster_parse(&r, a,
		 (struct bytes){ c.answer.p, c.answer.n })) != NULL)
		return err_pass(e);
	https_etag_keep(to);
	*text = roster_text(a, &r);
	return NULL;
}

/* The key is nobody's but ours, or we do not start. */
static struct err *
key_read(struct https *to)
{
	const char *path = to->conf.key_file;
	char key[HTTPS_KEY_MAX] = "";
	struct stat st;
	FILE *f;
	int n;

	if ((f = fopen(path, "re")) == NULL)
		return err_raise(ERR_BUG, "The key cannot be read.",
		    "key_file %s: %s", path, strerror(errno));
	n = fstat(fileno(f), &st) == 0 && (st.st_mode & 077) == 0 &&
	    fgets(key, sizeof(key), f) != NULL;
	(void)fclose(f);
	key[strcspn(key, "\r\n")] = 0;
	if (n == 0 || strncmp(key, "flx_", 4) != 0)
		return err_raise(ERR_BUG, "The key cannot be used.",
		    "key_file %s: want a key, in a file of mode 0600", path);
	n = snprintf(to->key, sizeof(to->key), "X-API-Key: %s", key);
	return n > 0 ? NULL : err_raise(ERR_BUG, "No key.", "snprintf");
}

static void
done(void *h)
{
	curl_easy_cleanup(h);
}

struct err *
sink_https(struct sink **out, struct arena *a, const struct https_conf *conf,
    struct commands *commands)
{
	struct https *to = arena_alloc(a, sizeof(*to));
	unsigned char run[4];
	struct err *e;

	if (strncmp(conf->server, "https://", 8) != 0)
		return err_raise(ERR_BUG, "The server cannot be used.",
		    "server = %s: want https://", conf->server);
	to->sink = (struct sink){ .send = https_send,
		.plan = conf->trial != NULL ? agent_bundle : https_plan,
		.quality = https_quality,
		.orders = agent_orders,
		.health = agent_health,
		.keep = agent_keep,
		.orders_ms = conf->commands_s * 1000,
		.together = TOGETHER,
		.has_one_key = true,
		.cap_ms = UNREACHED_CAP_MS };
	to->conf = *conf;
	to->commands = commands;
	to->journal = journal_open(a, conf->spool);
	/* A certificate may be all that says who we are. */
	if ((*conf->key_file != 0 || *conf->cert == 0) &&
	    (e = key_read(to)) != NULL)
		return err_pass(e);
	env_get()->random(run, sizeof(run));
	(void)snprintf(to->run, sizeof(to->run), "%02x%02x%02x%02x", run[0],
	    run[1], run[2], run[3]);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (to->h = curl_easy_init()) == NULL)
		return err_raise(ERR_BUG, "HTTPS cannot be used.", "curl");
	arena_defer(a, done, to->h);
	*out = &to->sink;
	return NULL;
}
