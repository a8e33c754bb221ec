/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One poll loop over CONTROL_CLIENTS places.  A place is in one of three
 * states:
 *
 *	free ──accept──► receives its line ──handler──► sends its answer
 *	  ▲                     │                             │
 *	  └─────────────────────┴── late, broken, or done ────┘
 *
 * While all places are taken, a new client gets the place of the one that has
 * made no progress for longest.  One that made some in the last
 * CONTROL_PATIENCE_MS keeps its place: until then the listener is not polled,
 * and the kernel keeps new clients waiting.
 */
#include <config.h>

#include "exflow/base/clock.h"
#include "exflow/daemon/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/path.h"
#include "exflow/base/thread.h"

#define SOCKET_MODE 0660

struct client {
	int fd; /* -1: a free place */
	char line[CONTROL_LINE_MAX + 1];
	size_t received;
	char *answer; /* NULL: the request is still coming */
	size_t length, sent;
	int64_t active_ms; /* when it made progress, or came */
};

struct control {
	char *path;
	struct stat file; /* the socket's, to know it again */
	int listener;
	int wake[2]; /* a pipe; its closing ends the thread */
	pthread_t thread;
	bool running;
	control_handler *handler;
	void *context;
	struct client clients[CONTROL_CLIENTS];
};

static int64_t
now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

/* --- clients */

static void
client_drop(struct client *client)
{
	close(client->fd);
	free(client->answer);
	client->answer = NULL;
	client->fd = -1;
}

static void
client_answer(struct control *control, struct client *client)
{
	char error[CONTROL_ERROR_SIZE] = "", *body = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&body, &length);
	FILE *all = open_memstream(&client->answer, &client->length);
	int result = -1;

	if (stream != NULL && all != NULL)
		result = control->handler(
		    control->context, client->line, stream, error);
	if (stream != NULL)
		fclose(stream);
	if (all != NULL && result == 0) {
		fputs("ok\n", all);
		fwrite(body, 1, length, all);
	} else if (all != NULL) {
		fprintf(all, "%s: %s\n",
		    result == CONTROL_USAGE ? "usage" : "error", error);
	}
	free(body);
	if (all == NULL || fclose(all) != 0 || client->answer == NULL)
		client_drop(client);
}

static void
client_refuse(struct client *client, const char *why)
{
	client->answer = strdup(why);
	client->length = strlen(why);
	if (client->answer == NULL)
		client_drop(client);
}

/* A request is a line; it ends with "\n" or with the stream. */
static void
client_receive(struct control *control, struct client *client)
{
	ssize_t n = recv(client->fd, client->line + client->received,
	    CONTROL_LINE_MAX - client->received, 0);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || (n == 0 && client->received == 0)) {
		client_drop(client);
		return;
	}
	client->received += (size_t)n;
	client->line[client->received] = '\0';
	end = memchr(client->line, '\n', client->received);
	if (end == NULL && n > 0 && client->received < CONTROL_LINE_MAX)
		return;
	if (end == NULL && n > 0) {
		client_refuse(client, "error: the request is too long\n");
		return;
	}
	if (end != NULL)
		*end = '\0';
	if (end != NULL && end > client->line && end[-1] == '\r')
		end[-1] = '\0';
	client_answer(control, client);
}

static void
client_send(struct client *client)
{
	ssize_t n = send(client->fd, client->answer + client->sent,
	    client->length - client->sent, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		client_drop(client);
		return;
	}
	client->sent += (size_t)n;
	client->active_ms = now_ms();
	if (client->sent == client->length)
		client_drop(client);
}

/* A free place, or that of the client that has been silent for longest. */
static struct client *
best_place(struct control *control)
{
	struct client *best = &control->clients[0];

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &control->clients[i];

		if (client->fd == -1)
			return client;
		if (client->active_ms < best->active_ms)
			best = client;
	}
	return best;
}

/* Milliseconds until the place can be had, 0: now. */
static int
place_wait(const struct client *place, int64_t now)
{
	int64_t silent = now - place->active_ms;

	return place->fd == -1 || silent >= CONTROL_PATIENCE_MS
	           ? 0
	           : (int)(CONTROL_PATIENCE_MS - silent);
}

static void
client_accept(struct control *control)
{
	struct client *client = best_place(control);
	int fd = accept4(
	    control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd == -1)
		return;
	if (client->fd != -1)
		client_drop(client);
	*client = (struct client){ .fd = fd, .active_ms = now_ms() };
}

/* --- the thread */

/* Drop clients whose time is over; milliseconds to the next, -1: none. */
static int
drop_the_late(struct control *control, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &control->clients[i];
		int64_t until = client->active_ms + CONTROL_TIMEOUT_MS;

		if (client->fd != -1 && until <= now)
			client_drop(client);
		if (client->fd != -1 && until < next)
			next = until;
	}
	return next == INT64_MAX ? -1 : (int)(next - now);
}

