#include "cgi-bin/api/source.h"

bool
fleet_simulated(const struct fleet *f)
{
	bool simulated = false;
	size_t i, k;

	for (i = 0; i < f->n; i++)
		for (k = 0; k < f->sites[i].n; k++)
			simulated |= f->sites[i].devices[k].simulated;
	return simulated;
}
