/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layouts: a template as the reader needs it.
 *
 *	template 257:   8   12   82   4
 *	layout:         ├─4─┤├─4─┤ variable ├─1─┤
 *
 * libfixbuf hands a record out with its fields side by side, a variable one as
 * a struct that points to its octets (octets_own).  In lists of records
 * (RFC 6313) we split the octets of the wire ourselves, where a variable field
 * has its length before it (at least octets_min).
 */
#ifndef EXFLOW_SRC_IPFIXFILE_LAYOUT_H
#define EXFLOW_SRC_IPFIXFILE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfixfile/reader.h"

#include <fixbuf/public.h>

/* A field of a template: its length on the wire, and its element. */
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
	uint64_t serial;   /* of this one alone */
	unsigned learned;  /* the reader's count when fields were named */
	size_t octets_min; /* of the shortest record on the wire */
	size_t octets_own; /* of a record as libfixbuf hands it out */
	bool options;
	bool fixed; /* no field has a length of its own */
	size_t count;
	struct layout_field fields[];
};

struct layout *layout_new(fbTemplate_t *template);
void layout_free(struct layout *layout);

/* Look up the names of a layout's fields, which then point into the model. */
void layout_name(struct layout *layout, fbInfoModel_t *names);
void layout_name_field(struct reader_field *field, fbInfoModel_t *names,
    char name[READER_NAME_SIZE]);

/* The fields of a record as libfixbuf hands it out, octets_own long. */
void layout_spread(const struct layout *layout, const uint8_t *record,
    struct reader_field *fields);
/*
 * The fields of a record as it is on the wire.  Its length, or 0 if it is
 * longer than length.
 */
size_t layout_split(const struct layout *layout, const uint8_t *octets,
    size_t length, struct reader_field *fields);
/* Its two parts: the names of the fields, which stay; octets and lengths. */
void layout_fill(const struct layout *layout, struct reader_field *fields);
size_t layout_place(const struct layout *layout, const uint8_t *octets,
    size_t length, struct reader_field *fields);
/* Only the length of a record on the wire, or 0. */
size_t layout_extent(
    const struct layout *layout, const uint8_t *octets, size_t length);

/* The fields of a layout as text, for a hash table; freed by g_free. */
char *layout_key(const struct layout *layout);

#endif
