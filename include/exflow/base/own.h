/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files and folders that are ours, in places where others may write, too.
 *
 * Somebody who can write to a folder can put a link there under the name of a
 * file that we are going to open: to make us write to its target, cut it, or
 * block in a pipe.  So files are opened without following a link at the end
 * of their path, and must be regular, ours, and have no second name; a new
 * file must not have been there.  And he can exchange files that we have
 * written, so folders in which others may do that are refused.
 *
 * Functions return -1 with errno where something else is not said: ELOOP for
 * a link, EPERM for what is not ours.
 */
#ifndef EXFLOW_BASE_OWN_H
#define EXFLOW_BASE_OWN_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * Open a file in this folder (AT_FDCWD: name may be a path).  Flags as of
 * openat(2), without O_TRUNC; O_CLOEXEC, O_NOFOLLOW and O_NONBLOCK are added.
 * The descriptor.
 */
int own_open(int folder, const char *name, int flags, mode_t mode);
/* Whether it is a regular file of ours with no second name. */
bool own_is_file(const struct stat *status);

/*
 * Open a folder in which nobody but us and root can exchange files: one of
 * ours; of root, and for all to write only if it is sticky, like /tmp; or one
 * of another user, if not all may write to it.  The descriptor.
 */
int own_folder_open(const char *path);
/* The same for a private one: a link is refused, and it must be ours. */
int own_folder_open_private(const char *path);

#endif
