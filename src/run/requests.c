/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands of the control socket, and what the metrics page asks.  They come
 * on threads of their own: see probe_run.h.
 */
#include <config.h>

#include "requests.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exflow/base/clock.h"
#include "exflow/base/log.h"

#include "exflow/live/answers.h"
#include "exflow/live/page.h"

#define RELOAD_SECONDS 100 /* an output that is removed may take long */

/* --- requests to the probe */

int
request_status(struct probe_run *run, struct status *status)
{
	int result;

	result =
	    report_snapshot(status, &run->start, run->exporter, run->probe);
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
	probe_flush(run->probe);
	log_info("a record of every live exchange has been written");
}

static int
source_status(void *context, struct status *status)
{
	return request_status(context, status);
}

static int
source_live(void *context, const char *order, FILE *stream)
{
	const struct probe_run *run = context;

	return live_page(run->probe, order, stream);
}

/* --- the control socket's commands */

/* Take the form's words off the request; returns the command. */
static char *
form_parse(struct answer_form *form, char **request)
{
	char *word;

	*form = (struct answer_form){ 0 };
	while ((word = strsep(request, " \t")) != NULL)
		if (strcmp(word, "json") == 0)
			form->json = true;
		else if (strcmp(word, "local") == 0)
			form->local = true;
		else if (strcmp(word, "numbers") == 0)
			form->numbers = true;
		else if (strncmp(word, "width=", 6) == 0)
			form->width = (unsigned)strtoul(word + 6, NULL, 10);
		else
			break;
	return word;
}

static int
no_memory(char *error)
{
	snprintf(error, CONTROL_ERROR_SIZE, "out of memory");
	return -1;
}

static int
answer_stats(struct probe_run *run, const struct answer_form *form,
    FILE *stream, char *error)
{
	struct status status;

	if (request_status(run, &status) == -1)
		return no_memory(error);
	if (form->json)
		status_print_json(&status, stream);
	else
		status_print(&status, stream);
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

static int
answer(
    void *context, char *request, FILE *stream, char error[CONTROL_ERROR_SIZE])
{
	struct probe_run *run = context;
	const struct live_source source = { run->probe, run->names };
	struct answer_form form;
	const char *word = form_parse(&form, &request);
	const char *more = request != NULL ? request : "";

	if (word != NULL && strcmp(word, "live") == 0)
		return answer_live(&source, &form, request, stream, error);
	if (word != NULL && strcmp(word, "top") == 0)
		return answer_top(&source, &form, request, stream, error);
	if (more[strspn(more, " \t")] != '\0') {
		snprintf(error, CONTROL_ERROR_SIZE,
		    "%.40s: expected nothing after it", word);
		return CONTROL_USAGE;
	}
	if (word != NULL && strcmp(word, "stats") == 0)
		return answer_stats(run, &form, stream, error);
	if (word != NULL && strcmp(word, "reload") == 0)
		return answer_reload(run, error);
	if (word != NULL && strcmp(word, "rotate") == 0) {
		exporter_rotate(run->exporter);
		return 0;
	}
	if (word != NULL && strcmp(word, "flush") == 0) {
		request_flush(run);
		return 0;
	}
	snprintf(error, CONTROL_ERROR_SIZE,
	    "unknown command, expected stats, live, top, reload, rotate or "
	    "flush");
	return CONTROL_USAGE;
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
	const struct metrics_sources sources = { .status = source_status,
		.live = settings->status_page ? source_live : NULL,
		.context = run };
	char error[CONTROL_ERROR_SIZE];

	if (settings->metrics != NULL) {
		run->metrics = metrics_start(
		    settings->metrics, &sources, error, sizeof(error));
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
