/*
 * Signed plans over HTTPS: fetched, checked against the key that this agent was
 * set up with, and handed on to be tried; what became of them is told.
 */
#include <jansson.h>
#include <string.h>

#include "base/log.h"
#include "base/member.h"
#include "roster.h"
#include "sink_https.h"

#define PATH "/api/v1/ingest/bundle"

/* What is to be told is told until it was heard. */
static struct err *
tell(struct https *to, struct arena *a)
{
	struct call c = { .path = PATH };
	struct buf b = buf_new(a, 256);
	struct trial_news news;
	struct err *e;

	if (!trial_news(&news, to->conf.trial))
		return NULL;
	buf_byte(&b, '{');
	member_int(&b, "version", news.version);
	member_text(&b, "state", news.state);
	member_text(&b, "why", news.why);
	buf_byte(&b, '}');
	if ((e = https_post(to, a, &c, "application/json",
		 (struct bytes){ b.p, b.n })) != NULL)
		return err_pass(e);
	trial_told(to->conf.trial, &news);
	return NULL;
}

/* Signed, for this gateway, of this version, newer, and a plan at all? */
static struct err *
check(struct https *to, struct arena *a, int64_t version, const char *manifest,
    struct bytes plan)
{
	struct manifest m;
	struct roster r;
	struct err *e;

	if ((e = manifest_check(&m, a, to->conf.plan_key, manifest, plan)) !=
	    NULL)
		return err_pass(e);
	if (strcmp(m.gateway, to->conf.gateway) != 0)
		return err_raise(ERR_REFUSED, "The plan is another gateway's.",
		    "%.64s", m.gateway);
	if (m.version != version)
		return err_raise(ERR_REFUSED,
		    "The plan is not the version that it is said to be.",
		    "%lld", (long long)m.version);
	if (trial_is_old(to->conf.trial, version))
		return err_raise(ERR_REFUSED,
		    "The plan is older than one that was tried here.", "%lld",
		    (long long)version);
	e = roster_parse(&r, a, plan);
	return e != NULL ? err_pass(e) : NULL;
}

/* One that cannot be had now is asked for again: its name is not kept. */
static bool
taken(struct https *to, struct arena *a, json_t *o)
{
	const char *manifest, *text;
	json_int_t version;
	struct bytes plan;
	struct err *e;

	if (json_unpack(o, "{s:I, s:s, s:s}", "version", &version, "manifest",
		&manifest, "plan", &text) != 0) {
		log_info("plan: the answer is not understood");
		return true;
	}
	if (trial_knows(to->conf.trial, version))
		return true;
	plan = (struct bytes){ (const unsigned char *)text, strlen(text) };
	if ((e = check(to, a, version, manifest, plan)) == NULL)
		return trial_bring(to->conf.trial, version, plan);
	log_err(e, "plan refused");
	return trial_refuse(to->conf.trial, version, e->say);
}

static void
json_close(void *o)
{
	json_decref(o);
}

struct err *
agent_bundle(struct bytes *text, struct sink *sink, struct arena *a)
{
	struct https *to = (struct https *)sink;
	struct call c = { .path = PATH };
	json_error_t je;
	struct err *e;
	json_t *o;

	(void)text; /* what is on trial comes by another way */
	if ((e = tell(to, a)) != NULL)
		return err_pass(e);
	if (to->etag[0] != 0)
		c.headers = curl_slist_append(NULL,
		    arena_printf(a, "If-None-Match: %s", to->etag));
	if ((e = https_ask(to, a, &c)) != NULL)
		return err_pass(e);
	if (c.status == 304 || c.status == 204)
		return NULL;
	if (c.status != 200)
		return err_pass(https_judge(to, &c));
	o = json_loadb((const char *)c.answer.p, c.answer.n, 0, &je);
	if (o != NULL)
		arena_defer(a, json_close, o);
	if (taken(to, a, o))
		https_etag_keep(to);
	return NULL;
}
