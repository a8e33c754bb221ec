/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run over capture files.  Reading a file never blocks for long, so signal
 * handlers only set a flag, at which the reading thread looks.
 */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/run/run.h"

#include "exflow/offline/file_reader.h"
#include "exflow/offline/interface_numbers.h"
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
	exporter_reopen(rotating);
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

/*
 * Without an archive SIGHUP keeps its default and ends the program.  SIGUSR1
 * and SIGUSR2 mean something to a probe only.
 */
static void
catch_rotate(struct exporter *exporter)
{
	struct sigaction action = { .sa_handler = on_rotate,
		.sa_flags = SA_RESTART };

	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	if (exporter_can_rotate(exporter)) {
		rotating = exporter;
		sigaction(SIGHUP, &action, NULL);
	}
	run_release_signals();
}

static void
say_interrupted(const struct ledger *ledger, uint64_t octets, uint64_t total)
{
	char share[64] = "";

	if (total > 0)
		snprintf(share, sizeof(share), " (%.0f %% of the octets)",
		    100.0 * (double)octets / (double)total);
	log_warning("interrupted after %" PRIu64 " packets%s",
	    ledger->packets_read, share);
}

/* What the meters have counted. */
struct counted {
	struct ledger ledger;
	struct quality_totals *totals; /* NULL: quality is off */
};

/* *interrupted: by which signal, 0: all was read. */
static int
meter_files(const struct settings *settings, struct interface_numbers *numbers,
    struct exporter *exporter, struct counted *counted, int *interrupted)
{
	struct file_reader_options options = {
		.inputs = settings->inputs,
		.input_count = settings->input_count,
		.merge = settings->merge,
		.clock_jump = settings->clock_jump,
		.filter = settings->filter,
		.decode = run_decode_options(settings),
		.meter = settings->meter,
		.workers = settings->workers,
		.exporter = exporter,
		.numbers = numbers,
		.totals = counted->totals,
		.stop = &stop_signal,
	};
	uint64_t octets, total = file_reader_octets(&options);
	int result;

	if (!settings->quiet)
		options.progress = progress_new(stderr, total);
	result = file_reader_run(&options, &counted->ledger, &octets);
	progress_free(&options.progress);
	*interrupted = stop_signal;
	if (*interrupted != 0 && *interrupted != SIGPIPE)
		say_interrupted(&counted->ledger, octets, total);
	return result;
}

static int
report(const struct settings *settings, const struct run_start *start,
    const struct interface_numbers *numbers, struct exporter *exporter,
    struct counted *counted)
{
	bool quiet = settings->quiet || exporter_reader_gone(exporter);
	struct status status;
	int result;

	if (report_snapshot(&status, start, exporter, NULL) == -1)
		return -1;
	if (interface_numbers_report(numbers, &status) == -1) {
		log_error("statistics: %s", strerror(errno));
		status_clear(&status);
		return -1;
	}
	status.ledger = counted->ledger;
	status.quality = counted->totals;
	counted->totals = NULL;
	status.final = true;
	result = report_end(settings, &status, quiet);
	if (!quiet)
		(void)hint_log(settings, &counted->ledger);
	status_clear(&status);
	return result;
}

static int
run(const struct settings *settings, const struct run_start *start,
    const struct interface_names *names, struct interface_numbers *numbers)
{
	struct exporter *exporter;
	struct counted counted = { .totals = NULL };
	int result = outputs_open(settings, names, &exporter), interrupted;

	if (result != EXIT_OK) /* a FIFO is opened when it has a reader */
		return stop_signal != 0 ? EXIT_SIGNAL + stop_signal : result;
	catch_rotate(exporter);
	if (settings->meter.quality)
		counted.totals = quality_totals_new();
	if (meter_files(settings, numbers, exporter, &counted, &interrupted) ==
	    -1)
		result = EXIT_FAILED;
	if (exporter_finish(exporter) == -1)
		result = EXIT_FAILED;
	if (report(settings, start, numbers, exporter, &counted) == -1)
		result = EXIT_FAILED;
	quality_totals_free(&counted.totals);
	/* A failure is worse than an interruption. */
	if (exporter_reader_gone(exporter))
		result = EXIT_PIPE;
	else if (result == EXIT_OK && interrupted != 0)
		result = EXIT_SIGNAL + interrupted;
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
run_files(struct settings *settings)
{
	struct run_start start;
	struct process process;
	int result = EXIT_FAILED;

	run_start_now(&start);
	catch_stop();
	if (process_begin(&process, settings, false, 0, NULL) == 0 &&
	    process_ready(&process) == 0) {
		settings->helper = process.helper;
		result = run_with_interfaces(settings, &start);
	}
	process_end(&process);
	return result;
}
