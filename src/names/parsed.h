/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parsers say of the octets that they are given. */
#ifndef EXFLOW_SRC_NAMES_PARSED_H
#define EXFLOW_SRC_NAMES_PARSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/decode/span.h"

/* What a parser says of the first octets of a stream. */
enum parsed {
	PARSED_DONE,      /* all that can be known is */
	PARSED_MORE,      /* more octets may say more */
	PARSED_OTHER,     /* they are of another protocol */
	PARSED_MALFORMED, /* they contradict themselves */
};

#endif
