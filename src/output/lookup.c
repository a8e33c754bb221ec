/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/output/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/thread.h"

/* Has two owners, the thread and the caller; the last one frees it. */
struct lookup {
	pthread_mutex_t lock; /* over all that follows */
	unsigned owners;
	bool done;
	int wake;  /* -1: the caller has freed it */
	int code;  /* of getaddrinfo … */
	int error; /* … and its errno */
	struct addrinfo *list;
	char *host, *port;
	struct addrinfo hints;
};

/* One owner less; unlocks. */
static void
lookup_release(struct lookup *lookup)
{
	bool last = --lookup->owners == 0;

	pthread_mutex_unlock(&lookup->lock);
	if (!last)
		return;
	if (lookup->list != NULL)
		freeaddrinfo(lookup->list);
	free(lookup->host);
	free(lookup->port);
	pthread_mutex_destroy(&lookup->lock);
	free(lookup);
}

static void *
lookup_run(void *argument)
{
	struct lookup *lookup = argument;
	struct addrinfo *list = NULL;
	uint64_t one = 1;
	int code =
	    getaddrinfo(lookup->host, lookup->port, &lookup->hints, &list);
	int error = errno;

	pthread_mutex_lock(&lookup->lock);
	lookup->done = true;
	lookup->code = code;
	lookup->error = error;
	lookup->list = code == 0 ? list : NULL;
	if (lookup->wake >= 0)
		(void)!write(lookup->wake, &one, sizeof(one));
	lookup_release(lookup);
	return NULL;
}

static int
lookup_spawn(struct lookup *lookup)
{
	pthread_t thread;
	int code = thread_start(&thread, "lookup", lookup_run, lookup);

	if (code == 0)
		pthread_detach(thread);
	return code;
}

static struct lookup *
lookup_new(const char *host, const char *port, int socktype, int wake)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	int code;

	if (lookup == NULL)
		return NULL;
	pthread_mutex_init(&lookup->lock, NULL);
	lookup->owners = 2;
	lookup->wake = wake;
	lookup->hints.ai_family = AF_UNSPEC;
	lookup->hints.ai_socktype = socktype;
	lookup->hints.ai_flags = AI_NUMERICSERV;
	lookup->host = strdup(host);
	lookup->port = strdup(port);
	code = lookup->host == NULL || lookup->port == NULL
	           ? ENOMEM
	           : lookup_spawn(lookup);
	if (code == 0)
		return lookup;
	pthread_mutex_lock(&lookup->lock);
	lookup->owners = 1;
	lookup_release(lookup);
	errno = code;
	return NULL;
}

static int
lookup_result(struct lookup *lookup, struct addrinfo **list, const char **why)
{
	int result = 0;

	pthread_mutex_lock(&lookup->lock);
	if (lookup->done && lookup->code == 0) {
		*list = lookup->list;
		lookup->list = NULL;
		result = 1;
	} else if (lookup->done) {
		*why = lookup->code == EAI_SYSTEM ? strerror(lookup->error)
		                                  : gai_strerror(lookup->code);
		result = -1;
	}
	pthread_mutex_unlock(&lookup->lock);
	return result;
}

void
lookup_free(struct lookup **pointer)
{
	struct lookup *lookup = *pointer;

	if (lookup == NULL)
		return;
	*pointer = NULL;
	pthread_mutex_lock(&lookup->lock);
	lookup->wake = -1;
	lookup_release(lookup);
}

int
lookup_step(struct lookup **lookup, const char *host, const char *port,
    int socktype, int wake, struct addrinfo **list, const char **why)
{
	int result;

	if (*lookup == NULL) {
		*lookup = lookup_new(host, port, socktype, wake);
		if (*lookup != NULL)
			return 0;
		*why = strerror(errno);
		return -1;
	}
	result = lookup_result(*lookup, list, why);
	if (result != 0)
		lookup_free(lookup);
	return result;
}
