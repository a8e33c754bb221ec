/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ports of an exporter: one for each meter, on the meter's thread, between
 * it and the export queue.  What a meter calls is in exflow/export/exporter.h.
 */
#ifndef EXFLOW_SRC_EXPORT_PORT_H
#define EXFLOW_SRC_EXPORT_PORT_H

#include <pthread.h>
#include <stdatomic.h>

#include "exflow/export/exporter.h"

#include "outputs.h"

struct queue;

struct ports {
	struct queue *queue;
	atomic_bool never_wait; /* for an empty chunk; see exporter.h */
	pthread_mutex_t lock;   /* over all that follows */
	struct exporter_port *first;
	struct queue_losses lost; /* by ports that are freed or finished */
};

void ports_init(struct ports *ports, struct queue *queue);
/* All ports are freed. */
void ports_clear(struct ports *ports);
/* Add a port; NULL without memory. */
struct exporter_port *port_new(struct ports *ports);
/* Records that a full queue has lost so far. */
uint64_t ports_lost(struct ports *ports);
/* No port is used any more: flush all; what they have lost, ever. */
void ports_finish(struct ports *ports, struct queue_losses *lost);

#endif
