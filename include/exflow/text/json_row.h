/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An exchange as a JSON object (RFC 8259), its keys the element names of the
 * record table.
 */
#ifndef EXFLOW_TEXT_JSON_ROW_H
#define EXFLOW_TEXT_JSON_ROW_H

#include "exflow/meter/exchange.h"
#include "exflow/record/record.h"

#define JSON_ROW_SIZE 8192 /* the longest there is */

struct json_rows;

/* For records with these options; NULL without memory. */
struct json_rows *json_rows_new(const struct record_options *options);
void json_rows_free(struct json_rows **rows);
/* Write one to where JSON_ROW_SIZE have room; where it ends, no 0 there. */
char *json_row(
    const struct json_rows *rows, const struct exchange *exchange, char *at);

#endif
