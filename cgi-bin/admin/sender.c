/*
 * GET /setup - how a sender is set up: its kind and the gateway or device that
 * it is; with both the texts to paste.  POST /setup/:key makes a key for it,
 * and shows the same with the key in its place, this once.
 */
#include "cgi-bin/admin/sender.h"

#include <stdio.h>
#include <string.h>

#include "cgi-bin/admin/routes.h"
#include "query.h"
#include "web/issue.h"

enum { DEVICES_MAX = 1000, CA_MAX = 64 * 1024 };

/* In place of a key that is not made yet. */
static const char no_key[] = "THE-KEY";

/* Who may send: gateways first. */
static struct err *
state_choice(struct req *rq, struct view *v, const char *to, const char *word)
{
	const struct recipe *recipe;
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, rq->tx, &q_key_devices,
		 ARGS(A((int)rq->who.tenant), A(DEVICES_MAX)))) != NULL)
		return err_pass(e);
	for (i = 0; i < rows_count(r); i++) {
		struct view *row = view_row(v, "Devices");
		const char *key = rows_text(r, i, KEY_DEVICES_KEY);

		view_text(row, "Key", key);
		view_text(row, "Name", rows_text(r, i, KEY_DEVICES_NAME));
		if (strcmp(key, to) == 0)
			view_int(row, "On", 1);
	}
	for (recipe = recipes; recipe->word != NULL; recipe++) {
		struct view *row = view_row(v, "Kinds");

		view_text(row, "Word", recipe->word);
		view_text(row, "Name", recipe->name);
		view_text(row, "About", recipe->about);
		if (strcmp(recipe->word, word) == 0)
			view_int(row, "On", 1);
	}
	return NULL;
}

/* The texts, with what is known of the sender in them. */
static void
state_texts(struct req *rq, struct view *v, const struct recipe *recipe,
    const struct rows *r, const char *key)
{
	const struct web_conf *conf = req_conf(rq);
	struct filling f = { .url = conf->origin,
		.key = key,
		.device = rows_text(r, 0, SENDER_DEVICE_DEVICE),
		.sensor = rows_text(r, 0, SENDER_DEVICE_SENSOR),
		.has_ca = *conf->server_ca != 0 };
	size_t i;

	for (i = 0; i < BLOCKS_MAX && recipe->block[i].where != NULL; i++) {
		const char *text =
		    recipe_fill(rq->arena, recipe->block[i].text, &f);
		struct view *row;

		if (*text == 0)
			continue;
		row = view_row(v, "Blocks");
		view_text(row, "Where", recipe->block[i].where);
		view_text(row, "Text", text);
	}
	for (i = 0; i < SAMPLES_MAX && recipe->sample[i] != NULL; i++) {
		const char *file = recipe->sample[i];
		const char *slash = strrchr(file, '/');
		struct view *row = view_row(v, "Samples");

		view_text(row, "Name", slash != NULL ? slash + 1 : file);
		view_text(row, "Href",
		    arena_printf(rq->arena, "/static/samples/%s", file));
	}
	if (f.has_ca)
		view_int(v, "HasCa", 1);
}

/*
 * The page of a sender; made: its key, or NULL.  ERR_MISSING when there is no
 * such device, ERR_INPUT when there is no such kind.
 */
static struct err *
show(struct req *rq, struct res *rs, const char *to, const char *word,
    const char *made)
{
	const struct recipe *recipe = recipe_named(word);
	struct view *v = rs->view;
	struct rows *r;
	struct err *e;

	if ((e = state_choice(rq, v, to, word)) != NULL ||
	    (e = tx_rows(&r, rq->tx, &q_sender_device,
		 ARGS(A((int)rq->who.tenant), A(to)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.",
		    "device %.64s", to);
	if (recipe == NULL)
		return err_raise(ERR_INPUT,
		    "for: choose what kind of sender it is.", "no such kind");
	view_text(v, "Page.Title",
	    arena_printf(rq->arena, "Set up: %s", recipe->name));
	view_text(v, "Sender.Key", to);
	view_text(v, "Sender.Name", rows_text(r, 0, SENDER_DEVICE_NAME));
	view_text(v, "Sender.Kind", recipe->word);
	view_text(v, "Sender.Action", arena_printf(rq->arena, "/setup/%s", to));
	view_text(v, "Sender.Light",
	    arena_printf(rq->arena, "/setup/%s/light", to));
	if (made != NULL)
		view_int(v, "Made", 1);
	state_texts(rq, v, recipe, r, made != NULL ? made : no_key);
	e = res_page(rq, rs, "sender.cs");
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
admin_setup(struct req *rq, struct res *rs)
{
	const char *to = req_query(rq, "to"), *word = req_query(rq, "for");
	struct err *e;

	if (to != NULL && *to != 0 && word != NULL && *word != 0) {
		e = show(rq, rs, to, word, NULL);
		return e != NULL ? err_pass(e) : NULL;
	}
	view_text(rs->view, "Page.Title", "Set up a sender");
	if ((e = state_choice(rq, rs->view, to != NULL ? to : "",
		 word != NULL ? word : "")) != NULL ||
	    (e = res_page(rq, rs, "sender.cs")) != NULL)
		return err_pass(e);
	return NULL;
}

/* A key that may send, and nothing else. */
static struct err *
key_make(struct issued *made, struct req *rq, const char *to,
    const struct recipe *recipe)
{
	static const char *rights[] = { "telemetry:write" };
	struct wish w = { .name = recipe->name,
		.rights = rights,
		.n_rights = 1,
		.nets = "" };
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, rq->tx, &q_key_device,
		 ARGS(A((int)rq->who.tenant), A(to)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such device.",
		    "device %.64s", to);
	w.device = (int32_t)rows_int(r, 0, KEY_DEVICE_DEVICE_ID);
	e = issue_key(made, rq->tx, &w, req_conf(rq)->request_key);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
admin_setup_key(struct req *rq, struct res *rs)
{
	const char *to = req_param(rq, "key"), *word = req_typed(rq, "for");
	const struct recipe *recipe = recipe_named(word);
	struct issued made;
	struct err *e;

	if (recipe == NULL)
		return err_raise(ERR_INPUT,
		    "for: choose what kind of sender it is.", "no such kind");
	if ((e = key_make(&made, rq, to, recipe)) != NULL ||
	    (e = show(rq, rs, to, word, made.key)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
admin_setup_ca(struct req *rq, struct res *rs)
{
	const char *path = req_conf(rq)->server_ca;
	unsigned char *to;
	FILE *f;

	if (*path == 0 || (f = fopen(path, "rb")) == NULL)
		return err_raise(ERR_MISSING,
		    "Our certificate is of a public authority: no file is "
		    "needed.",
		    "no server_ca");
	to = buf_room(&rs->body, CA_MAX);
	rs->body.n += fread(to, 1, CA_MAX, f);
	(void)fclose(f);
	rs->type = "application/x-pem-file";
	res_header(rs, "Content-Disposition",
	    "attachment; filename=\"fluxline-ca.pem\"");
	return NULL;
}
