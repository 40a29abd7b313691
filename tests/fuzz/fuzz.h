/*
 * fuzz.h - what the fuzz targets share.
 *
 * A target is run by tools/fuzz: with FLUX_SEEDS set it writes the inputs it
 * starts from into that folder, generated and never committed.  A claim that
 * does not hold ends the process, which libFuzzer reports with the input.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define CLAIM(claim)                                                   \
	do {                                                           \
		if (!(claim)) {                                        \
			(void)fprintf(stderr, "%s:%d: %s\n", __FILE__, \
			    __LINE__, #claim);                         \
			abort();                                       \
		}                                                      \
	} while (0)

/* A seed of this number, when seeds are asked for. */
static inline void
seed_write(int number, const void *bytes, size_t n)
{
	const char *folder = getenv("FLUX_SEEDS");
	char path[1024];
	FILE *f;

	if (folder == NULL)
		return;
	(void)snprintf(path, sizeof(path), "%s/seed-%03d", folder, number);
	if ((f = fopen(path, "wb")) == NULL)
		return;
	(void)fwrite(bytes, 1, n, f);
	(void)fclose(f);
}

#endif
