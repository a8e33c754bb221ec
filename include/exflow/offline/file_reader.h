/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture files, through decode and the meters, to the exporter.
 *
 * The calling thread is the reading thread: it reads, decodes and hashes, and
 * the dispatcher gives each segment to the meter that its hash belongs to, on
 * that meter's thread.  Segments carry the time of the input, so the records
 * are the same whatever the number of meters.
 */
#ifndef EXFLOW_OFFLINE_FILE_READER_H
#define EXFLOW_OFFLINE_FILE_READER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/decode.h"
#include "exflow/export/exporter.h"
#include "exflow/exchange/ledger.h"
#include "exflow/meter/meter.h"
#include "exflow/status/progress.h"

struct file_reader_options {
	char *const *inputs; /* paths, "-" for standard input */
	size_t input_count;
	bool merge;          /* in the order of time; else one by one */
	duration clock_jump; /* see timeline.h */
	const char *filter;  /* NULL: every packet */
	struct decode_options decode;
	struct meter_options meter; /* hash is set by the run */
	unsigned workers;           /* meters, 1 or more */
	struct exporter *exporter;
	struct interface_numbers *numbers; /* of interfaces; see inputs.h */
	struct quality_totals *totals;     /* are added there; or NULL */
	struct progress *progress;         /* NULL: none */
	/*
	 * Not 0: end as at the end of input.  SIGPIPE is put there where
	 * nobody reads the pipe of an output any more.
	 */
	volatile sig_atomic_t *stop;
};

/*
 * Read all inputs as one stream.  When it returns, every
 * exchange has ended and its record has been given to the exporter.  0, or -1
 * if an input could not be read to its end: each such input has been logged,
 * and the others were read.  *octets: how many of the inputs were read.
 */
int file_reader_run(const struct file_reader_options *options,
    struct ledger *ledger, uint64_t *octets);

/* Octets of all inputs on disk, 0 if one is a pipe: for progress_new. */
uint64_t file_reader_octets(const struct file_reader_options *options);

#endif
