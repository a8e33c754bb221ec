/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "worker.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/log.h"
#include "exflow/base/thread.h"

/* How many places of the table a step of a request looks at. */
#define STEP_PLACES 512

/* --- start and end */

/*
 * The number of the group that shares an interface's packets must be ours
 * alone.  Processes in containers may have the same id, so chance chooses.
 */
static int
choose_group(struct probe *probe)
{
	return getentropy(&probe->group, sizeof(probe->group));
}

/* The workers share what clients asked DNS for.  -1: no memory. */
static int
make_hunter(struct probe *probe, const struct meter_options *meter)
{
	if (!(meter->names.kinds & NAMES_DNS) || probe->hunter != NULL)
		return 0;
	probe->hunter = hunter_new(&probe->hash);
	return probe->hunter == NULL ? -1 : 0;
}

static void
drop_hunter(struct probe *probe)
{
	if (probe->hunter != NULL)
		probe->names_evicted += hunter_evicted(probe->hunter);
	hunter_free(&probe->hunter);
}

struct probe *
probe_new(const struct probe_options *options, char error[PROBE_ERROR_SIZE])
{
	struct probe *probe = calloc(1, sizeof(*probe));

	if (probe == NULL ||
	    (probe->workers = calloc(
	         options->workers, sizeof(*probe->workers))) == NULL ||
	    choose_group(probe) == -1 || flow_hash_init(&probe->hash) == -1) {
		snprintf(error, PROBE_ERROR_SIZE, "cannot start: %s",
		    strerror(errno));
		if (probe != NULL)
			free(probe->workers);
		free(probe);
		return NULL;
	}
	probe->options = *options;
	if (make_hunter(probe, &options->meter) == -1) {
		snprintf(error, PROBE_ERROR_SIZE, "cannot start: %s",
		    strerror(errno));
		probe_free(&probe);
		return NULL;
	}
	pthread_mutex_init(&probe->lock, NULL);
	pthread_mutex_init(&probe->turn, NULL);
	pthread_cond_init(&probe->answered, NULL);
	for (unsigned i = 0; i < options->workers; i++)
		if (worker_init(&probe->workers[i], probe, i, error) == -1) {
			probe_free(&probe);
			return NULL;
		}
	probe->options.interfaces = NULL; /* the caller's */
	return probe;
}

static void
pin(const struct worker *worker)
{
#ifdef __linux__
	cpu_set_t set;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	CPU_ZERO(&set);
	CPU_SET(
	    worker->number % (processors > 0 ? (unsigned)processors : 1), &set);
	if (pthread_setaffinity_np(worker->thread, sizeof(set), &set) != 0)
		log_warning("pin: worker %u cannot be bound to a processor",
		    worker->number);
#else
	log_warning(
	    "pin: worker %u cannot be bound to a processor: expected Linux",
	    worker->number);
#endif
}

static int
start_threads(struct probe *probe)
{
	int code = 0;

	for (unsigned i = 0; i < probe->options.workers && code == 0; i++) {
		struct worker *worker = &probe->workers[i];

		code = thread_start(
		    &worker->thread, "worker", worker_main, worker);
		worker->running = code == 0;
		if (worker->running && probe->options.pin)
			pin(worker);
	}
	return code;
}

int
probe_start(struct probe *probe, struct exporter *exporter,
    char error[PROBE_ERROR_SIZE])
{
	int code;

	for (unsigned i = 0; i < probe->options.workers; i++)
		if (worker_make_meter(&probe->workers[i], exporter, error) ==
		    -1)
			return -1;
	code = start_threads(probe);
	if (code != 0)
		snprintf(error, PROBE_ERROR_SIZE, "cannot start a worker: %s",
		    strerror(code));
	return code == 0 ? 0 : -1;
}

static void
wake(struct worker *worker)
{
	/* A full pipe wakes it up as well. */
	if (write(worker->wake[1], "", 1) == -1 && errno != EAGAIN)
		log_debug("worker %u: %s", worker->number, strerror(errno));
}

