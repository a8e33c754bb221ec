/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of an archive's files, and the intervals that the files are for.
 *
 * A pattern is a path with conversions of strftime(3).  Allowed are those
 * whose text is a known number of digits, so that names can be matched against
 * the pattern: retention and recovery never touch a file of another name.
 */
#ifndef EXFLOW_BASE_PATTERN_H
#define EXFLOW_BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* 0, or -1 with a message that says what was expected. */
int pattern_check(const char *pattern, char *error, size_t error_size);

/* The path for a time, which the caller frees; NULL without memory. */
char *pattern_expand(const char *pattern, time_t time, bool local);

/* Whether its names tell the day: %F, or a year with %j, or with %m and %d. */
bool pattern_tells_day(const char *pattern);
/*
 * The time that a name of the pattern was made from, as far as the name tells
 * it.  0; -1: the name is none of the pattern's, or has no day.
 */
int pattern_time(
    const char *pattern, const char *path, bool local, time_t *time);

/* Octets of the leading folders without a conversion, last "/" included. */
size_t pattern_constant(const char *pattern);

/* Make these folders and check that files can be made there; 0, or -1. */
int pattern_make_constant(const char *pattern);

/*
 * Whether a name matches a part of the pattern, so many octets between two
 * "/".  A file may also have a number before its last suffix and ".gz" or
 * ".zst" behind it: "x.1.ipfix.gz" for "x.ipfix".
 */
bool pattern_matches(
    const char *part, size_t length, const char *name, bool file);

/*
 * Visit every entry, of any name, of every folder that matches the pattern's
 * folders.  The visitor gets the last part of the pattern, the folder ("" or
 * ending with "/") and the entry's name.  Symbolic links are not followed.
 * 0; -1: memory was short and some entries were not visited.
 */
typedef void pattern_visitor(
    void *context, const char *part, const char *folder, const char *entry);
int pattern_walk(const char *pattern, pattern_visitor *visit, void *context);

/*
 * The interval that a time lies in: begin <= time < end.  Intervals are
 * counted from midnight; the last one of a day ends with the day.
 */
struct interval {
	time_t begin, end;
};
struct interval interval_at(time_t time, uint32_t seconds, bool local);

#endif
