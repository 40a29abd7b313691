/* manual: the page of section 1, and what a shell completes with. */
#include "fluxctl/manual.h"

#include <stdio.h>
#include <string.h>

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define LETTERS "abcdefghijklmnopqrstuvwxyz_-"
#define BETWEEN " \n\t|[],"

/* Text inside a line of roff; what breaks a line there is a blank here. */
static void
put(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '\\')
			(void)fputs("\\e", stdout);
		else if (s[i] == '-')
			(void)fputs("\\-", stdout);
		else if (s[i] == '\n')
			(void)putchar(' ');
		else if (s[i] != '\t')
			(void)putchar(s[i]);
	}
}

static void
line(const char *s)
{
	put(s, strlen(s));
	(void)putchar('\n');
}

/* The same, what the caller puts in in italics. */
static void
words(const char *s)
{
	size_t n;

	for (; *s != 0; s += n) {
		n = strspn(s, CAPITALS);
		if (n > 0) {
			(void)printf("\\fI%.*s\\fR", (int)n, s);
			continue;
		}
		n = strcspn(s, CAPITALS);
		put(s, n);
	}
	(void)putchar('\n');
}

static void
page_commands(const struct manual *m)
{
	size_t i;

	for (i = 0; i < m->n_commands; i++) {
		(void)printf(".PP\n\\fB%s\\fR%s", m->commands[i].name,
		    *m->commands[i].usage != 0 ? " " : "");
		words(m->commands[i].usage);
		(void)printf(".RS 4\n");
		line(m->commands[i].does);
		(void)printf(".RE\n");
	}
}

static void
page_keys(const struct manual *m)
{
	size_t i;

	for (i = 0; i < m->n_keys; i++) {
		(void)printf(".TP\n.B %s\n", m->keys[i].key);
		put(m->keys[i].help, strlen(m->keys[i].help));
		line(m->keys[i].fallback != NULL ? "; may be left out" : "");
	}
}

static void
page(const struct manual *m)
{
	(void)printf(".\\\" Printed by fluxctl --man.\n"
		     ".TH FLUXCTL 1 \"\" Fluxline Fluxline\n"
		     ".nh\n.ad l\n"
		     ".SH NAME\n"
		     "fluxctl \\- what an operator does to an instance\n"
		     ".SH SYNOPSIS\n"
		     "\\fBfluxctl\\fR \\fICONFIG COMMAND\\fR ...\n.br\n"
		     "\\fBfluxctl \\-\\-man\\fR | \\fB\\-\\-completion\\fR\n"
		     ".SH DESCRIPTION\n");
	line("Does one thing to the instance whose settings CONFIG names. "
	     "A command that takes a TENANT works in the tenant of that name "
	     "alone.");
	(void)printf(".PP\n");
	line("--man prints this page, --completion what bash completes with: "
	     "eval \"$(fluxctl --completion)\".");
	(void)printf(".SH COMMANDS\n");
	page_commands(m);
	(void)printf(".SH CONFIGURATION\n");
	line("A file of lines \"key = value\"; an unknown key is an error.");
	page_keys(m);
	(void)printf(".SH \"EXIT STATUS\"\n");
	line("0: done; 1: not done, and stderr says why; 2: the words are not "
	     "such a command.");
}

/* Whether this word stands in the text before it, too. */
static bool
is_again(const char *text, const char *word, size_t n)
{
	size_t k;

	for (; text < word; text += k + (text[k] != 0)) {
		k = strcspn(text, BETWEEN);
		if (k == n && memcmp(text, word, n) == 0)
			return true;
	}
	return false;
}

/* What is said as it stands, each word once. */
static void
bash_words(const char *usage)
{
	const char *s = usage;
	const char *blank = "";
	size_t n;

	for (; *s != 0; s += n + (s[n] != 0)) {
		n = strcspn(s, BETWEEN);
		if (n == 0 || strspn(s, LETTERS) != n || is_again(usage, s, n))
			continue;
		(void)printf("%s%.*s", blank, (int)n, s);
		blank = " ";
	}
}

static void
bash(const struct manual *m)
{
	size_t i;

	(void)printf("# Printed by fluxctl --completion.\n"
		     "_fluxctl()\n{\n\tlocal words=\n\n"
		     "\tcase $COMP_CWORD in\n"
		     "\t1) [[ $2 != -* ]] || words='--man --completion' ;;\n"
		     "\t2) words='");
	for (i = 0; i < m->n_commands; i++)
		(void)printf("%s%s", i > 0 ? " " : "", m->commands[i].name);
	(void)printf("' ;;\n\t*)\n\t\tcase ${COMP_WORDS[2]} in\n");
	for (i = 0; i < m->n_commands; i++) {
		(void)printf("\t\t%s) words='", m->commands[i].name);
		bash_words(m->commands[i].usage);
		(void)printf("' ;;\n");
	}
	(void)printf("\t\tesac ;;\n\tesac\n"
		     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
		     "\"$2\")\n"
		     "}\ncomplete -o default -F _fluxctl fluxctl\n");
}

bool
manual_print(const struct manual *m, const char *option)
{
	static const struct {
		const char *option;
		void (*print)(const struct manual *);
	} all[] = { { "--man", page }, { "--completion", bash } };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (strcmp(all[i].option, option) == 0) {
			all[i].print(m);
			return true;
		}
	return false;
}
