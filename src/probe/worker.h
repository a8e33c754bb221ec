/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker of the probe, and the requests to it.
 *
 *	another thread                  the worker
 *	request ─► worker->request      takes it up between two batches
 *	wakes the worker by its pipe    step, packets, step, packets, …
 *	sleeps on answered         ◄─── done: request = NULL, signal
 */
#ifndef EXFLOW_SRC_PROBE_WORKER_H
#define EXFLOW_SRC_PROBE_WORKER_H

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "exflow/capture/reorder.h"
#include "exflow/capture/timeline.h"
#include "exflow/gate/gate.h"
#include "exflow/gate/payload_batch.h"

#include "monotonic.h"
#include "exflow/probe/probe.h"

struct worker;

/*
 * Something for a worker to do.  A walk over a large table takes long, so the
 * work is done in steps, between which the worker reads packets.
 */
struct request {
	/* Do a step; true: that was the last one. */
	bool (*step)(struct worker *worker, struct request *request);
	struct meter_walk walk; /* how far the steps are */
	/* Arguments and results, each of some requests. */
	const struct meter_options *meter;
	struct ledger ledger;
	struct quality_totals *totals;
	struct meter_load load;
	probe_visitor *visitor;
	void *context;
	uint64_t found;
};

/* The ring's and the worker's delay where interfaces are merged. */
#define MERGED_DELAY_MS 20

/* Packets between reading and metering; see packets.c. */
struct packets {
	size_t interface; /* that packets are read from */
	struct timeline timeline;
	int64_t stamps_ahead; /* ns: of our clock, where they stepped */
	size_t held_interface;
	uint32_t held_index;
	timestamp held_since;    /* the packet that waits, by our clock */
	struct reorder *reorder; /* NULL: one interface, or not wanted */
	bool stepped, strayed;   /* the log has said so */
};

struct worker {
	struct probe *probe;
	unsigned number;
	pthread_t thread;
	bool running;
	int wake[2]; /* a pipe: there is a request, or the end */

	/* One for each interface. */
	struct interface **handles;
	struct decoder **decoders;
	struct pollfd *polled; /* and one for the pipe */

	struct meter *meter;
	struct exporter_port *port;
	struct segment batch[METER_BATCH];
	bool with_quality, with_macs; /* of the meter: wants details */
	struct segment_detail details[METER_BATCH];
	struct segment_detail *detail; /* of the next segment, for decoders */
	struct gate *gate;             /* NULL: no payloads are wanted */
	struct payload_batch payloads;
	size_t filled;
	struct monotonic clock;
	timestamp now; /* of the meter */
	struct packets packets;
	uint64_t packet_base; /* added to packets' numbers */
	struct ledger ledger; /* what the meter does not count */
	timestamp looked;     /* when the interfaces were last checked */
	_Atomic(struct request *) request;
};

struct probe {
	struct probe_options options;
	struct flow_hash hash;
	struct hunter *hunter;  /* shared by the workers; NULL: no DNS */
	uint64_t names_evicted; /* by hunters before it */
	struct worker *workers;
	unsigned group; /* of the first interface; the next has the next one */
	atomic_bool stop;
	pthread_mutex_t turn; /* of those who make requests */
	/* For who waits until a request is done. */
	pthread_mutex_t lock;
	pthread_cond_t answered;
};

/* Whether the meter wants details beside segments. */
static inline bool
worker_with_details(const struct worker *worker)
{
	return worker->with_quality || worker->with_macs;
}

/* 0, or -1 with a message. */
int worker_init(struct worker *worker, struct probe *probe, unsigned number,
    char error[PROBE_ERROR_SIZE]);
/* What probe_start adds; 0, or -1 with a message. */
int worker_make_meter(struct worker *worker, struct exporter *exporter,
    char error[PROBE_ERROR_SIZE]);
void worker_clear(struct worker *worker);
/* The body of its thread; returns when the probe's stop is set. */
void *worker_main(void *worker);
/* 0, or -1 with a message. */
int worker_packets_init(struct worker *worker, char error[PROBE_ERROR_SIZE]);
/* The clock of the worker has been started. */
void worker_packets_start(struct worker *worker);
void worker_packets_clear(struct worker *worker);
/* Read what is there, up to a bound; how many packets that was. */
unsigned worker_read_packets(struct worker *worker);
/* How long to wait for packets at most before it is called again. */
int worker_packets_delay_ms(const struct worker *worker);
/* No more packets will come: all that waits goes to the meter. */
void worker_packets_finish(struct worker *worker);
void worker_packets_ledger(const struct worker *worker, struct ledger *sum);
/*
 * With quality and names, or without, from now on; what was read before goes to
 * the meter first.  -1 with errno ENOMEM: no memory, and there are no names.
 */
int worker_want(struct worker *worker, const struct meter_options *meter);
/* Give the segments of the batch to the meter. */
void worker_batch(struct worker *worker);
/* Add what the meter and the worker have counted. */
void worker_ledger(const struct worker *worker, struct ledger *sum);

#endif
