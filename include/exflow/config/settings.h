/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings: defaults, then the configuration file (libconfuse), then the
 * command line.  One table of options stands behind all three, --help, and
 * the test that compares them with the manual.
 */
#ifndef EXFLOW_CONFIG_SETTINGS_H
#define EXFLOW_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/base/log.h"
#include "exflow/capture/interface.h"
#include "exflow/meter/meter.h"
#include "exflow/meter/network.h"
#include "exflow/output/destination.h"

/* archive "NAME" { … } of the configuration file. */
struct archive_setting {
	char *name;
	char *path; /* a pattern */
	struct archive_options options;
};

/* A section of the file: collector "name" { … } */
struct collector {
	const char *name, *address; /* borrowed from the settings' strings */
	struct destination_options options;
};

struct settings {
	char **inputs; /* -r */
	size_t input_count;
	char **interfaces; /* -i; with inputs there are none */
	size_t interface_count;
	struct interface_options live; /* but for the name and the filter */
	char **outputs;                /* -o */
	size_t output_count;
	struct archive_setting *archives;
	size_t archive_count;
	char *archive_path;           /* of the section that is read */
	char *filter;                 /* -f, NULL: none */
	char *stats_path;             /* --stats, NULL: none */
	struct network_set *networks; /* frozen */
	struct meter_options meter;
	unsigned tunnels; /* decapsulate: mask of enum tunnel */
	bool key_vlan;
	size_t fragment_table;
	struct destination_options destination;
	struct collector *collectors;
	size_t collector_count;
	char **balance; /* names of collectors */
	size_t balance_count;
	char **strings; /* that the options borrow */
	size_t string_count;
	unsigned workers;
	bool pin;                /* a processor for each worker */
	bool detach;             /* -d */
	char *pid_file;          /* NULL: none */
	uint32_t stats_interval; /* seconds, 0: never */
	char *metrics;           /* address of the page, NULL: none */
	char *control;           /* path of the socket, NULL: none */
	char *user, *group;      /* to become; NULL: see privileges.h */
	bool seccomp;            /* see confine.h */
	enum log_target log;
	enum log_level log_level;
	bool quiet;
	unsigned verbose;
	bool check_only; /* -t, done by settings_load */
};

/* How many outputs there are, sections included; and one of them. */
size_t settings_destinations(const struct settings *settings);
struct destination *settings_destination(const struct settings *settings,
    size_t i, char error[DESTINATION_ERROR_SIZE]);

enum settings_result {
	SETTINGS_RUN,   /* go on */
	SETTINGS_DONE,  /* --help, -V, -D, -t: printed, exit 0 */
	SETTINGS_ERROR, /* a message was logged; exit 2 */
};

/*
 * Read the command line and the file that it names, and set the log's level
 * by -q and -v.  On SETTINGS_RUN the caller frees with settings_free.
 */
enum settings_result settings_load(
    struct settings *settings, int argc, char **argv);
void settings_free(struct settings *settings);

/*
 * The next option from *i on, in the order of the table, that differs between
 * the two and cannot change while the program runs; NULL: no more.
 */
const char *settings_fixed_change(
    const struct settings *running, const struct settings *wanted, size_t *i);

#endif
