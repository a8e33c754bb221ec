/* SPDX-License-Identifier: BSD-2-Clause */
/* See replace.h. */
#include <config.h>

#include "replace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/base/thread.h"

#include "message_class.h"

enum stage {
	STAGE_REQUESTED,
	STAGE_REMOVED, /* the export thread has taken the old ones out */
	STAGE_STARTED, /* the requester has started all new ones */
	STAGE_ADDED,   /* the export thread has taken them in */
};

struct replacement {
	enum stage stage;
	bool *stale;            /* for each output: not wanted any more */
	struct output *removed; /* the stale ones, once they are out */
	size_t removed_count;
	struct destination **fresh; /* new ones; NULL: taken over, or failed */
	bool *inherits_spool;       /* for each new one: from a stale one */
	size_t fresh_count;
	char *error;
	size_t error_size;
	int result;
};

void
replacer_init(struct replacer *replacer)
{
	pthread_mutex_init(&replacer->lock, NULL);
	pthread_cond_init(&replacer->changed, NULL);
}

void
replacer_clear(struct replacer *replacer)
{
	pthread_mutex_lock(&replacer->lock);
	while (replacer->finishing != NULL)
		pthread_cond_wait(&replacer->changed, &replacer->lock);
	pthread_mutex_unlock(&replacer->lock);
	pthread_cond_destroy(&replacer->changed);
	pthread_mutex_destroy(&replacer->lock);
}

/* --- the outputs */

/* The shares have changed: outputs with balance get other exchanges now. */
static void
outputs_shares_changed(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->list[i].destination->options.balance)
			outputs->list[i].incomplete = true;
}

/* Take out those marked as stale; removed has room.  How many there were. */
static size_t
outputs_remove(
    struct outputs *outputs, const bool *stale, struct output *removed)
{
	size_t kept = 0, gone = 0;
	bool balanced = false;

	outputs_flush(outputs);
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];

		if (!stale[i]) {
			outputs->list[kept++] = *output;
			continue;
		}
		balanced |= output->destination->options.balance;
		if (output->class != NULL)
			output->class->users--;
		removed[gone++] = *output;
	}
	outputs->count = kept;
	outputs_share_out(outputs);
	if (balanced)
		outputs_shares_changed(outputs);
	return gone;
}

/* Add one that was started; -1 with a message: it is not taken over. */
static int
outputs_add(struct outputs *outputs, struct destination *destination,
    char *error, size_t error_size)
{
	struct output *grown = reallocarray(
	    outputs->list, outputs->count + 1, sizeof(*outputs->list));
	struct output output = { .destination = destination,
		.incomplete = true };

	if (grown == NULL) {
		snprintf(error, error_size, "output %s: no memory",
		    destination->name);
		return -1;
	}
	outputs->list = grown;
	if (output_join_class(outputs, &output, error, error_size) != 0)
		return -1;
	outputs->list[outputs->count++] = output;
	if (destination->ops->turn != NULL)
		outputs->next_boundary = (timestamp){ 0 };
	outputs_share_out(outputs);
	if (destination->options.balance)
		outputs_shares_changed(outputs);
	output_announce(&outputs->list[outputs->count - 1]);
	return 0;
}

/* --- stages */

static void
stage_set(
    struct replacer *replacer, struct replacement *change, enum stage stage)
{
	pthread_mutex_lock(&replacer->lock);
	change->stage = stage;
	pthread_cond_broadcast(&replacer->changed);
	pthread_mutex_unlock(&replacer->lock);
}

static void
stage_await(
    struct replacer *replacer, struct replacement *change, enum stage stage)
{
	pthread_mutex_lock(&replacer->lock);
	while (change->stage != stage)
		pthread_cond_wait(&replacer->changed, &replacer->lock);
	pthread_mutex_unlock(&replacer->lock);
}

/* Take the new ones in; those that fail stay in fresh. */
static void
add_fresh(struct outputs *outputs, struct replacement *change)
{
	for (size_t i = 0; i < change->fresh_count; i++) {
		struct destination *fresh = change->fresh[i];

		if (fresh == NULL)
			continue; /* it did not start */
		if (outputs_add(
		        outputs, fresh, change->error, change->error_size) == 0)
			change->fresh[i] = NULL;
		else
			change->result = -1;
	}
}

void
replacer_serve(struct replacer *replacer, struct outputs *outputs)
{
	struct replacement *change = atomic_load(&replacer->requested);

	if (change == NULL)
		return;
	atomic_store(&replacer->requested, NULL);
	change->removed_count =
	    outputs_remove(outputs, change->stale, change->removed);
	stage_set(replacer, change, STAGE_REMOVED);
	stage_await(replacer, change, STAGE_STARTED);
	add_fresh(outputs, change);
	stage_set(replacer, change, STAGE_ADDED);
}

