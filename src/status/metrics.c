/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's server; what it serves is metrics_print.c. */
#include <config.h>

#include "exflow/status/metrics.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* "HOST:PORT" with a numeric host, an IPv6 one in brackets. */
static struct addrinfo *
address_parse(const char *text, char *error, size_t error_size)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
	const char *colon = strrchr(text, ':');
	struct addrinfo *result = NULL;
	size_t length = colon != NULL ? (size_t)(colon - text) : 0;
	char host[64];

	if (length >= 2 && length < sizeof(host) + 2 && *text == '[' &&
	    colon[-1] == ']') {
		text++;
		length -= 2;
	}
	if (length > 0 && length < sizeof(host) && colon[1] != '\0') {
		memcpy(host, text, length);
		host[length] = '\0';
		if (getaddrinfo(host, colon + 1, &hints, &result) != 0)
			result = NULL;
	}
	if (result == NULL)
		snprintf(error, error_size,
		    "expected an address and a port, as in "
		    "127.0.0.1:" METRICS_PORT_DEFAULT
		    " or [::1]:" METRICS_PORT_DEFAULT);
	return result;
}

int
metrics_check(const char *address, char *error, size_t error_size)
{
	struct addrinfo *parsed = address_parse(address, error, error_size);

	if (parsed == NULL)
		return -1;
	freeaddrinfo(parsed);
	return 0;
}

#ifdef HAVE_MICROHTTPD

#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>

#define TYPE_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"
#define TYPE_OPENMETRICS                                                       \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"
#define TYPE_HTML "text/html; charset=utf-8"
#define CONNECTION_OCTETS 16384
/* One that was told to go is there for a turn of libmicrohttpd's loop. */
#define CONNECTIONS_MAX (2 * METRICS_CLIENTS)

/* A client, in the list of those that have not been told to go. */
struct client {
	struct client *older, *newer;
	int fd;
};

struct metrics {
	struct MHD_Daemon *daemon;
	/* By their last request; of libmicrohttpd's thread. */
	struct client *oldest, *newest;
	size_t clients;
	struct metrics_sources sources;
};

