/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An output of several text files in one folder, one for each kind of row:
 * csv and tstat.  The kind's own struct begins with struct text_folder, and its
 * table of operations has the functions below; it adds the rows.
 *
 *	csv:DIR		DIR/tcp_flows.csv	┐ each a struct text_file, with
 *			DIR/udp_flows.csv	┘ its own rotation and failures
 *
 * What can go wrong: one of the files cannot be written (text_file.h).  The
 * others are not affected.
 */
#ifndef EXFLOW_TEXTFILE_TEXT_FOLDER_H
#define EXFLOW_TEXTFILE_TEXT_FOLDER_H

#include "exflow/output/kind.h"

#include "exflow/textfile/text_file.h"

#define TEXT_FOLDER_FILES 3
#define TEXT_FOLDER_NAME_SIZE 4096

struct text_folder {
	struct destination destination;
	char *name; /* may have conversions */
	struct text_file files[TEXT_FOLDER_FILES];
	size_t count;
};

/*
 * The folder that the argument of an output names: "DIR/" is the same as "DIR".
 * what says what the kind writes, as in "two tables".  0, or -1 with a message.
 */
int text_folder_parse(const char *spec, const char *argument, const char *what,
    char name[TEXT_FOLDER_NAME_SIZE], char error[DESTINATION_ERROR_SIZE]);
/*
 * Give a folder that destination_alloc has made its name, and then one file
 * after the other, each with its header.  0, or -1 without memory.
 */
int text_folder_init(struct text_folder *folder, const char *name);
int text_folder_add(
    struct text_folder *folder, const char *file, const char *header);

/* Of struct destination_ops; turn, rotate and reopen where files follow. */
const char *text_folder_target(const struct destination *destination, size_t i);
int text_folder_check(struct destination *destination);
int text_folder_start(struct destination *destination);
/* After the rows of a chunk. */
void text_folder_chunk(struct text_folder *folder);
timestamp text_folder_turn(struct destination *destination, timestamp now);
uint64_t text_folder_tick(struct destination *destination, uint64_t now_ms);
void text_folder_rotate(struct destination *destination);
void text_folder_reopen(struct destination *destination);
int text_folder_finish(struct destination *destination);
void text_folder_free(struct destination *destination);

#endif
