/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of the kinds of outputs, and the parser of -o. */
#include <config.h>

#include "exflow/export/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/archive/kinds.h"
#include "exflow/base/target.h"
#include "exflow/kafka/kinds.h"
#include "exflow/output/kind.h"
#include "exflow/output/output_thread.h"
#include "exflow/tcp/kinds.h"
#include "exflow/text/kinds.h"
#include "exflow/tstat/kinds.h"
#include "exflow/udp/kinds.h"

struct kind {
	bool remote;        /* brings its own thread, live or not */
	bool files;         /* an archive's path may name it */
	const char *scheme; /* up to the first ':' */
	const char *prefix; /* of the argument, scheme included */
	const char *form;   /* for messages: what is expected */
	destination_constructor *constructor;
};

static const struct kind kinds[] = {
	{ false, false, "ipfix", "ipfix:", "ipfix:FILE", ipfix_file_new },
	{ false, false, "archive", "archive:", "archive:PATTERN", archive_new },
	{ true, false, "udp", "udp://", "udp://HOST[:PORT]", udp_new },
	{ true, false, "tcp", "tcp://", "tcp://HOST[:PORT]", tcp_new },
	{ true, false, "tls", "tls://", "tls://HOST[:PORT]",
	    tls_destination_new },
	{ true, false, "netflow9", "netflow9://", "netflow9://HOST[:PORT]",
	    netflow9_new },
	{ true, false, "netflow5", "netflow5://", "netflow5://HOST[:PORT]",
	    netflow5_new },
	{ true, false, "kafka", "kafka://", "kafka://BROKER[:PORT]/TOPIC",
	    kafka_new },
	{ false, true, "csv", "csv:", "csv:DIR", csv_new },
	{ false, true, "json", "json:", "json:FILE", json_new },
	{ false, true, "tstat", "tstat:", "tstat:DIR", tstat_new },
	{ false, false, "table", "table", "table", table_new },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define SUFFIX ".ipfix"

/* By the scheme, which ends at the first ':' or at the end. */
static const struct kind *
kind_find(const char *spec)
{
	size_t length = strcspn(spec, ":");

	for (size_t i = 0; i < KINDS; i++)
		if (strlen(kinds[i].scheme) == length &&
		    strncmp(kinds[i].scheme, spec, length) == 0)
			return &kinds[i];
	return NULL;
}

static bool
is_ipfix_name(const char *spec)
{
	size_t length = strlen(spec), suffix = strlen(SUFFIX);

	return length > suffix && strcmp(spec + length - suffix, SUFFIX) == 0;
}

/* Name the kinds that there are. */
static void
unknown_kind(const char *spec, char error[DESTINATION_ERROR_SIZE])
{
	int used = snprintf(error, DESTINATION_ERROR_SIZE,
	    "unknown kind of output \"%.200s\": expected NAME" SUFFIX, spec);

	for (size_t i = 0; i < KINDS && used < DESTINATION_ERROR_SIZE; i++)
		used += snprintf(error + used,
		    DESTINATION_ERROR_SIZE - (size_t)used, "%s%s",
		    i + 1 < KINDS ? ", " : " or ", kinds[i].form);
}

/* Live, each output has a thread, so that none delays another. */
static struct destination *
on_own_thread(
    struct destination *destination, char error[DESTINATION_ERROR_SIZE])
{
	return destination != NULL && destination->options.live
	           ? output_thread_new(destination, error)
	           : destination;
}

struct destination *
destination_new(const char *spec, const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	const struct kind *kind = kind_find(spec);
	struct destination *destination;

	error[0] = '\0';
	if (kind == NULL && is_ipfix_name(spec))
		return on_own_thread(
		    ipfix_file_new(spec, spec, options, error), error);
	if (kind == NULL) {
		unknown_kind(spec, error);
		return NULL;
	}
	if (strncmp(spec, kind->prefix, strlen(kind->prefix)) != 0) {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "output \"%.200s\": expected %s", spec, kind->form);
		return NULL;
	}
	destination = kind->constructor(
	    spec, spec + strlen(kind->prefix), options, error);
	return kind->remote ? destination : on_own_thread(destination, error);
}

struct destination *
destination_new_archive(const char *name, const char *pattern,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct destination_options labelled = *options;

	error[0] = '\0';
	labelled.label = name;
	for (size_t i = 0; i < KINDS; i++) {
		const struct kind *kind = &kinds[i];
		size_t prefix = strlen(kind->prefix);

		if (kind->files && strncmp(pattern, kind->prefix, prefix) == 0)
			return on_own_thread(
			    kind->constructor(
			        pattern, pattern + prefix, &labelled, error),
			    error);
	}
	return on_own_thread(
	    archive_new(pattern, pattern, &labelled, error), error);
}

static bool
same_target(const char *one, const char *other)
{
	char *x = target_identity(one), *y = target_identity(other);
	bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

/* The target of a that b writes to, too; NULL: none. */
static const char *
common_target(const struct destination *a, const struct destination *b)
{
	const char *one, *other;

	if (a->ops->target == NULL || b->ops->target == NULL)
		return NULL;
	for (size_t i = 0; (one = a->ops->target(a, i)) != NULL; i++)
		for (size_t j = 0; (other = b->ops->target(b, j)) != NULL; j++)
			if (same_target(one, other))
				return one;
	return NULL;
}

int
destinations_check(struct destination *const *destinations, size_t n,
    size_t *second, char error[DESTINATION_ERROR_SIZE])
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			const struct destination *a = destinations[i];
			const struct destination *b = destinations[j];
			const char *name = common_target(a, b);

			if (name == NULL)
				continue;
			if (target_kind(name) == TARGET_STANDARD_OUTPUT)
				name = "standard output";
			snprintf(error, DESTINATION_ERROR_SIZE,
			    "outputs %.100s and %.100s: both write to %.100s, "
			    "expected one of them there",
			    a->name, b->name, name);
			*second = j;
			return -1;
		}
	return 0;
}
