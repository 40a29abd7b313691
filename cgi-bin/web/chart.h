/*
 * chart.h - a sensor over a span as the paths of an SVG picture.
 *
 * The cost does not depend on the span: the store gives a fixed number of
 * buckets, and each is one point of the line and two of the band.
 */
#ifndef WEB_CHART_H
#define WEB_CHART_H

#include "model/fleet.h"
#include "store/series.h"
#include "web/view.h"

enum { CHART_BUCKETS = 250, CHART_WIDTH = 1000, CHART_HEIGHT = 200 };

struct chart {
	const struct sensor *sensor;
	int64_t from, to;
	int64_t silence; /* longer without a reading is a gap, microseconds */
	struct bucket bucket[CHART_BUCKETS];
	struct losses lost; /* what is damaged, and so not in it */
};

/* The "chart" node of layout/macros.cs; times in the zone in use. */
void state_chart(struct view *, struct arena *, const struct chart *);

#endif
