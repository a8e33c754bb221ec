/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of settings and of config share: settings are loaded from
 * arguments and from a file, and what that writes is kept.
 */
#ifndef EXFLOW_SETTINGS_FIXTURE_H
#define EXFLOW_SETTINGS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/log.h"
#include "exflow/config/load.h"

#define MAX_ARGUMENTS 24

static char output[65536]; /* what the last load wrote, both streams */

static inline void
capture_begin(int saved[2], FILE *into)
{
	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 2; i++) {
		saved[i] = dup(i + 1);
		dup2(fileno(into), i + 1);
	}
}

static inline void
capture_end(int saved[2], FILE *from)
{
	size_t length;

	fflush(stdout);
	fflush(stderr);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
	}
	rewind(from);
	length = fread(output, 1, sizeof(output) - 1, from);
	output[length] = '\0';
	fclose(from);
}

/* Load from arguments that end in NULL. */
static inline enum settings_result
load(struct settings *settings, ...)
{
	char *argv[MAX_ARGUMENTS + 1] = { (char *)"exflow" };
	int argc = 1, saved[2];
	FILE *stream = tmpfile();
	enum settings_result result;
	va_list list;

	va_start(list, settings);
	while (
	    argc < MAX_ARGUMENTS && (argv[argc] = va_arg(list, char *)) != NULL)
		argc++;
	va_end(list);
	log_init("exflow", LOG_LEVEL_WARNING);
	capture_begin(saved, stream);
	result = settings_load(settings, argc, argv);
	capture_end(saved, stream);
	if (result == SETTINGS_RUN && !settings->check_only)
		assert_string_equal(output, "");
	return result;
}

static inline void
assert_said(const char *text)
{
	if (strstr(output, text) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", text, output);
}

/* Each ends in an error with this text. */
#define assert_refused(text, ...)                                              \
	do {                                                                   \
		struct settings refused;                                       \
                                                                               \
		assert_int_equal(                                              \
		    load(&refused, __VA_ARGS__, NULL), SETTINGS_ERROR);        \
		assert_said(text);                                             \
	} while (0)

static char file_name[] = "/tmp/check_settings.XXXXXX";

static inline int
file_begin(void **state)
{
	int fd;

	(void)state;
	snprintf(file_name, sizeof(file_name), "/tmp/check_settings.XXXXXX");
	fd = mkstemp(file_name);
	return fd < 0 ? -1 : close(fd);
}

static inline int
file_end(void **state)
{
	(void)state;
	return unlink(file_name);
}

static inline const char *
file_with(const char *text)
{
	FILE *file = fopen(file_name, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return file_name;
}

/* The file with this text is refused with this message behind its name. */
static inline void
assert_file_refused(const char *text, const char *message)
{
	char expected[512];

	snprintf(
	    expected, sizeof(expected), "exflow: %s:%s", file_name, message);
	assert_refused(expected, "-t", "-c", file_with(text));
}

/* The run refuses what -t refuses. */
static inline void
assert_refused_alike(const char *message, const char *text)
{
	char expected[512];

	assert_file_refused(text, message);
	snprintf(
	    expected, sizeof(expected), "exflow: %s:%s", file_name, message);
	assert_refused(expected, "-r", "x", "-c", file_name);
}

#endif
