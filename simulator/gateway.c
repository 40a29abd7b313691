#include "simulator/gateway.h"

#include <curl/curl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/member.h"

enum {
	PERIOD_S = 10,
	POST_MS = 10000,
	NAP_MS = 100,
	KEY_MAX = 256,
	HTTP_GOOD = 300
};

#define SAY "The scenario is not understood."

static const char *const shapes[SHAPES] = { "native", "rutos" };

/* The key is in a file, so that the scenario may be shown to anybody. */
static struct err *
key_read(const char **key, struct arena *a, const char *path)
{
	FILE *f = fopen(path, "re");
	char line[KEY_MAX];
	bool is_read;

	if (f == NULL)
		return err_raise(ERR_INPUT, SAY, "key_file: cannot open %s",
		    path);
	is_read = fgets(line, sizeof(line), f) != NULL;
	(void)fclose(f);
	if (!is_read || line[strcspn(line, "\r\n")] == 0)
		return err_raise(ERR_INPUT, SAY, "key_file: no line in %s",
		    path);
	line[strcspn(line, "\r\n")] = 0;
	*key = arena_text(a, line);
	return NULL;
}

static struct err *
posted_read(struct posted *d, struct arena *a, json_t *j, const char *profiles)
{
	const char *profile, *model = NULL;
	json_int_t seed = 1;
	struct profile *p;
	json_error_t je;
	struct err *e;
	size_t i;

	if (json_unpack_ex(j, &je, JSON_STRICT, "{s:s, s:s, s?s, s?I}",
		"device", &d->key, "profile", &profile, "model", &model, "seed",
		&seed) != 0)
		return err_raise(ERR_INPUT, SAY, "devices: %s", je.text);
	if ((e = profile_load(&p, a, profiles, profile)) != NULL)
		return err_pass(e);
	if (model == NULL)
		model = model_for(p->id);
	if (!model_known(model))
		return err_raise(ERR_INPUT, SAY,
		    "devices: model: %s is not known", model);
	d->profile = p;
	d->of = arena_array(a, p->n, sizeof(*d->of));
	for (i = 0; i < p->n; i++)
		d->of[i] =
		    model_behaviour(model, (uint64_t)seed, p->points[i].key);
	return NULL;
}

/* Native is the default. */
static struct err *
shape_read(enum shape *out, const char *name)
{
	int i;

	for (i = 0; i < SHAPES; i++) {
		if (strcmp(shapes[i], name) == 0) {
			*out = (enum shape)i;
			return NULL;
		}
	}
	return err_raise(ERR_INPUT, SAY, "shape: native or rutos, not %s",
	    name);
}

/* Texts stay where the JSON is. */
struct err *
gateway_read(struct gateway *g, struct arena *a, json_t *j,
    const char *profiles)
{
	const char *key_file, *shape = "native";
	double period_s = PERIOD_S;
	json_t *devices, *one;
	json_error_t je;
	struct err *e;
	size_t i;

	if (json_unpack_ex(j, &je, JSON_STRICT,
		"{s:s, s:s, s?s, s?F, s?s, s:o}", "url", &g->url, "key_file",
		&key_file, "shape", &shape, "period_s", &period_s, "ca_file",
		&g->ca_file, "devices", &devices) != 0)
		return err_raise(ERR_INPUT, SAY, "%s", je.text);
	if (!(period_s >= 0.1 && period_s <= 1e6))
		return err_raise(ERR_INPUT, SAY,
		    "period_s: from 0.1 to 1000000");
	g->n = json_array_size(devices);
	if (g->n < 1 || g->n > GATEWAY_DEVICES_MAX)
		return err_raise(ERR_INPUT, SAY, "devices: %zu of them", g->n);
	g->period = (int64_t)(period_s * 1e6);
	g->devices = arena_array(a, g->n, sizeof(*g->devices));
	if ((e = shape_read(&g->shape, shape)) != NULL ||
	    (e = key_read(&g->key, a, key_file)) != NULL)
		return err_pass(e);
	json_array_foreach(devices, i, one)
	{
		if ((e = posted_read(&g->devices[i], a, one, profiles)) != NULL)
			return err_pass(e);
	}
	return NULL;
}

/* As the device would show it: to the places it has. */
static double
shown(const struct posted *d, size_t i, int64_t now)
{
	double unit = pow(10, d->profile->points[i].precision);

	return round(model_at(&d->of[i], now) * unit) / unit;
}

