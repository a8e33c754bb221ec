/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of outputs. */
#ifndef EXFLOW_EXPORT_KINDS_H
#define EXFLOW_EXPORT_KINDS_H

#include "exflow/output/destination.h"

/*
 * From the argument of -o: "ipfix:FILE", "NAME.ipfix", "udp://HOST[:PORT]",
 * "tcp://HOST[:PORT]" (an IPv6 address in brackets), "archive:PATTERN",
 * "csv:DIR", "json:FILE" ("json:-"), "table".  Only parsed, nothing is opened.  NULL with a message
 * in error that says what was expected.
 */
struct destination *destination_new(const char *spec,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE]);
/* An archive of the configuration file: its title and its path. */
struct destination *destination_new_archive(const char *name,
    const char *pattern, const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE]);

#endif
