/* The values that come back: binary, in network order. */
#include <endian.h>
#include <string.h>

#include "db/internal.h"

struct rows {
	PGresult *res;
	struct arena *arena;
};

static void
rows_clear(void *rows)
{
	PQclear(((struct rows *)rows)->res);
}

struct rows *
rows_new(struct arena *a, PGresult *res)
{
	struct rows *r = arena_alloc(a, sizeof(*r));

	r->res = res;
	r->arena = a;
	arena_defer(a, rows_clear, r);
	return r;
}

void
rows_take(struct rows *r, PGresult *res)
{
	r->res = res;
}

int
rows_count(const struct rows *r)
{
	return PQntuples(r->res);
}

bool
rows_null(const struct rows *r, int row, int col)
{
	return PQgetisnull(r->res, row, col);
}

static uint64_t
be(const void *p, int n)
{
	const unsigned char *c = p;
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *c++;
	return v;
}

/* An integer of 2, 4 or 8 bytes, with its sign. */
static int64_t
integer(const void *p, int n)
{
	switch (n) {
	case 2:
		return (int16_t)be(p, 2);
	case 4:
		return (int32_t)be(p, 4);
	case 8:
		return (int64_t)be(p, 8);
	default:
		return 0;
	}
}

static double
real(const void *p)
{
	uint64_t bits = be(p, 8);
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

int64_t
rows_int(const struct rows *r, int row, int col)
{
	return integer(PQgetvalue(r->res, row, col),
	    PQgetlength(r->res, row, col));
}

double
rows_real(const struct rows *r, int row, int col)
{
	if (PQgetlength(r->res, row, col) != 8)
		return 0;
	return real(PQgetvalue(r->res, row, col));
}

bool
rows_bool(const struct rows *r, int row, int col)
{
	return PQgetlength(r->res, row, col) == 1 &&
	       *PQgetvalue(r->res, row, col) != 0;
}

int64_t
rows_time(const struct rows *r, int row, int col)
{
	if (PQgetlength(r->res, row, col) != 8)
		return 0;
	return rows_int(r, row, col) + EPOCH_2000;
}

const char *
rows_text(const struct rows *r, int row, int col)
{
	return PQgetvalue(r->res, row, col);
}

struct bytes
rows_bytes(const struct rows *r, int row, int col)
{
	return (
	    struct bytes){ (const unsigned char *)PQgetvalue(r->res, row, col),
		(size_t)PQgetlength(r->res, row, col) };
}

/* Walks the members of a one-dimensional array without NULLs. */
struct members {
	const unsigned char *p, *end;
	size_t n;
};

static struct members
members(const struct rows *r, int row, int col)
{
	struct bytes b = rows_bytes(r, row, col);
	struct members m = { b.p, b.p + b.n, 0 };

	if (b.n < 20 || be(b.p, 4) != 1)
		return m;
	m.n = (size_t)be(b.p + 12, 4);
	m.p += 20;
	if (m.n > b.n / 4)
		m.n = 0;
	return m;
}

/* The next member of the given width; NULL when the bytes do not fit. */
static const unsigned char *
next(struct members *m, uint32_t width)
{
	const unsigned char *p = m->p + 4;

	if (m->end - m->p < 4 + (ptrdiff_t)width || be(m->p, 4) != width)
		return NULL;
	m->p = p + width;
	return p;
}

#define READER(name, type, width, convert)                            \
	size_t name(type **v, const struct rows *r, int row, int col) \
	{                                                             \
		struct members m = members(r, row, col);              \
		size_t i;                                             \
                                                                      \
		*v = arena_array(r->arena, m.n + 1, sizeof(**v));     \
		for (i = 0; i < m.n; i++) {                           \
			const unsigned char *p = next(&m, width);     \
                                                                      \
			if (p == NULL)                                \
				return i;                             \
			(*v)[i] = (type)(convert);                    \
		}                                                     \
		return m.n;                                           \
	}

READER(rows_ints, int32_t, 4, be(p, 4))
READER(rows_smalls, int16_t, 2, be(p, 2))
READER(rows_reals, double, 8, real(p))
READER(rows_times, int64_t, 8, (int64_t)be(p, 8) + EPOCH_2000)
