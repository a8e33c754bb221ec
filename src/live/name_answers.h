/* SPDX-License-Identifier: BSD-2-Clause */
/* How "top by name" is printed. */
#ifndef EXFLOW_SRC_LIVE_NAME_ANSWERS_H
#define EXFLOW_SRC_LIVE_NAME_ANSWERS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "exflow/live/answers.h"
#include "top_names.h"

/* Those with most octets, so many at most; found are the live exchanges. */
void print_names(const struct answer_form *form, struct top_names *top,
    size_t limit, uint64_t found, FILE *stream);

#endif
