/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one table of settings.  The configuration file, --set, the checks of
 * values with their messages and --help are all made from it.
 */
#ifndef EXFLOW_SRC_CONFIG_OPTIONS_H
#define EXFLOW_SRC_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "exflow/config/settings.h"

struct cfg_t;

#define OPTION_ERROR_SIZE 1024

struct option_row {
	const char *name;
	/*
	 * Take one value.  0, or -1 with what was wrong and what was
	 * expected in error, without the name of the option.
	 */
	int (*take)(const struct option_row *row, struct settings *settings,
	    const char *text, char *error);
	/* Lists only: forget what was there.  Lists add up, others replace. */
	void (*clear)(struct settings *settings);
	const char *initial;  /* the default as text; NULL: none */
	double minimum;       /* of numbers */
	double maximum;       /* of numbers */
	const char *unit;     /* of numbers, or NULL */
	const char *zero;     /* what 0 means where it lies out of range */
	const char *words[5]; /* what may be said, by value, NULL at the end */
	const char *expected; /* what may be said where words does not tell */
	size_t offset;        /* where it goes in struct settings */
	size_t octets;        /* and how wide that is */
	/*
	 * Whether two settings have the same value, of those that cannot
	 * change while the program runs; NULL: this one can.
	 */
	bool (*same)(const struct option_row *row, const struct settings *a,
	    const struct settings *b);
	const char *help; /* one line */
};

extern const struct option_row option_rows[];
extern const size_t option_count;

/* NULL where there is none of that name. */
const struct option_row *option_find(const char *name);
/* The name that was perhaps meant, or NULL. */
const char *option_suggest(const char *name);

/* Every option at its default.  -1: no memory. */
int option_defaults(struct settings *settings);
/* One value; or, for a list, values separated by commas, white space around. */
int option_assign(const struct option_row *row, struct settings *settings,
    const char *text, char *error);

/* "0 to 86400 seconds", "both or either": what an option accepts. */
void option_expected(const struct option_row *row, char *text, size_t size);
/* The list of --help; and the same of other rows. */
void option_help(FILE *stream);
void option_rows_help(
    const struct option_row *rows, size_t count, FILE *stream);

/* The functions behind take and clear: values.c. */
int take_switch(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_count(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_duration(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_choice(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
/* The index of a word into an enum. */
int take_word(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_text(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
/* A string that lives as long as the settings; for borrowed pointers. */
int take_borrowed(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_network(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_metrics(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_interface(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_output(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_balance(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_meter(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
void clear_meter(struct settings *settings);
int take_tunnel(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_flag_counters(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
int take_types(const struct option_row *row, struct settings *settings,
    const char *text, char *error);
void clear_networks(struct settings *settings);
void clear_interfaces(struct settings *settings);
void clear_outputs(struct settings *settings);
void clear_balance(struct settings *settings);
void clear_tunnels(struct settings *settings);
void clear_types(struct settings *settings);

/* Behind same: of numbers and switches, and of strings. */
bool same_value(const struct option_row *row, const struct settings *a,
    const struct settings *b);
bool same_text(const struct option_row *row, const struct settings *a,
    const struct settings *b);
bool same_interfaces(const struct option_row *row, const struct settings *a,
    const struct settings *b);

/* Append a copy to a list of strings.  -1: no memory. */
int text_list_add(char ***list, size_t *count, const char *text);
void text_list_clear(char ***list, size_t *count);

/* Everything at its default, without inputs and outputs.  -1: no memory. */
int settings_defaults(struct settings *settings);

/* --- collectors.c: sections of the file */

/* What libconfuse is told of one; subopts is the caller's to free. */
struct cfg_opt_t;
int collector_section(struct cfg_opt_t *section, struct cfg_opt_t **subopts,
    int (*check)(struct cfg_t *, struct cfg_opt_t *, const char *, void *));
/* Take them all; after the other settings.  -1: a message was logged. */
int collectors_apply(struct cfg_t *cfg, struct settings *settings);
/* Mark those that balance names.  -1: a message was logged. */
int collectors_balance(struct settings *settings);
void collectors_clear(struct settings *settings);

/*
 * Read a configuration file.  Every value is checked; those whose option is
 * not in taken (by its index) are applied.  -1: a message was logged.
 */
int settings_read_file(
    struct settings *settings, const char *path, const bool *taken);

#endif
