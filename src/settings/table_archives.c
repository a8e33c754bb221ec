/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings: what a section archive "NAME" { … } has. */
#include <config.h>

#include "table.h"

#define ARCHIVE_OCTETS_MAX 1e14 /* 100 TB */
#ifdef HAVE_ZSTD
#define COMPRESS_ZSTD "zstd"
#else
#define COMPRESS_ZSTD NULL
#endif

static const struct setting archives[] = {
	{ .name = "path",
	    IN_ARCHIVE,
	    .type = &setting_text,
	    .required = true,
	    INTO(section_spec),
	    .expected = "a pattern such as %Y/%m/%d/exflow-%H%M.ipfix",
	    .value = "pattern",
	    .example = "\"/var/lib/exflow/%Y/%m/%d/exflow-%H%M.ipfix\"",
	    .help = "names of files, made from the time",
	    .text = "Names of the files, made from the time at which a file's "
	            "interval begins.  Folders are made.",
	    .more =
	        "`%Y`, `%y`, `%m`, `%d`, `%j`, `%H`, `%M`, `%S` and `%F` "
	        "stand for parts of that time, as in strftime(3), and `%%` "
	        "stands for a percent sign.  A file that has the name, also "
	        "a compressed one, is never overwritten: the new file's name "
	        "gets a number before its last suffix, as in "
	        "`exflow-1200.1.ipfix`, so that `*.ipfix` finds it." },
	{ .name = "rotate",
	    IN_ARCHIVE,
	    COUNT(ARCHIVE_ROTATE_DEFAULT, 1, 86400),
	    .unit = "seconds",
	    .zero = "never",
	    INTO(destination.archive.rotate_seconds),
	    .help = "a new file for each interval",
	    .text = "Begin a new file for each interval of this length.",
	    .more =
	        "Intervals are counted from midnight, so that hours and days "
	        "begin with one if the length divides them; the last "
	        "interval of a day ends with the day.  An interval without a "
	        "record has no file." },
	{ .name = "rotate_octets",
	    IN_ARCHIVE,
	    COUNT(0, 65536, ARCHIVE_OCTETS_MAX),
	    .unit = "octets",
	    .zero = "never",
	    INTO(destination.archive.rotate_octets),
	    .help = "a new file before one is larger",
	    .text = "Also begin a new file before one becomes larger than "
	            "this." },
	{ .name = "clock",
	    IN_ARCHIVE,
	    .type = &setting_word,
	    .initial = "auto",
	    .words = { "auto", "capture", "system" },
	    INTO(destination.archive.clock),
	    .help = "the clock that intervals follow",
	    .text = "The clock that intervals follow: that of the `capture`, "
	            "that of the `system`, or `auto`: the system's for an "
	            "interface, the capture's for a file.",
	    .more =
	        "The capture's clock is the latest end of an exchange among "
	        "the records so far.  It only moves forward: every record of "
	        "a file ended before the end of the file's interval, "
	        "whenever the capture is read.  A record that comes late, "
	        "such as one whose timeout has just passed, is in the file "
	        "of the time at which it came.  The system's clock is for "
	        "captures that are piped in while they are made." },
	{ .name = "time",
	    IN_ARCHIVE,
	    .type = &setting_choice,
	    .initial = "utc",
	    .words = { "utc", "local" },
	    INTO(destination.archive.local_time),
	    .help = "time zone of names and midnight",
	    .text = "Whether names and midnight are in UTC or in local time." },
	{ .name = "compress",
	    IN_ARCHIVE,
	    .type = &setting_word,
	    .initial = "none",
	    .words = { "none", "gzip", COMPRESS_ZSTD },
	    INTO(destination.archive.compression),
	    .help = "compress complete files",
	    .text = "Compress each file when it is complete.",
	    .more =
	        "`.gz` or `.zst` is added to its name.  exflowdump(1) reads "
	        "it as it is.  Export does not wait for it.  A file that "
	        "cannot be compressed stays as it is." },
	{ .name = "retention_days",
	    IN_ARCHIVE,
	    COUNT(0, 1, 36500),
	    .unit = "days",
	    .zero = "for ever",
	    INTO(destination.archive.retention_days),
	    .help = "remove older files",
	    .text = "Remove files that were last written longer ago than "
	            "this." },
	{ .name = "retention_octets",
	    IN_ARCHIVE,
	    COUNT(0, 65536, ARCHIVE_OCTETS_MAX),
	    .unit = "octets",
	    .zero = "no limit",
	    INTO(destination.archive.retention_octets),
	    .help = "remove the oldest files beyond this",
	    .text =
	        "Remove the oldest files while all files together are larger "
	        "than this." },
	{ .name = "memory_octets",
	    IN_ARCHIVE,
	    COUNT(ARCHIVE_MEMORY_DEFAULT, 1048576, ARCHIVE_OCTETS_MAX),
	    .unit = "octets",
	    INTO(destination.archive.memory_octets),
	    .help = "records that wait while a disk is full",
	    .text =
	        "How much waits in memory while nothing can be written, for "
	        "example on a full disk." },
};

const struct setting_part setting_part_archives = PART("Archives", archives);
