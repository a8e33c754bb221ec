/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers for people. */
#ifndef EXFLOW_BASE_UNITS_H
#define EXFLOW_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define UNITS_SIZE 32 /* room for any of the texts below */

/* "1,234,567" */
void units_grouped(char *text, size_t size, uint64_t number);
/* "999", "1.23 k", "45.6 M", "789 G": three digits, powers of 1000. */
void units_number(char *text, size_t size, double number);
/* "999 octets", "1.23 kB" */
void units_octets(char *text, size_t size, uint64_t octets);

#endif
