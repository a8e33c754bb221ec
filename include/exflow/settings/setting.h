/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A setting, and the one table of them.
 *
 *	table_archives.c ┐           ┌► --set, -i, -n, -f, -o   src/config
 *	table_kafka.c    ├ table.c ──┼► the file, its sections  src/config
 *	…: one for each  │           ├► --help, "did you mean"  describe.c
 *	part of the      ┘           └► exflow.conf, manual     generate.c
 *	manual
 *
 * An entry names its type (types.c, types_….c), which knows how to read a
 * value and how to compare two; its range; where it may stand; and what people
 * are told about it.  All values go to a place in struct settings.
 */
#ifndef EXFLOW_SETTINGS_SETTING_H
#define EXFLOW_SETTINGS_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "exflow/settings/settings.h"

#define SETTING_ERROR_SIZE 1024

/* Where a setting may stand: a mask. */
enum setting_where {
	SETTING_TOP = 1 << 0,       /* the file's top level, and --set */
	SETTING_COLLECTOR = 1 << 1, /* collector "NAME" { … } */
	SETTING_ARCHIVE = 1 << 2,   /* archive "NAME" { … } */
	SETTING_KAFKA = 1 << 3,     /* kafka "NAME" { … } */
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

/* A part of the table and of the manual. */
struct setting_part {
	const char *title;
	const struct setting *settings;
	size_t count;
};
#define SETTING_PARTS 10
extern const struct setting_part *const setting_parts[SETTING_PARTS];

/* The kinds of sections that a file may have. */
struct setting_section {
	const char *name;
	enum setting_where where;
	bool one_title; /* a name stands there once only */
	const char *help;
};
#define SETTING_SECTIONS 3
extern const struct setting_section setting_sections[SETTING_SECTIONS];

/* --- table.c: what the table is asked */

/* The i-th of all settings, in the order of the manual; NULL: no more. */
const struct setting *setting_at(size_t i);
/* Its place in that order, and how many there are. */
size_t setting_index(const struct setting *setting);
size_t settings_table_count(void);
/* The setting of that name that may stand there; NULL: none. */
const struct setting *setting_find(unsigned where, const char *name);
/* The next one that may stand there, from *i on; NULL: no more. */
const struct setting *setting_next(unsigned where, size_t *i);

/* --- setting.c: values */

/* Every setting at its default.  -1: no memory. */
int setting_defaults(struct settings *settings);
/* What people should know of a value that was taken; NULL: nothing. */
const char *setting_warning(const struct setting *setting, const char *text);
/* One value; or, for a list, values separated by commas, white space around. */
int setting_assign(const struct setting *setting, struct settings *settings,
    const char *text, char error[SETTING_ERROR_SIZE]);

/* --- suggest.c: "did you mean" */

/* What somebody has typed, and the closest of the candidates so far. */
struct suggestion {
	const char *typed;
	const char *best; /* NULL: none is close */
	size_t distance;
};
void suggestion_try(struct suggestion *suggestion, const char *candidate);

/* The name of a field that was perhaps meant, or NULL. */
const char *setting_suggest_field(const char *name);

/* --- describe.c: what people are told */

/* The name that was perhaps meant there, or NULL. */
const char *setting_suggest(unsigned where, const char *name);
/* No setting of that name may stand there: say so, and what was meant. */
void setting_unknown(
    unsigned where, const char *name, char error[SETTING_ERROR_SIZE]);
/* The list of --help. */
void setting_help(FILE *stream);

/* --- types.c */

/* "0 (never) or 1 to 86400 seconds", "both or either": what is accepted. */
void setting_expected(const struct setting *setting, char *text, size_t size);
/* The default as text, "none" where there is none. */
#define SETTING_INITIAL_SIZE 32
const char *setting_initial(
    const struct setting *setting, char text[SETTING_INITIAL_SIZE]);

/* types_list.c: those whose place in the file is remembered. */
extern const struct setting_type setting_outputs;
extern const struct setting_type setting_balance;

/* Append a copy to a list of strings.  -1: no memory. */
int text_list_add(char ***list, size_t *count, const char *text);
void text_list_clear(char ***list, size_t *count);

#endif
