/* oidc: by which provider a tenant's people sign in. */
#include <stdio.h>
#include <string.h>

#include "fluxctl/fluxctl.h"
#include "model/signin.h"

static struct err *
show(struct ctl *c)
{
	struct signin s;
	struct err *e;
	size_t i;

	if ((e = signin_read(&s, c->tx)) != NULL)
		return err_pass(e);
	if (s.issuer == NULL)
		(void)printf("there is none\n");
	else
		(void)printf("name %s\nissuer %s\nclient %s\nclaim %s\n"
			     "creates %s\n",
		    s.name, s.issuer, s.client, s.claim,
		    s.creates ? "yes" : "no");
	for (i = 0; i < s.n; i++)
		(void)printf("group %s = %s\n", s.groups[i].name,
		    s.groups[i].role);
	(void)printf("callback %s/oidc/%s/callback\n", c->origin, s.slug);
	return NULL;
}

/* The first line of stdin, without its end; "" when there is none. */
static const char *
secret_read(struct arena *a)
{
	char *line = arena_alloc(a, SIGNIN_SECRET_MAX + 3);

	if (fgets(line, SIGNIN_SECRET_MAX + 3, stdin) == NULL)
		return "";
	line[strcspn(line, "\r\n")] = 0;
	return line;
}

/* "--group NAME=ROLE", any number of them, as lines. */
static const char *
groups_of(struct ctl *c)
{
	struct buf b = buf_new(c->arena, 256);
	int i;

	for (i = 5; i + 1 < c->n; i++)
		if (strcmp(c->args[i], "--group") == 0)
			buf_printf(&b, "%s\n", c->args[i + 1]);
	return b.n > 0 ? (const char *)b.p : "";
}

static struct err *
put(struct ctl *c)
{
	struct signin s = { .name = c->args[2],
		.issuer = c->args[3],
		.client = c->args[4],
		.claim = ctl_option(c, "--claim", "groups"),
		.creates = ctl_flag(c, "--create") };
	struct err *e;

	if ((e = signin_groups(&s, c->arena, groups_of(c))) != NULL ||
	    (e = signin_put(c->tx, &s, secret_read(c->arena), c->master_key)) !=
		NULL ||
	    (e = signin_read(&s, c->tx)) != NULL)
		return err_pass(e);
	(void)printf("callback %s/oidc/%s/callback\n", c->origin, s.slug);
	return NULL;
}

static struct err *
drop(struct ctl *c)
{
	struct err *e = signin_drop(c->tx);

	return e != NULL ? err_pass(e) : NULL;
}

static const struct ctl_verb verbs[] = {
	{ "show", show, 0 },
	{ "put", put, 3 },
	{ "drop", drop, 0 },
};

struct err *
ctl_oidc(struct ctl *c)
{
	struct err *e;

	e = ctl_verb(c, verbs, sizeof(verbs) / sizeof(*verbs));
	return e != NULL ? err_pass(e) : NULL;
}
