/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See pattern.h.  A name matches a part of the pattern octet by octet:
 *
 *	pattern   exflow - %H %M . ipfix
 *	form      exflow - 00 00 . ipfix      0: any digit
 *	name      exflow - 12 05 .1 . ipfix .gz
 *	                         └┬┘        └┬┘
 *	      the number of a name that      of compressed files
 *	      was taken (base/publish.h)
 */
#include <config.h>

#include "exflow/base/pattern.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/publish.h"

#define CONVERSIONS "%Y, %y, %m, %d, %j, %H, %M, %S, %F or %%"
#define DAY 86400

/* The form of a conversion's text: 0 is any digit; NULL: not allowed. */
static const char *
conversion_form(char conversion)
{
	switch (conversion) {
	case 'Y':
		return "0000";
	case 'y':
	case 'm':
	case 'd':
	case 'H':
	case 'M':
	case 'S':
		return "00";
	case 'j':
		return "000";
	case 'F':
		return "0000-00-00";
	case '%':
		return "%";
	default:
		return NULL;
	}
}

int
pattern_check(const char *pattern, char *error, size_t error_size)
{
	size_t length = strlen(pattern);

	for (const char *at = pattern; *at != '\0'; at++) {
		if (*at != '%')
			continue;
		at++;
		if (*at == '\0' || conversion_form(*at) == NULL) {
			snprintf(error, error_size,
			    "%%%.1s stands for nothing in a pattern, expected "
			    "%s",
			    at, CONVERSIONS);
			return -1;
		}
	}
	if (length > 0 && pattern[length - 1] != '/')
		return 0;
	snprintf(error, error_size,
	    "the name of the file is missing, expected a pattern such as "
	    "%%Y/%%m/%%d/exflow-%%H%%M.ipfix");
	return -1;
}

/* --- from times to names */

static void
split_time(time_t time, bool local, struct tm *parts)
{
	if (local)
		localtime_r(&time, parts);
	else
		gmtime_r(&time, parts);
}

char *
pattern_expand(const char *pattern, time_t time, bool local)
{
	/* The longest, %F, makes ten octets of two. */
	size_t size = 6 * strlen(pattern) + 1;
	char *path = malloc(size);
	struct tm parts;

	split_time(time, local, &parts);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (path != NULL && strftime(path, size, pattern, &parts) == 0)
		path[0] = '\0';
#pragma GCC diagnostic pop
	return path;
}

/* --- and back */

static bool
has_conversion(const char *pattern, char conversion)
{
	for (const char *at = pattern; *at != '\0'; at++)
		if (*at == '%' && *++at == conversion)
			return true;
	return false;
}

bool
pattern_tells_day(const char *pattern)
{
	bool year =
	    has_conversion(pattern, 'Y') || has_conversion(pattern, 'y');

	return has_conversion(pattern, 'F') ||
	       (year && (has_conversion(pattern, 'j') ||
	                    (has_conversion(pattern, 'm') &&
	                        has_conversion(pattern, 'd'))));
}

/* Move past so many digits, and their number; -1: they are not there. */
static int
take_digits(const char **path, int count)
{
	int number = 0;

	for (; count > 0; count--, (*path)++) {
		if (!isdigit((unsigned char)**path))
			return -1;
		number = 10 * number + (**path - '0');
	}
	return number;
}

/* What a conversion put there; false: something else is there. */
static bool
take_conversion(char conversion, const char **path, struct tm *parts)
{
	int number;

	if (conversion == 'F')
		return take_conversion('Y', path, parts) && *(*path)++ == '-' &&
		       take_conversion('m', path, parts) && *(*path)++ == '-' &&
		       take_conversion('d', path, parts);
	if (conversion == '%')
		return *(*path)++ == '%';
	number = take_digits(path, (int)strlen(conversion_form(conversion)));
	switch (conversion) {
	case 'Y':
		parts->tm_year = number - 1900;
		break;
	case 'y': /* as POSIX has it */
		parts->tm_year = number < 69 ? number + 100 : number;
		break;
	case 'm':
		parts->tm_mon = number - 1;
		break;
	case 'j':
		parts->tm_yday = number;
		break;
	case 'd':
		parts->tm_mday = number;
		break;
	case 'H':
		parts->tm_hour = number;
		break;
	case 'M':
		parts->tm_min = number;
		break;
	case 'S':
		parts->tm_sec = number;
		break;
	}
	return number >= 0;
}

int
pattern_time(const char *pattern, const char *path, bool local, time_t *time)
{
	struct tm parts = { .tm_mday = 1, .tm_isdst = -1 };
	const char *last = strrchr(pattern, '%');

	if (!pattern_tells_day(pattern))
		return -1;
	for (const char *at = pattern; at <= last; at++)
		if (*at == '%' ? !take_conversion(*++at, &path, &parts)
		               : *path++ != *at)
			return -1;
	if (parts.tm_yday > 0) { /* of January: mktime finds the month */
		parts.tm_mon = 0;
		parts.tm_mday = parts.tm_yday;
	}
	*time = local ? mktime(&parts) : timegm(&parts);
	return *time == (time_t)-1 ? -1 : 0;
}