/* --- what is to change */

/*
 * Whether an output can go on as the wanted one.  A kind whose file is complete
 * only at the end (once) cannot begin again: it goes on with its old options.
 */
static bool
can_stay(const struct destination *d, const struct destination *wanted)
{
	return destination_same(d, wanted) ||
	       (d->ops->once &&
	           strcmp(d->ops->scheme, wanted->ops->scheme) == 0 &&
	           strcmp(d->spec, wanted->spec) == 0);
}

/* Find an output that goes on as the wanted one; false: it is a new one. */
static bool
keep_output(struct replacement *change, const struct outputs *outputs,
    const struct destination *wanted)
{
	for (size_t i = 0; i < outputs->count; i++) {
		const struct destination *d = outputs->list[i].destination;

		if (!change->stale[i] || !can_stay(d, wanted))
			continue;
		change->stale[i] = false;
		if (!destination_same(d, wanted))
			log_warning("output %s: its other settings need a "
			            "restart",
			    d->name);
		return true;
	}
	return false;
}

static void
compare_outputs(struct replacement *change, const struct outputs *outputs,
    struct destination **wanted, size_t count)
{
	for (size_t i = 0; i < outputs->count; i++)
		change->stale[i] = true;
	for (size_t w = 0; w < count; w++)
		if (keep_output(change, outputs, wanted[w]))
			destination_free(&wanted[w]);
		else
			change->fresh[change->fresh_count++] = wanted[w];
}

static bool
inherits(const struct destination *fresh, const struct destination *old)
{
	return strcmp(fresh->name, old->name) == 0 &&
	       fresh->options.spool_dir != NULL &&
	       old->options.spool_dir != NULL;
}

static void
find_inherited_spools(struct replacement *change, const struct outputs *outputs)
{
	for (size_t f = 0; f < change->fresh_count; f++)
		for (size_t i = 0; i < outputs->count; i++)
			change->inherits_spool[f] |=
			    change->stale[i] &&
			    inherits(
			        change->fresh[f], outputs->list[i].destination);
}

static int
start(struct replacement *change, struct destination *fresh)
{
	if (fresh->ops->start(fresh) == 0)
		return 0;
	snprintf(change->error, change->error_size, "output %s: %s",
	    fresh->name, fresh->error);
	return -1;
}

/* Those that inherit a spool start when the old one has finished. */
static int
start_fresh(struct replacement *change)
{
	for (size_t i = 0; i < change->fresh_count; i++)
		if (!change->inherits_spool[i] &&
		    start(change, change->fresh[i]) != 0)
			return -1;
	return 0;
}

/* --- the old ones */

static void
finish_output(struct output *output)
{
	output->result = output->destination->ops->finish(output->destination);
	(void)output_report(output);
	log_info("output %s: ended, %" PRIu64 " of %" PRIu64
	         " records were delivered",
	    output->destination->name, output->destination->counts.delivered,
	    output->destination->counts.records_due +
	        output->destination->counts.recovered);
	destination_free(&output->destination);
}

/* Finish the old outputs whose spools are inherited, then start the heirs. */
static void
hand_over_spools(struct replacement *change)
{
	for (size_t f = 0; f < change->fresh_count; f++) {
		if (!change->inherits_spool[f])
			continue;
		for (size_t i = 0; i < change->removed_count; i++) {
			struct output *old = &change->removed[i];

			if (old->destination == NULL ||
			    !inherits(change->fresh[f], old->destination))
				continue;
			old->destination->succeeded = true;
			finish_output(old);
		}
		if (start(change, change->fresh[f]) != 0) {
			change->result = -1;
			destination_free(&change->fresh[f]);
		}
	}
}

/* Old outputs that a thread finishes. */
struct finishing {
	struct finishing *next;
	struct replacer *replacer;
	struct output *outputs;
	char **specs; /* of the outputs; NULL once one is finished */
	size_t count;
};

static void
finishing_free(struct finishing *finishing)
{
	if (finishing == NULL)
		return;
	for (size_t i = 0; i < finishing->count; i++)
		free(finishing->specs[i]);
	free(finishing->specs);
	free(finishing->outputs);
	free(finishing);
}

/* Room for so many outputs; NULL without memory. */
static struct finishing *
finishing_new(size_t outputs)
{
	struct finishing *finishing = calloc(1, sizeof(*finishing));

	if (finishing == NULL)
		return NULL;
	finishing->specs = calloc(outputs + 1, sizeof(*finishing->specs));
	if (finishing->specs != NULL)
		return finishing;
	free(finishing);
	return NULL;
}

