/*
 * Tables as spreadsheets.  The library writes the rows of a sheet into a file
 * without a name as they come, keeping one in memory, and packs them all when
 * the workbook is closed; only then is there a first byte to send.  What that
 * may take of time and disk is bounded here.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/zone.h"
#include "cgi-bin/api/writer.h"

enum {
	SHEET_ROWS = 1048576, /* with the head; what Excel takes */
	SHEET_COLUMNS = 16384,
	TEXT_MAX = 32767,   /* of a cell */
	ROWS_MAX = 2000000, /* of a workbook */
	LOOK_ROWS = 1024,   /* between two looks at the clock and the disk */
	WRITE_S = 60,	    /* until the last row is written */
	PACK_S = 120,	    /* to close the workbook */
	STALE_S = 60,	    /* no file has a name for so long */
	PIECE = 64 * 1024,  /* of the answer */
	TIME_WIDTH = 24,    /* of columns, in characters */
	NARROW_WIDTH = 12,
	TEXT_WIDTH = 18
};

static const int64_t MEGA = 1024 * 1024;
static const int64_t BYTES_MAX = 1024 * MEGA;  /* of rows, before packing */
static const int64_t SPARE_BYTES = 256 * MEGA; /* of disk, for others */

static const char sorry[] = "The sheet cannot be made now.";

/* A day is 1 and 1970 is so many days after the zero of spreadsheets. */
static const double EPOCH_DAY = 25569;
/* Before March 1900 they count a day that never was. */
static const double FIRST_DAY = 61;

struct book {
	lxw_workbook *lxw;    /* NULL: closed */
	lxw_worksheet *sheet; /* the one that is written */
	lxw_format *time, *head;
	int sheets;
	lxw_row_t next;	 /* row of the sheet */
	int64_t rows;	 /* of all sheets, without their heads */
	int64_t bytes;	 /* of the sheets before this one */
	int64_t started; /* env_mono */
	int fd;		 /* of the workbook's file; -1: none */
	const char *folder;
	struct buf text; /* of a cell that is not as it came */
};

/* ---- files that have no name ---- */

static void
book_drop(void *what)
{
	struct book *k = what;
	lxw_worksheet *s;

	if (k->lxw != NULL) {
		/* The library leaves these open. */
		for (s = STAILQ_FIRST(k->lxw->worksheets); s != NULL;
		     s = STAILQ_NEXT(s, list_pointers))
			if (s->optimize_tmpfile != NULL)
				(void)fclose(s->optimize_tmpfile);
		lxw_workbook_free(k->lxw);
	}
	if (k->fd >= 0)
		(void)close(k->fd);
	k->lxw = NULL;
	k->fd = -1;
}

/*
 * A file loses its name as soon as it is made, here and in the library, so
 * none outlives its process.  What was killed between the two is swept by
 * whoever comes next.
 */
