/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that appear under their final name only when they are complete:
 *
 *	publish_create        .NAME.1a2b3c   new, locked (flock), O_EXCL
 *	(write)               .NAME.1a2b3c   grows
 *	publish_sync          .NAME.1a2b3c   its data is on disk
 *	publish_close         .NAME.1a2b3c   closed, lock kept on a duplicate
 *	publish_file          x.ipfix        or x.1.ipfix, x.2.ipfix … if it
 *	                                     is taken (publish_number.c)
 *	publish_sync_folder   x.ipfix        its name is on disk, too
 *
 * Invariants: a file under its final name is complete and synced; a temporary
 * file that somebody writes is locked; none of these functions replaces a
 * file that is there.
 *
 * A kill before the rename leaves the temporary file, without its lock; a
 * power failure before publish_sync_folder may leave it, too.  Who finds one
 * (publish_final_name tells) and gets its lock may recover or remove it; see
 * archive/recovery.h.
 *
 * Functions return 0, or -1 with errno, where nothing else is said.
 */
#ifndef EXFLOW_BASE_PUBLISH_H
#define EXFLOW_BASE_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

/* "FOLDER/NAME" → "FOLDER/", "NAME" → "."; the caller frees it. */
char *publish_folder(const char *path);
/* Make the folders that a path needs, but not the path itself. */
int publish_make_folders(const char *path);

/*
 * Create ".NAME.XXXXXX" (six hexadecimal digits) in the folder of path, locked
 * and with the mode that the umask leaves.  The descriptor; the caller frees
 * the name in *temporary.  EPERM: others could exchange it there (base/own.h).
 */
int publish_create(const char *path, char **temporary);
/*
 * "NAME" of the temporary name ".NAME.XXXXXX" (without a folder), which the
 * caller frees; NULL where it is no temporary name.
 */
char *publish_final_name(const char *name);
/*
 * Lock an open file without waiting: -1 with EWOULDBLOCK where somebody else
 * holds the lock.  A file system without locks succeeds.
 */
int publish_lock(int fd);
/*
 * Close a file, so that a late write error shows, but keep its lock until the
 * rename: *lock is a duplicate that the caller closes after that, or -1.
 */
int publish_close(int fd, int *lock);

/* Sync the folder of path, so that a rename in it survives a power failure. */
void publish_sync_folder(const char *path);
/* Sync a file's data.  A file system that cannot sync succeeds. */
int publish_sync(int fd);

/* Rename, but fail with EEXIST where a file is there. */
int publish_rename(const char *from, const char *to);
/*
 * The number that may be free next, for the names that collided last.  One for
 * each who publishes many files; zero-initialised.
 *
 * Who has to know a file's name before the file has it sets intend: it is told
 * each name just before the rename (wanted), and once more where the file did
 * not get it.
 */
#define PUBLISH_NAMES 8
typedef void publish_intend(void *context, const char *name, bool wanted);
struct publish_numbers {
	publish_intend *intend; /* NULL: nobody */
	void *context;
	struct publish_number {
		char *path; /* NULL: unused */
		uint64_t next;
	} names[PUBLISH_NAMES];
	unsigned oldest; /* the next one to be forgotten */
};
void publish_numbers_clear(struct publish_numbers *numbers);

/*
 * Rename to path or, where that is taken, to a numbered name.  The number
 * stands before the last suffix, so that "*.ipfix" finds it: "x.ipfix" becomes
 * "x.1.ipfix".  A name is also taken where it exists with the suffix of a
 * compressed file.  The new name, which the caller frees; NULL with errno.
 * numbers may be NULL: then the search for a free number begins at 1.
 */
char *publish_file(
    const char *temporary, const char *path, struct publish_numbers *numbers);
/* Warn where the name is not the path that was asked for. */
void publish_tell(const char *path, const char *name);
/* The same, but path itself is never used. */
char *publish_numbered(
    const char *temporary, const char *path, struct publish_numbers *numbers);

/*
 * "x.ipfix" with a word before its last suffix: "x.incomplete.ipfix"; to be
 * freed, NULL without memory.
 */
char *publish_inserted(const char *path, const char *word);

/* The suffixes of compressed files, NULL at the end. */
extern const char *const publish_suffixes[];
/* Whether a name ends with one of them. */
bool publish_is_compressed(const char *name);

#endif