/* {"device": ..., "ts": ms, "values": {...}, "units": {...}} */
static void
put_native(struct buf *b, const struct posted *d, int64_t now)
{
	const struct point *p = d->profile->points;
	size_t i;

	member_comma(b);
	buf_text(b, "{");
	member_text(b, "device", d->key);
	member_int(b, "ts", now / CLOCK_MS);
	member_name(b, "values");
	buf_text(b, "{");
	for (i = 0; i < d->profile->n; i++)
		if (isfinite(shown(d, i, now)))
			member_real(b, p[i].key, shown(d, i, now));
	buf_text(b, "}");
	member_name(b, "units");
	buf_text(b, "{");
	for (i = 0; i < d->profile->n; i++)
		if (*p[i].unit != 0)
			member_text(b, p[i].key, p[i].unit);
	buf_text(b, "}}");
}

/* "name": [one request a point, as the router decodes it] */
static void
put_rutos(struct buf *b, const struct posted *d, int64_t now)
{
	size_t i;

	member_name(b, d->key);
	buf_text(b, "[");
	for (i = 0; i < d->profile->n; i++) {
		double v = shown(d, i, now);

		if (!isfinite(v))
			continue;
		member_comma(b);
		buf_text(b, "{");
		member_int(b, "timestamp", now / CLOCK_S);
		member_text(b, "server_name", d->key);
		member_text(b, "name", d->profile->points[i].key);
		member_name(b, "data");
		buf_text(b, "\"[");
		member_put_real(b, v);
		buf_text(b, "]\"}");
	}
	buf_text(b, "]");
}

/* Both shapes are one JSON object. */
void
gateway_body(struct buf *b, const struct gateway *g, int64_t now)
{
	size_t i;

	buf_text(b, g->shape == SHAPE_NATIVE ? "{\"readings\":[" : "{");
	for (i = 0; i < g->n; i++) {
		if (g->shape == SHAPE_NATIVE)
			put_native(b, &g->devices[i], now);
		else
			put_rutos(b, &g->devices[i], now);
	}
	buf_text(b, g->shape == SHAPE_NATIVE ? "]}" : "}");
}

/* Nobody reads the answer but for its status. */
static size_t
forget(char *p, size_t size, size_t n, void *to)
{
	(void)p;
	(void)to;
	return size * n;
}

static bool
prepare(CURL *c, const struct gateway *g, struct curl_slist *headers)
{
	return curl_easy_setopt(c, CURLOPT_URL, g->url) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)POST_MS) ==
		   CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, forget) == CURLE_OK &&
	       (g->ca_file == NULL ||
		   curl_easy_setopt(c, CURLOPT_CAINFO, g->ca_file) == CURLE_OK);
}

/* One body out; what became of it goes to the log. */
static void
post(CURL *c, const struct gateway *g, struct arena *a)
{
	struct buf b = buf_new(a, 4096);
	long status = 0;
	CURLcode code;

	gateway_body(&b, g, play_now(g->play));
	code = curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)b.n);
	if (code == CURLE_OK)
		code = curl_easy_setopt(c, CURLOPT_POSTFIELDS, (char *)b.p);
	if (code == CURLE_OK)
		code = curl_easy_perform(c);
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK)
		log_warn("post devices=%zu simulated=1 why=\"%s\"", g->n,
		    curl_easy_strerror(code));
	else if (status >= HTTP_GOOD)
		log_warn("post devices=%zu simulated=1 status=%ld", g->n,
		    status);
}

/* Until the scenario's clock shows that moment, or it is over. */
static void
rest(const struct gateway *g, int64_t until, const volatile sig_atomic_t *stop)
{
	struct timespec nap = { 0, NAP_MS * 1000000L };

	while (!*stop && play_elapsed(g->play) < until)
		(void)nanosleep(&nap, NULL);
}

/* The header with the key is ours; nothing of it is ever logged. */
void
gateway_run(const struct gateway *g, const volatile sig_atomic_t *stop)
{
	struct arena *a = arena_new();
	struct curl_slist *headers = NULL;
	CURL *c = curl_easy_init();
	int64_t turn = 0;

	headers = curl_slist_append(headers,
	    arena_printf(a, "Authorization: Bearer %s", g->key));
	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = curl_slist_append(headers, "X-Fluxline-Simulated: 1");
	if (c != NULL && prepare(c, g, headers)) {
		for (; !*stop; rest(g, turn, stop)) {
			post(c, g, a);
			turn =
			    (play_elapsed(g->play) / g->period + 1) * g->period;
			arena_reset(a);
		}
	} else {
		log_error("post: libcurl could not be set up");
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(c);
	arena_free(a);
}
