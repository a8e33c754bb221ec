/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where an output that people follow writes, by the name that they gave it:
 *
 *	-, /dev/stdout, /dev/fd/1	standard output
 *	/dev/fd/N, /proc/self/fd/N	a descriptor that the program was
 *					started with: "json:>(gzip)" in a shell
 *	a FIFO, a device		opened as it is
 *	any other name			a regular file, made if it is not there
 *
 * Invariants: a symbolic link is never followed to write.  A file that was
 * there in a folder that others can write to is ours and has no other name.
 * A regular file is locked (flock) as long as it is open, so that no two
 * programs write to it, and so that retention and compression see that it is
 * being written.
 */
#ifndef EXFLOW_BASE_TARGET_H
#define EXFLOW_BASE_TARGET_H

#include <stdbool.h>
#include <sys/types.h>

enum target_kind {
	TARGET_STANDARD_OUTPUT,
	TARGET_DESCRIPTOR, /* inherited: /dev/fd/N */
	TARGET_SPECIAL,    /* a FIFO or a device */
	TARGET_FILE,       /* a regular file, or nothing is there yet */
};
enum target_kind target_kind(const char *path);

/*
 * Open a target that is no regular file.  The descriptor is the caller's to
 * close (never standard output itself); -1 with errno.  Live, a FIFO never
 * waits for a reader and never ends for want of one: what is written waits in
 * it for the next reader.  Else opening waits for a reader, as a shell does.
 */
int target_open_stream(const char *path, bool live);
/*
 * Open a regular file to read it and to append to it, and lock it; make it if
 * it is not there.  -1 with the reason in *why, a string that stays valid, and
 * errno: 0 where no call failed, EWOULDBLOCK where another holds the lock.
 */
int target_open_file(const char *path, const char **why);
/*
 * How long a file is up to its last line feed, whose octets are left in *end;
 * -1 with errno EILSEQ where no line of at most line_octets ends there.
 */
off_t target_whole_lines(int fd, size_t line_octets, off_t *end);

/*
 * The same text for two names of one target, also where it is not there yet;
 * to be freed, NULL without memory.
 */
char *target_identity(const char *path);

#endif