static enum MHD_Result
reply(struct MHD_Connection *connection, unsigned code, const char *type,
    char *text, size_t length, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(length, text, mode);
	enum MHD_Result result;

	if (response == NULL) {
		if (mode == MHD_RESPMEM_MUST_FREE)
			free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(
		    response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, code, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
reply_text(struct MHD_Connection *connection, unsigned code, const char *text)
{
	return reply(connection, code, "text/plain; charset=utf-8",
	    (char *)text, strlen(text), MHD_RESPMEM_PERSISTENT);
}

/* --- clients */

static void
client_unlink(struct metrics *metrics, struct client *client)
{
	if (client->fd == -1)
		return;
	*(client->older != NULL ? &client->older->newer : &metrics->oldest) =
	    client->newer;
	*(client->newer != NULL ? &client->newer->older : &metrics->newest) =
	    client->older;
	metrics->clients--;
	client->fd = -1;
}

static void
client_link(struct metrics *metrics, struct client *client, int fd)
{
	*client = (struct client){ .older = metrics->newest, .fd = fd };
	*(metrics->newest != NULL ? &metrics->newest->newer
	                          : &metrics->oldest) = client;
	metrics->newest = client;
	metrics->clients++;
}

/* A client asks for something. */
static void
client_touch(struct metrics *metrics, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct client *client = info != NULL ? info->socket_context : NULL;
	int fd;

	if (client == NULL || client->fd == -1)
		return;
	fd = client->fd;
	client_unlink(metrics, client);
	client_link(metrics, client, fd);
}

/* libmicrohttpd finds the end of its stream, and closes it. */
static void
drop_oldest(struct metrics *metrics)
{
	struct client *client = metrics->oldest;

	shutdown(client->fd, SHUT_RDWR);
	client_unlink(metrics, client);
}

static void
connection_changed(void *context, struct MHD_Connection *connection,
    void **socket_context, enum MHD_ConnectionNotificationCode code)
{
	struct metrics *metrics = context;
	struct client *client = *socket_context;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (client != NULL)
			client_unlink(metrics, client);
		free(client);
		*socket_context = NULL;
		return;
	}
	info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	client = info != NULL ? calloc(1, sizeof(*client)) : NULL;
	if (client == NULL)
		return;
	*socket_context = client;
	if (metrics->clients == METRICS_CLIENTS)
		drop_oldest(metrics);
	client_link(metrics, client, info->connect_fd);
}

/* --- answers */

typedef void printer(const struct status *status, FILE *stream);

static void
print_prometheus(const struct status *status, FILE *stream)
{
	metrics_print(status, false, stream);
}

static void
print_openmetrics(const struct status *status, FILE *stream)
{
	metrics_print(status, true, stream);
}

static void
print_front(const struct status *status, FILE *stream)
{
	page_print(status, false, stream);
}

static void
print_front_with_live(const struct status *status, FILE *stream)
{
	page_print(status, true, stream);
}

/* The status, printed. */
static enum MHD_Result
reply_status(struct metrics *metrics, struct MHD_Connection *connection,
    printer *print, const char *type)
{
	struct status status;
	char *text = NULL;
	size_t length = 0;
	FILE *stream;

	if (metrics->sources.status(metrics->sources.context, &status) == -1)
		return reply_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
		    "the status cannot be had\n");
	stream = open_memstream(&text, &length);
	if (stream != NULL) {
		print(&status, stream);
		fclose(stream);
	}
	status_clear(&status);
	if (text == NULL)
		return MHD_NO;
	return reply(
	    connection, MHD_HTTP_OK, type, text, length, MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result
reply_metrics(struct metrics *metrics, struct MHD_Connection *connection)
{
	const char *accepts = MHD_lookup_connection_value(
	    connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);

	if (accepts != NULL &&
	    strstr(accepts, "application/openmetrics-text") != NULL)
		return reply_status(
		    metrics, connection, print_openmetrics, TYPE_OPENMETRICS);
	return reply_status(
	    metrics, connection, print_prometheus, TYPE_PROMETHEUS);
}

static enum MHD_Result
reply_live(struct metrics *metrics, struct MHD_Connection *connection)
{
	const char *order = MHD_lookup_connection_value(
	    connection, MHD_GET_ARGUMENT_KIND, "by");
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	int result = -1;

	if (stream != NULL) {
		result = metrics->sources.live(
		    metrics->sources.context, order, stream);
		fclose(stream);
	}
	if (result == 0 && text != NULL)
		return reply(connection, MHD_HTTP_OK, TYPE_HTML, text, length,
		    MHD_RESPMEM_MUST_FREE);
	free(text);
	return result == PAGE_NO_ORDER
	           ? reply_text(connection, MHD_HTTP_BAD_REQUEST,
	                 "expected by=octets, packets, rate or age\n")
	           : reply_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
	                 "out of memory\n");
}

static enum MHD_Result
answer(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **request)
{
	struct metrics *metrics = context;

	(void)version, (void)upload, (void)request;
	*upload_size = 0;
	client_touch(metrics, connection);
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return reply_text(
		    connection, MHD_HTTP_METHOD_NOT_ALLOWED, "expected GET\n");
	if (strcmp(url, "/metrics") == 0)
		return reply_metrics(metrics, connection);
	if (strcmp(url, "/") == 0)
		return reply_status(metrics, connection,
		    metrics->sources.live != NULL ? print_front_with_live
		                                  : print_front,
		    TYPE_HTML);
	if (strcmp(url, "/status") == 0 && metrics->sources.live != NULL)
		return reply_live(metrics, connection);
	if (strcmp(url, "/health") == 0)
		return reply_text(connection, MHD_HTTP_OK, "ok\n");
	return reply_text(connection, MHD_HTTP_NOT_FOUND,
	    "expected /, /metrics or /health\n");
}

/* A socket that is bound to the address; -1 with errno. */
static int
bind_to(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	on = errno;
	close(fd);
	errno = on;
	return -1;
}

int
metrics_try(const char *address)
{
	char ignored[256];
	struct addrinfo *parsed =
	    address_parse(address, ignored, sizeof(ignored));
	int fd = parsed != NULL ? bind_to(parsed) : -1, code = errno;

	if (parsed != NULL)
		freeaddrinfo(parsed);
	if (fd != -1)
		close(fd);
	errno = code;
	return fd != -1 || code == EADDRINUSE ? 0 : -1;
}

/* We bind the socket, as libmicrohttpd would not say why it cannot. */
static int
listen_on(const struct addrinfo *address)
{
	int fd = bind_to(address), code;

	if (fd == -1 || listen(fd, METRICS_CLIENTS) == 0)
		return fd;
	code = errno;
	close(fd);
	errno = code;
	return -1;
}

/* All signals are blocked in its thread. */
static struct MHD_Daemon *
daemon_start(struct metrics *metrics, int fd)
{
	sigset_t all, before;
	struct MHD_Daemon *daemon;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	daemon =
	    MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0,
	        NULL, NULL, answer, metrics, MHD_OPTION_LISTEN_SOCKET, fd,
	        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, metrics,
	        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)METRICS_TIMEOUT,
	        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_OCTETS,
	        MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return daemon;
}

struct metrics *
metrics_start(const char *address, const struct metrics_sources *sources,
    char *error, size_t error_size)
{
	struct addrinfo *parsed = address_parse(address, error, error_size);
	struct metrics *metrics;
	int fd;

	if (parsed == NULL)
		return NULL;
	metrics = calloc(1, sizeof(*metrics));
	fd = metrics != NULL ? listen_on(parsed) : -1;
	if (fd != -1) {
		*metrics = (struct metrics){ .sources = *sources };
		metrics->daemon = daemon_start(metrics, fd);
	}
	if (fd == -1 || metrics->daemon == NULL) {
		snprintf(error, error_size, "%s", strerror(errno));
		if (fd != -1)
			close(fd);
		free(metrics);
		metrics = NULL;
	}
	freeaddrinfo(parsed);
	return metrics;
}

void
metrics_stop(struct metrics **metrics)
{
	if (*metrics == NULL)
		return;
	MHD_stop_daemon((*metrics)->daemon);
	free(*metrics);
	*metrics = NULL;
}

#else

struct metrics *
metrics_start(const char *address, const struct metrics_sources *sources,
    char *error, size_t error_size)
{
	(void)address, (void)sources;
	snprintf(error, error_size,
	    "this build has no metrics page (libmicrohttpd)");
	return NULL;
}

int
metrics_try(const char *address)
{
	(void)address;
	errno = ENOSYS;
	return -1;
}

void
metrics_stop(struct metrics **metrics)
{
	*metrics = NULL;
}

#endif
