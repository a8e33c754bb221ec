/* SPDX-License-Identifier: BSD-2-Clause */
/* From the argument of -o, or an archive's section, to a destination. */
#ifndef EXFLOW_EXPORT_KINDS_H
#define EXFLOW_EXPORT_KINDS_H

#include "exflow/output/destination.h"

/*
 * From the argument of -o: "ipfix:FILE", "NAME.ipfix", "archive:PATTERN",
 * "udp://HOST[:PORT]", "tcp://HOST[:PORT]", "tls://HOST[:PORT]",
 * "netflow9://HOST[:PORT]", "netflow5://HOST[:PORT]" (an IPv6 address in
 * brackets), "csv:DIR", "json:FILE" ("json:-"), "tstat:DIR", "html:FILE",
 * "table".  Parses only and opens nothing.  NULL with a message in error that
 * says what was expected.
 */
struct destination *destination_new(const char *spec,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE]);
/*
 * An archive of the configuration file, by its title and its pattern: of IPFIX
 * files, or with "json:", "csv:" or "tstat:" before the pattern of text.
 */
struct destination *destination_new_archive(const char *name,
    const char *pattern, const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE]);
/*
 * Whether no two of these write to the same file or to standard output: 0, or
 * -1 with a message and the number of the second one.
 */
int destinations_check(struct destination *const *destinations, size_t n,
    size_t *second, char error[DESTINATION_ERROR_SIZE]);

#endif
