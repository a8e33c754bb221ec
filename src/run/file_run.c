/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run over capture files.  Reading a file never blocks for long, so signal
 * handlers only set a flag, at which the reading thread looks.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/run/run.h"

#include "file_reader.h"
#include "interface_numbers.h"
#include "process.h"
#include "run_internal.h"

static volatile sig_atomic_t stop_signal;

static void
on_stop(int signal)
{
	stop_signal = signal;
}

/* For SIGHUP's handler, which is only installed while this exporter lives. */
static struct exporter *rotating;

static void
on_rotate(int signal)
{
	(void)signal;
	exporter_rotate(rotating);
}

/* A second signal ends the program at once. */
static void
catch_stop(void)
{
	struct sigaction action = { .sa_handler = on_stop,
		.sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* Without an archive SIGHUP keeps its default and ends the program. */
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

static int
meter_files(const struct settings *settings, struct interface_numbers *numbers,
    struct exporter *exporter, struct ledger *ledger)
{
	struct file_reader_options options = {
		.inputs = settings->inputs,
		.input_count = settings->input_count,
		.merge = settings->merge,
		.clock_jump = settings->clock_jump,
		.filter = settings->filter,
		.decode = { .tunnels = settings->tunnels,
		    .key_vlan = settings->key_vlan,
		    .key_tunnel = settings->key_tunnel,
		    .fragment_table = settings->fragment_table,
		    .other = (settings->meter.kinds & METER_OTHER) != 0 },
		.meter = settings->meter,
		.workers = settings->workers,
		.exporter = exporter,
		.numbers = numbers,
		.stop = &stop_signal,
	};
	int result;

	if (!settings->quiet)
		options.progress =
		    progress_new(stderr, file_reader_octets(&options));
	result = file_reader_run(&options, ledger);
	progress_free(&options.progress);
	return result;
}

static int
report(const struct settings *settings, const struct run_start *start,
    const struct interface_numbers *numbers, struct exporter *exporter,
    const struct ledger *ledger)
{
	struct status status;
	int result;

	if (report_snapshot(&status, start, exporter, NULL) == -1)
		return -1;
	if (interface_numbers_report(numbers, &status) == -1) {
		log_error("statistics: %s", strerror(errno));
		status_clear(&status);
		return -1;
	}
	status.ledger = *ledger;
	status.final = true;
	result = report_end(settings, &status);
	if (!settings->quiet)
		(void)hint_log(settings, ledger);
	status_clear(&status);
	return result;
}

static int
run(const struct settings *settings, const struct run_start *start,
    const struct interface_names *names, struct interface_numbers *numbers)
{
	struct exporter *exporter = outputs_open(settings, names);
	struct ledger ledger;
	int result = EXIT_OK;

	if (exporter == NULL)
		return EXIT_FAILED;
	catch_rotate(exporter);
	if (meter_files(settings, numbers, exporter, &ledger) == -1)
		result = EXIT_FAILED;
	if (exporter_finish(exporter) == -1)
		result = EXIT_FAILED;
	if (report(settings, start, numbers, exporter, &ledger) == -1)
		result = EXIT_FAILED;
	if (rotating != NULL)
		signal(SIGHUP, SIG_IGN);
	exporter_free(&exporter);
	return result;
}

/* The interfaces of the files, which the reading thread and outputs share. */
static int
run_with_interfaces(
    const struct settings *settings, const struct run_start *start)
{
	struct interface_names *names = interface_names_new();
	struct interface_numbers *numbers = interface_numbers_new(names);
	int result = EXIT_FAILED;

	if (names != NULL && numbers != NULL)
		result = run(settings, start, names, numbers);
	else
		log_error("names of interfaces: %s", strerror(errno));
	interface_numbers_free(&numbers);
	interface_names_free(&names);
	return result;
}

int
run_files(const struct settings *settings)
{
	struct run_start start;
	struct process process;
	int result = EXIT_FAILED;

	run_start_now(&start);
	catch_stop();
	if (process_begin(&process, settings, false) == 0 &&
	    process_ready(&process) == 0)
		result = run_with_interfaces(settings, &start);
	process_end(&process);
	return result;
}
