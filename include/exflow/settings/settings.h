/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings, from the defaults, the configuration file and the command line.
 * Each module has an options struct of its own, with its defaults and limits
 * beside it; the settings hold these structs and fill them.  Only config, which
 * reads them, the runs and the program itself include this header.
 */
#ifndef EXFLOW_SETTINGS_SETTINGS_H
#define EXFLOW_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/base/log.h"
#include "exflow/capture/interface.h"
#include "exflow/meter/meter.h"
#include "exflow/network/network.h"

#define CLOCK_JUMP_DEFAULT 300 /* seconds */
#define REORDER_DEFAULT 0.1    /* likewise */
#include "exflow/output/destination.h"

/* A section of the file: archive "NAME" { … } */
struct archive_setting {
	char *name;
	char *path; /* a pattern */
	struct archive_options options;
	bool biflow;       /* see struct record_options … */
	unsigned profiles; /* … and this one there */
	struct text_options text;
	const char *record_filter; /* borrowed */
	const char *place;         /* "FILE:LINE"; borrowed */
};

/* A section of the file: collector "NAME" { … } */
struct collector {
	/* Borrowed from the settings' strings; place is "FILE:LINE". */
	const char *name, *address, *place;
	struct destination_options options;
};

struct settings {
	char **inputs; /* FILE, -r */
	size_t input_count;
	char **interfaces; /* -i; with inputs there are none */
	size_t interface_count;
	/* Of every interface, but for its name and the filter. */
	struct interface_options interface_options;
	char **outputs; /* -o */
	size_t output_count;
	char *outputs_place; /* "FILE:LINE" where they stand; NULL: -o */
	struct archive_setting *archives;
	size_t archive_count;
	char *section_spec;           /* address or path, while the section
				       * that has it is read */
	char *filter;                 /* -f, NULL: none */
	char *stats_path;             /* --stats, NULL: none */
	struct network_set *networks; /* frozen */
	struct meter_options meter;
	/* Somebody has set meter.quality: outputs do not turn it on. */
	bool quality_set;
	unsigned tunnels; /* decapsulate: mask of enum tunnel */
	bool key_vlan;
	bool key_tunnel;
	bool merge;          /* several files, by time */
	duration reorder;    /* several interfaces, likewise; 0: not */
	duration clock_jump; /* see capture/timeline.h */
	size_t fragment_table;
	struct destination_options destination;
	struct collector *collectors;
	size_t collector_count;
	char **balance; /* names of collectors */
	size_t balance_count;
	char *balance_place; /* "FILE:LINE" where it stands; NULL: --set */
	char **strings;      /* that the options borrow */
	size_t string_count;
	unsigned workers;
	bool pin;                /* a processor for each worker */
	bool detach;             /* -d: into the background */
	char *pid_file;          /* NULL: none */
	uint32_t stats_interval; /* seconds, 0: never */
	char *metrics;           /* address of the page, NULL: none */
	bool status_page;        /* /status at that address */
	char *control;           /* path of the socket, NULL: none */
	char *user, *group;      /* to become; NULL: see privileges.h */
	bool seccomp;            /* see confine.h */
	enum log_target log;
	enum log_level log_level;
	bool utc; /* -u: no local time */
	bool quiet;
	unsigned verbose;
	bool check_only; /* -t: run_check instead of a run */
};

/*
 * How many outputs there are, sections included; and one of them, whose records
 * know these names of interfaces (NULL: none).
 */
size_t settings_destinations(const struct settings *settings);
struct destination *settings_destination(const struct settings *settings,
    size_t i, const struct interface_names *names,
    char error[DESTINATION_ERROR_SIZE]);

/* Everything at its default, without inputs and outputs.  -1: no memory. */
int settings_defaults(struct settings *settings);
void settings_free(struct settings *settings);

/*
 * The name of the next setting, from *i on in the order of the table, that
 * differs between the two and cannot change while the program runs; NULL: no
 * more.
 */
const char *settings_fixed_change(
    const struct settings *running, const struct settings *wanted, size_t *i);

/*
 * Whether no two outputs write to one file; -1 with a message.  Also notes
 * whether an output wants exchanges whole (meter.sums).
 */
int settings_check_targets(
    struct settings *settings, char error[DESTINATION_ERROR_SIZE]);
/* Whether settings of records fit together; -1: a message was logged. */
int settings_check_records(const struct settings *settings);

#endif
