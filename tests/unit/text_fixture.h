/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of csv, json and table share. */
#ifndef EXFLOW_TEXT_FIXTURE_H
#define EXFLOW_TEXT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/export/kinds.h"
#include "exflow/output/destination.h"

#define FIXTURE_TIME INT64_C(1704164645123456789) /* 2024-01-02 03:04:05 */

/* Each count is another number, so that a swapped column shows. */
static inline struct exchange
fixture_exchange(uint8_t protocol, unsigned ip_version)
{
	static const uint8_t addresses[2][16] = { { 10, 0, 0, 5 },
		{ 93, 184, 216, 34 } };
	static const uint8_t addresses6[2][16] = { { 0x20, 1, 0xd,
		                                       0xb8, [15] = 5 },
		{ 0x20, 1, 0xd, 0xb8, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6 } };
	struct exchange exchange = { .port = { 51234, 443 },
		.protocol = protocol,
		.ip_version = (uint8_t)ip_version,
		.vlan = 7,
		.customer_vlan = 8,
		.interface = 3,
		.end = END_FINISHED,
		.end_reason = 3,
		.flow_id = 99 };

	memcpy(exchange.address, ip_version == 4 ? addresses : addresses6,
	    sizeof(exchange.address));
	for (int i = CLIENT; i <= SERVER; i++) {
		struct exchange_side *side = &exchange.side[i];
		uint64_t base = 100 * (uint64_t)(i + 1);

		side->packets = base;
		side->payload_octets = base + 1;
		side->data_packets = base + 2;
		side->ip_octets = base + 3;
		for (uint64_t bit = 0; bit < TCP_FLAG_COUNT; bit++)
			if (protocol == PROTOCOL_TCP)
				side->flag_packets[bit] = base + 10 + bit;
		side->first.ns = FIXTURE_TIME + i * NS_PER_MS;
		side->last.ns = side->first.ns + 2 * NS_PER_SECOND;
	}
	return exchange;
}

/* Figures of which some are known: 0 of the counts, and these. */
static inline struct exchange_quality
fixture_figures(void)
{
	struct exchange_quality quality;

	quality_figures_init(&quality);
	quality.side[CLIENT].handshake_rtt = 31234;
	quality.side[SERVER].segments[LOSS_FAST] = 3;
	quality.side[SERVER].ttl_maximum = 255;
	quality.side[CLIENT].size_bins[0] = 4294967295;
	quality.side[CLIENT].size_bins[QUALITY_SIZE_BINS - 1] = 2;
	quality.side[CLIENT].first_payload.ns = FIXTURE_TIME + NS_PER_SECOND;
	quality.idle_time = 1500000;
	return quality;
}

static inline struct exchange
fixture_unanswered(uint8_t protocol)
{
	struct exchange exchange = fixture_exchange(protocol, 4);

	memset(&exchange.side[SERVER], 0, sizeof(exchange.side[SERVER]));
	exchange.end = END_UNANSWERED;
	return exchange;
}

/* A protocol without ports; of ICMP an echo. */
static inline struct exchange
fixture_other(uint8_t protocol, unsigned ip_version)
{
	struct exchange exchange = fixture_exchange(protocol, ip_version);

	memset(exchange.port, 0, sizeof(exchange.port));
	exchange.icmp_type_code = 8 << 8;
	exchange.end = END_IDLE;
	return exchange;
}

static inline struct destination *
fixture_destination(const char *spec, const struct destination_options *given)
{
	char error[DESTINATION_ERROR_SIZE] = "";
	struct destination_options options;
	struct destination *destination;

	destination_options_init(&options);
	destination =
	    destination_new(spec, given == NULL ? &options : given, error);
	assert_string_equal(error, "");
	assert_non_null(destination);
	return destination;
}

static inline void
fixture_send(struct destination *destination, const struct exchange *exchange)
{
	destination->counts.records_due++;
	destination->counts.waiting++;
	destination->ops->exchanges(destination, exchange, 1);
	assert_true(destination_balanced(&destination->counts));
}

/* The whole of a file, to be freed. */
static inline char *
fixture_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

/* Standard output into a file, and back. */
static inline int
fixture_redirect(const char *path)
{
	int saved, fd;

	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(saved >= 0 && fd >= 0);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	return saved;
}

static inline void
fixture_restore(int saved)
{
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

static inline char *
fixture_folder(void)
{
	char *folder = strdup("/tmp/check_text.XXXXXX");

	assert_non_null(folder);
	assert_non_null(mkdtemp(folder));
	return folder;
}

static inline char *
fixture_path(const char *folder, const char *name)
{
	size_t size = strlen(folder) + strlen(name) + 16;
	char *path = malloc(size);

	assert_non_null(path);
	snprintf(path, size, "%s/%s", folder, name);
	return path;
}

static inline void
fixture_remove(char *folder, const char *const *names)
{
	for (; *names != NULL; names++) {
		char *path = fixture_path(folder, *names);

		unlink(path);
		free(path);
	}
	/* Fails, and is seen, where anything else was left. */
	assert_int_equal(rmdir(folder), 0);
	free(folder);
}

#endif