static void
probe_stop(struct probe *probe)
{
	atomic_store(&probe->stop, true);
	for (unsigned i = 0; i < probe->options.workers; i++)
		if (probe->workers[i].running)
			wake(&probe->workers[i]);
	for (unsigned i = 0; i < probe->options.workers; i++)
		if (probe->workers[i].running) {
			pthread_join(probe->workers[i].thread, NULL);
			probe->workers[i].running = false;
		}
}

/* What the workers share is counted once. */
static void
add_hunter(const struct probe *probe, struct ledger *ledger)
{
	ledger->names_evicted += probe->names_evicted;
	if (probe->hunter != NULL)
		ledger->names_evicted += hunter_evicted(probe->hunter);
}

void
probe_finish(struct probe *probe, struct ledger *ledger)
{
	memset(ledger, 0, sizeof(*ledger));
	probe_stop(probe);
	for (unsigned i = 0; i < probe->options.workers; i++) {
		struct worker *worker = &probe->workers[i];

		for (size_t j = 0; j < probe->options.interface_count; j++)
			decoder_finish(worker->decoders[j]);
		meter_finish(worker->meter);
		exporter_port_flush(worker->port);
		worker_ledger(worker, ledger);
	}
	add_hunter(probe, ledger);
}

void
probe_free(struct probe **pointer)
{
	struct probe *probe = *pointer;

	if (probe == NULL)
		return;
	probe_stop(probe);
	for (unsigned i = 0; i < probe->options.workers; i++)
		worker_clear(&probe->workers[i]);
	hunter_free(&probe->hunter);
	pthread_cond_destroy(&probe->answered);
	pthread_mutex_destroy(&probe->lock);
	pthread_mutex_destroy(&probe->turn);
	free(probe->workers);
	free(probe);
	*pointer = NULL;
}

/* --- requests */

static void
request_post(struct worker *worker, struct request *request)
{
	if (!worker->running) {
		while (!request->step(worker, request))
			;
		return;
	}
	atomic_store(&worker->request, request);
	wake(worker);
}

static void
request_wait(struct worker *worker)
{
	struct probe *probe = worker->probe;

	pthread_mutex_lock(&probe->lock);
	while (atomic_load(&worker->request) != NULL)
		pthread_cond_wait(&probe->answered, &probe->lock);
	pthread_mutex_unlock(&probe->lock);
}

/* A request to each worker, all at the same time. */
static void
request_all(struct probe *probe, struct request *requests)
{
	for (unsigned i = 0; i < probe->options.workers; i++)
		request_post(&probe->workers[i], &requests[i]);
	for (unsigned i = 0; i < probe->options.workers; i++)
		request_wait(&probe->workers[i]);
}

static bool
step_ledger(struct worker *worker, struct request *request)
{
	worker_ledger(worker, &request->ledger);
	return true;
}

void
probe_ledger(struct probe *probe, struct ledger *ledger)
{
	memset(ledger, 0, sizeof(*ledger));
	pthread_mutex_lock(&probe->turn);
	for (unsigned i = 0; i < probe->options.workers; i++) {
		struct request request = { .step = step_ledger };

		request_post(&probe->workers[i], &request);
		request_wait(&probe->workers[i]);
		ledger_add(ledger, &request.ledger);
	}
	add_hunter(probe, ledger);
	pthread_mutex_unlock(&probe->turn);
}

static bool
step_totals(struct worker *worker, struct request *request)
{
	const struct quality_totals *totals = meter_totals(worker->meter);

	if (totals == NULL)
		return true;
	if (request->totals == NULL)
		request->totals = quality_totals_new();
	if (request->totals != NULL)
		quality_totals_add(request->totals, totals);
	return true;
}

struct quality_totals *
probe_totals(struct probe *probe)
{
	struct request request = { .step = step_totals };

	pthread_mutex_lock(&probe->turn);
	for (unsigned i = 0; i < probe->options.workers; i++) {
		request_post(&probe->workers[i], &request);
		request_wait(&probe->workers[i]);
	}
	pthread_mutex_unlock(&probe->turn);
	return request.totals;
}

