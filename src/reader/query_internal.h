/* SPDX-License-Identifier: BSD-2-Clause */
/* A query, between query.c and query_sinks.c. */
#ifndef EXFLOW_SRC_READER_QUERY_INTERNAL_H
#define EXFLOW_SRC_READER_QUERY_INTERNAL_H

#include <glib.h>

#include "exflow/filter/filter.h"
#include "exflow/input/mapping.h"
#include "exflow/input/pair.h"
#include "exflow/page/page_file.h"
#include "exflow/reader/query.h"

#include "copy.h"
#include "database.h"
#include "sorted.h"

struct query {
	struct query_options options;
	struct reader *reader;
	FILE *stream;
	struct dump *dump;       /* lines */
	struct mapping *sieve;   /* for the filter; NULL: none, or pairs */
	struct mapping *mapping; /* NULL: every record, as it is */
	struct filter *filter;
	struct pairs *pairs;
	struct columns *columns;
	struct report *row; /* of columns: one row */
	struct aggregate *aggregate;
	struct columns *sort;  /* one attribute */
	struct report *weight; /* … and its value */
	struct sorted *sorted;
	struct copy *copy;
	struct database *database;
	struct page_file *page;
	const struct reader_record *record; /* the present one, or NULL */
	struct report_print_options print;
	uint64_t handed; /* records that came to the sink */
	bool done, failed;
	char error[QUERY_ERROR_SIZE]; /* "": the stream failed */
};

/* Set up what the kind needs.  False with a message in error. */
bool sink_open(struct query *query, const struct attribute_resolver *resolver,
    char error[QUERY_ERROR_SIZE]);
/* Whether it looks at the present record itself. */
bool sink_shows(const struct query *query);
/* Take a record that was chosen: record_handler's result. */
int sink_take(struct query *query, const struct subject *subject);
/* The present record is type information. */
int sink_types(struct query *query);
int sink_finish(struct query *query);
void sink_close(struct query *query);

/* Note a failure; -1.  Without a message: the stream's, with errno. */
int sink_fail(struct query *query, const char *message);

#endif
