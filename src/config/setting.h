/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A setting, and the one table of them (table.c).
 *
 *	                    ┌► --set, -i, -n, -f, -o   command_line.c
 *	table.c ─ setting.c ┼► the file, its sections  file.c, sections.c
 *	(types.c, lists.c)  ├► --help, "did you mean"  describe.c
 *	                    └► exflow.conf, manual     generate.c
 *
 * An entry names its type, which knows how to read a value and how to compare
 * two; its range; where it may stand; and what people are told about it.  All
 * values go to a place in struct settings.  A section of the file starts from
 * the values outside of it: sections.c lets the section's values replace them
 * in struct settings, takes its copy, and restores what was there.
 */
#ifndef EXFLOW_SRC_CONFIG_SETTING_H
#define EXFLOW_SRC_CONFIG_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "exflow/config/settings.h"

#define SETTING_ERROR_SIZE 1024

/* Where a setting may stand: a mask. */
enum setting_where {
	SETTING_TOP = 1 << 0,       /* the file's top level, and --set */
	SETTING_COLLECTOR = 1 << 1, /* collector "NAME" { … } */
	SETTING_ARCHIVE = 1 << 2,   /* archive "NAME" { … } */
	SETTING_KAFKA = 1 << 3,     /* kafka "NAME" { … } */
};

/* The parts of the manual and of exflow.conf, in their order. */
enum setting_part {
	PART_INTERFACES,
	PART_MEASURING,
	PART_TIMEOUTS,
	PART_BOUNDS,
	PART_PROCESS,
	PART_OUTPUTS,
	PART_IPFIX,
	PART_COLLECTORS,
	PART_ARCHIVES,
	PART_KAFKA,
	PART_COUNT
};

struct setting;

struct setting_type {
	/*
	 * Take one value.  0, or -1 with what is wrong and what was expected
	 * in error, without the setting's name.
	 */
	int (*take)(const struct setting *setting, struct settings *settings,
	    const char *text, char error[SETTING_ERROR_SIZE]);
	/* Lists only: make it empty.  Lists add up, other values replace. */
	void (*clear)(struct settings *settings);
	/*
	 * What people should know of a value that was taken; NULL: nothing.
	 * The member itself is NULL where there never is anything.
	 */
	const char *(*warning)(const char *text);
	/* Whether two settings agree; NULL where nobody has to ask. */
	bool (*same)(const struct setting *setting, const struct settings *a,
	    const struct settings *b);
	/* What it accepts; NULL: as words, expected or the range say. */
	void (*expected)(char *text, size_t size);
	bool number; /* has a range, and a default in .number */
};

/* The versions of NetFlow that a setting of a collector means anything to. */
#define SETTING_NETFLOW_5 1
#define SETTING_NETFLOW_9 2
#define SETTING_NETFLOW (SETTING_NETFLOW_5 | SETTING_NETFLOW_9)

struct setting {
	const char *name;
	const struct setting_type *type;
	enum setting_part part;
	unsigned where;   /* mask of enum setting_where */
	unsigned netflow; /* versions that use it: SETTING_NETFLOW_… */
	bool restart;     /* cannot change while the program runs */
	bool required;    /* of a section: must be there */
	size_t offset;    /* of its place in struct settings */
	size_t octets;    /* of that place; 0: the type knows the place */

	const char *initial;  /* the default as text; NULL: none */
	double number;        /* the default of numbers */
	double minimum;       /* of numbers */
	double maximum;       /* of numbers */
	const char *unit;     /* of numbers, or NULL */
	const char *zero;     /* what 0 means where it lies out of range */
	const char *words[5]; /* the values in their order, NULL at the end */
	const char *expected; /* of types without words and range */

	const char *value;   /* what stands behind "=" in the manual */
	const char *example; /* for exflow.conf, where there is no default */
	const char *none;    /* what happens without a value */
	const char *help;    /* one line, for --help */
	/*
	 * For exflow.conf and the manual, and more for the manual only.
	 * `word` is a word of the configuration or an option, exflow(8) a
	 * page.  Range and default are added to it.
	 */
	const char *text;
	const char *more;
};

extern const struct setting settings_table[];
extern const size_t settings_table_count;

/* --- setting.c: the table's functions */

/* The setting of that name that may stand there; NULL: none. */
const struct setting *setting_find(unsigned where, const char *name);
/* The next one that may stand there, from *i on; NULL: no more. */
const struct setting *setting_next(unsigned where, size_t *i);
/* Every setting at its default.  -1: no memory. */
int setting_defaults(struct settings *settings);
/* What people should know of a value that was taken; NULL: nothing. */
const char *setting_warning(const struct setting *setting, const char *text);
/* One value; or, for a list, values separated by commas, white space around. */
int setting_assign(const struct setting *setting, struct settings *settings,
    const char *text, char error[SETTING_ERROR_SIZE]);

