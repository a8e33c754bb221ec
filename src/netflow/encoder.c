/* SPDX-License-Identifier: BSD-2-Clause */
/* See netflow.h; formats are in v5.c and v9.c. */
#include <config.h>

#include "exflow/netflow/netflow.h"

#include <stdlib.h>

#include "format.h"

#define MS_A_SECOND 1000
#define UPTIME_MAX UINT32_MAX
#define TEMPLATES_OCTETS 256
#define BOOT_BEFORE_MS                                                         \
	(UINT64_C(86400) * MS_A_SECOND) /* a new boot, before a record */

struct netflow_encoder {
	const struct netflow_format *format;
	netflow_handler *handler;
	void *context;
	uint32_t domain;
	uint32_t size;      /* of a datagram, at most */
	uint64_t boot_ms;   /* sysUptime was 0 */
	uint64_t clock_ms;  /* the header's, a whole second; never goes back
			    * while boot_ms stays */
	uint32_t exchanges; /* whose last record is in the datagram */
	struct netflow_datagram datagram;
	struct message templates;
	uint8_t templates_octets[TEMPLATES_OCTETS];
	uint8_t octets[];
};

static uint64_t
second_before(uint64_t ms)
{
	return ms - ms % MS_A_SECOND;
}

static uint64_t
second_behind(uint64_t ms)
{
	return second_before(ms + MS_A_SECOND - 1);
}

static uint64_t
later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* --- life */

static void
begin_datagram(struct netflow_encoder *encoder)
{
	encoder->datagram =
	    (struct netflow_datagram){ .octets = encoder->octets,
		    .length = encoder->format->header_octets };
	encoder->exchanges = 0;
}

struct netflow_encoder *
netflow_encoder_new(const struct netflow_options *options, uint64_t now_ms,
    netflow_handler *handler, void *context)
{
	const struct netflow_format *format =
	    options->version == NETFLOW_V9 ? &netflow_v9 : &netflow_v5;
	uint32_t size = options->message_octets < format->octets_max
	                    ? options->message_octets
	                    : format->octets_max;
	struct netflow_encoder *encoder = malloc(sizeof(*encoder) + size);

	if (encoder == NULL)
		return NULL;
	*encoder = (struct netflow_encoder){
		.format = format,
		.handler = handler,
		.context = context,
		.domain = options->domain,
		.size = size,
		.boot_ms = second_before(now_ms),
		.clock_ms = second_before(now_ms),
	};
	begin_datagram(encoder);
	return encoder;
}

void
netflow_encoder_free(struct netflow_encoder **encoder)
{
	free(*encoder);
	*encoder = NULL;
}

/* --- datagrams */

static void
put_header(
    const struct netflow_encoder *encoder, struct netflow_datagram *datagram)
{
	const struct netflow_header header = {
		.uptime_ms = (uint32_t)(encoder->clock_ms - encoder->boot_ms),
		.seconds = (uint32_t)(encoder->clock_ms / MS_A_SECOND),
		.domain = encoder->domain,
	};

	encoder->format->put_header(datagram, &header);
}

/* To the present, where that fits. */
static void
advance_clock(struct netflow_encoder *encoder, uint64_t now_ms)
{
	uint64_t now = second_before(now_ms);

	if (now > encoder->clock_ms && now - encoder->boot_ms <= UPTIME_MAX)
		encoder->clock_ms = now;
}

void
netflow_encoder_flush(struct netflow_encoder *encoder, uint64_t now_ms)
{
	struct netflow_datagram *datagram = &encoder->datagram;
	const struct netflow_format *format = encoder->format;

	if (datagram->count == 0)
		return;
	advance_clock(encoder, now_ms);
	put_header(encoder, datagram);
	encoder->handler(encoder->context,
	    &(struct message){ .octets = datagram->octets,
	        .length = datagram->length,
	        .records = encoder->exchanges,
	        .kind = MESSAGE_DATA,
	        .step = format->sequence_of_records ? datagram->count : 1 });
	begin_datagram(encoder);
}

