/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of an archive's files: a path with some of strftime's
 * conversions, those whose text is digits of a known number, so that a name
 * can be told from a stranger's.  And the intervals that the files are for.
 */
#ifndef EXFLOW_SRC_ARCHIVE_PATTERN_H
#define EXFLOW_SRC_ARCHIVE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* 0, or -1 with what is wrong and what was expected. */
int pattern_check(const char *pattern, char *error, size_t error_size);

/* The path for a time, to be freed by the caller; NULL without memory. */
char *pattern_expand(const char *pattern, time_t time, bool local);

/* Octets of the folders that are the same for all times, "/" included. */
size_t pattern_constant(const char *pattern);

/*
 * Whether the pattern's part of so many octets makes such a name; with file,
 * the suffixes ".N", ".gz" and ".zst" may follow.
 */
bool pattern_matches(
    const char *part, size_t length, const char *name, bool file);

/*
 * Visit every entry of the folders that the pattern makes: its last part, the
 * folder ("" or with "/" behind it) and the entry's name, whatever it is.
 * Links are not followed.  -1: for want of memory not all were visited.
 */
typedef void pattern_visitor(
    void *context, const char *part, const char *folder, const char *entry);
int pattern_walk(const char *pattern, pattern_visitor *visit, void *context);

/*
 * The interval that a time lies in: from begin up to, not with, end.  They
 * are counted from midnight, and the day's last one ends with the day.
 */
struct interval {
	time_t begin, end;
};
struct interval interval_at(time_t time, uint32_t seconds, bool local);

#endif
