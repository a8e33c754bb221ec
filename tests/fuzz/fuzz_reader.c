/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exflowdump over any octets.  The first octet selects the mode and the
 * width, what follows is the file.  Whatever it holds, no output may steer a
 * terminal, and none may be out of proportion.
 */
#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/ipfix/reader.h"
#include "exflow/reader/dump.h"

#include "scratch.h"

#define OWN_PEN 32473
/* Of output for an octet of input: names are long, and fields may be empty. */
#define PROPORTION 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* UTF-8 without control characters, but for the ends of lines, and marks. */
static void
check_text(const char *text, size_t length)
{
	const char *end = text + length;

	scratch_expect(g_utf8_validate(text, (gssize)length, NULL));
	for (; text < end; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);

		scratch_expect(c == '\n' || c >= 0x20);
		scratch_expect(c < 0x7f || c > 0x9f);
		scratch_expect(c != 0x061c && c != 0x200e && c != 0x200f);
		scratch_expect(c < 0x202a || c > 0x202e);
		scratch_expect(c < 0x2066 || c > 0x2069);
	}
}

__attribute__((format(printf, 1, 2))) static void
complain(const char *format, ...)
{
	char text[READER_ERROR_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	scratch_expect(text[0] != '\0');
	check_text(text, strlen(text));
}

static void
dump_all(
    struct reader *reader, const struct dump_options *options, FILE *stream)
{
	struct dump *dump = dump_new(options, stream);

	(void)dump_file(dump, reader, complain, complain);
	scratch_expect(dump_finish(dump, reader) == 0);
	dump_free(&dump);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dump_options options = { .types = true };
	char error[READER_ERROR_SIZE], *text = NULL;
	struct reader *reader;
	size_t length = 0;
	FILE *stream;

	if (size == 0)
		return 0;
	options.mode = data[0] % 4;
	options.width = data[0] / 4u * 8;
	reader = reader_new(OWN_PEN, error, sizeof(error));
	stream = open_memstream(&text, &length);
	scratch_expect(reader != NULL && stream != NULL);
	scratch_expect(reader_open(reader, scratch_file(data + 1, size - 1),
	                   error, sizeof(error)) == 0);
	dump_all(reader, &options, stream);
	fclose(stream);
	check_text(text, length);
	scratch_expect(length <= size * PROPORTION + 65536);
	reader_free(&reader);
	free(text);
	return 0;
}
