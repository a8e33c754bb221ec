/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "jobs.h"

#include <stdlib.h>

void
jobs_init(struct jobs *jobs)
{
	*jobs = (struct jobs){ .tail = &jobs->head };
}

void
jobs_push(struct jobs *jobs, struct job *job)
{
	job->next = NULL;
	*jobs->tail = job;
	jobs->tail = &job->next;
	jobs->count++;
}

struct job *
jobs_pop(struct jobs *jobs)
{
	struct job *job = jobs->head;

	if (job == NULL)
		return NULL;
	jobs->head = job->next;
	jobs->count--;
	if (jobs->head == NULL)
		jobs->tail = &jobs->head;
	return job;
}

void
job_delete(struct job *job)
{
	writer_clear(&job->writer);
	free(job->path);
	free(job);
}

void
jobs_clear(struct jobs *jobs)
{
	struct job *job;

	while ((job = jobs_pop(jobs)) != NULL)
		job_delete(job);
}
