#include "profile/xlsx_part.h"

#include <expat.h>
#include <string.h>
#include <zip.h>

#include "profile/xlsx.h"

enum {
	CHUNK = 16 * 1024,
	DEPTH_MAX = 100 /* of elements in each other */
};

struct parts {
	struct arena *arena;
	zip_t *zip;
	size_t inflated; /* bytes, of all parts */

	/* Of the part in hand. */
	XML_Parser parser;
	const struct part_walk *walk;
	void *own;
	size_t depth;
	const char *refused; /* why it is read no further; NULL */
};

/* ---- XML ---- */

/* Without its name space. */
static const char *
local(const char *name)
{
	const char *bar = strrchr(name, '|');

	return bar != NULL ? bar + 1 : name;
}

const char *
part_attribute(const char **v, const char *name)
{
	for (; *v != NULL; v += 2)
		if (strcmp(local(v[0]), name) == 0)
			return v[1];
	return "";
}

void
part_refuse(struct parts *p, const char *why)
{
	if (p->refused == NULL)
		p->refused = why;
	(void)XML_StopParser(p->parser, XML_FALSE);
}

/* What was refused may still be told to its next end. */
static void
on_start(void *what, const char *name, const char **attributes)
{
	struct parts *p = what;

	if (++p->depth > DEPTH_MAX)
		part_refuse(p, "It nests too deep.");
	if (p->refused == NULL)
		p->walk->open(p->own, local(name), attributes);
}

static void
on_end(void *what, const char *name)
{
	struct parts *p = what;

	p->depth--;
	if (p->refused == NULL && p->walk->close != NULL)
		p->walk->close(p->own, local(name));
}

static void
on_text(void *what, const char *s, int n)
{
	struct parts *p = what;

	if (p->refused == NULL && p->walk->text != NULL)
		p->walk->text(p->own, s, (size_t)n);
}

static void
on_doctype(void *what, const char *name, const char *system, const char *public,
    int has_subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	part_refuse(what, "It has a document type.");
}

static struct err *
damaged(const struct parts *p, const char *path)
{
	const char *why = p->refused;

	if (why == NULL)
		why = XML_ErrorString(XML_GetErrorCode(p->parser));
	return err_raise(ERR_INPUT, XLSX_DAMAGED, "%s: %s", path, why);
}

static struct err *
parse(struct parts *p, const char *path, const struct buf *whole)
{
	struct err *e = NULL;

	if ((p->parser = XML_ParserCreateNS(NULL, '|')) == NULL)
		return err_raise(ERR_BUSY,
		    "The spreadsheet cannot be read now. Try again.",
		    "%s: no memory for a parser", path);
	XML_SetUserData(p->parser, p);
	XML_SetElementHandler(p->parser, on_start, on_end);
	XML_SetCharacterDataHandler(p->parser, on_text);
	XML_SetStartDoctypeDeclHandler(p->parser, on_doctype);
	/* At once: in pieces a long name would be looked at again and again. */
	if (XML_Parse(p->parser, (const char *)whole->p, (int)whole->n, 1) !=
	    XML_STATUS_OK)
		e = damaged(p, path);
	XML_ParserFree(p->parser);
	return e != NULL ? err_pass(e) : NULL;
}

/* ---- the zip ---- */

/* What it unpacks to, whatever the zip says of its size. */
static struct err *
inflate_part(struct buf *to, struct parts *p, zip_file_t *f, const char *path)
{
	zip_int64_t n;

	do {
		if ((n = zip_fread(f, buf_room(to, CHUNK), CHUNK)) < 0)
			return err_raise(ERR_INPUT, XLSX_DAMAGED, "%s: %s",
			    path, zip_file_strerror(f));
		to->n += (size_t)n;
		p->inflated += (size_t)n;
		if (p->inflated > XLSX_INFLATED_MAX)
			return err_raise(ERR_TOO_BIG,
			    "The spreadsheet unpacks to too much.",
			    "%s: over %d bytes", path, XLSX_INFLATED_MAX);
	} while (n > 0);
	return NULL;
}

struct err *
part_read(struct parts *p, const char *path, const struct part_walk *walk,
    void *own)
{
	struct buf whole = buf_new(p->arena, CHUNK);
	zip_file_t *f = zip_fopen(p->zip, path, 0);
	struct err *e;

	if (f == NULL && walk->may_lack &&
	    zip_error_code_zip(zip_get_error(p->zip)) == ZIP_ER_NOENT)
		return NULL;
	if (f == NULL)
		return err_raise(ERR_INPUT, XLSX_DAMAGED, "%s: %s", path,
		    zip_strerror(p->zip));
	e = inflate_part(&whole, p, f, path);
	(void)zip_fclose(f);
	if (e != NULL)
		return err_pass(e);
	p->walk = walk;
	p->own = own;
	p->depth = 0;
	if ((e = parse(p, path, &whole)) != NULL)
		return err_pass(e);
	return NULL;
}

static void
zip_end(void *zip)
{
	zip_discard(zip);
}

struct err *
parts_open(struct parts **out, struct arena *a, struct bytes file)
{
	struct parts *p = arena_alloc(a, sizeof(*p));
	zip_error_t why;
	zip_source_t *s;

	p->arena = a;
	zip_error_init(&why);
	s = zip_source_buffer_create(file.p, file.n, 0, &why);
	if (s != NULL &&
	    (p->zip = zip_open_from_source(s, ZIP_RDONLY, &why)) == NULL)
		zip_source_free(s);
	if (p->zip == NULL)
		return err_raise(ERR_INPUT, XLSX_DAMAGED, "%s",
		    zip_error_strerror(&why));
	arena_defer(a, zip_end, p->zip);
	*out = p;
	return NULL;
}
