#include "model/member.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/hex.h"
#include "query.h"

enum { LISTED_MAX = MEMBERS_MAX * GRANTS_MAX };

static struct err *
missing(int64_t id)
{
	return err_raise(ERR_MISSING, "There is no such person.", "user %lld",
	    (long long)id);
}

static struct grant
read_grant(const struct rows *r, int i)
{
	return (struct grant){
		.role = (int32_t)rows_int(r, i, MEMBER_GRANTS_ROLE_ID),
		.asset = (int32_t)rows_int(r, i, MEMBER_GRANTS_ASSET_ID),
		.role_name = rows_text(r, i, MEMBER_GRANTS_ROLE),
		.place = rows_text(r, i, MEMBER_GRANTS_PLACE),
		.can = (uint64_t)rows_int(r, i, MEMBER_GRANTS_CAN),
	};
}

/* Whose row this is; only what was asked for comes. */
static struct member *
owner(struct member *v, size_t n, int64_t id)
{
	size_t i = 0;

	while (i + 1 < n && v[i].id != id)
		i++;
	return &v[i];
}

/* The grants of these people; those of one come together. */
static struct err *
grants_load(struct member *v, size_t n, struct tx *tx)
{
	struct arena *a = tx_arena(tx);
	int64_t *id = arena_array(a, n + 1, sizeof(*id));
	struct grant *all;
	struct rows *r;
	struct err *e;
	size_t i;
	int k;

	for (i = 0; i < n; i++)
		id[i] = v[i].id;
	if ((e = tx_rows(&r, tx, &q_member_grants,
		 ARGS(A((int)tx_who(tx)->tenant), arr_long(a, id, n),
		     A(LISTED_MAX)))) != NULL)
		return err_pass(e);
	all = arena_array(a, (size_t)rows_count(r) + 1, sizeof(*all));
	for (k = 0; k < rows_count(r); k++)
		all[k] = read_grant(r, k);
	for (k = 0; k < rows_count(r); k++) {
		struct member *m =
		    owner(v, n, rows_int(r, k, MEMBER_GRANTS_USER_ID));

		if (m->n++ == 0)
			m->grants = &all[k];
		m->held |= all[k].can;
	}
	return NULL;
}

static struct member
read_member(const struct rows *r, int i)
{
	return (struct member){
		.id = rows_int(r, i, MEMBER_LIST_USER_ID),
		.name = rows_text(r, i, MEMBER_LIST_NAME),
		.suspended = !rows_null(r, i, MEMBER_LIST_SUSPENDED_AT),
		.has_password = rows_bool(r, i, MEMBER_LIST_HAS_PASSWORD),
		.seen = rows_time(r, i, MEMBER_LIST_SEEN_AT),
	};
}

/* The rows that are asked for; the rest was fetched for its addresses. */
static struct err *
members_read(struct members *all, struct arena *a, const struct seal_key *k,
    const struct rows *r, const char *part)
{
	struct err *e;
	int i;

	*all = (struct members){ 0 };
	all->v = arena_array(a, MEMBERS_MAX + 1, sizeof(*all->v));
	for (i = 0; i < rows_count(r) && !all->more; i++) {
		struct member m = read_member(r, i);
		struct address sealed = { m.id,
			rows_bytes(r, i, MEMBER_LIST_ADDRESS) };

		if ((e = address_open(&m.email, a, k, &sealed)) != NULL)
			return err_pass(e);
		if (!rows_bool(r, i, MEMBER_LIST_FOUND) &&
		    strcasestr(m.email, part) == NULL)
			continue;
		all->more = all->n == MEMBERS_MAX;
		if (!all->more)
			all->v[all->n++] = m;
	}
	return NULL;
}

