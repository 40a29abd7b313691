/* book.h - workbooks of any parts, also of such as nobody would make. */
#ifndef TESTS_BOOK_H
#define TESTS_BOOK_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/buf.h"

#define BOOK_LIST "xl/workbook.xml"
#define BOOK_LINKS "xl/_rels/workbook.xml.rels"
#define BOOK_STRINGS "xl/sharedStrings.xml"
#define BOOK_SHEET "xl/s.xml"

struct book_part {
	const char *path;
	struct bytes xml; /* p is NULL: there is no such part */
};

static inline struct bytes
book_text(const char *s)
{
	return (struct bytes){ (const unsigned char *)s, strlen(s) };
}

/* These parts as one file; is_packed: smaller. */
static inline struct bytes
book_zip(struct arena *a, const struct book_part *v, size_t n, bool is_packed)
{
	zip_source_t *to = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *z = zip_open_from_source(to, ZIP_TRUNCATE, NULL);
	struct buf b = buf_new(a, 4096);
	zip_int64_t i, got;

	zip_source_keep(to);
	for (; n > 0; n--, v++) {
		if (v->xml.p == NULL)
			continue;
		i = zip_file_add(z, v->path,
		    zip_source_buffer(z, v->xml.p, v->xml.n, 0), 0);
		(void)zip_set_file_compression(z, (zip_uint64_t)i,
		    is_packed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
	}
	if (zip_close(z) != 0 || zip_source_open(to) != 0)
		abort();
	while ((got = zip_source_read(to, buf_room(&b, 4096), 4096)) > 0)
		b.n += (size_t)got;
	(void)zip_source_close(to);
	zip_source_free(to);
	return (struct bytes){ b.p, b.n };
}

/* A workbook of one sheet, named S. */
static inline struct bytes
book_of(struct arena *a, struct bytes sheet, struct bytes strings,
    bool is_packed)
{
	const struct book_part v[] = {
		{ BOOK_LIST, book_text("<w><sheet name='S' id='1'/></w>") },
		{ BOOK_LINKS,
		    book_text("<r><Relationship Id='1' Target='s.xml'/></r>") },
		{ BOOK_STRINGS, strings },
		{ BOOK_SHEET, sheet },
	};

	return book_zip(a, v, sizeof(v) / sizeof(*v), is_packed);
}

#endif