static bool
step_reconfigure(struct worker *worker, struct request *request)
{
	if (request->walk.next == 0) {
		struct meter_options options = *request->meter;

		if (worker_want(worker, &options) != 0) {
			options.names.kinds = 0;
			options.names.payload = 0;
			log_warning("no memory for names: there are none");
		}
		meter_share_names(&options, worker->probe->options.workers);
		meter_reconfigure(worker->meter, &options);
	}
	return !meter_rearm(worker->meter, &request->walk, STEP_PLACES);
}

void
probe_reconfigure(struct probe *probe, const struct meter_options *meter)
{
	struct request requests[PROBE_WORKERS_MAX];
	bool dns = (meter->names.kinds & NAMES_DNS) != 0;

	pthread_mutex_lock(&probe->turn);
	/* Workers take it up with their new gates. */
	if (make_hunter(probe, meter) == -1)
		log_warning("no memory for what clients asked DNS for");
	for (unsigned i = 0; i < probe->options.workers; i++)
		requests[i] = (struct request){ .step = step_reconfigure,
			.meter = meter };
	request_all(probe, requests);
	if (!dns)
		drop_hunter(probe);
	pthread_mutex_unlock(&probe->turn);
}

static bool
step_flush(struct worker *worker, struct request *request)
{
	if (meter_flush(worker->meter, &request->walk, STEP_PLACES))
		return false;
	exporter_port_flush(worker->port);
	return true;
}

void
probe_flush(struct probe *probe)
{
	struct request requests[PROBE_WORKERS_MAX];

	pthread_mutex_lock(&probe->turn);
	for (unsigned i = 0; i < probe->options.workers; i++)
		requests[i] = (struct request){ .step = step_flush };
	request_all(probe, requests);
	pthread_mutex_unlock(&probe->turn);
}

static void
visit_exchange(void *context, const struct exchange *exchange)
{
	struct request *request = context;

	request->found += request->visitor(request->context, exchange);
}

static bool
step_visit(struct worker *worker, struct request *request)
{
	return !meter_visit(worker->meter, &request->walk, STEP_PLACES,
	    visit_exchange, request);
}

uint64_t
probe_visit(struct probe *probe, probe_visitor *visitor, void *context)
{
	uint64_t found = 0;

	pthread_mutex_lock(&probe->turn);
	for (unsigned i = 0; i < probe->options.workers; i++) {
		struct request request = { .step = step_visit,
			.visitor = visitor,
			.context = context };

		request_post(&probe->workers[i], &request);
		request_wait(&probe->workers[i]);
		found += request.found;
	}
	pthread_mutex_unlock(&probe->turn);
	return found;
}

static bool
step_load(struct worker *worker, struct request *request)
{
	meter_load(worker->meter, &request->load);
	return true;
}

void
probe_load(struct probe *probe, struct meter_load *load)
{
	*load = (struct meter_load){ 0 };
	pthread_mutex_lock(&probe->turn);
	for (unsigned i = 0; i < probe->options.workers; i++) {
		struct request request = { .step = step_load };

		request_post(&probe->workers[i], &request);
		request_wait(&probe->workers[i]);
		load->live += request.load.live;
		load->bound += request.load.bound;
		load->slots += request.load.slots;
		load->slots_used += request.load.slots_used;
		load->octets += request.load.octets;
	}
	pthread_mutex_unlock(&probe->turn);
}

/* --- interfaces */

size_t
probe_interfaces(const struct probe *probe)
{
	return probe->options.interface_count;
}

void
probe_interface(
    const struct probe *probe, size_t i, struct interface_counts *counts)
{
	interface_counts(probe->workers[0].handles[i], counts);
	for (unsigned w = 1; w < probe->options.workers; w++) {
		struct interface_counts more;

		/* Each handle reports the same drops of the interface. */
		interface_counts(probe->workers[w].handles[i], &more);
		counts->packets += more.packets;
		counts->octets += more.octets;
		counts->kernel_drops += more.kernel_drops;
	}
}