size_t
pattern_constant(const char *pattern)
{
	size_t length = strcspn(pattern, "%");

	while (length > 0 && pattern[length - 1] != '/')
		length--;
	return length;
}

int
pattern_make_constant(const char *pattern)
{
	size_t constant = pattern_constant(pattern);
	char *folder = constant > 0 ? strndup(pattern, constant) : strdup(".");
	int result = -1;

	if (folder != NULL && publish_make_folders(folder) == 0)
		result = access(folder, W_OK | X_OK);
	free(folder);
	return result;
}

/* --- names that match */

/* Move past the form at the start of *name; false where it is not there. */
static bool
take_form(const char *form, const char **name)
{
	for (; *form != '\0'; form++, (*name)++)
		if (*form == '0' ? !isdigit((unsigned char)**name)
		                 : **name != *form)
			return false;
	return true;
}

/* Move past a part of the pattern; false where it is not there. */
static bool
take_part(const char *part, size_t length, const char **name)
{
	for (size_t i = 0; i < length; i++) {
		char literal[2] = { part[i], '\0' };
		const char *form = literal;

		if (part[i] == '%' && i + 1 < length)
			form = conversion_form(part[++i]);
		else if (part[i] == '0') {
			/* A literal 0, which a form would take for any. */
			if (*(*name)++ != '0')
				return false;
			continue;
		}
		if (form == NULL || !take_form(form, name))
			return false;
	}
	return true;
}

/* Move past ".N"; false where it is not there. */
static bool
take_number(const char **name)
{
	const char *at = *name;

	if (at[0] != '.' || at[1] < '1' || at[1] > '9')
		return false;
	for (at++; isdigit((unsigned char)*at); at++)
		;
	*name = at;
	return true;
}

/* The rest of a file's name, and ".gz" or ".zst" or nothing. */
static bool
end_matches(const char *end, size_t length, const char *name)
{
	if (!take_part(end, length, &name))
		return false;
	if (*name == '\0')
		return true;
	for (size_t i = 0; publish_suffixes[i] != NULL; i++)
		if (strcmp(name, publish_suffixes[i]) == 0)
			return true;
	return false;
}

/* Octets before the last suffix, where publish_inserted puts a number. */
static size_t
stem_length(const char *part, size_t length)
{
	const char *dot = memrchr(part, '.', length);

	return dot == NULL || dot == part ? length : (size_t)(dot - part);
}

bool
pattern_matches(const char *part, size_t length, const char *name, bool file)
{
	size_t stem = file ? stem_length(part, length) : length;

	if (!take_part(part, stem, &name))
		return false;
	if (!file)
		return *name == '\0';
	return end_matches(part + stem, length - stem, name) ||
	       (take_number(&name) &&
	           end_matches(part + stem, length - stem, name));
}

/* --- intervals */

/* The midnight that the day begins with, so many days later. */
static time_t
midnight(time_t time, int days, bool local)
{
	struct tm parts;

	if (!local)
		return time - time % DAY + (time_t)days * DAY;
	localtime_r(&time, &parts);
	parts.tm_mday += days;
	parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
	parts.tm_isdst = -1;
	return mktime(&parts);
}

struct interval
interval_at(time_t time, uint32_t seconds, bool local)
{
	time_t first = midnight(time, 0, local);
	time_t next = midnight(time, 1, local);
	struct interval interval;

	interval.begin = time - (time - first) % (time_t)seconds;
	interval.end = interval.begin + (time_t)seconds;
	if (interval.end > next && next > time)
		interval.end = next;
	return interval;
}

/* --- the files that are there */

struct walk {
	pattern_visitor *visit;
	void *context;
	bool no_memory; /* a folder was left out */
};

static void walk_folder(
    struct walk *walk, const char *folder, const char *rest);

static void
walk_below(struct walk *walk, int fd, const char *folder, const char *entry,
    const char *rest)
{
	struct stat status;
	char *below;

	if (fstatat(fd, entry, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISDIR(status.st_mode))
		return;
	if (asprintf(&below, "%s%s/", folder, entry) == -1) {
		walk->no_memory = true;
		return;
	}
	walk_folder(walk, below, rest);
	free(below);
}

/* folder is "" or ends with '/'; rest is the pattern's part below it. */
static void
walk_folder(struct walk *walk, const char *folder, const char *rest)
{
	size_t length = strcspn(rest, "/");
	DIR *directory = opendir(*folder == '\0' ? "." : folder);
	struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		if (rest[length] == '\0')
			walk->visit(walk->context, rest, folder, entry->d_name);
		else if (pattern_matches(rest, length, entry->d_name, false))
			walk_below(walk, dirfd(directory), folder,
			    entry->d_name, rest + length + 1);
	}
	if (directory != NULL)
		closedir(directory);
}

int
pattern_walk(const char *pattern, pattern_visitor *visit, void *context)
{
	struct walk walk = { visit, context, false };
	size_t constant = pattern_constant(pattern);
	char *folder = strndup(pattern, constant);

	if (folder == NULL)
		return -1;
	walk_folder(&walk, folder, pattern + constant);
	free(folder);
	return walk.no_memory ? -1 : 0;
}
