/* SPDX-License-Identifier: BSD-2-Clause */
/* An output that notes what it is given, and exchanges that are numbered. */
#ifndef EXFLOW_TESTS_EXPORT_MOCK_H
#define EXFLOW_TESTS_EXPORT_MOCK_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "exflow/export/exporter.h"

#include "../export_fixture.h"

#define PRODUCERS 4

/* What a mock destination saw; outlives it. */
struct seen {
	pthread_mutex_t lock; /* held by the test: the mock stands still */
	uint64_t exchanges;
	uint64_t with_figures, wrong_figures; /* of these */
	uint64_t with_names, wrong_names;     /* likewise */
	uint64_t next[PRODUCERS]; /* flow_id expected of each producer */
	uint64_t disordered;
	size_t templates, types, messages;
	size_t misplaced; /* templates after data, data among them */
	uint32_t records;
	uint32_t longest;
	uint64_t checksum; /* over the octets of data messages */
	bool sigint_blocked;
	int finished, freed;
	int endings; /* that there had been when it finished */
	bool refuse_start, lose;
};

struct mock {
	struct destination base;
	struct seen *seen;
	uint32_t limit;
};

static inline struct seen *
seen_of(struct destination *d)
{
	return ((struct mock *)d)->seen;
}

static inline uint32_t
mock_message_octets(const struct destination *d)
{
	return ((const struct mock *)d)->limit;
}

static inline int
mock_start(struct destination *d)
{
	if (!seen_of(d)->refuse_start)
		return 0;
	snprintf(d->error, sizeof(d->error), "mock will not");
	return -1;
}

static inline void
mock_templates(struct destination *d, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	struct seen *seen = seen_of(d);

	/* No assertions here: this is not the test's thread. */
	seen->misplaced += seen->messages;
	for (size_t i = 0; i < templates_count; i++)
		seen->misplaced += templates[i].kind != MESSAGE_TEMPLATES;
	for (size_t i = 0; i < types_count; i++)
		seen->misplaced += types[i].kind == MESSAGE_DATA;
	seen->templates = templates_count;
	seen->types = types_count;
}

static inline void
mock_take(struct destination *d, uint64_t records)
{
	d->counts.waiting -= records;
	if (seen_of(d)->lose)
		d->counts.lost[LOSS_SEND] += records;
	else
		d->counts.delivered += records;
}

static inline void
mock_message(struct destination *d, const struct message *message)
{
	struct seen *seen = seen_of(d);

	seen->messages++;
	seen->records += message->records;
	if (message->length > seen->longest)
		seen->longest = message->length;
	for (uint32_t i = MESSAGE_HEADER_OCTETS; i < message->length; i++)
		seen->checksum = seen->checksum * 31 + message->octets[i];
	mock_take(d, message->records);
}

/* Whether the names are those that put_with_names gave this exchange. */
static inline bool
are_right(const struct exchange *exchange)
{
	const struct exchange_names *names = exchange->names;
	const char *text = exchange_names_text(names, NAMES_SERVER);
	size_t octets = names->length[NAMES_SERVER];

	for (size_t i = 0; i < octets; i++)
		if (text[i] != (char)exchange->flow_id)
			return false;
	return names->dns_resolution == exchange->flow_id && octets > 0;
}

static inline void
mock_exchanges(struct destination *d, const struct exchange *exchange, size_t n)
{
	struct seen *seen = seen_of(d);
	sigset_t blocked;

	pthread_mutex_lock(&seen->lock);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	seen->sigint_blocked = sigismember(&blocked, SIGINT) == 1;
	for (size_t i = 0; i < n; i++) {
		uint64_t *next = &seen->next[exchange[i].interface];

		if (exchange[i].flow_id != (*next)++)
			seen->disordered++;
		if (exchange[i].names != NULL) {
			seen->with_names++;
			seen->wrong_names += !are_right(&exchange[i]);
		}
		if (exchange[i].quality == NULL)
			continue;
		seen->with_figures++;
		if (exchange[i].quality->idle_time != exchange[i].flow_id)
			seen->wrong_figures++;
	}
	seen->exchanges += n;
	pthread_mutex_unlock(&seen->lock);
	mock_take(d, n);
}

static int endings; /* of all mocks */

static inline void
mock_ending(struct destination *d)
{
	seen_of(d)->finished -= 100;
	endings++;
}

static inline int
mock_finish(struct destination *d)
{
	seen_of(d)->finished += 100;
	seen_of(d)->endings = endings;
	seen_of(d)->finished++;
	return seen_of(d)->lose ? -1 : 0;
}

static inline void
mock_free(struct destination *d)
{
	seen_of(d)->freed++;
}

static const struct destination_ops mock_ops = {
	.scheme = "mock",
	.message_octets = mock_message_octets,
	.start = mock_start,
	.templates = mock_templates,
	.message = mock_message,
	.exchanges = mock_exchanges,
	.ending = mock_ending,
	.finish = mock_finish,
	.free = mock_free,
};

/* limit 0: takes exchanges. */
static inline struct destination *
mock_new(struct seen *seen, uint32_t limit)
{
	struct mock *mock = calloc(1, sizeof(*mock));

	memset(seen, 0, sizeof(*seen));
	pthread_mutex_init(&seen->lock, NULL);
	mock->base.ops = &mock_ops;
	mock->base.name = strdup("mock");
	mock->base.spec = strdup("mock");
	destination_options_init(&mock->base.options);
	mock->seen = seen;
	mock->limit = limit;
	return &mock->base;
}

static inline struct exporter *
exporter_of(struct destination **destinations, size_t n)
{
	char error[DESTINATION_ERROR_SIZE];
	struct exporter *exporter =
	    exporter_new(destinations, n, error, sizeof(error));

	if (exporter == NULL)
		fail_msg("%s", error);
	return exporter;
}

/* The flow_id of producer numbers its exchanges. */
static inline struct exchange
numbered(uint32_t producer, uint64_t number)
{
	struct exchange exchange = {
		.address = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 } },
		.port = { 40000, 443 },
		.protocol = PROTOCOL_TCP,
		.ip_version = 4,
		.interface = producer,
		.end = END_FINISHED,
		.end_reason = 3,
		.flow_id = number,
		.side[CLIENT] = { .packets = 1, .ip_octets = 40 },
	};

	return exchange;
}

/* Every second one where the port would have it, as a meter does. */
static inline void
put_numbered(struct exporter_port *port, uint32_t producer, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		struct exchange exchange = numbered(producer, i);
		struct exchange *room = i % 2 == 1 ? exporter_room(port) : NULL;

		if (room != NULL)
			*room = exchange;
		exporter_put(port, room != NULL ? room : &exchange);
	}
}

static inline const struct destination_counts *
counts_of(const struct exporter *exporter, size_t i)
{
	return &exporter_destination(exporter, i)->counts;
}

#endif
