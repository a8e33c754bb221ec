/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ipfix:FILE, one IPFIX file (RFC 5655) for the whole run.
 *
 * The happy path: start creates the temporary file, messages go through the
 * writer (see writer.h), finish writes the rest, syncs, closes and renames;
 * only then do the records count as delivered.  An older file of that name
 * stays until the rename replaces it.
 *
 * What can go wrong:
 * - The disk is full: up to FILE_MEMORY_OCTETS wait in memory, then exporting
 *   waits.  After send_timeout without progress the file is given up.
 * - Any other error gives the file up at once.  Given up means: the temporary
 *   file is removed, all records are lost and so are those that follow.
 * - A kill leaves the temporary file; the next start with the same name
 *   recovers it as FILE.1 and so on.
 */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/archive/kinds.h"
#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/base/publish.h"
#include "exflow/ipfix/preamble.h"
#include "exflow/output/kind.h"
#include "exflow/output/retry.h"

#include "recovery.h"
#include "writer.h"

struct ipfix_file {
	struct destination base;
	char *path; /* the final name, also when the writer is cleared */
	struct preamble *preamble; /* NULL before templates */
	struct writer writer;
	struct retry retry;
	bool failed; /* given up: everything that comes is lost */
};

static uint32_t
ipfix_file_message_octets(const struct destination *destination)
{
	(void)destination;
	return FILE_MESSAGE_OCTETS;
}

/* Give the file up. */
static void
ipfix_file_give_up(
    struct ipfix_file *file, const char *what, const char *name, int code)
{
	uint64_t records =
	    file->writer.file_records + writer_unwritten_records(&file->writer);

	destination_fail(
	    &file->base, "cannot %s %s: %s", what, name, strerror(code));
	writer_clear(&file->writer);
	destination_lose(&file->base, LOSS_WRITE, records);
	file->failed = true;
}

/* The rename would replace a device or a pipe by a file. */
static int
ipfix_file_check_path(struct ipfix_file *file)
{
	struct stat status;

	if (stat(file->path, &status) != 0 || S_ISREG(status.st_mode))
		return 0;
	destination_fail(
	    &file->base, "%s exists and is not a regular file", file->path);
	return -1;
}

static int
ipfix_file_start(struct destination *destination)
{
	struct ipfix_file *file = (struct ipfix_file *)destination;
	struct recovery_counts recovered = { 0, 0 };

	if (ipfix_file_check_path(file) != 0)
		return -1;
	recovery_beside(destination->name, file->path, &recovered);
	destination->counts.recovered = destination->counts.delivered =
	    recovered.records;
	destination->counts.files = recovered.files;
	if (writer_init(&file->writer, file->path) == 0 &&
	    writer_open(&file->writer) == 0)
		return 0;
	destination_fail(destination, "cannot create a file beside %s: %s",
	    file->path, strerror(errno));
	return -1;
}

/* Write with this function; give the file up where trying again is no use. */
static void
ipfix_file_try(struct ipfix_file *file, int (*write)(struct writer *))
{
	uint64_t before = file->writer.file_octets;
	int code;

	if (write(&file->writer) == 0) {
		if (retry_succeeded(&file->retry))
			log_warning(
			    "output %s: writing again, nothing was lost",
			    file->base.name);
		return;
	}
	code = errno;
	if (!writer_may_recover(code))
		/* NOLINTNEXTLINE(bugprone-branch-clone): the order matters */
		ipfix_file_give_up(file, "write", file->path, code);
	else if (retry_failed(&file->retry, clock_ms(),
	             file->writer.file_octets > before))
		log_error("output %s: cannot write %s: %s; trying again",
		    file->base.name, file->path, strerror(code));
	else if (retry_hopeless(&file->retry, clock_ms(),
	             file->base.options.send_timeout_seconds))
		ipfix_file_give_up(file, "write", file->path, code);
}

/* Write until at most so many octets are unwritten. */
static void
ipfix_file_drain(struct ipfix_file *file, size_t octets)
{
	while (!file->failed && writer_unwritten(&file->writer) > octets) {
		if (!retry_due(&file->retry, clock_ms()))
			clock_sleep_us(RETRY_MIN_MS * 1000 / 4);
		else
			ipfix_file_try(file, writer_write);
	}
}

