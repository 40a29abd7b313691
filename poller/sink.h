/*
 * sink.h - where readings go from the spool, and where the plan comes from.
 *
 * Sent means stored: NULL comes back only after the other side has committed.
 * ERR_BUSY is worth trying again; anything else will be said again.
 */
#ifndef POLLER_SINK_H
#define POLLER_SINK_H

#include "command.h"
#include "intake/gap.h"
#include "look.h"
#include "store/block.h"
#include "trial.h"
#include "trust/manifest.h"

struct unit_report;
struct uplink;

/* What goes together; the readings are settled in place. */
struct shipment {
	int32_t tenant;
	uint64_t number; /* of this run, from 1; the same when tried again */
	struct readings *r;
	const struct gap *gap;
	size_t gaps;
};

struct sink {
	struct err *(
	    *send)(struct sink *, struct arena *, const struct shipment *);

	/* The roster's text, as roster_parse reads it; p NULL: as before. */
	struct err *(*plan)(struct bytes *, struct sink *, struct arena *);

	/*
	 * One round with commands and with what somebody wants to see: what
	 * became of some, and which are to be carried out; at last only the
	 * former.  NULL: none come this way.
	 */
	struct err *(*orders)(struct sink *, struct arena *, bool last);

	/*
	 * What became of commands goes where it outlives us, as long as the
	 * other side does not hear it.  NULL: there is no such place.
	 */
	void (*keep)(struct sink *, struct arena *);

	/*
	 * How so many units answer, and how many records wait; when some of it
	 * was taken down and some not, the former is told.  NULL: nobody there
	 * takes it down.
	 */
	struct err *(*health)(struct sink *, struct arena *,
	    struct unit_report *, size_t n, uint64_t waiting);

	/* How finely is told from now on.  NULL: it carries anything. */
	struct err *(
	    *quality)(struct sink *, struct arena *, const struct uplink *);
	size_t wire; /* bytes of the shipment that was sent last */

	size_t together; /* readings in one shipment, at most */
	/*
	 * All goes under one credential: when that is refused everything
	 * waits, and nothing is put aside.
	 */
	bool has_one_key;
	int orders_ms; /* between two rounds with commands */
	/* After ERR_BUSY: how long the other side asks to wait, 0: not said;
	 * and how long we wait at most when it does not say. */
	int wait_ms, cap_ms;
};

/* Straight into this cell's database, and the worker woken. */
struct sink *sink_postgres(struct arena *, const char *database,
    const char *wake, struct commands *, struct looks *);

/* To an ingest by HTTPS; all of it "" where it is not asked for. */
struct https_conf {
	const char *server;   /* "https://host:port" */
	const char *key_file; /* of mode 0600, the gateway's API key; or cert */
	const char *ca;	      /* file; else the system's */
	const char *pin;      /* of the server's key: "sha256//..." */
	const char *cert, *cert_key; /* files, of our own */
	const char *spool;	     /* folder, for what is known of commands */
	int commands_s;		     /* how often to ask for them */
	/* Plans signed for this gateway, by this key; NULL: unsigned ones. */
	struct trial *trial;
	EVP_PKEY *plan_key;
	const char *gateway;
};
struct err *sink_https(struct sink **, struct arena *,
    const struct https_conf *, struct commands *) MUST_CHECK;

#endif
