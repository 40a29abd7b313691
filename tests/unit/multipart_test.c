/*
 * multipart_test.c - forms with files: what browsers send, and what they do
 * not.
 */
#include "web/multipart.h"

#include "check.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define B "--boundary"
#define D "Content-Disposition: form-data; name="

/* "name=data" or "name[file]=data" for each part; NULL: it is refused. */
static const struct {
	const char *body, *parts;
} bodies[] = {
	/* clang-format off */
	{ B "\r\n" D "\"a\"\r\n\r\n1\r\n" B "--", "a=1;" },
	{ B "\r\n" D "\"a\"\r\n\r\n1\r\n" B "\r\n" D "b\r\n\r\n\r\n" B "--\r\n",
	    "a=1;b=;" },
	{ "\r\n\r\n" B "\r\n" D "\"a\"\r\n\r\nx\r\n" B "--", "a=x;" },
	{ B "--\r\n", "" },
	{ B "\r\n" D "\"f\"; filename=\"t.csv\"\r\nContent-Type: text/csv\r\n"
	    "X-y!#$%&'*+-.^_`|~: z\r\n\r\na,b\r\n1,2\r\n\r\n" B "--",
	    "f[t.csv]=a,b\r\n1,2\r\n;" },
	{ B "\r\nContent-disposition: form-data; filename=\"a%22b\"; "
	    "name=\"f\"\r\n\r\nx\r\n" B "--", "f[a\"b]=x;" },
	{ B "\r\n" D "\"f\"; filename=\"a\\\"b\\\\\"\r\n\r\nx\r\n" B "--",
	    "f[a\"b\\]=x;" },
	{ B "\r\n" D "\"a\"\r\n\r\nQ\r\n" B "Q\r\n" B "--",
	    "a=Q\r\n" B "Q;" },
	{ B "\r\n" D "\"a\"\r\n\r\nQ\r\n" B "-Q\r\n" B "--",
	    "a=Q\r\n" B "-Q;" },
	{ B "\r\n" D "\"a\"\r\n\r\n" B "--", "a=;" },
	{ B "\r\n" D "\"a\"\r\n\r\n1\r\n" B, NULL },
	{ B "\r\n" D "\"a\"\r\n\r\n1\r\n", NULL },
	{ B "\r\n" D "\"a\"\r\n", NULL },
	{ B "\r\nContent-\r\nisposition: form-data; name=\"a\"\r\n\r\n1\r\n" B "--",
	    NULL },
	{ B "\r\nContent-Disposition: form-data; n\rme=\"a\"\r\n\r\n1\r\n" B "--",
	    NULL },
	{ B "\r\n" D "\"a\"\nX: y\r\n\r\n1\r\n" B "--", NULL },
	{ B "\r\nContent-<<<position: form-data; name=\"a\"\r\n\r\n1\r\n" B "--",
	    NULL },
	{ B "\r\nContent-Type: text/plain\r\n\r\n1\r\n" B "--", NULL },
	{ B "\r\n" D "\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n"
	    B "--", NULL },
	{ B "\r\n\r\n1\r\n" B "--", NULL },
	{ B "x\r\n" D "\"a\"\r\n\r\n1\r\n" B "--", NULL },
	{ "preamble\r\n" B "\r\n" D "\"a\"\r\n\r\n1\r\n" B "--", NULL },
	{ "", NULL },
	/* clang-format on */
};

static const char *
parts(struct arena *a, const char *type, const char *body)
{
	struct bytes b = { (const unsigned char *)body, strlen(body) };
	struct buf out = buf_new(a, 128);
	struct multipart m;
	struct part p;
	bool more;

	if (multipart_open(&m, a, type, b) != NULL)
		return NULL;
	for (;;) {
		if (multipart_next(&more, &p, &m) != NULL)
			return NULL;
		if (!more)
			return (const char *)out.p;
		buf_text(&out, p.name);
		if (p.file != NULL)
			buf_printf(&out, "[%s]", p.file);
		buf_byte(&out, '=');
		buf_put(&out, p.data.p, p.data.n);
		buf_byte(&out, ';');
	}
}

TEST(a_form_is_its_parts)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < COUNT(bodies); i++) {
		const char *got = parts(a,
		    "multipart/form-data; boundary=boundary", bodies[i].body);

		CHECK((got == NULL) == (bodies[i].parts == NULL));
		if (got != NULL && bodies[i].parts != NULL)
			CHECK_TEXT(got, bodies[i].parts);
	}
	arena_free(a);
}

TEST(the_boundary_comes_from_the_type)
{
	static const char *const types[] = { "multipart/form-data",
		"multipart/form-data; charset=x",
		"multipart/form-data; boundary=",
		"multipart/mixed; boundary=boundary",
		"multipart/form-data; boundary=\"boundary",
		"multipart/form-data; boundary=other",
		"application/x-www-form-urlencoded" };
	const char *body = B "\r\n" D "\"a\"\r\n\r\n1\r\n" B "--";
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < COUNT(types); i++)
		CHECK(parts(a, types[i], body) == NULL);
	CHECK_TEXT(parts(a,
		       "Multipart/Form-Data; charset=\"x;y\"; "
		       "Boundary=\"boundary\"",
		       body),
	    "a=1;");
	arena_free(a);
}
