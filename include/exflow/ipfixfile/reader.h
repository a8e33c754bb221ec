/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reader reads any IPFIX file (RFC 5655), record by record.  It finds the
 * messages itself, so that damage costs no more than the message that has it,
 * and can be told by its place; libfixbuf then finds the records of a message.
 * A value is handed out as its octets on the wire, with the name and the data
 * type of its element.
 *
 * Elements are known from the registries of IANA and CERT (libfixbuf), from the
 * table of fields, from XML files, and from type information records (RFC 5610)
 * in the file.  Only one reader can exist at a time, because it takes
 * libfixbuf's warnings, which are the program's.
 */
#ifndef EXFLOW_IPFIXFILE_READER_H
#define EXFLOW_IPFIXFILE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define READER_ERROR_SIZE 512
#define READER_NAME_SIZE 24     /* "4294967295/32767" */
#define READER_DOMAINS_MAX 1024 /* observation domains in one file */
#define READER_LIST_DEPTH 8     /* lists in lists; deeper: shown as hex */

/*
 * Limits beyond what any exporter sends, so that a file cannot ask for any
 * amount of time and memory.  More than this is damage.
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
	bool variable;         /* its template says no length */
	uint16_t repetition;   /* fields of the same element before it */
	const uint8_t *octets; /* as on the wire, length of them */
	size_t length;
};

/* Valid until the next reader_next. */
struct reader_record {
	uint32_t domain;
	uint32_t export_time; /* seconds since 1970 */
	uint16_t template_id;
	uint64_t layout; /* equal for records with the same fields */
	uint64_t serial; /* of the announcement of its template */
	bool options;
	bool fixed;            /* no field is variable: they lie side by side */
	bool type_information; /* RFC 5610 */
	const struct reader_field *fields;
	size_t field_count;
};

struct reader;

/* own_pen: the enterprise number of the project's own elements. */
struct reader *reader_new(uint32_t own_pen, char *error, size_t error_size);
void reader_free(struct reader **reader); /* idempotent, sets NULL */

/* Add elements from a file in the format of IANA's registry; 0 or -1. */
int reader_add_elements(
    struct reader *reader, const char *path, char *error, size_t error_size);

/* Have libfixbuf read every message: for tests, which compare. */
void reader_use_libfixbuf(struct reader *reader);

/* Open a file ("-": standard input), before its first record; 0 or -1. */
int reader_open(
    struct reader *reader, const char *path, char *error, size_t error_size);

/*
 * 1 with the next record, 0 at the end of the file, -1 at damage: reader_error
 * names the file, the octet and the damage.  It can be called again after -1:
 * it goes on behind the damaged message, or returns 0 if the length of that
 * message is in doubt.
 */
int reader_next(struct reader *reader, struct reader_record *record);
const char *reader_error(const struct reader *reader);

/*
 * Records of one template without fields of variable lengths, one behind the
 * other in the message:
 *
 *	│ reader_next's │ octets        │ octets        │ … count of them
 *	└── length ─────┴── length ─────┴── length ─────┘
 */
struct reader_run {
	const uint8_t *octets;
	size_t length; /* of each record */
	size_t count;
};

/*
 * The records behind the one that reader_next has handed out, which are not
 * handed out again; none where they are not to be had so, of which there may be
 * more.  Valid until the next reader_next.
 */
struct reader_run reader_run(struct reader *reader);
/*
 * Make the record that reader_next has handed out the one at octets, of its
 * run.
 */
void reader_show(struct reader *reader, const uint8_t *octets);

/*
 * At the end of a file: were sets skipped in it, because no template for them
 * came before?  That is no damage: a saved stream may begin anywhere.  Writes
 * a line that tells how many to text.
 */
bool reader_skipped(const struct reader *reader, char *text, size_t size);

/*
 * For lists of records: split the record at octets, which is of a template in
 * the domain of the current record, into fields.  *count is the room in fields
 * before the call and their number after it.  Returns the octets of the record,
 * or 0 if the template is unknown or the octets are too few.
 */
size_t reader_split(const struct reader *reader, uint16_t template_id,
    const uint8_t *octets, size_t length, struct reader_field *fields,
    size_t *count);
/*
 * Fill in name, type and known of a field by its pen and id.  The name of an
 * unknown element, "PEN/id", is written to name and must live as long.
 */
void reader_name_field(const struct reader *reader, struct reader_field *field,
    char name[READER_NAME_SIZE]);

/* Find an element by its name: pen, id and type of field; false: none. */
bool reader_find_element(
    const struct reader *reader, const char *name, struct reader_field *field);

/* What was counted in all files opened so far. */
struct reader_template_count {
	uint32_t domain;
	uint16_t template_id;
	uint16_t fields;
	bool options;
	uint64_t announced; /* times */
	uint64_t withdrawn; /* times */
	uint64_t records;
};
struct reader_domain_count {
	uint32_t domain;
	uint32_t first_export, last_export;
	uint64_t messages;
	uint64_t octets;
	uint64_t records;
	uint64_t sets_without_template;
	uint64_t gaps;    /* wrong sequence numbers */
	uint64_t missing; /* records that numbers too high tell of */
	size_t template_count;
	const struct reader_template_count *templates; /* by id */
};
/* The n-th domain by first appearance; false if there are fewer. */
bool reader_domain(
    const struct reader *reader, size_t n, struct reader_domain_count *count);
uint64_t reader_type_records(const struct reader *reader);

#endif
