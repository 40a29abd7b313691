/*
 * chart.h - a sensor over a span as the paths of an SVG picture.
 *
 * The cost does not depend on the span: there are about as many buckets,
 * whatever it is, and each is one point of the line and two of the band.
 */
#ifndef WEB_CHART_H
#define WEB_CHART_H

#include "intake/gap.h"
#include "model/fleet.h"
#include "store/series.h"
#include "web/view.h"

enum { CHART_BUCKETS = 250, CHART_WIDTH = 1000, CHART_HEIGHT = 200 };

struct chart {
	const struct sensor *sensor;
	int64_t from, to;
	size_t n;	 /* buckets, CHART_BUCKETS at most */
	int64_t silence; /* longer without a reading is a gap, microseconds */
	struct bucket bucket[CHART_BUCKETS];
	struct losses lost;	  /* what is damaged, and so not in it */
	struct gap_list given_up; /* at the edge; of this device */
};

/*
 * Edges of at most n buckets; returns how many.  They are equal in a short
 * span.  In a long one they are whole hours or days of the zone in use, but
 * for the first and the last, so that the rollups answer for them exactly.
 */
size_t chart_edges(int64_t *edge, size_t n, int64_t from, int64_t to);

/*
 * How far apart the points of a series without a gap may be, when more than
 * `silence` is one: readings that are gone have left one point an hour.
 */
int64_t chart_silence(const struct series *, int64_t silence);

/* The "chart" node of layout/macros.cs; times in the zone in use. */
void state_chart(struct view *, struct arena *, const struct chart *);

#endif