static void
serve(struct control *control, const struct pollfd *polled)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct client *client = &control->clients[i];

		if (client->fd == -1 || polled[i].revents == 0)
			continue;
		if (client->answer == NULL)
			client_receive(control, client);
		if (client->fd != -1 && client->answer != NULL)
			client_send(client);
	}
	if (polled[CONTROL_CLIENTS].revents != 0)
		client_accept(control);
}

static void *
control_run(void *context)
{
	struct control *control = context;
	struct pollfd polled[CONTROL_CLIENTS + 2];

	for (;;) {
		int64_t now = now_ms();
		int wait_ms = drop_the_late(control, now);
		int place_ms = place_wait(best_place(control), now);

		for (size_t i = 0; i < CONTROL_CLIENTS; i++)
			polled[i] = (struct pollfd){ control->clients[i].fd,
				control->clients[i].answer == NULL ? POLLIN
				                                   : POLLOUT,
				0 };
		polled[CONTROL_CLIENTS] =
		    (struct pollfd){ place_ms == 0 ? control->listener : -1,
			    POLLIN, 0 };
		polled[CONTROL_CLIENTS + 1] =
		    (struct pollfd){ control->wake[0], POLLIN, 0 };
		/* A full house has clients, so that wait_ms is not -1. */
		if (place_ms > 0 && place_ms < wait_ms)
			wait_ms = place_ms;
		if (poll(polled, CONTROL_CLIENTS + 2, wait_ms) == -1)
			continue;
		if (polled[CONTROL_CLIENTS + 1].revents != 0)
			return NULL;
		serve(control, polled);
	}
}

/* --- start and end */

/* Whether a process listens there. */
static bool
is_served(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool served = fd != -1 && connect(fd, (const struct sockaddr *)address,
	                              sizeof(*address)) == 0;

	if (fd != -1)
		close(fd);
	return served;
}

/* Remove a socket of ours that nobody listens to; no other file. */
static int
make_room(const struct sockaddr_un *address)
{
	struct stat file;

	if (lstat(address->sun_path, &file) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(file.st_mode) ||
	    (file.st_uid != geteuid() && geteuid() != 0)) {
		errno = EEXIST;
		return -1;
	}
	if (is_served(address)) {
		errno = EADDRINUSE;
		return -1;
	}
	return unlink(address->sun_path);
}

static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, result;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (make_room(&address) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	mask = umask(0777 & ~SOCKET_MODE);
	result = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (result == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	result = errno;
	close(fd);
	errno = result;
	return -1;
}

int
control_check(const char *path)
{
	struct stat file;

	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (lstat(path, &file) == 0 && !S_ISSOCK(file.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	return path_check_file(path);
}

static int
control_spawn(struct control *control)
{
	int code =
	    thread_start(&control->thread, "control", control_run, control);

	control->running = code == 0;
	errno = code;
	return code == 0 ? 0 : -1;
}

struct control *
control_start(const char *path, control_handler *handler, void *context,
    char *error, size_t error_size)
{
	struct control *control = calloc(1, sizeof(*control));

	if (control != NULL) {
		control->handler = handler;
		control->context = context;
		control->listener = control->wake[0] = control->wake[1] = -1;
		for (size_t i = 0; i < CONTROL_CLIENTS; i++)
			control->clients[i].fd = -1;
		control->listener = listen_at(path);
		if (control->listener != -1 && lstat(path, &control->file) == 0)
			control->path = strdup(path);
		if (control->path != NULL &&
		    pipe2(control->wake, O_CLOEXEC) == 0 &&
		    control_spawn(control) == 0)
			return control;
	}
	snprintf(error, error_size, "%s", strerror(errno));
	control_stop(&control);
	return NULL;
}

/* Unless somebody has put another file in its place. */
static void
remove_socket(const struct control *control)
{
	struct stat file;

	if (lstat(control->path, &file) == 0 &&
	    file.st_dev == control->file.st_dev &&
	    file.st_ino == control->file.st_ino)
		unlink(control->path);
}

void
control_stop(struct control **pointer)
{
	struct control *control = *pointer;

	if (control == NULL)
		return;
	if (control->running) {
		close(control->wake[1]);
		control->wake[1] = -1;
		pthread_join(control->thread, NULL);
	}
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (control->clients[i].fd != -1)
			client_drop(&control->clients[i]);
	if (control->path != NULL)
		remove_socket(control);
	if (control->listener != -1)
		close(control->listener);
	for (int i = 0; i < 2; i++)
		if (control->wake[i] != -1)
			close(control->wake[i]);
	free(control->path);
	free(control);
	*pointer = NULL;
}
