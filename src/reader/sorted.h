/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines that are printed in the order of a number, once all have come.  Where
 * only the first ones are wanted, the others are dropped on the way.
 */
#ifndef EXFLOW_SRC_READER_SORTED_H
#define EXFLOW_SRC_READER_SORTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct sorted;

/* head: how many are wanted, 0: all; memory: octets at most. */
struct sorted *sorted_new(bool least_first, uint64_t head, uint64_t memory);
void sorted_free(struct sorted **sorted); /* idempotent, sets NULL */
/*
 * A line, and the one to print before it where that is another one than before.
 * Lines without a number come last.  -1: the memory is used up.
 */
int sorted_add(struct sorted *sorted, bool known, uint64_t number,
    const char *header, size_t header_length, const char *line);
size_t sorted_count(const struct sorted *sorted);
int sorted_print(struct sorted *sorted, FILE *stream);

#endif
