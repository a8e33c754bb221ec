/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands of the control socket, and what the metrics page asks.  They come
 * on threads of their own: see probe_run.h.
 */
#include <config.h>

#include "requests.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"
#include "exflow/filter/live_filter.h"
#include "exflow/text/json_row.h"

#define LIVE_SHOWN 1000    /* exchanges of one answer */
#define RELOAD_SECONDS 100 /* an output that is removed may take long */

/* --- requests to the probe */

int
request_status(struct probe_run *run, struct status *status)
{
	int result;

	pthread_mutex_lock(&run->requests_lock);
	result =
	    report_snapshot(status, &run->start, run->exporter, run->probe);
	pthread_mutex_unlock(&run->requests_lock);
	if (result == -1)
		return -1;
	pthread_mutex_lock(&run->lock);
	status->reloads = run->reloads;
	status->reloads_failed = run->reloads_failed;
	pthread_mutex_unlock(&run->lock);
	return 0;
}

void
request_flush(struct probe_run *run)
{
	pthread_mutex_lock(&run->requests_lock);
	probe_flush(run->probe);
	pthread_mutex_unlock(&run->requests_lock);
	log_info("a record of every live exchange has been written");
}

static int
source_status(void *context, struct status *status)
{
	return request_status(context, status);
}

/* --- the control socket's commands */

static int
answer_stats(struct probe_run *run, FILE *stream, char *error)
{
	struct status status;

	if (request_status(run, &status) == -1) {
		snprintf(error, CONTROL_ERROR_SIZE, "out of memory");
		return -1;
	}
	status_print_json(&status, stream);
	status_clear(&status);
	return 0;
}

/* The main thread reloads, as on SIGHUP; wait for it. */
static int
answer_reload(struct probe_run *run, char *error)
{
	struct timespec until = clock_read(CLOCK_REALTIME);
	uint64_t failed;
	int code = 0;

	until.tv_sec += RELOAD_SECONDS;
	pthread_mutex_lock(&run->lock);
	failed = run->reloads_failed;
	run->reload_pending = true;
	pthread_kill(run->main_thread, SIGHUP);
	while (run->reload_pending && !run->ending && code == 0)
		code =
		    pthread_cond_timedwait(&run->reloaded, &run->lock, &until);
	failed = run->reloads_failed - failed;
	if (run->reload_pending && code == 0)
		code = ECANCELED;
	if (code != 0)
		snprintf(error, CONTROL_ERROR_SIZE, "%s", strerror(code));
	else if (failed > 0)
		snprintf(error, CONTROL_ERROR_SIZE,
		    "%.900s; the configuration stays as it was",
		    run->reload_error);
	pthread_mutex_unlock(&run->lock);
	return code == 0 && failed == 0 ? 0 : -1;
}

static bool
keep_live(void *context, const struct exchange *exchange)
{
	return live_filter_takes(context, exchange);
}

static void
print_live(const struct json_rows *rows, const struct exchange *exchanges,
    size_t count, uint64_t found, FILE *stream)
{
	char row[JSON_ROW_SIZE];

	for (size_t i = 0; i < count; i++) {
		char *end = json_row(rows, &exchanges[i], row);

		*end++ = '\n';
		fwrite(row, 1, (size_t)(end - row), stream);
	}
	fprintf(
	    stream, "{\"found\": %" PRIu64 ", \"shown\": %zu}\n", found, count);
}

static int
answer_live(struct probe_run *run, char *text, FILE *stream, char *error)
{
	struct exchange *exchanges = calloc(LIVE_SHOWN, sizeof(*exchanges));
	struct record_options options;
	struct json_rows *rows;
	struct live_filter filter;
	uint64_t found;
	size_t count;
	int result =
	    live_filter_parse(&filter, text, error, CONTROL_ERROR_SIZE);

	record_options_init(&options);
	options.interface = true;
	rows = json_rows_new(&options);
	if (result == 0 && (exchanges == NULL || rows == NULL)) {
		snprintf(error, CONTROL_ERROR_SIZE, "out of memory");
		result = -1;
	}
	if (result == 0) {
		pthread_mutex_lock(&run->requests_lock);
		count = probe_live(run->probe, exchanges, LIVE_SHOWN, keep_live,
		    &filter, &found);
		pthread_mutex_unlock(&run->requests_lock);
		print_live(rows, exchanges, count, found, stream);
	}
	live_filter_clear(&filter);
	json_rows_free(&rows);
	free(exchanges);
	return result;
}

static int
answer(
    void *context, char *request, FILE *stream, char error[CONTROL_ERROR_SIZE])
{
	struct probe_run *run = context;
	char *word = strsep(&request, " \t");
	const char *more = request != NULL ? request : "";

	if (strcmp(word, "live") == 0)
		return answer_live(run, request, stream, error);
	if (more[strspn(more, " \t")] != '\0') {
		snprintf(error, CONTROL_ERROR_SIZE,
		    "%.40s: expected nothing after it", word);
		return -1;
	}
	if (strcmp(word, "stats") == 0)
		return answer_stats(run, stream, error);
	if (strcmp(word, "reload") == 0)
		return answer_reload(run, error);
	if (strcmp(word, "rotate") == 0) {
		exporter_rotate(run->exporter);
		return 0;
	}
	if (strcmp(word, "flush") == 0) {
		request_flush(run);
		return 0;
	}
	snprintf(error, CONTROL_ERROR_SIZE,
	    "unknown command, expected stats, reload, rotate, flush or live");
	return -1;
}

/* --- opening */

static int
fail(const char *option, const char *value, const char *why)
{
	log_error("%s = %s: %s", option, value, why);
	return -1;
}

int
requests_open(struct probe_run *run)
{
	const struct settings *settings = run->settings;
	char error[CONTROL_ERROR_SIZE];

	if (settings->metrics != NULL) {
		run->metrics = metrics_start(settings->metrics, source_status,
		    run, error, sizeof(error));
		if (run->metrics == NULL)
			return fail("metrics", settings->metrics, error);
	}
	if (settings->control != NULL) {
		run->control = control_start(
		    settings->control, answer, run, error, sizeof(error));
		if (run->control == NULL)
			return fail("control", settings->control, error);
	}
	return 0;
}

void
requests_close(struct probe_run *run)
{
	pthread_mutex_lock(&run->lock);
	run->ending = true;
	pthread_cond_broadcast(&run->reloaded);
	pthread_mutex_unlock(&run->lock);
	metrics_stop(&run->metrics);
	control_stop(&run->control);
}
