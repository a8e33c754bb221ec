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
#include <unistd.h>

#include "exflow/base/octets.h"
#include "exflow/ipfixfile/reader.h"
#include "exflow/reader/dump.h"
#include "exflow/input/file_list.h"
#include "exflow/reader/query.h"

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

static FILE *complaints; /* where they are to be kept, or NULL */

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
	if (complaints != NULL)
		fprintf(complaints, "%s\n", text);
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

/*
 * Records become exchanges, which are paired, chosen, sorted and counted.  If
 * libfixbuf has all messages, there are no runs of records.
 */
static void
ask(const char *path, uint8_t which, bool libfixbuf, FILE *stream)
{
	static const struct query_options queries[] = {
		{ .kind = QUERY_TOP, .by = "client,server port,name,end" },
		{ .kind = QUERY_TOP, .by = "net/24,day", .order = "rtt" },
		{ .kind = QUERY_SERIES, .step = 1000000000, .by = "protocol" },
		{ .kind = QUERY_HISTOGRAM, .argument = "octets" },
		{ .kind = QUERY_MATRIX, .argument = "client,server" },
		{ .kind = QUERY_FIELDS,
		    .argument = "start,duration,mac,interfaceName,flags",
		    .sort = "octets",
		    .head = 3 },
		{ .kind = QUERY_LINES,
		    .filter = "octets > 10 or has rtt or name ~ *.org",
		    .sort = "+start" },
		{ .kind = QUERY_LINES,
		    .filter = "server port < 1024 and not ip6",
		    .dump = { .mode = DUMP_JSON } },
		{ .kind = QUERY_TOP,
		    .by = "server,wlanSSID",
		    .filter = "packets > 1 and has ingressVRFID" },
		{ .kind = QUERY_FIELDS,
		    .argument = "client,samplerId,payload,rtt",
		    .filter = "flags S/S or egressVRFID < 9",
		    .has_period = true,
		    .period = { { 0 }, { INT64_MAX } } },
		{ .kind = QUERY_LINES, .pair = true },
		{ .kind = QUERY_IPFIX, .pair = true },
		{ .kind = QUERY_IPFIX },
	};
	struct query_options options =
	    queries[which % (sizeof(queries) / sizeof(queries[0]))];
	char error[QUERY_ERROR_SIZE];
	struct reader *reader = reader_new(OWN_PEN, error, sizeof(error));
	char *copy = g_strdup_printf(
	    "%s/exflow-fuzz-reader.%d", g_get_tmp_dir(), (int)getpid());
	struct query *query;

	if (options.kind == QUERY_IPFIX)
		options.argument = copy;
	options.own_pen = OWN_PEN;
	options.top = 5;
	options.memory = 64 << 20;
	scratch_expect(reader != NULL);
	if (libfixbuf)
		reader_use_libfixbuf(reader);
	query = query_new(&options, reader, stream, error);
	scratch_expect(query != NULL);
	scratch_expect(reader_open(reader, path, error, sizeof(error)) == 0);
	(void)query_file(query, complain, complain);
	scratch_expect(query_finish(query) == 0 ||
	               options.kind == QUERY_IPFIX); /* records too long */
	query_free(&query);
	reader_free(&reader);
	unlink(copy);
	g_free(copy);
}

/* The longest shortest record of each template that the file has; 0: none. */
static void
note_templates(
    const uint8_t *at, const uint8_t *end, bool options, uint32_t *shortest)
{
	while (end - at >= 4) {
		uint32_t id = get16(at), count = get16(at + 2), octets = 0;

		at += options ? 6 : 4;
		for (; count > 0 && end - at >= 4; count--) {
			uint32_t length = get16(at + 2);

			octets += length == 65535 ? 1 : length;
			at += get16(at) & 0x8000 ? 8 : 4;
		}
		if (octets > shortest[id])
			shortest[id] = octets;
	}
}

/*
 * Has a data set less than a record?  That is padding (RFC 7011, 3.3.1), but
 * libfixbuf reads the next set's record by this one's template then.
 */
static bool
has_set_without_record(const uint8_t *data, size_t size)
{
	uint32_t *shortest = g_new0(uint32_t, 65536);
	const uint8_t *at = data, *end = data + size;
	bool found = false;

	while (end - at >= 16 && get16(at + 2) >= 16) {
		const uint8_t *next = at + get16(at + 2), *set = at + 16;

		if (next > end)
			next = end;
		while (next - set >= 4 && get16(set + 2) >= 4) {
			uint32_t id = get16(set), octets = get16(set + 2);
			const uint8_t *set_end =
			    octets < next - set ? set + octets : next;

			if (id == 2 || id == 3)
				note_templates(
				    set + 4, set_end, id == 3, shortest);
			found |= octets - 4 < shortest[id];
			set = set_end;
		}
		at = next;
	}
	g_free(shortest);
	return found;
}

