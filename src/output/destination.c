/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all destinations share: counts, options and errors.
 */
#include <config.h>

#include "exflow/output/destination.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/clock.h"
#include "exflow/output/kind.h"

static const char *const loss_names[LOSS_COUNT] = {
	[LOSS_ENCODE] = "encode",
	[LOSS_QUEUE] = "queue",
	[LOSS_CONNECT] = "connect",
	[LOSS_SEND] = "send",
	[LOSS_WRITE] = "write",
	[LOSS_SPOOL] = "spool",
	[LOSS_DAMAGED] = "damaged",
	[LOSS_NOT_V5] = "not_v5",
	[LOSS_TOO_LARGE] = "too_large",
};

const char *
loss_name(enum loss reason)
{
	return (unsigned)reason < LOSS_COUNT ? loss_names[reason] : "unknown";
}

uint64_t
destination_lost(const struct destination_counts *counts)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < LOSS_COUNT; i++)
		lost += counts->lost[i];
	return lost;
}

bool
destination_balanced(const struct destination_counts *counts)
{
	return counts->records_due + counts->recovered ==
	       counts->delivered + counts->waiting + destination_lost(counts);
}

void
destination_options_init(struct destination_options *options)
{
	/* Zeros between the members, too: destination_same compares them. */
	memset(options, 0, sizeof(*options));
	options->udp_message_octets = UDP_MESSAGE_OCTETS;
	options->template_refresh_seconds = TEMPLATE_REFRESH_DEFAULT;
	options->template_refresh_messages = TEMPLATE_REFRESH_MESSAGES_DEFAULT;
	options->udp_rate = UDP_RATE_DEFAULT;
	options->connect_timeout_seconds = CONNECT_TIMEOUT_DEFAULT;
	options->send_timeout_seconds = SEND_TIMEOUT_DEFAULT;
	options->give_up_seconds = GIVE_UP_DEFAULT;
	options->shutdown_timeout_seconds = SHUTDOWN_TIMEOUT_DEFAULT;
	options->tcp_message_octets = TCP_MESSAGE_OCTETS;
	options->queue_octets = QUEUE_OCTETS_DEFAULT;
	options->retransmission_window = RETRANSMISSION_WINDOW_DEFAULT;
	options->wait = true;
	options->spool_octets = SPOOL_OCTETS_DEFAULT;
	options->tls_verify = true;
	options->types_tcp = true;
	options->types_file = true;
	options->archive.rotate_seconds = ARCHIVE_ROTATE_DEFAULT;
	options->archive.memory_octets = ARCHIVE_MEMORY_DEFAULT;
	options->kafka.batch = 1;
	record_options_init(&options->record);
}

static const size_t option_strings[] = {
	offsetof(struct destination_options, label),
	offsetof(struct destination_options, record_filter),
	offsetof(struct destination_options, source_address),
	offsetof(struct destination_options, spool_dir),
	offsetof(struct destination_options, tls_ca),
	offsetof(struct destination_options, tls_certificate),
	offsetof(struct destination_options, tls_key),
	offsetof(struct destination_options, tls_name),
	offsetof(struct destination_options, text.columns),
	offsetof(struct destination_options, kafka.properties),
	offsetof(struct destination_options, html.by),
};
#define OPTION_STRINGS (sizeof(option_strings) / sizeof(option_strings[0]))

static char **
option_string(struct destination_options *options, size_t i)
{
	return (char **)(void *)((char *)options + option_strings[i]);
}

/* 0, or -1 without memory; the copies made so far can be freed. */
static int
copy_options(
    struct destination_options *to, const struct destination_options *from)
{
	struct destination_options borrowed = *from;
	int result = 0;

