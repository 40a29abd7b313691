#include "model/signin.h"

#include <string.h>

#include "model/datakey.h"
#include "query.h"

static struct err *
read_groups(struct signin *s, struct tx *tx)
{
	struct signin_group *v;
	struct rows *r;
	struct err *e;
	int i;

	if ((e = tx_rows(&r, tx, &q_oidc_groups,
		 ARGS(A((int)tx_who(tx)->tenant), A(SIGNIN_GROUPS_MAX)))) !=
	    NULL)
		return err_pass(e);
	s->n = (size_t)rows_count(r);
	v = arena_array(tx_arena(tx), s->n + 1, sizeof(*v));
	for (i = 0; i < rows_count(r); i++)
		v[i] = (struct signin_group){
			.name = rows_text(r, i, OIDC_GROUPS_NAME),
			.role = rows_text(r, i, OIDC_GROUPS_ROLE),
		};
	s->groups = v;
	return NULL;
}

struct err *
signin_read(struct signin *s, struct tx *tx)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_oidc_show, NO_ARGS)) != NULL)
		return err_pass(e);
	*s = (struct signin){ .slug = rows_text(r, 0, OIDC_SHOW_SLUG) };
	if (rows_null(r, 0, OIDC_SHOW_ISSUER))
		return NULL;
	s->name = rows_text(r, 0, OIDC_SHOW_NAME);
	s->issuer = rows_text(r, 0, OIDC_SHOW_ISSUER);
	s->client = rows_text(r, 0, OIDC_SHOW_CLIENT_ID);
	s->claim = rows_text(r, 0, OIDC_SHOW_GROUPS_CLAIM);
	s->creates = rows_bool(r, 0, OIDC_SHOW_MAY_CREATE);
	if ((e = read_groups(s, tx)) != NULL)
		return err_pass(e);
	return NULL;
}

/* The secret as the database keeps it; SQL NULL for none. */
static struct err *
seal_secret(struct arg *sealed, struct tx *tx, const char *secret,
    const char *master_key)
{
	struct arena *a = tx_arena(tx);
	size_t n = strlen(secret);
	struct seal_master *master;
	struct seal_key *key;
	struct bytes out;
	struct err *e;

	*sealed = arg_null();
	if (n == 0)
		return NULL;
	if (n > SIGNIN_SECRET_MAX)
		return err_raise(ERR_INPUT, "Secret: at most 500 letters.",
		    "%zu bytes", n);
	if ((e = seal_master_load(&master, a, master_key)) != NULL ||
	    (e = datakey_of(&key, tx, master)) != NULL ||
	    (e = seal_put(&out, a, key,
		 (struct bytes){ (const unsigned char *)secret, n },
		 arena_printf(a, "oidc|%d", (int)tx_who(tx)->tenant))) != NULL)
		return err_pass(e);
	*sealed = arg_bytes(out);
	return NULL;
}

struct err *
signin_put(struct tx *tx, const struct signin *s, const char *secret,
    const char *master_key)
{
	struct arena *a = tx_arena(tx);
	const char **name = arena_array(a, s->n + 1, sizeof(*name));
	const char **role = arena_array(a, s->n + 1, sizeof(*role));
	struct arg sealed;
	struct rows *r;
	struct err *e;
	size_t i;

	for (i = 0; i < s->n; i++) {
		name[i] = s->groups[i].name;
		role[i] = s->groups[i].role;
	}
	if ((e = seal_secret(&sealed, tx, secret, master_key)) != NULL ||
	    (e = tx_rows(&r, tx, &q_oidc_put,
		 ARGS(A(s->name), A(s->issuer), A(s->client), sealed,
		     A(s->claim), A(s->creates), arr_text(a, name, s->n),
		     arr_text(a, role, s->n)))) != NULL)
		return err_pass(e);
	return NULL;
}

struct err *
signin_drop(struct tx *tx)
{
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_oidc_drop, NO_ARGS)) != NULL)
		return err_pass(e);
	if (!rows_bool(r, 0, OIDC_DROP_DONE))
		return err_raise(ERR_MISSING, "There is no provider.",
		    "nothing to drop");
	return NULL;
}

/* The text without blanks around it. */
static const char *
trimmed(struct arena *a, const char *p, const char *end)
{
	static const char blanks[] = " \t\r\n";

	while (p < end && strchr(blanks, *p) != NULL)
		p++;
	while (p < end && strchr(blanks, end[-1]) != NULL)
		end--;
	return arena_copy(a, p, (size_t)(end - p));
}

struct err *
signin_groups(struct signin *s, struct arena *a, const char *text)
{
	struct signin_group *v = arena_array(a, SIGNIN_GROUPS_MAX, sizeof(*v));
	const char *end, *eq;
	size_t line;

	s->groups = v;
	s->n = 0;
	for (line = 1; *text != 0; line++) {
		end = text + strcspn(text, "\n");
		/* A group may have the sign in its name, a role has not. */
		for (eq = end; eq > text && *eq != '='; eq--)
			;
		if (*trimmed(a, text, end) == 0) {
			text = end + (*end != 0);
			continue;
		}
		if (s->n == SIGNIN_GROUPS_MAX)
			return err_raise(ERR_INPUT,
			    "Groups: at most 200 lines.", "groups");
		v[s->n] = (struct signin_group){ .name = trimmed(a, text, eq),
			.role = trimmed(a, eq + (eq < end), end) };
		if (*eq != '=' || *v[s->n].name == 0 || *v[s->n].role == 0)
			return err_say(err_raise(ERR_INPUT, "", "groups"),
			    "Groups, line %zu: write GROUP = ROLE.", line);
		s->n++;
		text = end + (*end != 0);
	}
	return NULL;
}
