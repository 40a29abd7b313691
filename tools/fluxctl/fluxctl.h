/*
 * fluxctl.h - the operator's tool: a table of commands, one function each.
 */
#ifndef FLUXCTL_FLUXCTL_H
#define FLUXCTL_FLUXCTL_H

#include "db/db.h"
#include "model/member.h"

struct ctl {
	struct arena *arena;
	struct db *db;
	const char *migrate_database;
	const char *worker_database;
	const char *archive; /* folder */
	const char *sql;
	const char *profiles;
	const char *master_key;	 /* file; "": none */
	const char *request_key; /* file; "": none */
	const char *index_key;	 /* file; "": none */
	const char *audit_keys;	 /* folder; "": none */
	const char *anchor;	 /* folder; "": none */
	const char *origin;	 /* "https://host"; "": not known */
	const char *server_cert; /* file; "": not known */
	int status;    /* what the program ends with when all went well */
	struct tx *tx; /* of the tenant named in args[0], where there is one */
	char **args;   /* behind the command's name, up to NULL */
	int n;
};

typedef struct err *command(struct ctl *);

struct ctl_command {
	const char *name;
	command *run;
	int least;	/* so many words behind its name */
	bool in_tenant; /* args[0] names one, and ctl->tx is its transaction */
	const char *usage; /* what is in CAPITALS the caller puts in */
	const char *does;
};

/* What is done with a thing of the tenant: TENANT WORD ARGUMENTS. */
struct ctl_verb {
	const char *word;
	command *run;
	int args; /* behind the word, at least */
};

/* Runs the one that args[1] says; ERR_INPUT: there is none of so many words. */
struct err *ctl_verb(struct ctl *, const struct ctl_verb *,
    size_t n) MUST_CHECK;

command ctl_migrate;
command ctl_tenant;
command ctl_user;
command ctl_simulate;
command ctl_site;
command ctl_asset;
command ctl_device;
command ctl_key;
command ctl_revoke;
command ctl_poller;
command ctl_history;
command ctl_retention;
command ctl_archive;
command ctl_meter;
command ctl_virtual;
command ctl_quarantine;
command ctl_agent;
command ctl_permissions;
command ctl_session;
command ctl_reset;
command ctl_role;
command ctl_invite;
command ctl_rotate;
command ctl_limits;
command ctl_quota;
command ctl_ca;
command ctl_cert;
command ctl_claim;
command ctl_audit;
command ctl_seal;
command ctl_rekey;
command ctl_shred;
command ctl_oidc;
command ctl_suspend;
command ctl_resume;
command ctl_export;
command ctl_drop;
command ctl_farewell;
command ctl_doctor;
command ctl_move;

/* The value behind "--name" among the arguments, or the fallback. */
const char *ctl_option(const struct ctl *, const char *name,
    const char *fallback);
bool ctl_flag(const struct ctl *, const char *name);

/* Write down what a command has made, if it is one that makes something. */
struct err *ctl_note(struct ctl *, const char *command_name) MUST_CHECK;

/* Begin ctl->tx as the tenant of that name. */
struct err *ctl_enter(struct ctl *, const char *tenant) MUST_CHECK;

/* "ROLE [ASSET]" from args[at] on. */
struct err *ctl_grant(struct grant *, struct ctl *, int at) MUST_CHECK;

#endif
