/* SPDX-License-Identifier: BSD-2-Clause */
/* Compression of finished files. */
#ifndef EXFLOW_SRC_ARCHIVE_COMPRESS_H
#define EXFLOW_SRC_ARCHIVE_COMPRESS_H

#include "exflow/output/destination.h"

/*
 * Replace a file by path.gz or path.zst, which appears complete, synced and
 * with the times of the file.  0; or -1 with errno, and only the plain file is
 * there, unchanged.
 */
int compress_file(const char *path, enum archive_compression compression);
/* The name that it has then, to be freed; NULL: no memory. */
char *compressed_name(const char *path, enum archive_compression compression);

#endif