static void
finish_one(struct finishing *finishing, size_t i)
{
	struct replacer *replacer = finishing->replacer;

	if (finishing->outputs[i].destination != NULL)
		finish_output(&finishing->outputs[i]);
	pthread_mutex_lock(&replacer->lock);
	free(finishing->specs[i]);
	finishing->specs[i] = NULL;
	pthread_cond_broadcast(&replacer->changed);
	pthread_mutex_unlock(&replacer->lock);
}

static void *
finish_removed(void *argument)
{
	struct finishing *finishing = argument, **link;
	struct replacer *replacer = finishing->replacer;

	for (size_t i = 0; i < finishing->count; i++)
		finish_one(finishing, i);
	pthread_mutex_lock(&replacer->lock);
	for (link = &replacer->finishing; *link != finishing;)
		link = &(*link)->next;
	*link = finishing->next;
	pthread_cond_broadcast(&replacer->changed);
	pthread_mutex_unlock(&replacer->lock);
	finishing_free(finishing);
	return NULL;
}

/* Whether a file that a new output is to write is still being finished. */
static bool
is_finishing(const struct replacer *replacer, const struct replacement *change)
{
	for (const struct finishing *f = replacer->finishing; f != NULL;
	     f = f->next)
		for (size_t i = 0; i < f->count; i++)
			for (size_t n = 0; n < change->fresh_count; n++)
				if (f->specs[i] != NULL &&
				    change->fresh[n]->ops->once &&
				    strcmp(f->specs[i],
				        change->fresh[n]->spec) == 0)
					return true;
	return false;
}

/* An earlier reload took it out: what it has goes before what is new. */
static void
await_finishing(struct replacer *replacer, const struct replacement *change)
{
	pthread_mutex_lock(&replacer->lock);
	while (is_finishing(replacer, change))
		pthread_cond_wait(&replacer->changed, &replacer->lock);
	pthread_mutex_unlock(&replacer->lock);
}

/* Finish the old ones in the background; here, where there is no thread. */
static void
finish_in_background(struct replacer *replacer, struct replacement *change,
    struct finishing *finishing)
{
	pthread_t thread;

	finishing->replacer = replacer;
	finishing->outputs = change->removed;
	finishing->count = change->removed_count;
	for (size_t i = 0; i < finishing->count; i++)
		if (finishing->outputs[i].destination != NULL)
			finishing->specs[i] =
			    strdup(finishing->outputs[i].destination->spec);
	change->removed = NULL;
	pthread_mutex_lock(&replacer->lock);
	finishing->next = replacer->finishing;
	replacer->finishing = finishing;
	pthread_mutex_unlock(&replacer->lock);
	if (thread_start(
	        &thread, "finish-outputs", finish_removed, finishing) == 0)
		pthread_detach(thread);
	else
		(void)finish_removed(finishing);
}

/* --- the request */

static void
change_clear(struct replacement *change)
{
	for (size_t i = 0; i < change->fresh_count; i++)
		destination_free(&change->fresh[i]);
	free(change->fresh);
	free(change->inherits_spool);
	free(change->stale);
	free(change->removed);
}

static bool
change_init(struct replacement *change, size_t there, size_t wanted)
{
	change->stale = calloc(there + 1, sizeof(*change->stale));
	change->removed = calloc(there + 1, sizeof(*change->removed));
	change->fresh = calloc(wanted + 1, sizeof(*change->fresh));
	change->inherits_spool =
	    calloc(wanted + 1, sizeof(*change->inherits_spool));
	return change->stale != NULL && change->removed != NULL &&
	       change->fresh != NULL && change->inherits_spool != NULL;
}

int
replacer_request(struct replacer *replacer, const struct outputs *outputs,
    struct destination **wanted, size_t count, char *error, size_t error_size)
{
	struct replacement change = { .error = error,
		.error_size = error_size };
	struct finishing *finishing = finishing_new(outputs->count);

	if (!change_init(&change, outputs->count, count) || finishing == NULL) {
		snprintf(error, error_size, "no memory for new outputs");
		for (size_t i = 0; i < count; i++)
			destination_free(&wanted[i]);
		change_clear(&change);
		finishing_free(finishing);
		return -1;
	}
	compare_outputs(&change, outputs, wanted, count);
	find_inherited_spools(&change, outputs);
	await_finishing(replacer, &change);
	if (start_fresh(&change) != 0) {
		change_clear(&change);
		finishing_free(finishing);
		return -1;
	}
	atomic_store(&replacer->requested, &change);
	stage_await(replacer, &change, STAGE_REMOVED);
	hand_over_spools(&change);
	stage_set(replacer, &change, STAGE_STARTED);
	stage_await(replacer, &change, STAGE_ADDED);
	finish_in_background(replacer, &change, finishing);
	change_clear(&change);
	return change.result;
}
