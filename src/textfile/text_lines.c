/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines that wait for a text file: the buffer, writing it, and what happens
 * while nothing can be written (see text_file.h).
 */
#include <config.h>

#include "text_lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/output/kind.h"

#include "text_name.h"
#include "text_open.h"

#define FULL_DISK_WAIT_US (RETRY_MIN_MS * 1000 / 4)

static bool
is_live(const struct text_file *file)
{
	return file->destination->options.live;
}

static void
lose_rows(struct text_file *file)
{
	destination_lose(file->destination, LOSS_WRITE, file->rows);
	file->rows = file->used = 0;
}

static uint64_t
count_lines(const char *at, size_t octets)
{
	uint64_t lines = 0;
	const char *feed;

	for (; octets > 0 && (feed = memchr(at, '\n', octets)) != NULL;
	     at = feed + 1) {
		octets -= (size_t)(feed + 1 - at);
		lines++;
	}
	return lines;
}

/* Take whole lines off the front; how many rows they are. */
static uint64_t
take_off(struct text_file *file, size_t octets)
{
	uint64_t rows = octets == file->used
	                    ? file->rows
	                    : count_lines(file->buffer, octets);

	if (rows > file->rows) /* some lines are no rows */
		rows = file->rows;
	file->used -= octets;
	file->rows -= rows;
	if (file->used > 0)
		memmove(file->buffer, file->buffer + octets, file->used);
	return rows;
}

/* --- half a line */

int
text_lines_cut_back(struct text_file *file)
{
	struct stat status;
	off_t end;

	if (file->excess == 0)
		return 0;
	if (fstat(file->fd, &status) != 0)
		return -1;
	end = status.st_size;
	/* Standard output: only where nobody else has written behind us. */
	if (S_ISREG(status.st_mode) && end >= (off_t)file->excess &&
	    (file->kind == TARGET_FILE ||
	        lseek(file->fd, 0, SEEK_CUR) == end)) {
		if (ftruncate(file->fd, end - (off_t)file->excess) != 0)
			return -1;
		(void)!lseek(file->fd, 0, SEEK_END);
	}
	file->excess = 0;
	return 0;
}

/* --- giving up */

static void
give_up(struct text_file *file)
{
	file->failed = true;
	lose_rows(file);
	(void)text_lines_cut_back(file);
	if (file->kind == TARGET_FILE)
		text_open_incomplete(file);
}

static void
stream_failed(struct text_file *file, int code)
{
	if (code == EPIPE)
		file->destination->reader_gone = true;
	else
		destination_fail(file->destination, "%s: %s",
		    text_name_shown(file), strerror(code));
	give_up(file);
}

/* code is 0 where the file could not be opened for no fault of a call. */
static void
write_failed(struct text_file *file, int code, bool progress)
{
	struct destination *destination = file->destination;
	bool first;

	if (file->kind != TARGET_FILE) {
		stream_failed(file, code);
		return;
	}
	destination_fail(destination, "%s: %s", text_name_shown(file),
	    file->fd < 0 ? file->why : strerror(code));
	first = retry_failed(&file->retry, clock_ms(), progress);
	if (!is_live(file) && !retry_may_help(code)) {
		give_up(file);
		return;
	}
	if (first)
		log_error("output %s: %s; lines wait in memory",
		    destination->name, destination->error);
	else if (!is_live(file) &&
	         retry_hopeless(&file->retry, clock_ms(),
	             destination->options.send_timeout_seconds))
		give_up(file);
	file->limit = file->failed ? file->limit : file->size - TEXT_LINE_SIZE;
}

/* --- writing */

/* A descriptor that does not block, as a terminal that ssh shares. */
static void
await_room(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	(void)poll(&wait, 1, -1);
}