const struct message *
netflow_encoder_templates(struct netflow_encoder *encoder)
{
	const struct netflow_format *format = encoder->format;
	struct netflow_datagram datagram = {
		.octets = encoder->templates_octets,
		.length = format->header_octets,
	};

	if (format->put_templates == NULL)
		return NULL;
	format->put_templates(&datagram);
	put_header(encoder, &datagram);
	encoder->templates = (struct message){ .octets = datagram.octets,
		.length = datagram.length,
		.kind = MESSAGE_TEMPLATES,
		.step = 1 };
	return &encoder->templates;
}

static void
make_room(struct netflow_encoder *encoder, unsigned ip_version,
    uint64_t records, uint64_t now_ms)
{
	const struct netflow_datagram *datagram = &encoder->datagram;
	uint64_t octets =
	    encoder->format->record_octets(datagram, ip_version, records);

	if (octets > encoder->size - datagram->length)
		netflow_encoder_flush(encoder, now_ms);
}

/* --- times */

static bool
times_fit(const struct netflow_encoder *encoder, uint64_t first, uint64_t last)
{
	return first >= encoder->boot_ms &&
	       second_behind(last) - encoder->boot_ms <= UPTIME_MAX;
}

/* Choose boot and clock anew, for records of about this time. */
static void
reboot(struct netflow_encoder *encoder, uint64_t first, uint64_t last)
{
	uint64_t clock = second_behind(last);
	uint64_t boot = first > BOOT_BEFORE_MS ? first - BOOT_BEFORE_MS : 0;

	if (clock - boot > UPTIME_MAX)
		boot = clock - UPTIME_MAX;
	encoder->boot_ms = boot;
	encoder->clock_ms = clock;
}

static uint32_t
uptime_of(const struct netflow_encoder *encoder, uint64_t ms)
{
	return ms > encoder->boot_ms ? (uint32_t)(ms - encoder->boot_ms) : 0;
}

static uint64_t
ms_of(timestamp time)
{
	return (uint64_t)(time.ns / NS_PER_MS);
}

/* --- records */

/* How many records a side takes, so that its counters fit. */
static uint64_t
records_of(
    const struct netflow_encoder *encoder, const struct exchange_side *side)
{
	uint64_t most = later(side->ip_octets, side->packets);

	if (side->packets == 0)
		return 0;
	return (most - 1) / encoder->format->counter_max + 1;
}

/* The i-th of parts that add up. */
static uint64_t
part(uint64_t whole, uint64_t i, uint64_t parts)
{
	return whole / parts + (i < whole % parts);
}

static void
put_side(struct netflow_encoder *encoder, const struct exchange *exchange,
    int from, uint64_t now_ms)
{
	const struct exchange_side *side = &exchange->side[from];
	uint64_t parts = records_of(encoder, side);
	struct exchange half = { .quality = NULL }; /* it has no place for it */

	exchange_one_way(exchange, from, &half);
	for (uint64_t i = 0; i < parts; i++) {
		const struct netflow_record record = {
			.half = &half,
			.packets = part(side->packets, i, parts),
			.octets = part(side->ip_octets, i, parts),
			.first_ms = uptime_of(encoder, ms_of(side->first)),
			.last_ms = uptime_of(encoder, ms_of(side->last)),
		};

		make_room(encoder, exchange->ip_version, 1, now_ms);
		encoder->format->put_record(&encoder->datagram, &record);
	}
}

int
netflow_encoder_add(struct netflow_encoder *encoder,
    const struct exchange *exchange, uint64_t now_ms)
{
	uint64_t first = ms_of(exchange_first(exchange));
	uint64_t last = ms_of(exchange_last(exchange));
	uint64_t records = records_of(encoder, &exchange->side[CLIENT]) +
	                   records_of(encoder, &exchange->side[SERVER]);

	if (exchange->ip_version != 4 && !encoder->format->ipv6)
		return -1;
	make_room(encoder, exchange->ip_version, records, now_ms);
	if (!times_fit(encoder, first, last)) {
		netflow_encoder_flush(encoder, now_ms);
		reboot(encoder, first, last);
	}
	encoder->clock_ms = later(encoder->clock_ms, second_behind(last));
	put_side(encoder, exchange, CLIENT, now_ms);
	put_side(encoder, exchange, SERVER, now_ms);
	encoder->exchanges++;
	return 0;
}
