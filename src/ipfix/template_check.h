/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Templates that are kept from libfixbuf: it takes any, in a time that grows
 * with the square of their fields, and a template whose fields are mostly
 * empty makes gigabytes of text from a few octets.
 */
#ifndef EXFLOW_SRC_IPFIX_TEMPLATE_CHECK_H
#define EXFLOW_SRC_IPFIX_TEMPLATE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A set with its header.  Whether what templates it has are within the limits
 * of reader.h; else what is wrong, in why.  A set that is no template set, or
 * is cut, is for others to judge.
 */
bool template_check(
    const uint8_t *set, size_t length, char *why, size_t why_size);

#endif
