/* SPDX-License-Identifier: BSD-2-Clause */
/* Large pieces of zeroed memory mapped by the system. */
#ifndef EXFLOW_SRC_MEMORY_PAGES_H
#define EXFLOW_SRC_MEMORY_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#define HUGE_PAGE ((size_t)2 << 20)

/*
 * Map octets, a multiple of HUGE_PAGE, at an address that is one, too.  A page
 * takes memory when it is first touched; huge asks for huge pages.  NULL with
 * errno where it cannot be had.
 */
void *pages_new(size_t octets, bool huge);
/* Ask for huge pages where such a piece is not touched yet. */
void pages_huge(void *pages, size_t octets);
/* Give the memory back, not the addresses; their content is then undefined. */
void pages_forget(void *pages, size_t octets);
void pages_free(void *pages, size_t octets);

#endif
