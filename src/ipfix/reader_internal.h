/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the reader share: reader.c, domain.c. */
#ifndef EXFLOW_SRC_IPFIX_READER_INTERNAL_H
#define EXFLOW_SRC_IPFIX_READER_INTERNAL_H

#include "exflow/ipfix/reader.h"

#include <glib.h>

#include <fixbuf/public.h>

#include "frame.h"

struct reader_domain {
	struct reader *reader;
	fBuf_t *buffer;
	bool synced; /* expected is known */
	uint32_t expected;
	struct reader_domain_count count;
	GArray *templates; /* struct reader_template_count, by id */
};

struct reader {
	char *path;
	struct stream *stream;
	fbInfoModel_t *names, *raw;
	unsigned learned; /* counts changes of names, from 1 */
	guint raw_count;  /* elements of raw at the start */
	size_t fields_held, templates_seen;
	uint64_t type_records;
	GPtrArray *domains;
	GHashTable *layouts;          /* shape of a template → its number */
	uint64_t layout_number;       /* the last one given */
	size_t layout_octets;         /* of all shapes */
	struct reader_domain *domain; /* of the current message; or NULL */
	uint64_t records;             /* in the current message */
	bool skipped;                 /* it has a set without a template */
	bool broken;                  /* error is still to be handed out */
	uint8_t *record;
	size_t record_size;
	struct reader_field *fields;
	size_t field_room;
	guint log_handler;
	struct frame frame;
	char error[READER_ERROR_SIZE];
};

/* Damage at an octet of the file; the first of a message is told. */
__attribute__((format(printf, 3, 4))) void reader_fail(
    struct reader *reader, uint64_t offset, const char *format, ...);

/* The one of that number, made where it is new; NULL: there are too many. */
struct reader_domain *domain_find(struct reader *reader, uint32_t number);
void domain_free(gpointer domain);
/* What is counted of a template; until the next one that is new. */
struct reader_template_count *domain_template(
    struct reader_domain *domain, uint16_t id);
/* Counts what is missing before a message of that number. */
void domain_check_sequence(struct reader_domain *domain, uint32_t sequence);
/* Have the templates of all domains asked for too much?  That is damage. */
bool domain_too_much(struct reader *reader);

#endif
