/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A meter's way into the export queue: it fills a chunk of its own, without a
 * lock, and puts it into the queue when it is full.
 */
#include <config.h>

#include "port.h"

#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"

#include "queue.h"

struct exporter_port {
	struct ports *ports;
	struct chunk *chunk; /* borrowed, being filled; or NULL */
	/* Exchanges at a full queue, as queue_losses; only its meter adds. */
	_Atomic uint64_t lost, lost_two_way, lost_parts, lost_sums;
	struct exporter_port *next;
};

void
ports_init(struct ports *ports, struct queue *queue)
{
	*ports = (struct ports){ .queue = queue };
	pthread_mutex_init(&ports->lock, NULL);
}

void
ports_clear(struct ports *ports)
{
	pthread_mutex_destroy(&ports->lock);
}

/* What the port has lost moves to all. */
static void
take_losses(struct queue_losses *all, struct exporter_port *port)
{
	all->records += atomic_exchange(&port->lost, 0);
	all->two_way += atomic_exchange(&port->lost_two_way, 0);
	all->parts += atomic_exchange(&port->lost_parts, 0);
	all->sums += atomic_exchange(&port->lost_sums, 0);
}

uint64_t
ports_lost(struct ports *ports)
{
	uint64_t lost;

	pthread_mutex_lock(&ports->lock);
	lost = ports->lost.records;
	for (const struct exporter_port *p = ports->first; p != NULL;
	     p = p->next)
		lost += atomic_load(&p->lost);
	pthread_mutex_unlock(&ports->lock);
	return lost;
}

void
ports_finish(struct ports *ports, struct queue_losses *lost)
{
	pthread_mutex_lock(&ports->lock);
	for (struct exporter_port *p = ports->first; p != NULL; p = p->next) {
		exporter_port_flush(p);
		take_losses(&ports->lost, p);
	}
	*lost = ports->lost;
	pthread_mutex_unlock(&ports->lock);
}

struct exporter_port *
port_new(struct ports *ports)
{
	struct exporter_port *port = calloc(1, sizeof(*port));

	/* A chunk for each port, as it keeps one while it has little to do. */
	if (port == NULL || queue_grow(ports->queue) != 0) {
		free(port);
		return NULL;
	}
	port->ports = ports;
	pthread_mutex_lock(&ports->lock);
	port->next = ports->first;
	ports->first = port;
	pthread_mutex_unlock(&ports->lock);
	return port;
}

/* Borrow a chunk to fill; false: live, and none is empty. */
static bool
port_begin(struct exporter_port *port)
{
	struct queue *queue = port->ports->queue;

	port->chunk = atomic_load(&port->ports->never_wait)
	                  ? queue_try_borrow(queue)
	                  : queue_borrow(queue);
	if (port->chunk != NULL)
		port->chunk->since_ms = clock_ms();
	return port->chunk != NULL;
}

/* Only one thread adds. */
static void
add_relaxed(_Atomic uint64_t *count, uint64_t more)
{
	atomic_store_explicit(count,
	    atomic_load_explicit(count, memory_order_relaxed) + more,
	    memory_order_relaxed);
}

static struct exchange *
port_room(struct exporter_port *port)
{
	if (port->chunk == NULL && !port_begin(port))
		return NULL;
	return &port->chunk->exchanges[port->chunk->count];
}

/* The room's own figures. */
static struct exchange_quality *
port_figures(const struct exporter_port *port)
{
	const struct chunk *chunk = port->chunk;

	return chunk->figures == NULL ? NULL : &chunk->figures[chunk->count];
}

struct exchange *
exporter_room(void *context)
{
	struct exchange *room = port_room(context);

	if (room != NULL)
		room->quality = port_figures(context);
	return room;
}

static void
port_lose(struct exporter_port *port, const struct exchange *exchange)
{
	if (exchange->extent == EXTENT_SUM) {
		add_relaxed(&port->lost_sums, 1);
		return;
	}
	add_relaxed(&port->lost, 1);
	add_relaxed(&port->lost_two_way, exchange_two_way(exchange));
	add_relaxed(&port->lost_parts, exchange->extent == EXTENT_PART);
}

/* Have the names of the next exchange room in the port's chunk? */
static bool
port_fits(const struct exporter_port *port, const struct exchange_names *names)
{
	const struct chunk *chunk = port->chunk;

	return chunk == NULL || chunk->names == NULL || names == NULL ||
	       EXPORT_NAMES_OCTETS - chunk->names_used >=
	           exchange_names_octets(names);
}

/* A copy in the chunk, aligned for the next one; NULL: it has no octets. */
static const struct exchange_names *
port_copy_names(
    const struct exporter_port *port, const struct exchange_names *names)
{
	struct chunk *chunk = port->chunk;
	size_t octets = exchange_names_octets(names);
	uint8_t *copy;

	if (chunk->names == NULL)
		return NULL;
	copy = memcpy(chunk->names + chunk->names_used, names, octets);
	chunk->names_used += (uint32_t)octets;
	while (chunk->names_used % _Alignof(struct exchange_names) != 0)
		chunk->names_used++;
	return (const struct exchange_names *)(void *)copy;
}

/* The chunk is full before its last place: this exchange begins the next. */
static void
put_in_next(struct exporter_port *port, const struct exchange *exchange)
{
	struct exchange_quality figures;
	struct exchange copy = { .quality = &figures };

	exchange_copy(&copy, exchange);
	exporter_port_flush(port);
	exporter_put(port, &copy);
}

#define CACHE_LINE 64

/*
 * The export thread read the next places last.  Ask for their lines now, so
 * that the meter need not wait for them when it writes there.
 */
static inline void
prefetch_room(const struct chunk *chunk)
{
	const char *room = (const char *)&chunk->exchanges[chunk->count];

#pragma GCC unroll 8
	for (size_t i = 0; i < sizeof(struct exchange); i += CACHE_LINE)
		__builtin_prefetch(room + sizeof(struct exchange) + i, 1);
}

void
exporter_put(void *context, const struct exchange *exchange)
{
	struct exporter_port *port = context;
	struct exchange *room;

	if (!port_fits(port, exchange->names)) {
		put_in_next(port, exchange);
		return;
	}
	room = port_room(port);

	if (room == NULL) {
		port_lose(port, exchange);
		return;
	}
	if (room != exchange) {
		room->quality = port_figures(port);
		exchange_copy(room, exchange);
	} else if (room->quality != port_figures(port)) {
		/* None, or in a place that the next exchange will use. */
		room->quality = NULL;
	}
	if (room->names != NULL)
		room->names = port_copy_names(port, room->names);
	if (++port->chunk->count == EXPORT_CHUNK)
		exporter_port_flush(port);
	else
		prefetch_room(port->chunk);
}

void
exporter_port_flush(struct exporter_port *port)
{
	if (port->chunk == NULL)
		return;
	queue_put(port->ports->queue, port->chunk);
	port->chunk = NULL;
}

void
exporter_port_free(struct exporter_port **pointer)
{
	struct exporter_port *port = *pointer;
	struct exporter_port **link;

	if (port == NULL)
		return;
	exporter_port_flush(port);
	pthread_mutex_lock(&port->ports->lock);
	for (link = &port->ports->first; *link != port;)
		link = &(*link)->next;
	*link = port->next;
	take_losses(&port->ports->lost, port);
	pthread_mutex_unlock(&port->ports->lock);
	free(port);
	*pointer = NULL;
}
