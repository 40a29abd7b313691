/* Commands that are several: the word behind the tenant says which. */
#include <string.h>

#include "fluxctl/fluxctl.h"

struct err *
ctl_verb(struct ctl *c, const struct ctl_verb *verbs, size_t n)
{
	struct err *e;
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(verbs[i].word, c->args[1]) != 0 ||
		    c->n < 2 + verbs[i].args)
			continue;
		e = verbs[i].run(c);
		return e != NULL ? err_pass(e) : NULL;
	}
	return err_raise(ERR_INPUT,
	    "There is no such word here, or words are missing behind it.", "%s",
	    c->args[1]);
}
