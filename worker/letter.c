#include "worker/letter.h"

#include <string.h>

/* clang-format off */
/* {word} stands for the letter's own; {what} is a line each. */
static const struct {
	const char *kind, *subject, *text;
} letters[] = {
	{ "invite", "Your invitation to {tenant}",
	    "Hello {name},\n"
	    "\n"
	    "you are invited to {tenant}. Choose a password here, then sign in "
	    "with it:\n"
	    "\n"
	    "{origin}/invite/{secret}\n"
	    "\n"
	    "The link counts once, for three days. Nobody else should have it.\n"
	},
	{ "reset", "A new password for {tenant}",
	    "Hello {name},\n"
	    "\n"
	    "somebody, you we hope, has forgotten your password at {tenant}. "
	    "Choose a new one here:\n"
	    "\n"
	    "{origin}/reset/{secret}\n"
	    "\n"
	    "The link counts once, for 15 minutes. When it was not you, do "
	    "nothing: your password stays as it is.\n"
	},
	{ "security", "How you sign in to {tenant} has changed",
	    "Hello {name},\n"
	    "\n"
	    "at {tenant}:\n"
	    "\n"
	    "{what}\n"
	    "\n"
	    "When it was you, there is nothing to do. When it was not, tell an "
	    "administrator at once, and choose a new password: "
	    "{origin}/account\n"
	},
	{ "expiry", "Keys of {tenant} are about to end",
	    "Hello {name},\n"
	    "\n"
	    "these end soon; what sends with them is refused then:\n"
	    "\n"
	    "{what}\n"
	    "\n"
	    "All of them are at {origin}/admin/keys and "
	    "{origin}/admin/certificates\n"
	},
	{ "quota", "A quota of {tenant} is nearly used up",
	    "Hello {name},\n"
	    "\n"
	    "of what {tenant} may use:\n"
	    "\n"
	    "{what}\n"
	    "\n"
	    "See {origin}/admin/quota\n"
	},
};
/* clang-format on */

/* What this word, of n letters, stands for; NULL: for itself. */
static const char *
meaning(const struct letter *l, const char *word, size_t n)
{
	const struct {
		const char *word, *text;
	} all[] = {
		{ "name", l->name },
		{ "tenant", l->tenant },
		{ "what", l->what },
		{ "secret", l->secret },
		{ "origin", l->origin },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strlen(all[i].word) == n &&
		    memcmp(all[i].word, word, n) == 0)
			return all[i].text != NULL ? all[i].text : "";
	return NULL;
}

static const char *
fill(struct arena *a, const char *text, const struct letter *l)
{
	struct buf b = buf_new(a, 1024);
	const char *end, *put;

	for (; *text != 0; text++) {
		put = NULL;
		if (*text == '{' && (end = strchr(text, '}')) != NULL)
			put = meaning(l, text + 1, (size_t)(end - text - 1));
		if (put == NULL) {
			buf_byte(&b, (unsigned char)*text);
			continue;
		}
		buf_text(&b, put);
		text = end;
	}
	return (const char *)b.p;
}

bool
letter_write(const char **subject, const char **text, struct arena *a,
    const struct letter *l)
{
	size_t i;

	for (i = 0; i < sizeof(letters) / sizeof(*letters); i++) {
		if (strcmp(letters[i].kind, l->kind) != 0)
			continue;
		*subject = fill(a, letters[i].subject, l);
		*text = fill(a, letters[i].text, l);
		return true;
	}
	return false;
}