/* So many octets of whole lines; 0, or -1 with errno. */
static int
write_lines(struct text_file *file, size_t octets)
{
	size_t done = 0, whole = octets;
	int code = 0;

	while (done < octets && code == 0) {
		ssize_t n = write(file->fd, file->buffer + done, octets - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			await_room(file->fd);
		else if (errno != EINTR)
			code = errno;
	}
	if (done < octets) {
		const char *feed = memrchr(file->buffer, '\n', done);

		whole = feed == NULL ? 0 : (size_t)(feed + 1 - file->buffer);
		file->excess = done - whole;
		(void)text_lines_cut_back(file);
	}
	file->octets += whole;
	file->destination->counts.octets += whole;
	destination_deliver(file->destination, take_off(file, whole));
	errno = code;
	return code == 0 ? 0 : -1;
}

/* How many octets of whole lines the file may still take; 0: rotate first. */
static size_t
octets_for_file(const struct text_file *file)
{
	uint64_t limit = file->destination->options.archive.rotate_octets;
	size_t room;
	const char *feed;

	if (file->kind != TARGET_FILE || limit == 0 ||
	    file->octets + file->used <= limit)
		return file->used;
	room = file->octets < limit ? (size_t)(limit - file->octets) : 0;
	feed = memrchr(file->buffer, '\n', room);
	if (feed != NULL)
		return (size_t)(feed + 1 - file->buffer);
	if (file->octets > (file->header ? strlen(file->head) : 0))
		return 0;
	/* One line is longer than a whole file may be. */
	feed = memchr(file->buffer, '\n', file->used);
	return (size_t)(feed + 1 - file->buffer);
}

/* One step on the way to an empty buffer; 0, or -1 with errno. */
static int
write_step(struct text_file *file)
{
	size_t octets;

	if (file->fd < 0 && text_name_open(file) != 0)
		return -1;
	if (text_lines_cut_back(file) != 0)
		return -1;
	if (!file->begun && text_open_begin(file) != 0)
		return -1;
	octets = octets_for_file(file);
	if (octets == 0 && file->used > 0) {
		text_name_rotate_now(file, TEXT_ROTATION_ALWAYS);
		if (file->fd < 0 || !file->begun)
			return 0;    /* on with the new one */
		octets = file->used; /* it could not be renamed */
	}
	return write_lines(file, octets);
}

static bool
has_work(const struct text_file *file)
{
	return !file->failed &&
	       (file->used > 0 || (file->fd >= 0 && !file->begun));
}

/* The trouble is over: the buffer has its usual size again. */
static void
write_succeeded(struct text_file *file)
{
	char *smaller;

	if (!retry_succeeded(&file->retry))
		return;
	log_warning("output %s: writing again", file->destination->name);
	file->limit = BUFFER_SIZE - TEXT_LINE_SIZE;
	smaller = realloc(file->buffer, BUFFER_SIZE);
	if (smaller == NULL)
		return;
	file->buffer = smaller;
	file->size = BUFFER_SIZE;
}

void
text_file_flush(struct text_file *file)
{
	if (file->failed)
		lose_rows(file);
	while (has_work(file) && retry_due(&file->retry, clock_ms())) {
		uint64_t before = file->octets;

		if (write_step(file) != 0)
			write_failed(file, errno, file->octets > before);
		else if (!has_work(file))
			write_succeeded(file);
	}
	if (file->wanted != TEXT_ROTATION_NONE && file->used == 0 &&
	    !file->failed)
		text_name_rotate_now(file, file->wanted);
}

void
text_file_chunk(struct text_file *file)
{
	if (is_live(file) || file->kind != TARGET_FILE || file->failed)
		text_file_flush(file);
}

/* --- while nothing can be written */

static bool
has_room(const struct text_file *file)
{
	return file->used + TEXT_LINE_SIZE <= file->size;
}

/* Twice the memory, up to the bound; without memory it stays. */
static void
grow(struct text_file *file)
{
	uint64_t bound = file->destination->options.archive.memory_octets;
	char *larger;

	if (2 * (uint64_t)file->size > bound)
		return;
	larger = realloc(file->buffer, 2 * file->size);
	if (larger == NULL)
		return;
	file->buffer = larger;
	file->size *= 2;
	file->limit = file->size - TEXT_LINE_SIZE;
}

/* The oldest eighth. */
static void
drop_oldest(struct text_file *file)
{
	const char *feed = memchr(
	    file->buffer + file->used / 8, '\n', file->used - file->used / 8);

	destination_lose(file->destination, LOSS_WRITE,
	    take_off(file, (size_t)(feed + 1 - file->buffer)));
}

void
text_file_make_room(struct text_file *file)
{
	text_file_flush(file);
	if (!has_room(file))
		grow(file);
	while (!has_room(file)) {
		if (is_live(file)) {
			drop_oldest(file);
			continue;
		}
		clock_sleep_us(FULL_DISK_WAIT_US);
		text_file_flush(file);
	}
}

/* --- the end */

void
text_lines_finish(struct text_file *file)
{
	uint32_t timeout = file->destination->options.send_timeout_seconds;

	file->retry.at_ms = file->retry.since_ms = clock_ms();
	text_file_flush(file);
	while (has_work(file) &&
	       !retry_hopeless(&file->retry, clock_ms(), timeout)) {
		clock_sleep_us(FULL_DISK_WAIT_US);
		text_file_flush(file);
	}
	if (!has_work(file))
		return;
	if (is_live(file)) /* the next run appends to the file */
		lose_rows(file);
	else
		give_up(file);
}
