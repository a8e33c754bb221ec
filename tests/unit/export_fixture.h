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

/* --- messages with sets, where templates are told from data by them */

static inline void
fixture_put16(uint8_t *octets, uint32_t value)
{
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
}

/* A message with one set of this id and as much room for what is in it. */
static inline uint8_t *
fixture_set(struct fixture_message *m, enum message_kind kind, uint32_t records,
    uint32_t id, uint32_t octets)
{
	uint8_t *set = m->octets + MESSAGE_HEADER_OCTETS;

	fixture_message(
	    m, kind, records, MESSAGE_HEADER_OCTETS + 4 + octets, 0);
	fixture_put16(set, id);
	fixture_put16(set + 2, 4 + octets);
	return set + 4;
}

/* The template of records with one octetDeltaCount of 8 octets. */
static inline struct message
fixture_template(struct fixture_message *m, uint32_t id)
{
	uint8_t *at = fixture_set(m, MESSAGE_TEMPLATES, 0, 2, 8);

	fixture_put16(at, id);
	fixture_put16(at + 2, 1);
	fixture_put16(at + 4, 1);
	fixture_put16(at + 6, 8);
	return m->message;
}

/* So many records of a template, due and waiting. */
static inline void
fixture_records(struct destination *destination, uint32_t id, uint32_t records)
{
	static struct fixture_message m;

	fixture_set(&m, MESSAGE_DATA, records, id, 8 * records);
	destination->counts.records_due += records;
	destination->counts.waiting += records;
	destination->ops->message(destination, &m.message);
}

/* Templates 0x101, 0x102, 0x103, and no types. */
static inline void
fixture_three_templates(struct destination *destination)
{
	static struct fixture_message m[3];
	struct message templates[3];

	for (uint32_t i = 0; i < 3; i++)
		templates[i] = fixture_template(&m[i], 0x101 + i);
	destination->ops->templates(destination, templates, 3, NULL, 0);
}

/*
 * What a message has: the id of its data set, or minus the id of the template.
 */
static inline int
fixture_content(const uint8_t *message)
{
	uint32_t id = (uint32_t)message[16] << 8 | message[17];

	return id >= 256 ? (int)id
	                 : -((int)message[20] << 8 | (int)message[21]);
}

/* The messages in a row have this content and these sequence numbers. */
static inline void
fixture_expect_content(const uint8_t *octets, size_t length, size_t n,
    const int content[], const uint32_t sequence[])
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++, at += fixture_length(octets + at)) {
		assert_true(at < length);
		assert_int_equal(fixture_content(octets + at), content[i]);
		assert_int_equal(fixture_sequence(octets + at), sequence[i]);
	}
	assert_int_equal(at, length);
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
