/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An exchange as a JSON object (RFC 8259) on one line.  Its keys are the names
 * of the elements in the table of fields, in that order; last come those of
 * the interface where its first packet came in, if that is known:
 * ingressInterface and, if it has a name, interfaceName (IANA's element 82,
 * "a short name uniquely describing an interface"; there is none for the
 * ingress alone).
 */
#ifndef EXFLOW_TEXT_JSON_ROW_H
#define EXFLOW_TEXT_JSON_ROW_H

#include "exflow/exchange/exchange.h"
#include "exflow/output/destination.h"
#include "exflow/record/record.h"

#define JSON_ROW_SIZE 32768 /* octets: no object is longer */

struct json_rows;

/*
 * The keys of records with these options, as columns and times choose them
 * (NULL: all of them); interfaceName comes with ingressInterface.  NULL without
 * memory.
 */
struct json_rows *json_rows_new(
    const struct record_options *options, const struct text_options *text);
/* Idempotent, sets NULL. */
void json_rows_free(struct json_rows **rows);
/*
 * Write the object where there is room for JSON_ROW_SIZE octets.  The place
 * behind its last octet; no 0 is written.
 */
char *json_row(
    const struct json_rows *rows, const struct exchange *exchange, char *at);
/*
 * The value of one field as JSON, at most JSON_VALUE_SIZE octets; null for one
 * that is not known.
 */
#define JSON_VALUE_SIZE 3072
char *json_value(
    char *at, const struct field *field, const struct exchange *exchange);

#endif