static void
sweep(const char *folder)
{
	DIR *d = opendir(folder);
	int64_t now = env_now() / CLOCK_S;
	struct dirent *f;
	struct stat st;

	if (d == NULL)
		return;
	while ((f = readdir(d)) != NULL)
		if (fstatat(dirfd(d), f->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    S_ISREG(st.st_mode) && st.st_mtime < now - STALE_S)
			(void)unlinkat(dirfd(d), f->d_name, 0);
	(void)closedir(d);
}

static struct err *
file_make(struct book *k, struct arena *a)
{
	char *name = arena_printf(a, "%s/book.XXXXXX", k->folder);

	k->fd = mkostemp(name, O_CLOEXEC);
	if (k->fd < 0)
		return err_raise(ERR_BUG, sorry, "mkostemp %s: %s", name,
		    strerror(errno));
	(void)unlink(name);
	return NULL;
}

/* ---- bounds ---- */

static struct err *
too_large(const char *why)
{
	return err_raise(ERR_TOO_BIG,
	    "format: an xlsx file has 2,000,000 rows and 1 GB of cells at "
	    "most. Ask for a shorter span, or for csv, which has no limit.",
	    "%s", why);
}

/* The rows lie on disk a second time when they are packed, and packed. */
static struct err *
check_disk(const struct book *k, int64_t bytes)
{
	struct statvfs fs;

	if (statvfs(k->folder, &fs) != 0)
		return err_raise(ERR_BUG, sorry, "statvfs %s: %s", k->folder,
		    strerror(errno));
	if ((int64_t)(fs.f_bavail * fs.f_frsize) > bytes * 3 / 2 + SPARE_BYTES)
		return NULL;
	return err_raise(ERR_TOO_BIG,
	    "format: there is no room for this xlsx file now. Ask for a "
	    "shorter span, or for csv.",
	    "%lld bytes of rows in %s", (long long)bytes, k->folder);
}

/* Are we still within bounds, and did what was written reach its file? */
static struct err *
look(const struct book *k)
{
	FILE *f = k->sheet->optimize_tmpfile;
	int64_t bytes = k->bytes + ftello(f);

	if (ferror(f))
		return err_raise(ERR_BUG, sorry, "writing rows in %s",
		    k->folder);
	if (bytes > BYTES_MAX)
		return too_large("bytes of rows");
	if (env_mono() - k->started > WRITE_S * CLOCK_S)
		return err_raise(ERR_BUSY,
		    "The sheet takes too long now. Try again, or ask for csv.",
		    "%lld rows in %d s", (long long)k->rows, WRITE_S);
	req_patience(WRITE_S);
	return check_disk(k, bytes);
}

static struct err *
failed(lxw_error e)
{
	return err_raise(ERR_BUG, sorry, "xlsxwriter: %s", lxw_strerror(e));
}

/* ---- cells ---- */

/*
 * A text as a cell can hold it: two code points that XML knows not become the
 * one for such cases, and what is too long is cut and says so.  Lives until
 * the next call.
 */
static const char *
fit(struct book *k, const char *s)
{
	static const char cut[] = " ... (cut)";
	size_t n = strlen(s), room = TEXT_MAX - sizeof(cut);
	struct buf *b = &k->text;
	char *p;

	if (n <= TEXT_MAX && strstr(s, "\xef\xbf\xbe") == NULL &&
	    strstr(s, "\xef\xbf\xbf") == NULL)
		return s;
	while (n > TEXT_MAX && ((unsigned char)s[room] & 0xc0) == 0x80)
		room--;
	b->n = 0;
	buf_put(b, s, n > TEXT_MAX ? room : n);
	if (n > TEXT_MAX)
		buf_text(b, cut);
	for (p = (char *)b->p; (p = strstr(p, "\xef\xbf")) != NULL; p += 3)
		if (p[2] == '\xbe' || p[2] == '\xbf')
			p[2] = '\xbd';
	return (const char *)b->p;
}

static lxw_error
put_text(struct book *k, lxw_col_t i, const char *s)
{
	if (*s == 0)
		return LXW_NO_ERROR;
	return worksheet_write_string(k->sheet, k->next, i, fit(k, s), NULL);
}

static lxw_error
put_real(struct book *k, lxw_col_t i, double v)
{
	if (isnan(v))
		return LXW_NO_ERROR;
	if (isinf(v))
		return put_text(k, i, v > 0 ? "Infinity" : "-Infinity");
	return worksheet_write_number(k->sheet, k->next, i, v, NULL);
}

/* As the clocks of the zone show it; a text when spreadsheets cannot. */
static lxw_error
put_clock(struct book *k, lxw_col_t i, int64_t us)
{
	double day = (double)(us + zone_offset(us)) / (double)CLOCK_DAY;

	if (day + EPOCH_DAY < FIRST_DAY) {
		k->text.n = 0;
		clock_put(&k->text, us);
		return put_text(k, i, (const char *)k->text.p);
	}
	return worksheet_write_number(k->sheet, k->next, i, day + EPOCH_DAY,
	    k->time);
}

static lxw_error
put_cell(struct book *k, lxw_col_t i, struct cell c)
{
	switch (c.type) {
	case CELL_TEXT:
		return put_text(k, i, c.text);
	case CELL_REAL:
		return put_real(k, i, c.real);
	case CELL_INT:
		return put_real(k, i, (double)c.n);
	case CELL_BOOL:
		return worksheet_write_boolean(k->sheet, k->next, i, c.n != 0,
		    NULL);
	case CELL_TIME:
		return put_clock(k, i, c.n);
	case CELL_NONE:
		break;
	}
	return LXW_NO_ERROR;
}

/* ---- sheets ---- */

static double
width_of(const struct column *c, const char *title)
{
	double least = c->type == CELL_TIME   ? TIME_WIDTH
		       : c->type == CELL_TEXT ? TEXT_WIDTH
					      : NARROW_WIDTH;
	double wanted = (double)strlen(title) + 2;

	return wanted > 3 * TEXT_WIDTH ? 3 * TEXT_WIDTH
	       : wanted > least	       ? wanted
				       : least;
}

/* Names with their units, which stay in sight; of times it is the zone. */
static struct err *
put_head(struct table *t)
{
	struct book *k = t->own;
	lxw_error e = LXW_NO_ERROR;
	size_t i;

	for (i = 0; i < t->all && e == LXW_NO_ERROR; i++) {
		struct column c = t->column[i];
		lxw_col_t at = (lxw_col_t)i;
		const char *title;

		if (c.type == CELL_TIME)
			c.unit = t->form.zone;
		title = column_title(t->rq->arena, &c);
		(void)worksheet_set_column(k->sheet, at, at,
		    width_of(&c, title), NULL);
		e = worksheet_write_string(k->sheet, 0, at, fit(k, title),
		    k->head);
	}
	worksheet_freeze_panes(k->sheet, 1, 0);
	k->next = 1;
	return e != LXW_NO_ERROR ? failed(e) : NULL;
}

/* "readings", "readings 2", ... */
static struct err *
sheet_add(struct table *t)
{
	struct book *k = t->own;
	const char *name = t->name;
	struct err *e;

	if (k->sheet != NULL)
		k->bytes += ftello(k->sheet->optimize_tmpfile);
	if (++k->sheets > 1)
		name = arena_printf(t->rq->arena, "%s %d", t->name, k->sheets);
	k->sheet = workbook_add_worksheet(k->lxw, name);
	if (k->sheet == NULL || k->sheet->optimize_tmpfile == NULL)
		return err_raise(ERR_BUG, sorry, "no sheet %s in %s", name,
		    k->folder);
	if ((e = put_head(t)) != NULL)
		return err_pass(e);
	e = look(k);
	return e != NULL ? err_pass(e) : NULL;
}

static struct err *
book_open(struct book *k, struct arena *a)
{
	lxw_workbook_options how = {
		.constant_memory = LXW_TRUE,
		.tmpdir = arena_text(a, k->folder),
		.use_zip64 = LXW_FALSE,
	};
	struct err *e;

	sweep(k->folder);
	if ((e = file_make(k, a)) != NULL)
		return err_pass(e);
	k->lxw =
	    workbook_new_opt(arena_printf(a, "/proc/self/fd/%d", k->fd), &how);
	if (k->lxw == NULL)
		return err_raise(ERR_BUG, sorry, "workbook_new_opt");
	k->time = workbook_add_format(k->lxw);
	k->head = workbook_add_format(k->lxw);
	if (k->time == NULL || k->head == NULL)
		return err_raise(ERR_BUG, sorry, "workbook_add_format");
	format_set_num_format(k->time, "yyyy-mm-dd hh:mm:ss.000");
	format_set_bold(k->head);
	return NULL;
}

static struct err *
sheet_begin(struct table *t)
{
	struct book *k = arena_alloc(t->rq->arena, sizeof(*k));
	struct err *e;

	t->own = k;
	k->fd = -1;
	k->text = buf_new(t->rq->arena, 64);
	k->folder = req_conf(t->rq)->scratch;
	k->started = env_mono();
	if (*k->folder == 0)
		return err_raise(ERR_INPUT,
		    "format: xlsx is not set up here; csv is.", "no scratch");
	if (t->all > SHEET_COLUMNS)
		return err_raise(ERR_TOO_BIG,
		    "format: an xlsx file has 16,384 columns at most. Ask for "
		    "fewer sensors, or for csv.",
		    "%zu columns", t->all);
	zone_use(t->form.zone);
	arena_defer(t->rq->arena, book_drop, k);
	if ((e = book_open(k, t->rq->arena)) != NULL ||
	    (e = sheet_add(t)) != NULL)
		return err_pass(e);
	return NULL;
}

static struct err *
sheet_row(struct table *t, const struct cell *v)
{
	struct book *k = t->own;
	lxw_error bad = LXW_NO_ERROR;
	struct err *e = NULL;
	size_t i;

	if (k->rows == ROWS_MAX)
		return too_large("rows");
	if (k->next == SHEET_ROWS)
		e = sheet_add(t);
	else if (k->rows % LOOK_ROWS == 0)
		e = look(k);
	if (e != NULL)
		return err_pass(e);
	for (i = 0; i < t->all && bad == LXW_NO_ERROR; i++)
		bad = put_cell(k, (lxw_col_t)i, v[i]);
	if (bad != LXW_NO_ERROR)
		return failed(bad);
	k->next++;
	k->rows++;
	return NULL;
}

/* ---- the whole ---- */

/* Nothing is read any more; the database need not wait for the packing. */
static struct err *
leave_database(struct req *rq)
{
	struct tx *tx = rq->tx;
	struct err *e;

	rq->tx = NULL;
	if (tx == NULL || (e = tx_commit(tx)) == NULL)
		return NULL;
	tx_rollback(tx);
	return err_pass(e);
}

static struct err *
book_close(struct book *k)
{
	lxw_workbook *lxw = k->lxw;
	struct err *e;
	lxw_error bad;

	if ((e = look(k)) != NULL)
		return err_pass(e);
	k->lxw = NULL;
	req_patience(PACK_S);
	bad = workbook_close(lxw);
	return bad != LXW_NO_ERROR ? failed(bad) : NULL;
}

static struct err *
sheet_end(struct table *t)
{
	struct book *k = t->own;
	struct buf *b = &t->rs->body;
	struct err *e;
	off_t at = 0;
	ssize_t n;

	if ((e = leave_database(t->rq)) != NULL || (e = book_close(k)) != NULL)
		return err_pass(e);
	while ((n = pread(k->fd, buf_room(b, PIECE), PIECE, at)) > 0) {
		b->n += (size_t)n;
		at += n;
		if ((e = res_flush(t->rq, t->rs)) != NULL)
			return err_pass(e);
	}
	if (n < 0 || at == 0)
		return err_raise(ERR_BUG, sorry, "pread after %lld bytes: %s",
		    (long long)at, strerror(errno));
	return NULL;
}

const struct writer sheet_writer = {
	.type = "application/vnd.openxmlformats-officedocument."
		"spreadsheetml.sheet",
	.suffix = "xlsx",
	.begin = sheet_begin,
	.row = sheet_row,
	.end = sheet_end,
};
