/*
 * manual.h - what fluxctl has to say of itself, made from its own tables, so
 * that no page of it can tell what the program does not do.
 */
#ifndef FLUXCTL_MANUAL_H
#define FLUXCTL_MANUAL_H

#include "base/conf.h"
#include "fluxctl/fluxctl.h"

struct manual {
	const struct ctl_command *commands;
	size_t n_commands;
	const struct conf_key *keys;
	size_t n_keys;
};

/* On stdout, for "--man" or "--completion"; false: it is neither. */
bool manual_print(const struct manual *, const char *option);

#endif
