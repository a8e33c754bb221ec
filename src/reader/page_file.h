/* SPDX-License-Identifier: BSD-2-Clause */
/* A page of report/page.h, as a file that has its name when it is complete. */
#ifndef EXFLOW_SRC_READER_PAGE_FILE_H
#define EXFLOW_SRC_READER_PAGE_FILE_H

#include "exflow/reader/query.h"

struct page_file;

/* NULL with a message in error; the file is there under another name. */
struct page_file *page_file_new(const char *path,
    const struct page_options *options, char error[QUERY_ERROR_SIZE]);
/* A file that was not finished is removed.  Idempotent, sets NULL. */
void page_file_free(struct page_file **file);
unsigned page_file_parts(const struct page_file *file);
/* Both: 0, or -1 and page_file_error() tells why. */
int page_file_add(struct page_file *file, const struct subject *subject);
int page_file_finish(struct page_file *file);
const char *page_file_error(const struct page_file *file);

#endif