	memcpy(to, from, sizeof(*to)); /* what lies between members, too */
	for (size_t i = 0; i < OPTION_STRINGS; i++) {
		char *text = *option_string(&borrowed, i);
		char **copy = option_string(to, i);

		*copy = text != NULL ? strdup(text) : NULL;
		if (text != NULL && *copy == NULL)
			result = -1;
	}
	return result;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool
destination_same(const struct destination *a, const struct destination *b)
{
	struct destination_options x, y;
	bool same = strcmp(a->ops->scheme, b->ops->scheme) == 0 &&
	            same_text(a->name, b->name) && same_text(a->spec, b->spec);

	memcpy(&x, &a->options, sizeof(x));
	memcpy(&y, &b->options, sizeof(y));
	for (size_t i = 0; i < OPTION_STRINGS; i++) {
		char **one = option_string(&x, i),
		     **other = option_string(&y, i);

		same = same && same_text(*one, *other);
		*one = *other = NULL;
	}
	/* destination_options_init() leaves zeros between the members. */
	/* NOLINTNEXTLINE(bugprone-*,cert-exp42-c,cert-flp37-c) */
	return same && memcmp(&x, &y, sizeof(x)) == 0;
}

void
destination_free(struct destination **destination)
{
	if (*destination == NULL)
		return;
	if ((*destination)->ops->free != NULL)
		(*destination)->ops->free(*destination);
	filter_free(&(*destination)->filter);
	for (size_t i = 0; i < OPTION_STRINGS; i++)
		free(*option_string(&(*destination)->options, i));
	free((*destination)->name);
	free((*destination)->spec);
	free(*destination);
	*destination = NULL;
}

static const struct destination_ops no_ops;

/* 0, or -1 with a message in error. */
static int
compile_filter(
    struct destination *destination, char error[DESTINATION_ERROR_SIZE])
{
	struct timespec now = clock_read(CLOCK_REALTIME);
	struct filter_options options = { .now = timestamp_from(
		                              now.tv_sec, now.tv_nsec) };
	const char *text = destination->options.record_filter;
	struct filter_error wrong;
	char why[DESTINATION_ERROR_SIZE - 256];

	if (text == NULL)
		return 0;
	destination->filter = filter_compile(text, &options, &wrong);
	if (destination->filter != NULL)
		return 0;
	filter_error_line(&wrong, text, why, sizeof(why));
	snprintf(error, DESTINATION_ERROR_SIZE,
	    "output \"%.100s\": record_filter: %s", destination->spec, why);
	return -1;
}

void *
destination_alloc(size_t size, const struct destination_ops *ops,
    const char *spec, const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct destination *destination = calloc(1, size);

	if (destination != NULL) {
		bool copied;

		destination->ops = ops;
		destination->name =
		    strdup(options->label != NULL ? options->label : spec);
		destination->spec = strdup(spec);
		copied = copy_options(&destination->options, options) == 0 &&
		         destination->name != NULL && destination->spec != NULL;
		if (copied && compile_filter(destination, error) == 0)
			return destination;
		/* The kind has set nothing up yet that it could free. */
		destination->ops = &no_ops;
		destination_free(&destination);
		if (copied)
			return NULL;
	}
	snprintf(error, DESTINATION_ERROR_SIZE, "output \"%.200s\": %s", spec,
	    strerror(ENOMEM));
	return NULL;
}

void
destination_fail(struct destination *destination, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(
	    destination->error, sizeof(destination->error), format, arguments);
	va_end(arguments);
}

void
destination_deliver(struct destination *destination, uint64_t records)
{
	destination->counts.waiting -= records;
	destination->counts.delivered += records;
}

void
destination_lose(
    struct destination *destination, enum loss reason, uint64_t records)
{
	destination->counts.waiting -= records;
	destination->counts.lost[reason] += records;
}

void
destination_set_counts(
    struct destination *destination, const struct destination_counts *counts)
{
	struct destination_counts *own = &destination->counts;
	uint64_t due = own->records_due, encode = own->lost[LOSS_ENCODE];
	uint64_t not_v5 = own->lost[LOSS_NOT_V5], split = own->split;
	uint64_t left_out = own->left_out, parts = own->parts;
	uint64_t sums = own->sums;
	uint64_t cut = own->cut;

	*own = *counts;
	own->records_due = due;
	own->split = split;
	own->left_out = left_out;
	own->parts = parts;
	own->sums = sums;
	own->cut = cut;
	own->lost[LOSS_ENCODE] += encode;
	own->lost[LOSS_NOT_V5] += not_v5;
	own->waiting =
	    due + own->recovered - own->delivered - destination_lost(own);
}
