/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exflowdump: what is in IPFIX files.  The parts of it:
 *
 *	reader/options.c	the command line
 *	input/file_list.c	files, patterns, folders
 *	ipfixfile/reader.c	octets become records
 *	reader/query.c		records are chosen, shown, counted or written
 */
#include <config.h>

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/log.h"
#include "exflow/base/terminal.h"
#include "exflow/ipfixfile/reader.h"
#include "exflow/input/file_list.h"
#include "exflow/reader/options.h"
#include "exflow/reader/query.h"

#define EXIT_USAGE 2
#define FOLLOW_SECONDS 1

static struct reader *
make_reader(const struct reader_options *options)
{
	char error[READER_ERROR_SIZE];
	struct reader *reader =
	    reader_new(options->query.own_pen, error, sizeof(error));

	for (size_t i = 0; reader != NULL && i < options->element_file_count;
	     i++)
		if (reader_add_elements(reader, options->element_files[i],
		        error, sizeof(error)) < 0)
			reader_free(&reader);
	if (reader == NULL)
		log_error("%s", error);
	return reader;
}

/* Where the terminal shows Unicode, there is room for bars. */
static bool
has_bars(void)
{
	return isatty(STDOUT_FILENO) && setlocale(LC_CTYPE, "") != NULL &&
	       strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Read every file that was found, also after one that could not be read. */
static int
read_files(struct query *query, struct reader *reader, struct file_list *files)
{
	char error[READER_ERROR_SIZE];
	const char *path;
	int status = EXIT_SUCCESS;

	while (!query_done(query) && (path = file_list_next(files)) != NULL)
		if (reader_open(reader, path, error, sizeof(error)) < 0) {
			log_error("%s", error);
			status = EXIT_FAILURE;
		} else if (query_file(query, log_error, log_warning) < 0)
			status = EXIT_FAILURE;
	return status;
}

/* Files that come later, until a signal ends the program. */
static int
follow(struct query *query, struct reader *reader, struct file_list *files)
{
	int status = EXIT_SUCCESS;

	while (!query_done(query) && fflush(stdout) == 0) {
		sleep(FOLLOW_SECONDS);
		file_list_scan(files);
		if (read_files(query, reader, files) != EXIT_SUCCESS)
			status = EXIT_FAILURE;
	}
	return status;
}

/* head(1) may stop reading: that is no error to tell. */
static void
tell_failure(const struct query *query)
{
	const char *failure = query_failed(query);

	if (failure != NULL && *failure != '\0')
		log_error("%s", failure);
	else if (errno != EPIPE)
		log_error("standard output: %s", strerror(errno));
}

/* A filter is shown below, with a mark at the place. */
static void
tell_mistake(char *error)
{
	char *more = strchr(error, '\n');

	if (more != NULL)
		*more++ = '\0';
	log_error("%s", error);
	if (more != NULL)
		fprintf(stderr, "%s\n", more);
}

static int
run(const struct reader_options *options, struct query *query,
    struct reader *reader)
{
	struct file_list *files = file_list_new(options->paths,
	    options->query.has_period ? &options->query.period : NULL,
	    options->follow);
	int status;

	file_list_scan(files);
	status = read_files(query, reader, files);
	if (options->follow && follow(query, reader, files) != EXIT_SUCCESS)
		status = EXIT_FAILURE;
	if (ferror(stdout) || query_finish(query) < 0) {
		tell_failure(query);
		status = EXIT_FAILURE;
	}
	file_list_free(&files);
	return status;
}

int
main(int argc, char **argv)
{
	struct reader_options options;
	char error[QUERY_ERROR_SIZE];
	struct reader *reader;
	struct query *query;
	int status = EXIT_USAGE;

	log_init("exflowdump", LOG_LEVEL_WARNING);
	log_take_glib();
	signal(SIGPIPE, SIG_IGN);
	switch (options_parse(&options, argc, argv)) {
	case OPTIONS_WRONG:
		return EXIT_USAGE;
	case OPTIONS_DONE:
		return EXIT_SUCCESS;
	default:
		break;
	}
	if ((reader = make_reader(&options)) == NULL)
		return EXIT_USAGE;
	options.query.dump.width = terminal_width(STDOUT_FILENO);
	options.query.dump.local = isatty(STDOUT_FILENO) && !options.utc;
	options.query.bars = has_bars();
	query = query_new(&options.query, reader, stdout, error);
	if (query != NULL)
		status = run(&options, query, reader);
	else
		tell_mistake(error);
	query_free(&query);
	reader_free(&reader);
	return status;
}