struct shown {
	struct reader *reader;
	struct dump *dump;
};

/* The record, and those of its run. */
static int
show_run(void *context, const struct reader_record *record)
{
	const struct shown *shown = context;
	int result = dump_record(shown->dump, shown->reader, record);
	struct reader_run run = reader_run(shown->reader);

	for (size_t i = 0; i < run.count && result == 0; i++) {
		reader_show(shown->reader, run.octets + i * run.length);
		result = dump_record(shown->dump, shown->reader, record);
	}
	return result;
}

static void
dump_runs(
    struct reader *reader, const struct dump_options *options, FILE *stream)
{
	struct shown shown = { reader, dump_new(options, stream) };

	(void)dump_each(reader, show_run, &shown, stream, complain, complain);
	scratch_expect(dump_finish(shown.dump, reader) == 0);
	dump_free(&shown.dump);
}

enum way {
	BY_RECORD,
	BY_RUN,
	BY_LIBFIXBUF,
	WAYS
};

static void
expect_same(
    char *texts[WAYS], const size_t lengths[WAYS], enum way a, enum way b)
{
	scratch_expect(lengths[a] == lengths[b]);
	scratch_expect(memcmp(texts[a], texts[b], lengths[a]) == 0);
}

/*
 * Records that are found by their layouts, one by one or in runs, are those
 * that libfixbuf finds, and so is what is wrong with the others.
 */
static void
compare(const char *path)
{
	static const struct dump_options options = { .mode = DUMP_JSON,
		.types = true };
	char error[READER_ERROR_SIZE], *texts[WAYS] = { NULL };
	size_t lengths[WAYS];

	for (enum way way = 0; way < WAYS; way++) {
		struct reader *reader =
		    reader_new(OWN_PEN, error, sizeof(error));
		FILE *stream = open_memstream(&texts[way], &lengths[way]);

		scratch_expect(reader != NULL && stream != NULL);
		if (way == BY_LIBFIXBUF)
			reader_use_libfixbuf(reader);
		scratch_expect(
		    reader_open(reader, path, error, sizeof(error)) == 0);
		complaints = stream;
		(way == BY_RUN ? dump_runs : dump_all)(
		    reader, &options, stream);
		complaints = NULL;
		reader_free(&reader);
		fclose(stream);
	}
	expect_same(texts, lengths, BY_RECORD, BY_RUN);
	expect_same(texts, lengths, BY_RECORD, BY_LIBFIXBUF);
	for (enum way way = 0; way < WAYS; way++)
		free(texts[way]);
}

/* Queries take most records in runs; their answers are those without. */
static void
compare_answers(const char *path, uint8_t which)
{
	char *texts[WAYS] = { NULL };
	size_t lengths[WAYS];

	for (enum way way = BY_RUN; way <= BY_LIBFIXBUF; way++) {
		FILE *stream = open_memstream(&texts[way], &lengths[way]);

		scratch_expect(stream != NULL);
		complaints = stream;
		ask(path, which, way == BY_LIBFIXBUF, stream);
		complaints = NULL;
		fclose(stream);
	}
	expect_same(texts, lengths, BY_RUN, BY_LIBFIXBUF);
	free(texts[BY_RUN]);
	free(texts[BY_LIBFIXBUF]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct period period = { .until = { 1 } };
	struct dump_options options = { .types = true };
	struct file_list *files;
	char error[READER_ERROR_SIZE], *text = NULL;
	struct reader *reader;
	const char *path;
	size_t length = 0;
	FILE *stream;

	if (size == 0)
		return 0;
	options.mode = data[0] % 4;
	options.width = data[0] / 4u * 8;
	reader = reader_new(OWN_PEN, error, sizeof(error));
	stream = open_memstream(&text, &length);
	scratch_expect(reader != NULL && stream != NULL);
	path = scratch_file(data + 1, size - 1);
	scratch_expect(reader_open(reader, path, error, sizeof(error)) == 0);
	dump_all(reader, &options, stream);
	reader_free(&reader);
	ask(path, data[0], false, stream);
	if (!has_set_without_record(data + 1, size - 1)) {
		compare(path);
		compare_answers(path, data[0]);
	}
	fclose(stream);
	check_text(text, length);
	scratch_expect(length <= size * PROPORTION + 65536);
	files = file_list_new((char *[]){ (char *)path, NULL }, &period, false);
	(void)file_list_scan(files);
	file_list_free(&files);
	free(text);
	return 0;
}
