/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tstat:DIR, the logs of Tstat 3.3 (exflow-tstat(5)): log_tcp_complete,
 * log_tcp_nocomplete and log_udp_complete, one exchange a line.
 *
 * Its columns need the figures of an exchange's quality, so this output turns
 * `quality` on.  Exchanges of other protocols are in no log, and are not
 * counted as due.  The files are text_folder.c's.
 */
#include <config.h>

#include <stdio.h>

#include "exflow/tstat/kinds.h"

#include "exflow/textfile/text_folder.h"
#include "tstat_columns.h"

static void
put_row(struct text_folder *folder, const struct exchange *exchange)
{
	enum tstat_log log = tstat_log_of(exchange);
	struct text_file *file = &folder->files[log];
	char *at = text_file_line(file);

	text_file_end_line(file, tstat_row(at, log, exchange));
}

static void
tstat_exchanges(
    struct destination *destination, const struct exchange *exchanges, size_t n)
{
	struct text_folder *folder = (struct text_folder *)destination;

	for (size_t i = 0; i < n; i++)
		if (segment_has_ports(exchanges[i].protocol))
			put_row(folder, &exchanges[i]);
	text_folder_chunk(folder);
}

static const struct destination_ops tstat_ops = {
	.scheme = "tstat",
	.once = true,
	.ports_only = true,
	.whole = true,
	.quality = DESTINATION_QUALITY_NEEDED,
	.message_octets = text_message_octets,
	.target = text_folder_target,
	.check = text_folder_check,
	.start = text_folder_start,
	.exchanges = tstat_exchanges,
	.tick = text_folder_tick,
	.finish = text_folder_finish,
	.free = text_folder_free,
};

/* The same where files follow each other. */
static const struct destination_ops tstat_files_ops = {
	.scheme = "tstat",
	.once = true,
	.ports_only = true,
	.whole = true,
	.quality = DESTINATION_QUALITY_NEEDED,
	.message_octets = text_message_octets,
	.target = text_folder_target,
	.check = text_folder_check,
	.start = text_folder_start,
	.turn = text_folder_turn,
	.exchanges = tstat_exchanges,
	.tick = text_folder_tick,
	.rotate = text_folder_rotate,
	.reopen = text_folder_reopen,
	.finish = text_folder_finish,
	.free = text_folder_free,
};

static int
init_logs(struct text_folder *folder, const char *name)
{
	char header[TEXT_LINE_SIZE];

	if (text_folder_init(folder, name) != 0)
		return -1;
	for (int i = 0; i < TSTAT_LOGS; i++) {
		*tstat_header(header, i) = '\0';
		if (text_folder_add(folder, tstat_log_name(i), header) != 0)
			return -1;
	}
	return 0;
}

struct destination *
tstat_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	char name[TEXT_FOLDER_NAME_SIZE];
	struct destination *destination;
	struct text_folder *folder;

	if (text_folder_parse(spec, argument, "three logs", name, error) != 0)
		return NULL;
	folder = destination_alloc(sizeof(*folder),
	    text_name_follows(name, options) ? &tstat_files_ops : &tstat_ops,
	    spec, options, error);
	if (folder == NULL || init_logs(folder, name) == 0)
		return folder == NULL ? NULL : &folder->destination;
	snprintf(error, DESTINATION_ERROR_SIZE, "%s: out of memory", spec);
	destination = &folder->destination;
	destination_free(&destination);
	return NULL;
}
