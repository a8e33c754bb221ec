/* SPDX-License-Identifier: BSD-2-Clause */
#include "exflow/log.h"

#include <stdio.h>

/* The one global state of the program, beside the signal flags. */
static const char *log_program = "exflow";
static enum log_level log_limit = LOG_LEVEL_WARNING;

void
log_init(const char *program, enum log_level level)
{
	log_program = program;
	log_limit = level;
}

void
log_set_level(enum log_level level)
{
	log_limit = level;
}

__attribute__((format(printf, 2, 0))) static void
log_line(enum log_level level, const char *format, va_list arguments)
{
	char line[1024];

	if (level > log_limit)
		return;
	vsnprintf(line, sizeof(line), format, arguments);
	/* One call, so that lines of two threads never mix. */
	fprintf(stderr, "%s: %s%s\n", log_program,
	    level == LOG_LEVEL_WARNING ? "warning: " : "", line);
}

#define LOG_DEFINE(name, level)                                                \
	void name(const char *format, ...)                                     \
	{                                                                      \
		va_list arguments;                                             \
                                                                               \
		va_start(arguments, format);                                   \
		log_line(level, format, arguments);                            \
		va_end(arguments);                                             \
	}

LOG_DEFINE(log_error, LOG_LEVEL_ERROR)
LOG_DEFINE(log_warning, LOG_LEVEL_WARNING)
LOG_DEFINE(log_info, LOG_LEVEL_INFO)
LOG_DEFINE(log_debug, LOG_LEVEL_DEBUG)