/* What was added so far. */
static void
ipfix_file_count(struct ipfix_file *file)
{
	file->base.counts.messages = file->writer.messages;
	file->base.counts.octets = file->writer.octets;
}

static void
ipfix_file_templates(struct destination *destination,
    const struct message *templates, size_t templates_count,
    const struct message *types, size_t types_count)
{
	struct ipfix_file *file = (struct ipfix_file *)destination;

	if (!destination->options.types_file)
		types_count = 0;
	file->preamble =
	    preamble_new(templates, templates_count, types, types_count);
	if (file->preamble == NULL ||
	    writer_announce(&file->writer, file->preamble) != 0)
		ipfix_file_give_up(file, "write", file->path, ENOMEM);
	ipfix_file_count(file);
}

static void
ipfix_file_message(
    struct destination *destination, const struct message *message)
{
	struct ipfix_file *file = (struct ipfix_file *)destination;

	if (!file->failed && writer_add(&file->writer, message) != 0)
		ipfix_file_give_up(file, "write", file->path, ENOMEM);
	if (file->failed) {
		destination_lose(destination, LOSS_WRITE, message->records);
		return;
	}
	ipfix_file_count(file);
	/* After a failure not behind: only a result shows that it is over. */
	if (writer_full(&file->writer) && retry_due(&file->retry, clock_ms()))
		ipfix_file_try(file, retry_troubled(&file->retry)
		                         ? writer_write
		                         : writer_write_behind);
	if (!file->failed)
		ipfix_file_drain(file, FILE_MEMORY_OCTETS);
}

/* Locked until it is renamed, so that no recovery takes it. */
static void
ipfix_file_rename(struct ipfix_file *file)
{
	struct writer *writer = &file->writer;
	int fd = writer->fd, lock = -1;

	writer->fd = -1;
	if (publish_close(fd, &lock) != 0) {
		ipfix_file_give_up(file, "close", file->path, errno);
	} else if (rename(writer->temporary, file->path) != 0) {
		ipfix_file_give_up(
		    file, "rename the finished file to", file->path, errno);
	} else {
		free(writer->temporary);
		writer->temporary = NULL;
		publish_sync_folder(file->path);
	}
	if (lock >= 0)
		close(lock);
}

static void
ipfix_file_publish(struct ipfix_file *file)
{
	if (publish_sync(file->writer.fd) != 0)
		ipfix_file_give_up(file, "sync", file->path, errno);
	else
		ipfix_file_rename(file);
}

static int
ipfix_file_finish(struct destination *destination)
{
	struct ipfix_file *file = (struct ipfix_file *)destination;

	ipfix_file_drain(file, 0);
	if (!file->failed)
		ipfix_file_publish(file);
	if (file->failed)
		return -1;
	destination_deliver(destination, file->writer.file_records);
	return 0;
}

static void
ipfix_file_free(struct destination *destination)
{
	struct ipfix_file *file = (struct ipfix_file *)destination;

	writer_clear(&file->writer);
	if (file->preamble != NULL)
		preamble_free(&file->preamble);
	free(file->path);
}

static const struct destination_ops ipfix_file_ops = {
	.scheme = "ipfix",
	.once = true,
	.message_octets = ipfix_file_message_octets,
	.start = ipfix_file_start,
	.templates = ipfix_file_templates,
	.message = ipfix_file_message,
	.finish = ipfix_file_finish,
	.free = ipfix_file_free,
};

struct destination *
ipfix_file_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct ipfix_file *file;

	if (argument[0] == '\0' || argument[strlen(argument) - 1] == '/') {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "output \"%.200s\": the name of the file is missing; "
		    "expected ipfix:FILE",
		    spec);
		return NULL;
	}
	file = destination_alloc(
	    sizeof(*file), &ipfix_file_ops, spec, options, error);
	if (file == NULL)
		return NULL;
	file->writer.fd = -1;
	file->path = strdup(argument);
	if (file->path == NULL) {
		struct destination *destination = &file->base;

		snprintf(error, DESTINATION_ERROR_SIZE, "output \"%.200s\": %s",
		    spec, strerror(ENOMEM));
		destination_free(&destination);
		return NULL;
	}
	return &file->base;
}
