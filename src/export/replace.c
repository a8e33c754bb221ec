/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "replace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/base/thread.h"

enum stage {
	STAGE_ASKED,
	STAGE_REMOVED, /* the old ones are out */
	STAGE_READY,   /* the new ones are started */
	STAGE_DONE,    /* and in */
};

struct replacement {
	enum stage stage;
	bool *stale;            /* by place in the outputs */
	struct output *removed; /* those, when they are out */
	size_t removed_count;
	struct destination **fresh; /* NULL: not to be had after all */
	bool *heir;                 /* takes over an old one's spool */
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
	while (replacer->finishing > 0)
		pthread_cond_wait(&replacer->changed, &replacer->lock);
	pthread_mutex_unlock(&replacer->lock);
	pthread_cond_destroy(&replacer->changed);
	pthread_mutex_destroy(&replacer->lock);
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

void
replacer_serve(struct replacer *replacer, struct outputs *outputs)
{
	struct replacement *change = atomic_load(&replacer->asked);

	if (change == NULL)
		return;
	atomic_store(&replacer->asked, NULL);
	change->removed_count =
	    outputs_remove(outputs, change->stale, change->removed);
	stage_set(replacer, change, STAGE_REMOVED);
	stage_await(replacer, change, STAGE_READY);
	for (size_t i = 0; i < change->fresh_count; i++)
		if (change->fresh[i] != NULL &&
		    outputs_add(outputs, change->fresh[i], change->error,
		        change->error_size) == 0)
			change->fresh[i] = NULL; /* taken over */
		else if (change->fresh[i] != NULL)
			change->result = -1;
	stage_set(replacer, change, STAGE_DONE);
}

/* --- what is to change */

static bool
is_file(const struct destination *destination)
{
	return destination->ops->once;
}

/*
 * Each wanted one is there already, or fresh; a file that is complete at the
 * end cannot begin again.
 */
static void
sort_out(struct replacement *change, const struct outputs *outputs,
    struct destination **wanted, size_t count)
{
	for (size_t i = 0; i < outputs->count; i++)
		change->stale[i] = true;
	for (size_t w = 0; w < count; w++) {
		bool there = false;

		for (size_t i = 0; i < outputs->count && !there; i++) {
			const struct destination *d =
			    outputs->list[i].destination;
			bool same = destination_same(d, wanted[w]);
			bool file = is_file(d) &&
			            strcmp(d->ops->scheme,
			                wanted[w]->ops->scheme) == 0 &&
			            strcmp(d->spec, wanted[w]->spec) == 0;

			there = change->stale[i] && (same || file);
			if (!there)
				continue;
			change->stale[i] = false;
			if (!same)
				log_warning("output %s: its other settings "
				            "need a restart",
				    d->name);
		}
		if (there)
			destination_free(&wanted[w]);
		else
			change->fresh[change->fresh_count++] = wanted[w];
	}
}

static bool
inherits(const struct destination *fresh, const struct destination *old)
{
	return strcmp(fresh->name, old->name) == 0 &&
	       fresh->options.spool_dir != NULL &&
	       old->options.spool_dir != NULL;
}

static void
find_heirs(struct replacement *change, const struct outputs *outputs)
{
	for (size_t f = 0; f < change->fresh_count; f++)
		for (size_t i = 0; i < outputs->count; i++)
			change->heir[f] |= change->stale[i] &&
			                   inherits(change->fresh[f],
			                       outputs->list[i].destination);
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

static int
start_fresh(struct replacement *change)
{
	for (size_t i = 0; i < change->fresh_count; i++)
		if (!change->heir[i] && start(change, change->fresh[i]) != 0)
			return -1;
	return 0;
}

/* --- the old ones */

static void
finish_output(struct output *output)
{
	output->result = output->destination->ops->finish(output->destination);
	(void)output_report(output);
	log_info("output %s: ended", output->destination->name);
	destination_free(&output->destination);
}

/* Those whose spool is waited for. */
static void
hand_over(struct replacement *change)
{
	for (size_t f = 0; f < change->fresh_count; f++) {
		if (!change->heir[f])
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

struct leftover {
	struct replacer *replacer;
	struct output *outputs;
	size_t count;
};

static void *
finish_leftover(void *argument)
{
	struct leftover *leftover = argument;
	struct replacer *replacer = leftover->replacer;

	for (size_t i = 0; i < leftover->count; i++)
		if (leftover->outputs[i].destination != NULL)
			finish_output(&leftover->outputs[i]);
	free(leftover->outputs);
	free(leftover);
	pthread_mutex_lock(&replacer->lock);
	replacer->finishing--;
	pthread_cond_broadcast(&replacer->changed);
	pthread_mutex_unlock(&replacer->lock);
	return NULL;
}

/* In the background, if that is to be had. */
static void
dismiss(struct replacer *replacer, struct replacement *change,
    struct leftover *leftover)
{
	pthread_t thread;

	*leftover = (struct leftover){ replacer, change->removed,
		change->removed_count };
	change->removed = NULL;
	pthread_mutex_lock(&replacer->lock);
	replacer->finishing++;
	pthread_mutex_unlock(&replacer->lock);
	if (thread_start(&thread, "leftover", finish_leftover, leftover) == 0)
		pthread_detach(thread);
	else
		(void)finish_leftover(leftover);
}

/* --- asking */

static void
change_clear(struct replacement *change)
{
	for (size_t i = 0; i < change->fresh_count; i++)
		destination_free(&change->fresh[i]);
	free(change->fresh);
	free(change->heir);
	free(change->stale);
	free(change->removed);
}

static bool
change_init(struct replacement *change, size_t there, size_t wanted)
{
	change->stale = calloc(there + 1, sizeof(*change->stale));
	change->removed = calloc(there + 1, sizeof(*change->removed));
	change->fresh = calloc(wanted + 1, sizeof(*change->fresh));
	change->heir = calloc(wanted + 1, sizeof(*change->heir));
	return change->stale != NULL && change->removed != NULL &&
	       change->fresh != NULL && change->heir != NULL;
}

int
replacer_ask(struct replacer *replacer, const struct outputs *outputs,
    struct destination **wanted, size_t count, char *error, size_t error_size)
{
	struct replacement change = { .error = error,
		.error_size = error_size };
	struct leftover *leftover = malloc(sizeof(*leftover));

	if (!change_init(&change, outputs->count, count) || leftover == NULL) {
		snprintf(error, error_size, "no memory for other outputs");
		for (size_t i = 0; i < count; i++)
			destination_free(&wanted[i]);
		change_clear(&change);
		free(leftover);
		return -1;
	}
	sort_out(&change, outputs, wanted, count);
	find_heirs(&change, outputs);
	if (start_fresh(&change) != 0) {
		change_clear(&change);
		free(leftover);
		return -1;
	}
	atomic_store(&replacer->asked, &change);
	stage_await(replacer, &change, STAGE_REMOVED);
	hand_over(&change);
	stage_set(replacer, &change, STAGE_READY);
	stage_await(replacer, &change, STAGE_DONE);
	dismiss(replacer, &change, leftover);
	change_clear(&change);
	return change.result;
}
