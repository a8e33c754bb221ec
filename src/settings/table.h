/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How an entry of the table of settings is written, and the parts that
 * table.c joins: one file each, in the order of the manual.
 *
 *	{ .name = "ring",               as in the file and after --set
 *	    TOP,                        where it may stand
 *	    COUNT(4, 1, 4096),          type, default, range
 *	    .unit = "MiB",
 *	    INTO(interface_options.…),  the member of struct settings
 *	    .help = …,                  the line of --help
 *	    .text = …, .more = … },     exflow.conf and the manual
 *
 * What each member means is told in exflow/settings/setting.h.
 */
#ifndef EXFLOW_SRC_SETTINGS_TABLE_H
#define EXFLOW_SRC_SETTINGS_TABLE_H

#include "exflow/settings/setting.h"

#include <stdint.h>

#include "types.h"

/* Where a setting may stand. */
#define TOP .where = SETTING_TOP
#define TOP_AND_COLLECTOR .where = SETTING_TOP | SETTING_COLLECTOR
#define TOP_AND_SENDER .where = SETTING_TOP | SETTING_COLLECTOR | SETTING_KAFKA
#define TOP_AND_TEXT .where = SETTING_TOP | SETTING_ARCHIVE | SETTING_KAFKA
#define ANYWHERE                                                               \
	.where =                                                               \
	    SETTING_TOP | SETTING_COLLECTOR | SETTING_ARCHIVE | SETTING_KAFKA
#define IN_COLLECTOR .where = SETTING_COLLECTOR
#define IN_ARCHIVE .where = SETTING_ARCHIVE
#define IN_KAFKA .where = SETTING_KAFKA

/* Its place in struct settings. */
#define INTO(member)                                                           \
	.offset = offsetof(struct settings, member),                           \
	.octets = sizeof(((struct settings *)0)->member)

#define SWITCH(value) .type = &setting_switch, .initial = value
#define COUNT(value, least, most)                                              \
	.type = &setting_count, .number = value, .minimum = least,             \
	.maximum = most
/* 0 is out of range: every packet would come too late. */
#define TIMEOUT(value)                                                         \
	.type = &setting_duration, .number = value, .minimum = 0.001,          \
	.maximum = 86400, .unit = "seconds"

/* All entries of a file, under the title that the manual gives them. */
#define PART(title_, rows)                                                     \
	{                                                                      \
		.title = title_, .settings = rows,                             \
		.count = sizeof(rows) / sizeof((rows)[0])                      \
	}

extern const struct setting_part setting_part_interfaces;
extern const struct setting_part setting_part_measuring;
extern const struct setting_part setting_part_timeouts;
extern const struct setting_part setting_part_bounds;
extern const struct setting_part setting_part_process;
extern const struct setting_part setting_part_outputs;
extern const struct setting_part setting_part_ipfix;
extern const struct setting_part setting_part_collectors;
extern const struct setting_part setting_part_archives;
extern const struct setting_part setting_part_kafka;

#endif