/* --- describe.c: what people are told */

/* What somebody has typed, and the closest of the candidates so far. */
struct suggestion {
	const char *typed;
	const char *best; /* NULL: none is close */
	size_t distance;
};
void suggestion_try(struct suggestion *suggestion, const char *candidate);

/* The name that was perhaps meant there, or NULL. */
const char *setting_suggest(unsigned where, const char *name);
/* The name of a field that was perhaps meant, or NULL. */
const char *setting_suggest_field(const char *name);
/* No setting of that name may stand there: say so, and what was meant. */
void setting_unknown(
    unsigned where, const char *name, char error[SETTING_ERROR_SIZE]);
/* The list of --help. */
void setting_help(FILE *stream);

/* --- types.c: types of values */

extern const struct setting_type setting_switch; /* bool */
extern const struct setting_type setting_count; /* uint16_t, uint32_t, size_t */
extern const struct setting_type setting_duration; /* duration */
extern const struct setting_type setting_choice;   /* bool: the second word */
extern const struct setting_type setting_word;     /* an enum: the index */
extern const struct setting_type setting_text;     /* char *, owned */
extern const struct setting_type setting_borrowed; /* const char * */

/* "0 (never) or 1 to 86400 seconds", "both or either": what is accepted. */
void setting_expected(const struct setting *setting, char *text, size_t size);
/* The default as text, "none" where there is none. */
#define SETTING_INITIAL_SIZE 32
const char *setting_initial(
    const struct setting *setting, char text[SETTING_INITIAL_SIZE]);
/* Put what is wrong with a text, and what was expected, into error: -1. */
__attribute__((format(printf, 4, 5))) int setting_refuse(
    const struct setting *setting, const char *text,
    char error[SETTING_ERROR_SIZE], const char *format, ...);
/* The index of a word; -1 with a message where it is none of them. */
int setting_word_find(const struct setting *setting, const char *text,
    char error[SETTING_ERROR_SIZE]);

/* Append a copy to a list of strings.  -1: no memory. */
int text_list_add(char ***list, size_t *count, const char *text);
void text_list_clear(char ***list, size_t *count);

/* --- lists.c: types that are lists, or that other modules check */

extern const struct setting_type setting_networks;
extern const struct setting_type setting_interfaces;
extern const struct setting_type setting_outputs;
extern const struct setting_type setting_balance;
extern const struct setting_type setting_columns;
extern const struct setting_type setting_kinds; /* of exchanges */
extern const struct setting_type setting_tunnels;
extern const struct setting_type setting_enterprise_number;
extern const struct setting_type setting_flag_counters;
extern const struct setting_type setting_type_information;
extern const struct setting_type setting_quality;
extern const struct setting_type setting_names;
extern const struct setting_type setting_filter;
extern const struct setting_type setting_record_filter;
extern const struct setting_type setting_metrics;
extern const struct setting_type setting_property; /* of librdkafka */
extern const struct setting_type setting_command;  /* after.c */

/* --- settings.c */

/* Everything at its default, without inputs and outputs.  -1: no memory. */
int settings_defaults(struct settings *settings);
/*
 * Whether no two outputs write to one file; -1 with a message.  Also notes
 * whether an output wants exchanges whole (meter.sums).
 */
int settings_check_targets(
    struct settings *settings, char error[DESTINATION_ERROR_SIZE]);

/* --- records.c */

/* Whether settings of records fit together; -1: a message was logged. */
int settings_check_records(const struct settings *settings);

/* --- sections.c: collector "NAME" { … }, archive and kafka likewise */

struct cfg_t;

/* The kinds of sections. */
struct setting_section {
	const char *name;
	enum setting_where where;
	int titles; /* CFGF_NO_TITLE_DUPES: a name stands there once only */
	const char *help;
};
#define SETTING_SECTIONS 3
extern const struct setting_section setting_sections[SETTING_SECTIONS];

/*
 * Add what the sections of one kind describe; after the other settings.
 * -1: a message was logged.
 */
int sections_apply(struct cfg_t *cfg, const struct setting_section *section,
    struct settings *settings);
/*
 * Mark the collectors that balance names.  replaced: -o has taken their place,
 * and balance means nothing.  -1: a message was logged.
 */
int collectors_balance(struct settings *settings, bool replaced);

/* --- folders.c */

/*
 * Replace each folder among the inputs by its files, in the order of their
 * names.  -1: a message was logged.
 */
int captures_of_folders(struct settings *settings);

/* --- file.c */

/*
 * Read a configuration file.  Every value is checked; the settings that are
 * not marked in taken (by their index in the table) are applied.  -1: a
 * message was logged.
 */
int settings_read_file(
    struct settings *settings, const char *path, const bool *taken);

#endif
