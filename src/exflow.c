/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exflow/exporter.h"
#include "exflow/log.h"
#include "exflow/settings.h"
#include "exflow/statistics.h"
#include "exflow/terminal.h"
#include "exflow/worker.h"

enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2
};

static volatile sig_atomic_t stop_signal;

static void
on_stop(int signal)
{
	stop_signal = signal;
}

/*
 * For the handler of SIGHUP, which is there only as long as the exporter; it
 * is set before and cleared after.
 */
static struct exporter *rotating;

static void
on_rotate(int signal)
{
	(void)signal;
	exporter_rotate(rotating);
}

/* Without an archive SIGHUP ends the program, as it does others. */
static void
catch_rotate(struct exporter *exporter)
{
	struct sigaction action = { .sa_handler = on_rotate,
		.sa_flags = SA_RESTART };

	if (!exporter_can_rotate(exporter))
		return;
	rotating = exporter;
	sigaction(SIGHUP, &action, NULL);
}

/* A second signal ends the program at once. */
static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_stop,
		.sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct exporter *
start_exporter(const struct settings *settings)
{
	size_t count = settings_destinations(settings);
	struct destination **destinations =
	    calloc(count, sizeof(*destinations));
	struct exporter *exporter = NULL;
	char error[DESTINATION_ERROR_SIZE] = "out of memory";
	size_t n = 0;

	if (destinations == NULL) {
		log_error("%s", error);
		return NULL;
	}
	for (; n < count; n++) {
		destinations[n] = settings_destination(settings, n, error);
		if (destinations[n] == NULL)
			break;
	}
	if (n == count)
		exporter = exporter_new(destinations, n, error, sizeof(error));
	else
		while (n > 0)
			destination_free(&destinations[--n]);
	if (exporter == NULL)
		log_error("%s", error);
	free(destinations);
	return exporter;
}

/* Say what was done; -1 where the books do not balance or stats fail. */
static int
report(const struct settings *settings, const struct statistics *statistics)
{
	int result = statistics_balanced(statistics) ? 0 : -1;

	if (!settings->quiet)
		statistics_print(statistics, stderr);
	if (settings->stats_path != NULL &&
	    statistics_write_json(statistics, settings->stats_path) == -1)
		result = -1;
	return result;
}

static int
run(const struct settings *settings)
{
	struct worker_options options = {
		.inputs = settings->inputs,
		.input_count = settings->input_count,
		.filter = settings->filter,
		.decode = { settings->tunnels, settings->key_vlan,
		    settings->fragment_table },
		.meter = settings->meter,
		.workers = settings->workers,
		.stop = &stop_signal,
	};
	struct statistics statistics = { 0 };
	struct ledger ledger;
	double start = seconds_now();
	int result = EXIT_OK;

	options.exporter = start_exporter(settings);
	if (options.exporter == NULL)
		return EXIT_FAILED;
	catch_rotate(options.exporter);
	if (!settings->quiet)
		options.progress =
		    progress_new(stderr, worker_input_octets(&options));
	if (worker_run(&options, &ledger) == -1)
		result = EXIT_FAILED;
	progress_free(&options.progress);
	if (exporter_finish(options.exporter) == -1)
		result = EXIT_FAILED;
	statistics.ledger = &ledger;
	statistics.exporter = options.exporter;
	statistics.seconds = seconds_now() - start;
	if (report(settings, &statistics) == -1)
		result = EXIT_FAILED;
	if (rotating != NULL)
		signal(SIGHUP, SIG_IGN);
	exporter_free(&options.exporter);
	return result;
}

int
main(int argc, char **argv)
{
	struct settings settings;
	int result;

	log_init("exflow", LOG_LEVEL_WARNING);
	switch (settings_load(&settings, argc, argv)) {
	case SETTINGS_DONE:
		return EXIT_OK;
	case SETTINGS_ERROR:
		return EXIT_USAGE;
	case SETTINGS_RUN:
		break;
	}
	catch_signals();
	settings.destination.terminal_width = terminal_width(STDOUT_FILENO);
	result = run(&settings);
	settings_free(&settings);
	return result;
}
