/* role: who may do what, where. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fluxctl/fluxctl.h"
#include "model/role.h"

static struct err *
list(struct ctl *c)
{
	struct roles all;
	struct err *e;
	enum can k;
	size_t i;

	if ((e = roles_load(&all, c->tx)) != NULL)
		return err_pass(e);
	for (i = 0; i < all.n; i++) {
		(void)printf("%-20s %-7s %5" PRId64 " ", all.v[i].name,
		    all.v[i].builtin ? "builtin" : "own", all.v[i].holders);
		for (k = CAN_NOTHING + 1; k < CAN_END; k++)
			if (can_has(all.v[i].can, k))
				(void)printf(" %s", can_name(k));
		(void)printf("\n");
	}
	return NULL;
}

/* "devices:read,alerts:read" as a set; "" is the empty one. */
static struct err *
permissions(uint64_t *can, char *words)
{
	char *word, *next;
	enum can k;

	*can = 0;
	for (word = words; word != NULL && *word != 0; word = next) {
		if ((next = strchr(word, ',')) != NULL)
			*next++ = 0;
		for (k = CAN_NOTHING + 1; k < CAN_END; k++)
			if (strcmp(can_name(k), word) == 0)
				break;
		if (k == CAN_END)
			return err_raise(ERR_INPUT,
			    "There is no such permission.", "%s", word);
		*can |= UINT64_C(1) << (k - 1);
	}
	return NULL;
}

/* Make the role, or say anew what it holds. */
static struct err *
put(struct ctl *c)
{
	struct role r = { 0 };
	struct err *e;
	uint64_t can;

	if ((e = permissions(&can, c->args[3])) != NULL)
		return err_pass(e);
	if ((e = role_find(&r, c->tx, c->args[2])) != NULL &&
	    e->kind != ERR_MISSING)
		return err_pass(e);
	if ((e = role_put(c->tx, r.id, c->args[2], can)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
drop(struct ctl *c)
{
	struct role r;
	struct err *e;

	if ((e = role_find(&r, c->tx, c->args[2])) != NULL ||
	    (e = role_drop(c->tx, r.id)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
ctl_grant(struct grant *g, struct ctl *c, int at)
{
	struct role r;
	struct err *e;

	*g = (struct grant){ 0 };
	if ((e = role_find(&r, c->tx, c->args[at])) != NULL ||
	    (e = place_find(&g->asset, c->tx,
		 c->n > at + 1 ? c->args[at + 1] : "")) != NULL)
		return err_pass(e);
	g->role = r.id;
	return NULL;
}

static struct err *
give_or_take(struct ctl *c,
    struct err *(*act)(struct tx *, int64_t, const struct grant *))
{
	struct grant g;
	struct err *e;
	int64_t id;

	if ((e = member_find(&id, c->tx, c->index_key, c->args[2])) != NULL ||
	    (e = ctl_grant(&g, c, 3)) != NULL ||
	    (e = act(c->tx, id, &g)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
give(struct ctl *c)
{
	struct err *e = give_or_take(c, member_give);

	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
take(struct ctl *c)
{
	struct err *e = give_or_take(c, member_take);

	return e != NULL ? err_pass(e) : NULL;
}

static const struct ctl_verb verbs[] = {
	/* clang-format off */
	{ "list", list, 0 },
	{ "put",  put,  2 },
	{ "drop", drop, 1 },
	{ "give", give, 2 },
	{ "take", take, 2 },
	/* clang-format on */
};

struct err *
ctl_role(struct ctl *c)
{
	struct err *e;

	e = ctl_verb(c, verbs, sizeof(verbs) / sizeof(*verbs));
	return e != NULL ? err_pass(e) : NULL;
}
