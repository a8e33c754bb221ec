/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether files and folders could be made, asked without making them.  The
 * answer is the system's for the user that the process has now: root may do
 * almost anything.
 *
 * 0, or -1 with errno: ENOENT, ENOTDIR, EACCES, EROFS and so on.
 */
#ifndef EXFLOW_BASE_PATH_H
#define EXFLOW_BASE_PATH_H

/* A file can be made, or replaced by a rename, under this name. */
int path_check_file(const char *path);
/* Files can be made in this folder, which is there. */
int path_check_folder(const char *path);
/* The same where the folder, and those above it, would be made. */
int path_check_new_folder(const char *path);

#endif
