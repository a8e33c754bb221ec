/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A page of page.h, as a file that has its name when it is complete:
 *
 *	page_file_new		the page, without a file
 *	page_file_open		.NAME.1a2b3c, still empty
 *	page_file_add		counts
 *	page_file_finish	written, synced, renamed
 *
 * A kill before the end leaves the empty file.
 */
#ifndef EXFLOW_PAGE_PAGE_FILE_H
#define EXFLOW_PAGE_PAGE_FILE_H

#include "exflow/page/page.h"

#define PAGE_ERROR_SIZE 1024

struct page_file;

/*
 * path: of the page; where it is no regular file (standard output, a pipe), the
 * page is written to it.  NULL with a message in error that says what was
 * expected of the options.
 */
struct page_file *page_file_new(const char *path,
    const struct page_options *options, char error[PAGE_ERROR_SIZE]);
/* A file that was not finished is removed.  Idempotent, sets NULL. */
void page_file_free(struct page_file **file);
unsigned page_file_parts(const struct page_file *file);
/* All three: 0, or -1 and page_file_error() tells why. */
int page_file_open(struct page_file *file);
int page_file_add(struct page_file *file, const struct subject *subject);
/*
 * A file that is there is replaced, or, where replace is false, the page gets a
 * numbered name beside it (base/publish.h).
 */
int page_file_finish(struct page_file *file, bool replace);
const char *page_file_error(const struct page_file *file);
/* Once it is finished. */
uint64_t page_file_octets(const struct page_file *file);

#endif
