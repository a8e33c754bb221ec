/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys: what records are grouped by, as octets that can be compared.
 *
 *	client/24, port    4 192.0.2.0   8 00…01bb
 *	                   └ octets of the value, 0: the record has none
 */
#ifndef EXFLOW_REPORT_KEY_H
#define EXFLOW_REPORT_KEY_H

#include <glib.h>

#include "exflow/report/aggregate.h"

#define KEY_TEXT_MAX 254
#define KEY_OCTETS_MAX ((size_t)AGGREGATE_KEYS_MAX * (KEY_TEXT_MAX + 1))

struct key {
	struct attribute attribute;
	enum attribute_side side; /* to ask for */
	uint8_t prefix4, prefix6; /* of addresses */
	uint64_t step;            /* of times; 0: exact */
	bool fold;                /* texts: to lower case */
	char name[REPORT_NAME_SIZE];
};

/* A list of names; how many, or -1 with a message. */
int keys_parse(struct key keys[AGGREGATE_KEYS_MAX], const char *text,
    const struct attribute_resolver *resolver, char *error, size_t error_size);
/* [client|server] NAME[/N[/N]], of length octets. */
int key_parse(struct key *key, const char *text, size_t length,
    const struct attribute_resolver *resolver, char *error, size_t error_size);

/* Write the octets of a key; the place behind them. */
uint8_t *key_write(
    const struct key *key, const struct subject *subject, uint8_t *at);
/* Read a value back; the place behind it.  False: it has none. */
const uint8_t *key_read(
    const uint8_t *at, struct attribute_value *value, bool *known);

/* How reports show an attribute, and a value of it in a cell. */
enum report_kind key_kind(const struct attribute *attribute);
void key_cell(const struct key *key, const struct attribute_value *value,
    bool known, struct report_cell *cell);
void key_column(struct report *report, const struct key *key);

#endif
