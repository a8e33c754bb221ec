/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe's run, from the settings to the exit status.  Workers capture and
 * meter, the export thread exports.  The main thread waits for signals, all of
 * which are blocked, and wakes up twice a second for the watchdog, the
 * statistics record and the hint.
 */
#include <config.h>

#include "probe_run.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/run/run.h"

#include "reload.h"
#include "requests.h"

#define TICK_NS 500000000L
/* Packets that come late, after a pause of the machine, are no step. */
#define LEAST_JUMP 10 /* seconds: of clock_jump */
/* When a hint may be given first, how often that is tried, and given again. */
#define HINT_AFTER_MS 10000
#define HINT_TRY_MS 60000
#define HINT_AGAIN_MS 3600000

/* --- signals */

static void
signals_handled(sigset_t *set)
{
	static const int handled[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1,
		SIGUSR2 };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(set, handled[i]);
}

/* From now on a second signal ends the program at once. */
static void
signals_unblock(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void
log_statistics(struct probe_run *run)
{
	struct status status;

	if (request_status(run, &status) == -1)
		return;
	report_log(&status);
	status_clear(&status);
}

static void
say_ready(const struct probe_run *run)
{
	char names[160];
	size_t used = 0;

	for (size_t i = 0; i < run->settings->interface_count; i++)
		if (used < sizeof(names))
			used += (size_t)snprintf(names + used,
			    sizeof(names) - used, "%s%s", i == 0 ? "" : ", ",
			    run->settings->interfaces[i]);
	notify_ready(&run->process.notify, "capturing on %s", names);
	log_info("capturing on %s", names);
}

/*
 * Archives begin new files, whether the configuration is valid or not, and what
 * logrotate has moved is opened anew.
 */
static void
rotate_and_reload(struct probe_run *run)
{
	char error[CONTROL_ERROR_SIZE];
	int result;

	notify_reloading(&run->process.notify);
	exporter_reopen(run->exporter);
	result = reload(run, error);
	if (result == 0)
		log_info("reload: the configuration is in force");
	else
		log_error("reload: the configuration stays as it was");
	say_ready(run);
	reload_done(run, result, error);
}

static void
signal_handle(struct probe_run *run, int number)
{
	switch (number) {
	case SIGINT:
	case SIGTERM:
		run->stop = true;
		break;
	case SIGHUP:
		rotate_and_reload(run);
		break;
	case SIGUSR1:
		log_statistics(run);
		break;
	case SIGUSR2:
		request_flush(run);
		break;
	}
}

/* --- twice a second */

static int64_t
monotonic_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

/* The watchdog hears from us as long as the workers answer a request. */
static void
feed_watchdog(struct probe_run *run)
{
	const struct notify *notify = &run->process.notify;
	struct meter_load load;

	if (notify->watchdog_ms == 0 || monotonic_ms() < run->watchdog_at)
		return;
	probe_load(run->probe, &load);
	notify_send(notify, NOTIFY_WATCHDOG);
	run->watchdog_at = monotonic_ms() + notify->watchdog_ms / 2;
}

/*
 * Whether the next statistics record is due.  Times are counted from the
 * first one, so that a late record does not delay the others.
 */
static bool
statistics_due(struct probe_run *run)
{
	int64_t now = monotonic_ms();
	int64_t interval = (int64_t)run->settings->stats_interval * 1000;

	if (interval == 0 || run->statistics_at > now + interval)
		run->statistics_at = 0; /* a reload has changed it */
	if (run->statistics_at == 0)
		run->statistics_at = now + interval;
	if (interval == 0 || now < run->statistics_at)
		return false;
	while (run->statistics_at <= now)
		run->statistics_at += interval;
	return true;
}

static void
send_statistics(struct probe_run *run)
{
	struct status status;

	if (!statistics_due(run) || request_status(run, &status) == -1)
		return;
	statistics_record_send(run->exporter, &status);
	status_clear(&status);
}

/* What has been counted since the last hint, as far as a hint asks for it. */
static struct ledger
ledger_since(const struct ledger *now, const struct ledger *before)
{
	struct ledger since = *now;

	since.packets_in_exchanges -= before->packets_in_exchanges;
	for (unsigned i = 0; i < UNMATCHED_COUNT; i++)
		since.unmatched[i] -= before->unmatched[i];
	for (unsigned i = 0; i < TUNNEL_COUNT; i++)
		since.tunnels_closed[i] -= before->tunnels_closed[i];
	return since;
}

static void
hint(struct probe_run *run)
{
	struct ledger ledger, since;

	if (run->settings->quiet || monotonic_ms() < run->hint_at)
		return;
	run->hint_at = monotonic_ms() + HINT_TRY_MS;
	probe_ledger(run->probe, &ledger);
	since = ledger_since(&ledger, &run->hinted);
	if (!hint_log(run->settings, &since))
		return;
	run->hinted = ledger;
	run->hint_at = monotonic_ms() + HINT_AGAIN_MS;
}

/* --- the run */

static void
handle_signals(struct probe_run *run)
{
	const struct timespec tick = { .tv_nsec = TICK_NS };
	sigset_t set;

	signals_handled(&set);
	run->hint_at = monotonic_ms() + HINT_AFTER_MS;
	while (!run->stop && !exporter_reader_gone(run->exporter)) {
		int number = sigtimedwait(&set, NULL, &tick);

		if (number > 0)
			signal_handle(run, number);
		feed_watchdog(run);
		send_statistics(run);
		hint(run);
	}
}

/* Export what the workers have read; now an output may be waited for. */
static int
finish(struct probe_run *run)
{
	struct ledger ledger;
	struct status status;
	int result = EXIT_OK;
	bool quiet;

	notify_stopping(&run->process.notify);
	requests_close(run);
	signals_unblock();
	exporter_never_wait(run->exporter, false);
	probe_finish(run->probe, &ledger);
	if (exporter_finish(run->exporter) == -1)
		result = EXIT_FAILED;
	if (request_status(run, &status) == -1)
		return EXIT_FAILED;
	status.final = true;
	quiet = run->settings->quiet || exporter_reader_gone(run->exporter);
	if (report_end(run->settings, &status, quiet) == -1)
		result = EXIT_FAILED;
	if (!quiet)
		(void)hint_log(run->settings, &status.ledger);
	status_clear(&status);
	return exporter_reader_gone(run->exporter) ? EXIT_PIPE : result;
}

static duration
live_jump(const struct settings *settings)
{
	duration least = duration_seconds(LEAST_JUMP);

	return settings->clock_jump.ns > least.ns ? settings->clock_jump
	                                          : least;
}

static struct probe *
open_probe(const struct settings *settings, struct interface_names *names)
{
	struct interface_options *each =
	    calloc(settings->interface_count, sizeof(*each));
	struct probe_options options = { .interfaces = each,
		.interface_count = settings->interface_count,
		.decode = run_decode_options(settings),
		.meter = settings->meter,
		.reorder = settings->interface_count > 1 ? settings->reorder
		                                         : (duration){ 0 },
		.clock_jump = live_jump(settings),
		.workers = settings->workers,
		.pin = settings->pin };
	char error[PROBE_ERROR_SIZE] = "out of memory";
	struct probe *probe = NULL;

	for (size_t i = 0; each != NULL && i < options.interface_count; i++) {
		each[i] = settings->interface_options;
		each[i].interface = settings->interfaces[i];
		each[i].filter = settings->filter;
		each[i].names = names;
	}
	if (each != NULL)
		probe = probe_new(&options, error);
	if (probe == NULL)
		log_error("%s", error);
	free(each);
	return probe;
}

/*
 * Everything before the first packet, in the order that process.h tells.
 * EXIT_OK, or the status to exit with.
 */
static int
start(struct probe_run *run)
{
	char error[PROBE_ERROR_SIZE];
	int result;

	if (process_begin(
	        &run->process, run->settings, true, run->argc, run->argv) == -1)
		return EXIT_FAILED;
	run->settings->helper = run->process.helper;
	if (process_check(&run->process) == -1)
		return EXIT_USAGE;
	run->names = interface_names_new();
	if (run->names == NULL) {
		log_error("names of interfaces: %s", strerror(errno));
		return EXIT_FAILED;
	}
	run->probe = open_probe(run->settings, run->names);
	if (run->probe == NULL || process_drop(&run->process) == -1)
		return EXIT_FAILED;
	result = outputs_open(run->settings, run->names, &run->exporter);
	if (result != EXIT_OK)
		return result;
	exporter_never_wait(run->exporter, true);
	if (probe_start(run->probe, run->exporter, error) == -1) {
		log_error("%s", error);
		return EXIT_FAILED;
	}
	if (requests_open(run) == -1 || process_ready(&run->process) == -1)
		return EXIT_FAILED;
	return EXIT_OK;
}

int
run_probe(struct settings *settings, int argc, char **argv)
{
	struct probe_run run = { .settings = settings,
		.argc = argc,
		.argv = argv,
		.main_thread = pthread_self() };
	int result;
	sigset_t set;

	run_start_now(&run.start);
	pthread_mutex_init(&run.lock, NULL);
	pthread_cond_init(&run.reloaded, NULL);
	signals_handled(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	result = start(&run);
	if (result == EXIT_OK) {
		say_ready(&run);
		handle_signals(&run);
		result = finish(&run);
	}
	requests_close(&run);
	probe_free(&run.probe);
	exporter_free(&run.exporter);
	interface_names_free(&run.names);
	process_end(&run.process);
	pthread_cond_destroy(&run.reloaded);
	pthread_mutex_destroy(&run.lock);
	return result;
}
