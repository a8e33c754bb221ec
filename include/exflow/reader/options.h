/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of exflowdump. */
#ifndef EXFLOW_READER_OPTIONS_H
#define EXFLOW_READER_OPTIONS_H

#include "exflow/reader/query.h"

#define OPTIONS_ELEMENT_FILES_MAX 16

struct reader_options {
	struct query_options query;
	const char *element_files[OPTIONS_ELEMENT_FILES_MAX];
	size_t element_file_count;
	bool utc;     /* -u: no local time on a terminal */
	bool follow;  /* -F */
	char **paths; /* NULL at the end */
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_DONE, /* --help, --version: it was printed */
	OPTIONS_WRONG /* a message was logged */
};

/* Texts are those of argv. */
enum options_result options_parse(
    struct reader_options *options, int argc, char **argv);

#endif
