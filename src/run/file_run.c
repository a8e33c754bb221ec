/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run over capture files.  What is read is not waited for, so that signals
 * have handlers that leave a mark.
 */
#include <config.h>

#include <signal.h>
#include <stdio.h>

#include "exflow/run/file_workers.h"
#include "exflow/run/process.h"
#include "exflow/run/run.h"

#include "run_internal.h"

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

/* A second signal ends the program at once. */
static void
catch_stop(void)
{
	struct sigaction action = { .sa_handler = on_stop,
		.sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
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

static int
meter_files(const struct settings *settings, struct exporter *exporter,
    struct ledger *ledger)
{
	struct worker_options options = {
		.inputs = settings->inputs,
		.input_count = settings->input_count,
		.filter = settings->filter,
		.decode = { settings->tunnels, settings->key_vlan,
		    settings->fragment_table,
		    settings->meter.kinds & METER_OTHER },
		.meter = settings->meter,
		.workers = settings->workers,
		.exporter = exporter,
		.stop = &stop_signal,
	};
	int result;

	if (!settings->quiet)
		options.progress =
		    progress_new(stderr, worker_input_octets(&options));
	result = worker_run(&options, ledger);
	progress_free(&options.progress);
	return result;
}

static int
report(const struct settings *settings, const struct beginning *beginning,
    struct exporter *exporter, const struct ledger *ledger)
{
	struct status status;
	int result;

	if (status_take(&status, beginning, exporter, NULL) == -1)
		return -1;
	status.ledger = *ledger;
	status.final = true;
	result = status_report(settings, &status);
	if (!settings->quiet)
		advise(settings, ledger);
	status_clear(&status);
	return result;
}

static int
run(const struct settings *settings, const struct beginning *beginning)
{
	struct exporter *exporter = outputs_open(settings);
	struct ledger ledger;
	int result = EXIT_OK;

	if (exporter == NULL)
		return EXIT_FAILED;
	catch_rotate(exporter);
	if (meter_files(settings, exporter, &ledger) == -1)
		result = EXIT_FAILED;
	if (exporter_finish(exporter) == -1)
		result = EXIT_FAILED;
	if (report(settings, beginning, exporter, &ledger) == -1)
		result = EXIT_FAILED;
	if (rotating != NULL)
		signal(SIGHUP, SIG_IGN);
	exporter_free(&exporter);
	return result;
}

int
service_files(const struct settings *settings)
{
	struct beginning beginning;
	struct process process;
	int result = EXIT_FAILED;

	beginning_now(&beginning);
	catch_stop();
	if (process_begin(&process, settings, false) == 0 &&
	    process_ready(&process) == 0)
		result = run(settings, &beginning);
	process_end(&process);
	return result;
}
