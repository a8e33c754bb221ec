/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe's run.  Workers capture and count, the export thread exports; this
 * thread waits for signals, and for the second to be over.
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

#include "requests.h"

#define TICK_NS 500000000L

/* --- signals */

static void
signals_awaited(sigset_t *set)
{
	static const int awaited[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1,
		SIGUSR2 };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(awaited) / sizeof(awaited[0]); i++)
		sigaddset(set, awaited[i]);
}

/* A second one ends the program at once. */
static void
signals_let_go(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* --- what the signals ask for */

/* The summary, line by line. */
static void
log_status(const struct status *status)
{
	char *text = NULL, *rest, *line;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL)
		return;
	status_print(status, stream);
	fclose(stream);
	rest = text;
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			log_note("%s", line);
	free(text);
}

void
live_log_statistics(struct service *service)
{
	struct status status;

	if (live_status(service, &status) == -1)
		return;
	log_status(&status);
	status_clear(&status);
}

int
live_status(struct service *service, struct status *status)
{
	int result;

	pthread_mutex_lock(&service->asking);
	result = status_take(
	    status, &service->beginning, service->exporter, service->probe);
	pthread_mutex_unlock(&service->asking);
	if (result == -1)
		return -1;
	pthread_mutex_lock(&service->lock);
	status->reloads = service->reloads;
	status->reloads_failed = service->reloads_failed;
	pthread_mutex_unlock(&service->lock);
	return 0;
}

void
live_flush(struct service *service)
{
	pthread_mutex_lock(&service->asking);
	probe_flush(service->probe);
	pthread_mutex_unlock(&service->asking);
	log_info("every live exchange has got a record");
}

static void
act_on(struct service *service, int number)
{
	switch (number) {
	case SIGINT:
	case SIGTERM:
		service->stop = true;
		break;
	case SIGHUP:
		(void)live_reload(service);
		break;
	case SIGUSR1:
		live_log_statistics(service);
		break;
	case SIGUSR2:
		live_flush(service);
		break;
	}
}

/* --- the run */

static int64_t
monotonic_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

/* That the workers answer is what the watchdog is told. */
static void
feed_watchdog(struct service *service)
{
	const struct notify *notify = &service->process.notify;
	struct meter_load load;

	if (notify->watchdog_ms == 0 || monotonic_ms() < service->watchdog_at)
		return;
	pthread_mutex_lock(&service->asking);
	probe_load(service->probe, &load);
	pthread_mutex_unlock(&service->asking);
	notify_send(notify, NOTIFY_WATCHDOG);
	service->watchdog_at = monotonic_ms() + notify->watchdog_ms / 2;
}

/* On time on average, also where one of them was late. */
static void
tell_collectors(struct service *service)
{
	int64_t now = monotonic_ms();
	int64_t interval = (int64_t)service->settings->stats_interval * 1000;

	if (interval == 0 || service->statistics_at > now + interval)
		service->statistics_at = 0; /* it is another one now */
	if (service->statistics_at == 0)
		service->statistics_at = now + interval;
	if (interval == 0 || now < service->statistics_at)
		return;
	while (service->statistics_at <= now)
		service->statistics_at += interval;
	live_tell_collectors(service);
}

static void
wait_for_the_end(struct service *service)
{
	const struct timespec tick = { .tv_nsec = TICK_NS };
	sigset_t set;

	signals_awaited(&set);
	while (!service->stop) {
		int number = sigtimedwait(&set, NULL, &tick);

		if (number > 0)
			act_on(service, number);
		feed_watchdog(service);
		tell_collectors(service);
	}
}

void
live_say_ready(const struct service *service)
{
	char names[160];
	size_t used = 0;

	for (size_t i = 0; i < service->settings->interface_count; i++)
		if (used < sizeof(names))
			used += (size_t)snprintf(names + used,
			    sizeof(names) - used, "%s%s", i == 0 ? "" : ", ",
			    service->settings->interfaces[i]);
	notify_ready(&service->process.notify, "capturing on %s", names);
	log_info("capturing on %s", names);
}

/* What the workers had read by then is exported; now there is time to wait. */
static int
finish(struct service *service)
{
	struct ledger ledger;
	struct status status;
	int result = EXIT_OK;

	notify_stopping(&service->process.notify);
	requests_close(service);
	signals_let_go();
	exporter_never_wait(service->exporter, false);
	probe_finish(service->probe, &ledger);
	if (exporter_finish(service->exporter) == -1)
		result = EXIT_FAILED;
	if (live_status(service, &status) == -1)
		return EXIT_FAILED;
	status.final = true;
	if (status_report(service->settings, &status) == -1)
		result = EXIT_FAILED;
	if (!service->settings->quiet)
		advise(service->settings, &status.ledger);
	status_clear(&status);
	return result;
}

static struct probe *
open_probe(const struct settings *settings)
{
	struct interface_options *live =
	    calloc(settings->interface_count, sizeof(*live));
	struct probe_options options = { .interfaces = live,
		.interface_count = settings->interface_count,
		.decode = { settings->tunnels, settings->key_vlan,
		    settings->fragment_table,
		    settings->meter.kinds & METER_OTHER },
		.meter = settings->meter,
		.workers = settings->workers,
		.pin = settings->pin };
	char error[PROBE_ERROR_SIZE] = "out of memory";
	struct probe *probe = NULL;

	for (size_t i = 0; live != NULL && i < options.interface_count; i++) {
		live[i] = settings->live;
		live[i].interface = settings->interfaces[i];
		live[i].filter = settings->filter;
	}
	if (live != NULL)
		probe = probe_new(&options, error);
	if (probe == NULL)
		log_error("%s", error);
	free(live);
	return probe;
}

/* Up to the first packet; each step in the order that process.h asks for. */
static int
start(struct service *service)
{
	char error[PROBE_ERROR_SIZE];

	if (process_begin(&service->process, service->settings, true) == -1)
		return -1;
	service->probe = open_probe(service->settings);
	if (service->probe == NULL || process_drop(&service->process) == -1)
		return -1;
	service->exporter = outputs_open(service->settings);
	if (service->exporter == NULL)
		return -1;
	exporter_never_wait(service->exporter, true);
	if (probe_start(service->probe, service->exporter, error) == -1) {
		log_error("%s", error);
		return -1;
	}
	if (requests_open(service) == -1)
		return -1;
	return process_ready(&service->process);
}

int
service_live(struct settings *settings, int argc, char **argv)
{
	struct service service = { .settings = settings,
		.argc = argc,
		.argv = argv,
		.main_thread = pthread_self() };
	int result = EXIT_FAILED;
	sigset_t set;

	beginning_now(&service.beginning);
	pthread_mutex_init(&service.asking, NULL);
	pthread_mutex_init(&service.lock, NULL);
	pthread_cond_init(&service.reloaded, NULL);
	signals_awaited(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (start(&service) == 0) {
		live_say_ready(&service);
		wait_for_the_end(&service);
		result = finish(&service);
	}
	requests_close(&service);
	probe_free(&service.probe);
	exporter_free(&service.exporter);
	process_end(&service.process);
	pthread_cond_destroy(&service.reloaded);
	pthread_mutex_destroy(&service.lock);
	pthread_mutex_destroy(&service.asking);
	return result;
}
