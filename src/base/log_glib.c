/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "exflow/base/log.h"

/* For want of memory glib may have no message, either. */
static const char *
message_of(const GLogField *fields, gsize count)
{
	for (gsize i = 0; i < count; i++)
		if (strcmp(fields[i].key, "MESSAGE") == 0 &&
		    fields[i].value != NULL)
			return fields[i].value;
	return "out of memory";
}

static GLogWriterOutput
take(
    GLogLevelFlags level, const GLogField *fields, gsize count, gpointer unused)
{
	const char *message = message_of(fields, count);

	(void)unused;
	if (level & G_LOG_LEVEL_ERROR) {
		log_error("%s", message);
		_exit(EXIT_FAILURE); /* glib would raise a signal */
	}
	if (level & G_LOG_LEVEL_CRITICAL)
		log_error("%s", message);
	else if (level & G_LOG_LEVEL_WARNING)
		log_warning("%s", message);
	else
		log_debug("%s", message);
	return G_LOG_WRITER_HANDLED;
}

void
log_take_glib(void)
{
	g_log_set_writer_func(take, NULL, NULL);
}
