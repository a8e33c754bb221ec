/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker of the probe, and what it is asked.
 */
#ifndef EXFLOW_SRC_RUN_PROBE_INTERNAL_H
#define EXFLOW_SRC_RUN_PROBE_INTERNAL_H

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "exflow/run/probe.h"

#include "monotonic.h"

struct worker;

/*
 * Something to be done by a worker, in steps between which it reads packets:
 * called until it says that it is done.
 */
struct request {
	bool (*step)(struct worker *worker, struct request *request);
	struct meter_walk walk;
	/* What it is about, each for some. */
	const struct meter_options *meter;
	struct ledger ledger;
	struct meter_load load;
	struct exchange *exchanges;
	size_t limit, count;
	probe_keep *keep;
	void *context;
	uint64_t found;
};

struct worker {
	struct probe *probe;
	unsigned number;
	pthread_t thread;
	bool running;
	int wake[2]; /* a pipe: somebody has asked */

	/* Of each interface. */
	struct interface **handles;
	struct decoder **decoders;
	struct pollfd *polled; /* and the pipe */

	struct meter *meter;
	struct exporter_port *port;
	struct segment batch[METER_BATCH];
	size_t filled;
	size_t interface; /* of the packet that is being taken */
	struct monotonic clock;
	timestamp now;
	uint64_t packet_base; /* of the packets' numbers */
	struct ledger ledger; /* what the meter does not count */
	timestamp looked;     /* after the interfaces, by the clock */
	_Atomic(struct request *) request;
};

struct probe {
	struct probe_options options;
	struct flow_hash hash;
	struct worker *workers;
	atomic_bool stop;
	/* Answers are waited for. */
	pthread_mutex_t lock;
	pthread_cond_t answered;
};

/* 0, or -1 with a message. */
int worker_init(struct worker *worker, struct probe *probe, unsigned number,
    char error[PROBE_ERROR_SIZE]);
/* What probe_start adds. */
int worker_make_meter(struct worker *worker, struct exporter *exporter,
    char error[PROBE_ERROR_SIZE]);
void worker_clear(struct worker *worker);
/* The body of its thread: until the probe's stop is set. */
void *worker_main(void *worker);
/* Segments that wait go to the meter. */
void worker_batch(struct worker *worker);
/* What the meter and the worker have counted. */
void worker_ledger(const struct worker *worker, struct ledger *sum);

#endif
