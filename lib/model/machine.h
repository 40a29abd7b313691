/*
 * machine.h - how machines behave: excavator, water heater, vending machine,
 * robot, electricity meter and charger.
 *
 * A table of signals; each is a pure function of the device's seed and the
 * time.  Energy is the integral of power, temperatures follow with inertia,
 * and hours and counts are those of the states that were shown.
 */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

#include <stddef.h>
#include <stdint.h>

struct signal {
	const char *model, *key;
	double (*value)(uint64_t seed, double t);
};

/* The signal of that model and key, NULL when there is none; key NULL: any. */
const struct signal *signal_find(const struct signal *, size_t n,
    const char *model, const char *key);

/* The same among the machines of this file. */
const struct signal *machine_signal(const char *model, const char *key);

#endif
