/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader, between reader.c and reader_record.c. */
#ifndef EXFLOW_SRC_IPFIXFILE_READER_INTERNAL_H
#define EXFLOW_SRC_IPFIXFILE_READER_INTERNAL_H

#include "exflow/ipfixfile/reader.h"

#include "direct.h"
#include "domain.h"
#include "frame.h"
#include "layout.h"
#include "part.h"

struct reader {
	char *path;
	struct frame frame; /* the current message */
	struct domains domains;
	struct domain *domain; /* of the current message, or NULL */
	uint64_t records;      /* in the current message */
	bool skipped;          /* it has a set without a template */
	bool broken;           /* error is still to be handed out */
	struct part part;      /* of the message, what libfixbuf has */
	struct direct direct;  /* of the message, where it has it not */
	bool indirect;         /* libfixbuf has all messages */
	uint64_t sets_skipped; /* in the file: they had no template */
	uint64_t skipped_at;   /* octet of the message with the first */
	unsigned skipped_id;   /* its set id, 0: not known */
	fbInfoModel_t *names;  /* names and types of elements */
	unsigned learned;      /* counts changes of names, from 1 */
	uint64_t type_records;
	uint8_t *record; /* the current record, as libfixbuf has it */
	size_t record_size;
	struct reader_field *fields; /* of the current record */
	size_t field_room;
	uint64_t spread; /* serial of the layout they are of, or 0 */
	bool spread_own; /* … and they are those of record */
	guint log_handler;
	char error[READER_ERROR_SIZE];
};

/* There is damage at an octet of the file.  The first of a message is told. */
__attribute__((format(printf, 3, 4))) void reader_fail(
    struct reader *reader, uint64_t offset, const char *format, ...);
/* Look names up again if elements were learned after the template came. */
void reader_name_layout(const struct reader *reader, struct layout *layout);

/*
 * The next record of the message or of its part that libfixbuf has: 1 with a
 * record, 0 at its end or at damage.
 */
int reader_next_direct(struct reader *reader, struct reader_record *record);
int reader_next_libfixbuf(struct reader *reader, struct reader_record *record);

#endif
