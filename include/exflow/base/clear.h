/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zeros in an object whose size is a constant, by stores of vectors.  Of more
 * than a cache line at once the compiler makes a `rep stos`, which begins
 * slowly.
 */
#ifndef EXFLOW_BASE_CLEAR_H
#define EXFLOW_BASE_CLEAR_H

#include <stddef.h>
#include <string.h>

#define CLEAR_LINE 64

static inline __attribute__((always_inline)) void
clear_object(void *object, size_t octets)
{
	char *at = object;

#pragma GCC unroll 16
	for (size_t i = 0; i < octets / CLEAR_LINE; i++)
		memset(at + i * CLEAR_LINE, 0, CLEAR_LINE);
	memset(at + octets / CLEAR_LINE * CLEAR_LINE, 0, octets % CLEAR_LINE);
}

#endif
