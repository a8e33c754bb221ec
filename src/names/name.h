/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of servers: lower case, and the best of those that are known. */
#ifndef EXFLOW_SRC_NAMES_NAME_H
#define EXFLOW_SRC_NAMES_NAME_H

#include <stdint.h>

#include "exflow/names/exchange_names.h"

#include "parsed.h"

/* ASCII's letters only; room for name.length. */
void name_lower(uint8_t *room, struct span name);
/* Without the port behind it: "a.example:80", "[2001:db8::1]:80". */
struct span name_without_port(struct span host);

/* What the server may be called, by enum name_source; empty: not known. */
struct name_choice {
	struct span by[NAME_SOURCE_ECH_OUTER + 1];
};
/* The first of them in the order of enum name_source. */
enum name_source name_best(const struct name_choice *choice);

#endif
