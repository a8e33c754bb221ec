/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nanoseconds to encode one exchange: by libfixbuf field by field, and by hand
 * with libfixbuf around it; records of one template in a row, and templates
 * that alternate; and with names, which libfixbuf writes in both ways.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/export/exporter.h"
#include "exflow/ipfix/encoder.h"

#include "micro.h"

#define RECORDS 100000
#define EXCHANGES 1024
#define ROUNDS 25

static uint64_t octets;

static void
count(void *context, const struct message *message)
{
	(void)context;
	octets += message->length;
}

static void
fill(struct exchange *exchange, unsigned i, bool mixed)
{
	/* As the exporter does it: each chunk shape by shape. */
	unsigned shape = mixed ? i / (EXPORT_CHUNK / IPFIX_PORT_BASES) : 0;

	memset(exchange, 0, sizeof(*exchange));
	exchange->protocol = shape % 2 == 1 ? PROTOCOL_UDP : PROTOCOL_TCP;
	exchange->ip_version = shape % 4 > 1 ? 6 : 4;
	exchange->port[CLIENT] = (uint16_t)(1024 + i);
	exchange->port[SERVER] = 443;
	exchange->end = END_FINISHED;
	exchange->end_reason = 3;
	exchange->flow_id = i;
	for (int side = CLIENT; side <= SERVER; side++) {
		struct exchange_side *to = &exchange->side[side];

		memset(exchange->address[side], (int)i + side, 16);
		to->first.ns = INT64_C(1700000000123456789) + i * 1000003;
		to->last.ns = to->first.ns + INT64_C(1234567891);
		to->packets = 10 + i;
		to->ip_octets = 1000 + i;
		for (int bit = 0; bit < TCP_FLAG_COUNT; bit++)
			to->flag_packets[bit] = i % 3;
	}
}

static double
run(const struct exchange *exchanges, bool plain, uint32_t message_octets,
    bool names)
{
	struct ipfix_options options = { .message_octets = message_octets,
		.plain = plain };
	struct ipfix_encoder *encoder;
	char error[256];
	double best = 1e18;

	record_options_init(&options.record);
	options.record.names = names;
	encoder =
	    ipfix_encoder_new(&options, count, NULL, error, sizeof(error));
	if (encoder == NULL) {
		fprintf(stderr, "encode: %s\n", error);
		exit(1);
	}
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = micro_clock_ns();
		double spent;

		for (unsigned i = 0; i < RECORDS; i++)
			ipfix_encoder_add(encoder, &exchanges[i % EXCHANGES]);
		spent = (double)(micro_clock_ns() - start) / RECORDS;
		best = spent < best ? spent : best;
	}
	ipfix_encoder_free(&encoder);
	return best;
}

static void
row(const struct exchange *exchanges, bool mixed, uint32_t message_octets,
    bool plain)
{
	char what[64];

	snprintf(what, sizeof(what), "encode%s: %s, messages of %u",
	    plain ? " by libfixbuf" : "", mixed ? "4 templates" : "1 template",
	    message_octets);
	micro_row(
	    what, run(exchanges, plain, message_octets, false), "ns a record");
}

/* Of a hello of TLS: two names, ALPN and a fingerprint. */
static struct exchange_names *
make_names(void)
{
	static const char texts[] = "www.example.orgwww.example.orgh2,http/1.1"
	                            "t13d1516h2_8daaf6152771_e5627efa2ab1";
	struct exchange_names *names =
	    calloc(1, sizeof(*names) + sizeof(texts));

	if (names == NULL)
		exit(1);
	names->length[NAMES_SERVER] = names->length[NAMES_TLS_SERVER] = 15;
	names->length[NAMES_ALPN_OFFERED] = 11;
	names->length[NAMES_JA4] = 36;
	names->texts = sizeof(texts) - 1;
	memcpy(names->text, texts, sizeof(texts) - 1);
	return names;
}

static void
row_names(struct exchange *exchanges)
{
	struct exchange_names *names = make_names();

	for (unsigned i = 0; i < EXCHANGES; i++)
		exchanges[i].names = names;
	micro_row("encode: 4 templates with names, messages of 1420",
	    run(exchanges, false, 1420, true), "ns a record");
	free(names);
}

int
main(void)
{
	static const uint32_t sizes[] = { 1420, 8192 };
	struct exchange *exchanges = calloc(EXCHANGES, sizeof(*exchanges));

	if (exchanges == NULL)
		return 1;
	for (int mixed = 0; mixed < 2; mixed++) {
		for (unsigned i = 0; i < EXCHANGES; i++)
			fill(&exchanges[i], i, mixed);
		for (unsigned i = 0; i < 2; i++) {
			row(exchanges, mixed, sizes[i], false);
			row(exchanges, mixed, sizes[i], true);
		}
	}
	row_names(exchanges);
	free(exchanges);
	return octets == 0;
}
