/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPFIX files (RFC 5655): messages one after the other.  The file grows
 * under a temporary name in the same folder and gets its own name by rename
 * when it is complete and synced; until then no record counts as delivered.
 * While the disk is full the messages wait in memory, up to a bound; then
 * whoever exports waits.  A disk that stays full for the send timeout ends
 * it: the file is given up.
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
#include "exflow/output/kind.h"
#include "exflow/output/retry.h"

#include "recovery.h"
#include "writer.h"

struct file {
	struct destination base;
	char *path; /* the final name */
	struct writer writer;
	struct retry retry;
	bool failed; /* nothing more is written */
};

static uint32_t
file_message_octets(const struct destination *destination)
{
	(void)destination;
	return FILE_MESSAGE_OCTETS;
}

/* What the file holds can no longer get its name. */
static void
file_fail(struct file *file, const char *what, const char *name, int code)
{
	uint64_t records =
	    file->writer.held + writer_waiting_records(&file->writer);

	destination_fail(
	    &file->base, "cannot %s %s: %s", what, name, strerror(code));
	writer_clear(&file->writer);
	destination_lose(&file->base, LOSS_WRITE, records);
	file->failed = true;
}

/* rename would put a file in the place of a device or a pipe. */
static int
file_check_path(struct file *file)
{
	struct stat status;

	if (stat(file->path, &status) != 0 || S_ISREG(status.st_mode))
		return 0;
	destination_fail(
	    &file->base, "%s is there and is not a regular file", file->path);
	return -1;
}

static int
file_start(struct destination *destination)
{
	struct file *file = (struct file *)destination;

	struct recovery_counts recovered = { 0, 0 };

	if (file_check_path(file) != 0)
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

/*
 * All that waits, as far as there is space; what is final fails the file.
 * Not behind after a failure: only the result tells whether that is over.
 */
static void
file_try(struct file *file, int (*write)(struct writer *))
{
	uint64_t before = file->writer.written;
	int code;

	if (write(&file->writer) == 0) {
		if (retry_succeeded(&file->retry))
			log_warning("output %s: written again, nothing is lost",
			    file->base.name);
		return;
	}
	code = errno;
	if (!writer_may_recover(code))
		/* NOLINTNEXTLINE(bugprone-branch-clone): asked in this order */
		file_fail(file, "write", file->path, code);
	else if (retry_failed(
	             &file->retry, clock_ms(), file->writer.written > before))
		log_error("output %s: cannot write %s: %s; trying again",
		    file->base.name, file->path, strerror(code));
	else if (retry_hopeless(&file->retry, clock_ms(),
	             file->base.options.send_timeout_seconds))
		file_fail(file, "write", file->path, code);
}

/* Until no more than so much waits. */
static void
file_drain(struct file *file, size_t octets)
{
	while (!file->failed && writer_waiting(&file->writer) > octets) {
		if (!retry_due(&file->retry, clock_ms()))
			clock_sleep_us(RETRY_MIN_MS * 1000 / 4);
		else
			file_try(file, writer_write);
	}
}

static void
file_templates(struct destination *destination, const struct message *templates,
    size_t templates_count, const struct message *types, size_t types_count)
{
	struct file *file = (struct file *)destination;

	if (!destination->options.types_file)
		types_count = 0;
	if (writer_announce(&file->writer, templates, templates_count, types,
	        types_count) != 0)
		file_fail(file, "write", file->path, ENOMEM);
	destination->counts.messages += templates_count + types_count;
	destination->counts.octets += writer_waiting(&file->writer);
}

static void
file_message(struct destination *destination, const struct message *message)
{
	struct file *file = (struct file *)destination;

	if (!file->failed && writer_add(&file->writer, message) != 0)
		file_fail(file, "write", file->path, ENOMEM);
	if (file->failed) {
		destination_lose(destination, LOSS_WRITE, message->records);
		return;
	}
	destination->counts.messages++;
	destination->counts.octets += message->length;
	if (writer_full(&file->writer) && retry_due(&file->retry, clock_ms()))
		file_try(file, retry_troubled(&file->retry)
		                   ? writer_write
		                   : writer_write_behind);
	if (!file->failed)
		file_drain(file, FILE_MEMORY_OCTETS);
}

/* Nobody may take it for one that was left behind: locked until renamed. */
static void
file_rename(struct file *file)
{
	struct writer *writer = &file->writer;
	int fd = writer->fd, lock = -1;

	writer->fd = -1;
	if (publish_close(fd, &lock) != 0) {
		file_fail(file, "close", file->path, errno);
	} else if (rename(writer->temporary, file->path) != 0) {
		file_fail(
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
file_publish(struct file *file)
{
	if (publish_sync(file->writer.fd) != 0)
		file_fail(file, "sync", file->path, errno);
	else
		file_rename(file);
}

static int
file_finish(struct destination *destination)
{
	struct file *file = (struct file *)destination;

	file_drain(file, 0);
	if (!file->failed)
		file_publish(file);
	if (file->failed)
		return -1;
	destination_deliver(destination, file->writer.held);
	return 0;
}

static void
file_free(struct destination *destination)
{
	struct file *file = (struct file *)destination;

	writer_clear(&file->writer);
	free(file->path);
}

static const struct destination_ops file_ops = {
	.scheme = "ipfix",
	.once = true,
	.message_octets = file_message_octets,
	.start = file_start,
	.templates = file_templates,
	.message = file_message,
	.finish = file_finish,
	.free = file_free,
};

struct destination *
file_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	struct file *file;

	if (argument[0] == '\0' || argument[strlen(argument) - 1] == '/') {
		snprintf(error, DESTINATION_ERROR_SIZE,
		    "output \"%.200s\": the name of the file is missing; "
		    "expected ipfix:FILE",
		    spec);
		return NULL;
	}
	file =
	    destination_alloc(sizeof(*file), &file_ops, spec, options, error);
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
