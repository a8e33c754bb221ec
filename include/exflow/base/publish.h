/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where finished files go: folders, temporary names beside the final one,
 * and the step from one to the other, which never leaves half a file.
 * Errors are 0 or -1 with errno.
 */
#ifndef EXFLOW_BASE_PUBLISH_H
#define EXFLOW_BASE_PUBLISH_H

/* "FOLDER/NAME" → "FOLDER", "." where there is none; freed by the caller. */
char *publish_folder(const char *path);
/* Make the folders that a path needs, but not the path itself. */
int publish_make_folders(const char *path);

/*
 * Create ".NAME.XXXXXX" in the folder of path, with the mode that the umask
 * leaves, locked.  The descriptor, and the name to be freed by the caller.
 */
int publish_create(const char *path, char **temporary);
/* NAME of such a name, to be freed by the caller; NULL: it is none. */
char *publish_name_of(const char *name);
/* 0; -1 with errno, EWOULDBLOCK where another one holds the lock. */
int publish_lock(int fd);
/*
 * Close, but for a descriptor in *lock (or -1) that holds the lock until the
 * file has its name, and is closed by the caller then.
 */
int publish_close(int fd, int *lock);

/* The new name is on disk only when its folder is. */
void publish_sync_folder(const char *path);
/* Data on disk; a file system that cannot is not asked again. */
int publish_sync(int fd);

/* Rename, but never onto a file that is there: EEXIST then. */
int publish_rename(const char *from, const char *to);
/*
 * Rename to path or, where it is taken, to path.1, path.2 and so on; taken is
 * also what is there with the suffix of a compressed file.  The name that it
 * got, to be freed by the caller; NULL with errno.
 */
char *publish_file(const char *temporary, const char *path);
/* The same from path.1 on. */
char *publish_aside(const char *temporary, const char *path);

/* The suffixes of compressed files, NULL at the end. */
extern const char *const publish_suffixes[];

#endif