struct err *
members_load(struct members *all, struct tx *tx,
    const struct address_keys *keys, const char *part)
{
	struct arena *a = tx_arena(tx);
	const char *index;
	struct seal_key *k;
	struct rows *r;
	struct err *e;

	if ((e = address_index(&index, a, keys->index_key, part)) != NULL ||
	    (e = tx_rows(&r, tx, &q_member_list,
		 ARGS(A((int)tx_who(tx)->tenant), A(part), A(index),
		     A(*part != 0 ? SEARCHED_MAX : MEMBERS_MAX + 1)))) !=
		NULL ||
	    (e = address_key(&k, tx, keys->master_key)) != NULL ||
	    (e = members_read(all, a, k, r, part)) != NULL ||
	    (e = grants_load(all->v, all->n, tx)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
member_find(int64_t *id, struct tx *tx, const char *index_key,
    const char *address)
{
	const char *index;
	struct rows *r;
	struct err *e;

	if ((e = address_index(&index, tx_arena(tx), index_key, address)) !=
		NULL ||
	    (e = tx_rows(&r, tx, &q_member_find,
		 ARGS(A((int)tx_who(tx)->tenant), A(index)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return err_raise(ERR_MISSING, "There is no such person.",
		    "no member of that address");
	*id = rows_int(r, 0, MEMBER_FIND_USER_ID);
	return NULL;
}

/* As two arrays. */
struct split {
	struct arg roles, assets;
};

static struct split
split(struct arena *a, const struct grant *g, size_t n)
{
	int32_t *role = arena_array(a, n + 1, sizeof(*role));
	int32_t *asset = arena_array(a, n + 1, sizeof(*asset));
	size_t i;

	for (i = 0; i < n; i++) {
		role[i] = g[i].role;
		asset[i] = g[i].asset;
	}
	return (struct split){ arr_int(a, role, n), arr_int(a, asset, n) };
}

struct err *
member_seal(struct tx *tx, const char *master_key, int64_t id,
    const char *address)
{
	struct arena *a = tx_arena(tx);
	struct address to = { .user = id };
	struct seal_master *master;
	struct seal_key *k;
	struct rows *r;
	struct err *e;

	if ((e = seal_master_load(&master, a, master_key)) != NULL ||
	    (e = datakey_of(&k, tx, master)) != NULL ||
	    (e = address_seal(&to, a, k, address)) != NULL ||
	    (e = tx_rows(&r, tx, &q_address_seal,
		 ARGS(A((long)id), A(to.sealed)))) != NULL)
		return err_pass(e);
	return rows_bool(r, 0, ADDRESS_SEAL_DONE) ? NULL : missing(id);
}

struct err *
member_invite(int64_t *id, struct tx *tx, const struct address_keys *keys,
    const struct newcomer *who)
{
	struct split s = split(tx_arena(tx), &who->grant, 1);
	const char *index;
	struct rows *r;
	struct err *e;

	if (!address_valid(who->address))
		return err_raise(ERR_INPUT, "email: an address is needed.",
		    "invitation");
	if ((e = address_index(&index, tx_arena(tx), keys->index_key,
		 who->address)) != NULL ||
	    (e = tx_rows(&r, tx, &q_member_invite,
		 ARGS(A(index), A(who->name), s.roles, s.assets))) != NULL)
		return err_pass(e);
	*id = rows_int(r, 0, MEMBER_INVITE_USER_ID);
	e = member_seal(tx, keys->master_key, *id, who->address);
	return e != NULL ? err_pass(e) : NULL;
}

/* The answers of these functions are one truth: whether there is such a one. */
static struct err *
act(struct tx *tx, const struct stmt *q, struct arg *args, int n, int64_t id)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, q, args, n)) != NULL)
		return err_pass(e);
	return rows_bool(r, 0, 0) ? NULL : missing(id);
}

struct err *
member_roles(struct tx *tx, int64_t id, const struct grant *g, size_t n)
{
	struct split s = split(tx_arena(tx), g, n);
	struct err *e =
	    act(tx, &q_member_roles, ARGS(A((long)id), s.roles, s.assets), id);

	return e != NULL ? err_pass(e) : NULL;
}

/* What he holds but for this one grant; there is room for one more. */
static struct err *
others(struct grant **out, size_t *n, struct tx *tx, int64_t id,
    const struct grant *but)
{
	struct member m = { .id = id };
	struct grant *v;
	struct err *e;
	size_t i;

	if ((e = grants_load(&m, 1, tx)) != NULL)
		return err_pass(e);
	v = arena_array(tx_arena(tx), m.n + 1, sizeof(*v));
	*n = 0;
	for (i = 0; i < m.n; i++)
		if (m.grants[i].role != but->role ||
		    m.grants[i].asset != but->asset)
			v[(*n)++] = m.grants[i];
	*out = v;
	return NULL;
}

struct err *
member_give(struct tx *tx, int64_t id, const struct grant *g)
{
	struct grant *v;
	struct err *e;
	size_t n;

	if ((e = others(&v, &n, tx, id, g)) != NULL)
		return err_pass(e);
	v[n++] = *g;
	e = member_roles(tx, id, v, n);
	return e != NULL ? err_pass(e) : NULL;
}

struct err *
member_take(struct tx *tx, int64_t id, const struct grant *g)
{
	struct grant *v;
	struct err *e;
	size_t n;

	if ((e = others(&v, &n, tx, id, g)) != NULL ||
	    (e = member_roles(tx, id, v, n)) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
member_suspend(struct tx *tx, int64_t id, bool away)
{
	struct err *e =
	    act(tx, &q_member_suspend, ARGS(A((long)id), A(away)), id);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
member_remove(struct tx *tx, int64_t id)
{
	struct err *e = act(tx, &q_member_remove, ARGS(A((long)id)), id);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
member_manage(struct tx *tx, int64_t id)
{
	struct err *e = act(tx, &q_member_manage, ARGS(A((long)id)), id);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
member_sign_out(struct tx *tx, int64_t id)
{
	struct err *e = act(tx, &q_people_sessions_end, ARGS(A((long)id)), id);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
member_factor_drop(struct tx *tx, int64_t id)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_people_factor_drop, ARGS(A((long)id)))) !=
	    NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, PEOPLE_FACTOR_DROP_OK))
		return err_raise(ERR_MISSING,
		    "This person has no second factor.", "user %lld",
		    (long long)id);
	return NULL;
}

struct err *
member_mail(struct tx *tx, int64_t id)
{
	struct err *e = act(tx, &q_mail_invite, ARGS(A((long)id)), id);

	return e != NULL ? err_pass(e) : NULL;
}

struct err *
member_ticket(struct ticket *t, struct tx *tx, int64_t id)
{
	unsigned char secret[TICKET_BYTES], hash[EVP_MAX_MD_SIZE];
	char hex[2 * TICKET_BYTES + 1];
	struct rows *r;
	struct err *e;

	env_get()->random(secret, sizeof(secret));
	(void)EVP_Digest(secret, sizeof(secret), hash, NULL, EVP_sha256(),
	    NULL);
	if ((e = tx_rows(&r, tx, &q_people_ticket_make,
		 ARGS(A((long)id), A(((struct bytes){ hash, 32 }))))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return missing(id);
	if (strcmp(rows_text(r, 0, PEOPLE_TICKET_MAKE_KIND), "invite") != 0)
		return err_raise(ERR_CONFLICT,
		    "This person has come already and has a password.",
		    "user %lld", (long long)id);
	hex_write(hex, secret, TICKET_BYTES);
	t->path = arena_printf(tx_arena(tx), "/invite/%s", hex);
	t->until = rows_time(r, 0, PEOPLE_TICKET_MAKE_EXPIRES_AT);
	return NULL;
}
