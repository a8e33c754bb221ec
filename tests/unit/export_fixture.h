/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages made by hand, and destinations, for the tests of src/export. */
#ifndef EXFLOW_EXPORT_FIXTURE_H
#define EXFLOW_EXPORT_FIXTURE_H

#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <setjmp.h>
#include <cmocka.h>

#include "exflow/export/kinds.h"
#include "exflow/output/destination.h"

#define FIXTURE_OCTETS 100

struct fixture_message {
	struct message message;
	uint8_t octets[MESSAGE_MAX_OCTETS];
};

/* A header with this length; the rest tells which message it is. */
static inline const struct message *
fixture_message(struct fixture_message *m, enum message_kind kind,
    uint32_t records, uint32_t length, uint8_t mark)
{
	memset(m->octets, mark, length);
	memset(m->octets, 0, MESSAGE_HEADER_OCTETS);
	m->octets[1] = 10;
	m->octets[2] = (uint8_t)(length >> 8);
	m->octets[3] = (uint8_t)length;
	m->message = (struct message){
		.octets = m->octets,
		.length = length,
		.records = records,
		.kind = kind,
	};
	return &m->message;
}

static inline uint32_t
fixture_u32(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 |
	       (uint32_t)octets[2] << 8 | octets[3];
}

static inline uint32_t
fixture_length(const uint8_t *octets)
{
	return (uint32_t)octets[2] << 8 | octets[3];
}

static inline uint32_t
fixture_sequence(const uint8_t *octets)
{
	return fixture_u32(octets + 8);
}

/* What is written beyond so many octets fails; 0: no limit. */
static inline void
fixture_limit_file_size(rlim_t octets)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = octets == 0 ? limit.rlim_max : octets;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* With all that is in it; 0 if it is gone. */
static inline int
fixture_remove_folder(const char *folder)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	return system(command);
}

static inline struct destination *
fixture_destination(const char *spec, const struct destination_options *options)
{
	struct destination_options defaults;
	char error[DESTINATION_ERROR_SIZE];
	struct destination *destination;

	destination_options_init(&defaults);
	destination =
	    destination_new(spec, options != NULL ? options : &defaults, error);
	if (destination == NULL)
		fail_msg("%s", error);
	return destination;
}

/* One template and one message of 3 type records. */
static inline void
fixture_templates(struct destination *destination,
    struct fixture_message *template, struct fixture_message *types)
{
	destination->ops->templates(destination,
	    fixture_message(
	        template, MESSAGE_TEMPLATES, 0, FIXTURE_OCTETS, 'T'),
	    1, fixture_message(types, MESSAGE_TYPES, 3, FIXTURE_OCTETS, 'I'),
	    1);
}

/* As the exporter does it: due and waiting first. */
static inline void
fixture_data(struct destination *destination, uint32_t records, uint8_t mark)
{
	static struct fixture_message m;

	destination->counts.records_due += records;
	destination->counts.waiting += records;
	destination->ops->message(destination,
	    fixture_message(&m, MESSAGE_DATA, records, FIXTURE_OCTETS, mark));
}

static inline void
fixture_assert_finished(const struct destination *destination,
    uint64_t delivered, enum loss reason, uint64_t lost)
{
	const struct destination_counts *counts = &destination->counts;

	assert_true(destination_balanced(counts));
	assert_int_equal(counts->waiting, 0);
	assert_int_equal(counts->delivered, delivered);
	assert_int_equal(counts->lost[reason], lost);
	assert_int_equal(destination_lost(counts), lost);
}

#endif
