/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records as exflowdump prints them: a line each, put together in `line` and
 * written at once.  The forms are a table (dump_table.c), CSV and JSON; the
 * statistics (dump_statistics.c) come after the last record.
 */
#include "dump_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

struct dump {
	struct dump_options options;
	FILE *stream;
	GString *line;
	GString *value;
	struct dump_table table;
	GHashTable *headers; /* CSV: template id → layout of its last header */
};

struct dump *
dump_new(const struct dump_options *options, FILE *stream)
{
	struct dump *dump = g_new0(struct dump, 1);

	dump->options = *options;
	dump->stream = stream;
	dump->line = g_string_sized_new(4096);
	dump->value = g_string_sized_new(256);
	dump->headers = g_hash_table_new(NULL, NULL);
	dump->table.numbers = options->numbers;
	dump->table.width =
	    options->width == 0 ? DUMP_WIDTH_DEFAULT : (int)options->width;
	dump->table.local = options->local;
	return dump;
}

void
dump_free(struct dump **pointer)
{
	struct dump *dump = *pointer;

	*pointer = NULL;
	if (dump == NULL)
		return;
	g_string_free(dump->line, TRUE);
	g_string_free(dump->value, TRUE);
	g_hash_table_destroy(dump->headers);
	g_free(dump);
}

/* RFC 4180: in quotes if it has a comma, quotes or an end of line. */
static void
append_csv(GString *out, const GString *value)
{
	if (strpbrk(value->str, ",\"\n\r") == NULL) {
		g_string_append_len(out, value->str, (gssize)value->len);
		return;
	}
	g_string_append_c(out, '"');
	for (gsize i = 0; i < value->len; i++) {
		if (value->str[i] == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, value->str[i]);
	}
	g_string_append_c(out, '"');
}

static void
append_csv_header(GString *out, const struct reader_record *record)
{
	g_string_append_printf(out, "#%u", record->template_id);
	for (size_t i = 0; i < record->field_count; i++) {
		unsigned before = record->fields[i].repetition;

		if (value_is_padding(&record->fields[i]))
			continue;
		g_string_append_printf(out, ",%s", record->fields[i].name);
		if (before > 0)
			g_string_append_printf(out, "#%u", before + 1);
	}
	g_string_append_c(out, '\n');
}

/* Write a header if the columns of the template id are not those before. */
static void
append_csv_record(struct dump *dump, const struct reader *reader,
    const struct reader_record *record)
{
	gpointer id = GUINT_TO_POINTER(record->template_id);
	gpointer layout = GSIZE_TO_POINTER(record->layout);

	if (g_hash_table_lookup(dump->headers, id) != layout) {
		g_hash_table_insert(dump->headers, id, layout);
		append_csv_header(dump->line, record);
	}
	g_string_append_printf(dump->line, "%u", record->template_id);
	for (size_t i = 0; i < record->field_count; i++) {
		if (value_is_padding(&record->fields[i]))
			continue;
		g_string_append_c(dump->line, ',');
		g_string_truncate(dump->value, 0);
		value_append(
		    dump->value, reader, &record->fields[i], VALUE_TEXT);
		append_csv(dump->line, dump->value);
	}
	g_string_append_c(dump->line, '\n');
}

static int
write_line(struct dump *dump)
{
	size_t n = dump->line->len;

	return fwrite(dump->line->str, 1, n, dump->stream) == n ? 0 : -1;
}

static void
render(struct dump *dump, const struct reader *reader,
    const struct reader_record *record)
{
	g_string_truncate(dump->line, 0);
	switch (dump->options.mode) {
	case DUMP_TABLE:
		dump_table_append(dump->line, &dump->table, reader, record);
		break;
	case DUMP_CSV:
		append_csv_record(dump, reader, record);
		break;
	case DUMP_JSON:
		value_append_record(dump->line, reader, record->fields,
		    record->field_count, VALUE_JSON);
		g_string_append_c(dump->line, '\n');
		break;
	case DUMP_STATISTICS:
		break;
	}
}

int
dump_record(struct dump *dump, const struct reader *reader,
    const struct reader_record *record)
{
	if (record->type_information && !dump->options.types)
		return 0;
	render(dump, reader, record);
	return write_line(dump);
}

/* As if nothing had been printed before. */
const char *
dump_record_apart(struct dump *dump, const struct reader *reader,
    const struct reader_record *record, size_t *header)
{
	bool headed;

	g_hash_table_remove_all(dump->headers);
	dump->table.day = 0;
	dump->table.headed = true;
	render(dump, reader, record);
	headed = dump->options.mode == DUMP_CSV || dump->table.day != 0;
	*header =
	    headed
	        ? (size_t)(strchr(dump->line->str, '\n') + 1 - dump->line->str)
	        : 0;
	return dump->line->str;
}

int
dump_heading(struct dump *dump)
{
	g_string_truncate(dump->line, 0);
	if (dump->options.mode == DUMP_TABLE)
		dump_table_heading(dump->line, &dump->table);
	return write_line(dump);
}

int
dump_finish(struct dump *dump, const struct reader *reader)
{
	g_string_truncate(dump->line, 0);
	if (dump->options.mode == DUMP_STATISTICS)
		dump_statistics_append(dump->line, reader);
	if (write_line(dump) < 0)
		return -1;
	return fflush(dump->stream) == 0 ? 0 : -1;
}

int
dump_each(struct reader *reader, record_handler *handler, void *context,
    FILE *stream, void (*complain)(const char *format, ...),
    void (*warn)(const char *format, ...))
{
	struct reader_record record;
	char skipped[READER_ERROR_SIZE];
	int result = 0;

	for (;;) {
		int next = reader_next(reader, &record), handled;

		if (next == 0) {
			fflush(stream);
			if (reader_skipped(reader, skipped, sizeof(skipped)))
				warn("%s", skipped);
			return result;
		}
		if (next < 0) {
			/* Records before the damage are shown before it. */
			fflush(stream);
			complain("%s", reader_error(reader));
			result = -1;
			continue;
		}
		handled = handler(context, &record);
		if (handled != 0)
			return handled < 0 ? -1 : result;
	}
}

struct shown {
	struct dump *dump;
	const struct reader *reader;
};

static int
show(void *context, const struct reader_record *record)
{
	struct shown *shown = context;

	return dump_record(shown->dump, shown->reader, record);
}

int
dump_file(struct dump *dump, struct reader *reader,
    void (*complain)(const char *format, ...),
    void (*warn)(const char *format, ...))
{
	struct shown shown = { dump, reader };

	return dump_each(reader, show, &shown, dump->stream, complain, warn);
}
