#include "cgi-bin/api/source.h"

void
mark_source(struct res *rs, bool simulated)
{
	res_header(rs, "X-Data-Source", simulated ? "simulation" : "field");
}
