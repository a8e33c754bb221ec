/* SPDX-License-Identifier: BSD-2-Clause */
/* Layouts: a template as the reader needs it. */
#ifndef EXFLOW_SRC_IPFIX_LAYOUT_H
#define EXFLOW_SRC_IPFIX_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/reader.h"

#include <fixbuf/public.h>

/* How a template's field lies on the wire, and what it is. */
struct layout_field {
	uint32_t pen;
	uint16_t id;
	uint16_t length; /* FB_IE_VARLEN: its own length before it */
	uint16_t repetition;
	uint8_t type;
	bool known;
	char number[READER_NAME_SIZE]; /* "PEN/id" */
	const char *name;
};

struct layout {
	uint64_t number;   /* the same for templates with the same fields */
	unsigned learned;  /* the reader's count when they were named */
	size_t octets_min; /* of a record on the wire */
	size_t octets_own; /* of a record as libfixbuf hands it out */
	bool options;
	size_t count;
	struct layout_field fields[];
};

struct layout *layout_new(fbTemplate_t *template);
void layout_free(struct layout *layout);

/* Look up the names of a layout's fields; they point into names. */
void layout_name(struct layout *layout, fbInfoModel_t *names);
void layout_name_field(struct reader_field *field, fbInfoModel_t *names,
    char name[READER_NAME_SIZE]);

/* The fields of a record as libfixbuf hands it out, octets_own long. */
void layout_spread(const struct layout *layout, const uint8_t *record,
    struct reader_field *fields);
/* The fields of a record as on the wire; its length, 0: it is too long. */
size_t layout_split(const struct layout *layout, const uint8_t *octets,
    size_t length, struct reader_field *fields);

/* What a layout's number stands for: its fields, as text. */
char *layout_shape(const struct layout *layout);

#endif
