/* SPDX-License-Identifier: BSD-2-Clause */
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
#define RELOAD_SECONDS 100 /* an output that goes may take its time */

static int
source_status(void *context, struct status *status)
{
	return live_status(context, status);
}

/* --- the control socket's requests */

static int
answer_stats(struct service *service, FILE *stream, char *error)
{
	struct status status;

	if (live_status(service, &status) == -1) {
		snprintf(error, CONTROL_ERROR_SIZE, "no memory");
		return -1;
	}
	status_print_json(&status, stream);
	status_clear(&status);
	return 0;
}

/* Have the signals' thread do it, and wait. */
static int
answer_reload(struct service *service, char *error)
{
	struct timespec until = clock_read(CLOCK_REALTIME);
	uint64_t failed;
	int code = 0;

	until.tv_sec += RELOAD_SECONDS;
	pthread_mutex_lock(&service->lock);
	failed = service->reloads_failed;
	service->reload_pending = true;
	pthread_kill(service->main_thread, SIGHUP);
	while (service->reload_pending && !service->ending && code == 0)
		code = pthread_cond_timedwait(
		    &service->reloaded, &service->lock, &until);
	failed = service->reloads_failed - failed;
	if (service->reload_pending && code == 0)
		code = ECANCELED;
	pthread_mutex_unlock(&service->lock);
	if (code != 0)
		snprintf(error, CONTROL_ERROR_SIZE, "%s", strerror(code));
	else if (failed > 0)
		snprintf(error, CONTROL_ERROR_SIZE,
		    "the configuration stays as it was, see the log");
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
answer_live(struct service *service, char *text, FILE *stream, char *error)
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
		snprintf(error, CONTROL_ERROR_SIZE, "no memory");
		result = -1;
	}
	if (result == 0) {
		pthread_mutex_lock(&service->asking);
		count = probe_live(service->probe, exchanges, LIVE_SHOWN,
		    keep_live, &filter, &found);
		pthread_mutex_unlock(&service->asking);
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
	struct service *service = context;
	char *word = strsep(&request, " \t");
	const char *more = request != NULL ? request : "";

	if (strcmp(word, "live") == 0)
		return answer_live(service, request, stream, error);
	if (more[strspn(more, " \t")] != '\0') {
		snprintf(error, CONTROL_ERROR_SIZE,
		    "%.40s: nothing is expected behind it", word);
		return -1;
	}
	if (strcmp(word, "stats") == 0)
		return answer_stats(service, stream, error);
	if (strcmp(word, "reload") == 0)
		return answer_reload(service, error);
	if (strcmp(word, "rotate") == 0) {
		exporter_rotate(service->exporter);
		return 0;
	}
	if (strcmp(word, "flush") == 0) {
		live_flush(service);
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
requests_open(struct service *service)
{
	const struct settings *settings = service->settings;
	char error[CONTROL_ERROR_SIZE];

	if (settings->metrics != NULL) {
		service->metrics = metrics_start(settings->metrics,
		    source_status, service, error, sizeof(error));
		if (service->metrics == NULL)
			return fail("metrics", settings->metrics, error);
	}
	if (settings->control != NULL) {
		service->control = control_start(
		    settings->control, answer, service, error, sizeof(error));
		if (service->control == NULL)
			return fail("control", settings->control, error);
	}
	return 0;
}

void
requests_close(struct service *service)
{
	pthread_mutex_lock(&service->lock);
	service->ending = true;
	pthread_cond_broadcast(&service->reloaded);
	pthread_mutex_unlock(&service->lock);
	metrics_stop(&service->metrics);
	control_stop(&service->control);
}
