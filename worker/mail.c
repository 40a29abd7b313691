/*
 * Mail that is due goes out, a letter a tenant in turn.
 *
 * A letter is taken in one transaction, sent outside of any, and noted in
 * another: who is killed between them sends it once more, with another link in
 * place of the first.  While no server is named, nothing is taken.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "base/env.h"
#include "base/hex.h"
#include "base/log.h"
#include "model/address.h"
#include "query.h"
#include "trust/mail.h"
#include "worker/jobs.h"
#include "worker/letter.h"

enum { SECRET_BYTES = 32 };

/* One letter, as it was taken. */
struct taken {
	int64_t id;	/* 0: none is due any more */
	const char *to; /* "": nobody can read it any more */
	struct letter letter;
};

/* What the link of a letter carries; the database gets its hash. */
struct secret {
	char hex[2 * SECRET_BYTES + 1];
	unsigned char hash[EVP_MAX_MD_SIZE];
};

static void
secret_make(struct secret *s)
{
	unsigned char bytes[SECRET_BYTES];

	env_get()->random(bytes, sizeof(bytes));
	(void)EVP_Digest(bytes, sizeof(bytes), s->hash, NULL, EVP_sha256(),
	    NULL);
	hex_write(s->hex, bytes, sizeof(bytes));
	OPENSSL_cleanse(bytes, sizeof(bytes));
}

static struct err *
read_letter(struct taken *t, struct tx *tx, const struct secret *s,
    const char *master_key)
{
	struct bytes hash = { s->hash, SECRET_BYTES };
	struct address to;
	struct rows *r;
	struct err *e;

	if ((e = tx_rows(&r, tx, &q_mail_take, ARGS(A(hash)))) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	t->id = rows_int(r, 0, MAIL_TAKE_MAIL_ID);
	t->letter = (struct letter){
		.kind = rows_text(r, 0, MAIL_TAKE_KIND),
		.name = rows_text(r, 0, MAIL_TAKE_NAME),
		.tenant = tx_who(tx)->tenant_name,
		.what = rows_text(r, 0, MAIL_TAKE_WHAT),
		.secret = s->hex,
	};
	to.user = rows_int(r, 0, MAIL_TAKE_USER_ID);
	if ((e = tx_rows(&r, tx, &q_mail_address, ARGS(A((long)to.user)))) !=
	    NULL)
		return err_pass(e);
	to.sealed = rows_bytes(r, 0, MAIL_ADDRESS_ADDRESS);
	/* It is noted as failed then, as one whose keys are gone. */
	if ((e = address_read(&t->to, tx, master_key, &to)) != NULL) {
		log_err(e, "mail=%lld", (long long)t->id);
		t->to = "";
	}
	return NULL;
}

static struct err *
take(struct taken *t, struct db *db, struct arena *a, const char *master_key,
    int32_t tenant, const struct secret *s)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = tenant };
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if ((e = read_letter(t, tx, s, master_key)) != NULL ||
	    (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

/* What became of it; failed: NULL when the server has it. */
static struct err *
note(struct db *db, struct arena *a, int32_t tenant, int64_t id,
    const struct err *failed)
{
	struct gate g = { .kind = GATE_WORKER, .tenant = tenant };
	struct tx *tx;
	struct err *e;

	if ((e = tx_begin(&tx, db, a, &g, TX_WRITE)) != NULL)
		return err_pass(e);
	if (failed == NULL)
		e = tx_send(tx, &q_mail_sent, ARGS(A((long)id)));
	else
		e = tx_send(tx, &q_mail_failed,
		    ARGS(A((long)id), A((const char *)failed->say),
			A(failed->kind == ERR_REFUSED)));
	if (e != NULL || (e = tx_commit(tx)) != NULL) {
		tx_rollback(tx);
		return err_pass(e);
	}
	return NULL;
}

static struct err *
send_letter(struct mailer *m, struct arena *a, const struct taken *t)
{
	struct mail mail = { .to = t->to,
		.to_name = t->letter.name,
		.from_name = t->letter.tenant };
	struct err *e;

	if (!letter_write(&mail.subject, &mail.text, a, &t->letter))
		return err_raise(ERR_BUG, "Something went wrong on our side.",
		    "no letter of kind %s", t->letter.kind);
	e = mailer_send(m, &mail);
	return e != NULL ? err_pass(e) : NULL;
}

/* One letter of the tenant; *on: the server would take others. */
static struct err *
one(bool *on, struct mailer *m, struct db *db, struct arena *a,
    const struct work *w, int32_t tenant)
{
	struct taken t = { 0 };
	struct err kept, *failed, *e;
	struct secret s;

	secret_make(&s);
	if ((e = take(&t, db, a, w->conf->master_key, tenant, &s)) != NULL)
		return err_pass(e);
	if (t.id == 0)
		return NULL;
	t.letter.origin = w->conf->origin;
	failed = send_letter(m, a, &t);
	OPENSSL_cleanse(&s, sizeof(s));
	if (failed != NULL) {
		kept = *failed;
		failed = &kept;
		*on = kept.kind != ERR_BUSY;
		log_warn("mail tenant=%d mail=%lld kind=%s why=\"%s\"", tenant,
		    (long long)t.id, t.letter.kind, kept.why);
	}
	e = note(db, a, tenant, t.id, failed);
	return e != NULL ? err_pass(e) : NULL;
}

/* A letter of every tenant of a database that has one due. */
static struct err *
round_at(bool *on, struct mailer **m, struct db *db, struct arena *a,
    const struct work *w)
{
	struct mail_server server = { w->conf->smtp, w->conf->smtp_login,
		w->conf->smtp_ca, w->conf->mail_from };
	struct rows *r;
	struct err *e;
	int i;

	if ((e = db_call(&r, db, a, &q_mail_due, NO_ARGS)) != NULL)
		return err_pass(e);
	if (rows_count(r) == 0)
		return NULL;
	if (*m == NULL && (e = mailer_open(m, a, &server)) != NULL)
		return err_pass(e);
	/* One that fails does not hold up those behind it. */
	for (i = 0; *on && i < rows_count(r); i++) {
		int32_t t = (int32_t)rows_int(r, i, MAIL_DUE_TENANT_ID);

		if ((e = one(on, *m, db, a, w, t)) != NULL)
			log_err(e, "mail tenant=%d", t);
	}
	return NULL;
}

struct err *
job_mail(struct db *db, struct arena *a, struct work *w)
{
	struct mailer *m = NULL; /* when there is something to send */
	struct db *at = db;
	struct err *e;
	bool on = true;
	size_t i = 0;

	if (*w->conf->smtp == 0)
		return NULL;
	for (; on && at != NULL; at = db_cell(db, i++))
		if ((e = round_at(&on, &m, at, a, w)) != NULL) {
			if (at == db)
				return err_pass(e);
			log_err(e, "mail of a cell");
		}
	w->did = m != NULL;
	w->more = m != NULL && on;
	return NULL;
}
