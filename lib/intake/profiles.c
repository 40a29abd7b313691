#include "intake/profiles.h"

#include <string.h>

#include "base/log.h"

struct kept {
	const char *id;
	const struct profile *profile; /* NULL: there is none */
};

struct profiles {
	struct arena *arena;
	const char *dir;
	struct kept v[PROFILES_KEPT];
	size_t n;
};

struct profiles *
profiles_open(struct arena *a, const char *dir)
{
	struct profiles *all = arena_alloc(a, sizeof(*all));

	all->arena = a;
	all->dir = arena_text(a, dir);
	return all;
}

const struct profile *
profiles_find(struct profiles *all, const char *id)
{
	struct profile *p = NULL;
	const struct err *e;
	size_t i;

	if (all == NULL || *all->dir == 0 || *id == 0)
		return NULL;
	for (i = 0; i < all->n; i++)
		if (strcmp(all->v[i].id, id) == 0)
			return all->v[i].profile;
	if (all->n == PROFILES_KEPT)
		return NULL;
	if ((e = profile_load(&p, all->arena, all->dir, id)) != NULL) {
		log_err(e, "profile");
		p = NULL;
	}
	all->v[all->n++] =
	    (struct kept){ .id = arena_text(all->arena, id), .profile = p };
	return p;
}
