/*
 * model.h - how a device that does not exist would behave.
 *
 * Pure functions of (model, seed, point, time): the simulator answers with
 * them now, and a generated history is the same function asked earlier, so
 * both join without a seam.  Totals are the exact integrals of their flows.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * flow, channel, pump, excavator, heater, vending, robot, meter, charger,
 * waves
 */
bool model_known(const char *model);

/*
 * The model that suits a profile.  Simulator and history agree by default:
 * this model, and the device's unit number as the seed.
 */
const char *model_for(const char *profile_id);

/* A signal of one device, found once and asked often. */
struct behaviour {
	double (*value)(uint64_t seed, double t);
	uint64_t seed;
};

struct behaviour model_behaviour(const char *model, uint64_t seed,
    const char *key);
double model_at(const struct behaviour *, int64_t time_us);

/*
 * The value of a point at an instant (microseconds since 1970 UTC).  A key
 * that the model does not know follows a slow wave of its own.
 */
double model_value(const char *model, uint64_t seed, const char *key,
    int64_t time_us);

#endif
