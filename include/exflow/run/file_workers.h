/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers: from capture files through decode and the meters to the exporter.
 *
 * The calling thread reads, decodes and deals the segments out by the hash of
 * their key; each worker is a thread with a meter of its own.  Segments carry
 * the time of the input, so the records are the same whatever the number of
 * workers.
 */
#ifndef EXFLOW_RUN_FILE_WORKERS_H
#define EXFLOW_RUN_FILE_WORKERS_H

#include <signal.h>
#include <stddef.h>

#include "exflow/decode/decode.h"
#include "exflow/export/exporter.h"
#include "exflow/meter/ledger.h"
#include "exflow/meter/meter.h"
#include "exflow/status/progress.h"

#define WORKERS_MAX 64

struct worker_options {
	char *const *inputs; /* paths, "-" for standard input */
	size_t input_count;
	const char *filter; /* NULL: every packet */
	struct decode_options decode;
	struct meter_options meter; /* hash is set by the run */
	unsigned workers;           /* 1 … WORKERS_MAX */
	struct exporter *exporter;
	struct progress *progress;         /* NULL: none */
	const volatile sig_atomic_t *stop; /* set: end as at end of input */
};

/*
 * Read all inputs in their order as one stream; every exchange has been put
 * to the exporter when it returns.  0, or -1 where an input could not be
 * read to its end: each such input has been logged, the others were read.
 */
int worker_run(const struct worker_options *options, struct ledger *ledger);

/* Octets of all inputs on disk, 0 where one is a pipe: for progress_new. */
uint64_t worker_input_octets(const struct worker_options *options);

#endif
