/* SPDX-License-Identifier: BSD-2-Clause */
/* Large pieces of zeroed memory straight from the system. */
#ifndef EXFLOW_SRC_MEMORY_PAGES_H
#define EXFLOW_SRC_MEMORY_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#define HUGE_PAGE ((size_t)2 << 20)

/*
 * octets, a multiple of HUGE_PAGE, aligned to it; memory is taken as it is
 * touched, with huge by huge pages.  NULL with errno where there is none.
 */
void *pages_new(size_t octets, bool huge);
/* Huge pages for what is not touched yet of such a piece. */
void pages_huge(void *pages, size_t octets);
/* Give their memory back; what they hold when touched again is undefined. */
void pages_forget(void *pages, size_t octets);
void pages_free(void *pages, size_t octets);

#endif
