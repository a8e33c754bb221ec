/* SPDX-License-Identifier: BSD-2-Clause */
/* A finished file in a smaller one. */
#ifndef EXFLOW_SRC_ARCHIVE_COMPRESS_H
#define EXFLOW_SRC_ARCHIVE_COMPRESS_H

#include "exflow/output/destination.h"

/*
 * Put the file's octets, compressed, into path.gz or path.zst, which appears
 * complete and synced and with the time of the file; then remove the file.
 * 0, or -1 with errno: the file stays as it was, and nothing else.
 */
int compress_file(const char *path, enum archive_compression compression);

#endif
