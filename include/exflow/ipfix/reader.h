/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reader: any IPFIX file (RFC 5655), record by record.  Messages are
 * framed here, so that damage is contained in the message that has it and
 * its place is known; each message is then taken apart by libfixbuf.  Values
 * are handed out as the octets they are on the wire, beside the name and the
 * type of their element.
 *
 * Elements are known from IANA's and CERT's registries (libfixbuf), the
 * project's own, further ones from XML files, and type information records
 * (RFC 5610) in what is read.  One reader at a time: it takes over
 * libfixbuf's warnings.
 */
#ifndef EXFLOW_IPFIX_READER_H
#define EXFLOW_IPFIX_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define READER_ERROR_SIZE 512
#define READER_NAME_SIZE 24     /* "4294967295/32767" */
#define READER_DOMAINS_MAX 1024 /* observation domains in one file */
#define READER_LIST_DEPTH 8     /* lists in lists; deeper: shown as hex */

/*
 * More than any exporter sends, but bounds: time and memory do not grow with
 * what a stranger's file asks for.  What is beyond is damage.
 */
#define READER_FIELDS_MAX 1024         /* of a template */
#define READER_EMPTY_FIELDS_MAX 8      /* of these: of no octet */
#define READER_FIELDS_HELD_MAX 1000000 /* of all templates in force */
#define READER_TEMPLATES_MAX 100000    /* in all domains, over time */
#define READER_ELEMENTS_MAX 100000     /* unknown ones, and learned names */

/* RFC 7011 6.1, RFC 6313; the numbers of informationElementDataType. */
enum reader_type {
	READER_OCTETS,
	READER_UNSIGNED8,
	READER_UNSIGNED16,
	READER_UNSIGNED32,
	READER_UNSIGNED64,
	READER_SIGNED8,
	READER_SIGNED16,
	READER_SIGNED32,
	READER_SIGNED64,
	READER_FLOAT32,
	READER_FLOAT64,
	READER_BOOLEAN,
	READER_MAC,
	READER_STRING,
	READER_SECONDS,
	READER_MILLISECONDS,
	READER_MICROSECONDS,
	READER_NANOSECONDS,
	READER_IPV4,
	READER_IPV6,
	READER_BASIC_LIST,
	READER_TEMPLATE_LIST,
	READER_TEMPLATE_MULTI_LIST
};

struct reader_field {
	const char *name; /* of the element, "PEN/id" where unknown */
	uint32_t pen;
	uint16_t id;
	uint8_t type; /* enum reader_type */
	bool known;
	uint16_t repetition;   /* fields of the same element before it */
	const uint8_t *octets; /* as on the wire, length of them */
	size_t length;
};

/* Valid until the next reader_next. */
struct reader_record {
	uint32_t domain;
	uint32_t export_time; /* seconds since 1970 */
	uint16_t template_id;
	uint64_t layout; /* the same for records with the same fields */
	bool options;
	bool type_information; /* RFC 5610 */
	const struct reader_field *fields;
	size_t field_count;
};

struct reader;

/* own_pen: the enterprise number of the project's own elements. */
struct reader *reader_new(uint32_t own_pen, char *error, size_t error_size);
void reader_free(struct reader **reader); /* idempotent, sets NULL */

/* More elements, from a file in the format of IANA's registry. */
int reader_add_elements(
    struct reader *reader, const char *path, char *error, size_t error_size);

/* Go to the first record of a file ("-": standard input). */
int reader_open(
    struct reader *reader, const char *path, char *error, size_t error_size);

/*
 * 1 with the next record, 0 at the end of the file, -1 where it is damaged:
 * reader_error names the file, the octet and the damage.  After -1 it can be
 * called again: what follows the damaged message is still read, if the
 * message's length can be relied on; else 0 follows.
 */
int reader_next(struct reader *reader, struct reader_record *record);
const char *reader_error(const struct reader *reader);

/*
 * The fields of the one record at octets of a template that the current
 * record's domain knows (for lists): the number of octets it takes, 0 where
 * the template is unknown or the octets are too few.  *count is the room in
 * fields when called, and the number of fields then.
 */
size_t reader_split(const struct reader *reader, uint16_t template_id,
    const uint8_t *octets, size_t length, struct reader_field *fields,
    size_t *count);
/* Name, type, known of a field from its pen and id; name holds "PEN/id". */
void reader_name_field(const struct reader *reader, struct reader_field *field,
    char name[READER_NAME_SIZE]);

/* What was seen, over all files opened. */
struct reader_template_count {
	uint32_t domain;
	uint16_t template_id;
	uint16_t fields;
	bool options;
	uint64_t announced; /* times */
	uint64_t records;
};
struct reader_domain_count {
	uint32_t domain;
	uint32_t first_export, last_export;
	uint64_t messages;
	uint64_t octets;
	uint64_t records;
	uint64_t sets_without_template;
	uint64_t gaps;    /* the sequence number is not what it should be */
	uint64_t missing; /* records, where it jumps ahead */
	size_t template_count;
	const struct reader_template_count *templates; /* by id */
};
/* The n-th domain in the order of first appearance, false past the last. */
bool reader_domain(
    const struct reader *reader, size_t n, struct reader_domain_count *count);
uint64_t reader_type_records(const struct reader *reader);

#endif
