/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Manual pages of which parts are generated.  Such a part stands between two
 * lines, which are comments of mdoc(7):
 *
 *	.\" settings: Timeouts
 *	…
 *	.\" settings: end
 */
#ifndef EXFLOW_BASE_MARKED_PAGE_H
#define EXFLOW_BASE_MARKED_PAGE_H

#include <stddef.h>

struct marked_part {
	const char *title;               /* "Timeouts" */
	void (*print)(const void *what); /* to standard output */
	const void *what;
};

#define MARKED_PARTS_MAX 32

/*
 * Copy the page at path to standard output, with all parts made anew, of which
 * there may be MARKED_PARTS_MAX.  word is what their marks begin with
 * ("settings").  The exit status: 0; or 1 behind a message, where the page
 * cannot be read or does not have the marks of each part once.
 */
int marked_page_print(const char *path, const char *word,
    const struct marked_part *parts, size_t count);

#endif
