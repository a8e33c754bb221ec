/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "schedule_peer.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/output/lookup.h"

#include "../../../src/tcp/connection.h"
#include "schedule.h"

#define RECORDS_MAX 65536
#define LOW_OCTETS 4096
#define WIRE_OCTETS ((size_t)1 << 22)

/* All octets of a connection stay here; the marks move. */
struct connection {
	enum connection_state state;
	bool closing, peer_closed, killed;
	uint64_t ready_ms, fin_acked_ms, silence_ms;
	uint8_t *octets;
	size_t written, arrived, read, parsed; /* written ≥ arrived ≥ read … */
	const char *error;
};

static struct peer {
	enum peer_mood mood;
	uint64_t mood_until_ms;
	uint32_t buffer;
	bool calm;
	struct connection *connection; /* NULL: none */
	uint64_t garbled, garbled_then;
	bool has[RECORDS_MAX], had[RECORDS_MAX];
} peer;

/* --- what it has read */

static void
count_record(void *context, uint32_t number)
{
	(void)context;
	if (number < RECORDS_MAX)
		peer.has[number] = true;
	else
		peer.garbled++;
}

/* The program reads, and understands whole messages. */
static void
peer_reads(struct connection *c, size_t octets)
{
	size_t there = c->arrived - c->read;

	c->read += octets < there ? octets : there;
	c->parsed += schedule_records(
	    c->octets + c->parsed, c->read - c->parsed, count_record, NULL);
}

bool
schedule_peer_has(uint32_t number)
{
	return peer.has[number];
}

uint64_t
schedule_peer_garbled(void)
{
	return peer.garbled;
}

void
schedule_peer_remember(void)
{
	memcpy(peer.had, peer.has, sizeof(peer.had));
	peer.garbled_then = peer.garbled;
}

void
schedule_peer_restore(void)
{
	memcpy(peer.has, peer.had, sizeof(peer.has));
	peer.garbled = peer.garbled_then;
}

void
schedule_peer_forget_all(void)
{
	memset(peer.has, 0, sizeof(peer.has));
	peer.garbled = 0;
}

/* --- its moods */

static void
breaks(struct connection *c, const char *why)
{
	c->state = CONNECTION_BROKEN;
	c->error = why;
}

/* The program is killed: its kernel resets the connection. */
static void
peer_is_killed(void)
{
	struct connection *c = peer.connection;

	if (c != NULL && c->state != CONNECTION_CLOSED) {
		c->killed = true;
		breaks(c, "Connection reset by peer");
	}
}

static void
change_mood(void)
{
	peer.mood = (enum peer_mood)schedule_random(PEER_MOODS);
	peer.mood_until_ms = schedule_now() + 20 + schedule_random(1500);
	if (schedule_chance(400) || peer.mood == PEER_IS_DOWN)
		peer_is_killed();
}

void
schedule_peer_begin(uint32_t buffer, bool calm)
{
	peer.buffer = buffer;
	peer.calm = calm;
	peer.mood = PEER_READS;
	peer.mood_until_ms = schedule_now() + schedule_random(500);
	peer.connection = NULL;
}

/* The network brings octets to its kernel, which acknowledges them. */
static void
arrive(struct connection *c)
{
	size_t room = peer.buffer - (c->arrived - c->read);
	size_t octets = schedule_random(8192);

	if (octets > room)
		octets = room;
	if (octets > c->written - c->arrived)
		octets = c->written - c->arrived;
	if (!schedule_chance(200))
		c->arrived += octets;
}

void
schedule_peer_step(void)
{
	struct connection *c = peer.connection;

	if (!peer.calm && schedule_now() >= peer.mood_until_ms)
		change_mood();
	if (c == NULL || c->killed ||
	    (c->state != CONNECTION_UP && c->state != CONNECTION_CLOSING))
		return;
	arrive(c);
	if (peer.mood == PEER_READS)
		peer_reads(c, 16384);
	else if (peer.mood == PEER_IS_SLOW)
		peer_reads(c, schedule_random(300));
	if (!peer.calm && schedule_chance(2))
		peer_is_killed();
}

void
schedule_peer_end(void)
{
	struct connection *c = peer.connection;

	if (c == NULL || c->killed || !schedule_chance(500))
		return;
	peer_reads(c, SIZE_MAX);
}

/* --- in place of connection.c */

struct connection *__wrap_connection_new(
    struct addrinfo *addresses, const struct connection_options *options);
void __wrap_connection_free(struct connection **connection);
enum connection_state __wrap_connection_state(const struct connection *c);
const char *__wrap_connection_error(const struct connection *c);
int __wrap_connection_fd(const struct connection *c);
short __wrap_connection_events(const struct connection *c);
uint64_t __wrap_connection_deadline(const struct connection *c);
void __wrap_connection_step(struct connection *c);
bool __wrap_connection_wants_more(const struct connection *c);
int __wrap_connection_write(
    struct connection *c, const uint8_t *octets, size_t length);
void __wrap_connection_close(struct connection *c);
uint64_t __wrap_connection_written(const struct connection *c);
uint64_t __wrap_connection_acknowledged(struct connection *c);
bool __wrap_connection_peer_closed(const struct connection *c);

struct connection *
__wrap_connection_new(
    struct addrinfo *addresses, const struct connection_options *options)
{
	struct connection *c = calloc(1, sizeof(*c));

	(void)addresses;
	if (c == NULL)
		return NULL;
	c->octets = malloc(WIRE_OCTETS);
	c->state = CONNECTION_CONNECTING;
	c->ready_ms = schedule_now() + schedule_random(50);
	c->silence_ms = options->silence_ms;
	peer.connection = c;
	return c;
}

/* What is on the way to its kernel may still arrive, or not. */
void
__wrap_connection_free(struct connection **connection)
{
	struct connection *c = *connection;

	if (c == NULL)
		return;
	if (peer.connection == c) {
		schedule_peer_end();
		peer.connection = NULL;
	}
	free(c->octets);
	free(c);
	*connection = NULL;
}

enum connection_state
__wrap_connection_state(const struct connection *c)
{
	return c->state;
}

const char *
__wrap_connection_error(const struct connection *c)
{
	return c->error;
}

int
__wrap_connection_fd(const struct connection *c)
{
	(void)c;
	return -1;
}

short
__wrap_connection_events(const struct connection *c)
{
	(void)c;
	return 0;
}

uint64_t
__wrap_connection_deadline(const struct connection *c)
{
	return c->state == CONNECTION_CONNECTING ? c->ready_ms : UINT64_MAX;
}

/* It closes behind our FIN when it has read all; some never close. */
static void
step_closing(struct connection *c)
{
	if (c->arrived < c->written)
		return;
	if (c->fin_acked_ms == 0)
		c->fin_acked_ms = schedule_now();
	if (c->read == c->written && peer.mood != PEER_STALLS) {
		c->peer_closed = true;
		c->state = CONNECTION_CLOSED;
	} else if (schedule_now() - c->fin_acked_ms >= 1000 &&
	           c->arrived - c->read < 65536) {
		c->state = CONNECTION_CLOSED;
	}
}

void
__wrap_connection_step(struct connection *c)
{
	if (c->state == CONNECTION_CONNECTING &&
	    schedule_now() >= c->ready_ms) {
		if (peer.mood == PEER_IS_DOWN)
			breaks(c, "Connection refused");
		else
			c->state = CONNECTION_UP;
	}
	if (c->state == CONNECTION_CLOSING)
		step_closing(c);
}

bool
__wrap_connection_wants_more(const struct connection *c)
{
	return c->state == CONNECTION_UP &&
	       c->written - c->arrived < LOW_OCTETS &&
	       c->written < WIRE_OCTETS - 65536;
}

int
__wrap_connection_write(
    struct connection *c, const uint8_t *octets, size_t length)
{
	if (c->written + length > WIRE_OCTETS) {
		breaks(c, "the simulated wire is full");
		return -1;
	}
	memcpy(c->octets + c->written, octets, length);
	c->written += length;
	return 0;
}

void
__wrap_connection_close(struct connection *c)
{
	if (c->state == CONNECTION_UP)
		c->state = CONNECTION_CLOSING;
}

uint64_t
__wrap_connection_written(const struct connection *c)
{
	return c->written;
}

/* A reset does not take back what was acknowledged. */
uint64_t
__wrap_connection_acknowledged(struct connection *c)
{
	return c->arrived;
}

bool
__wrap_connection_peer_closed(const struct connection *c)
{
	return c->peer_closed;
}

/* --- in place of lookup.c */

int __wrap_lookup_step(struct lookup **lookup, const char *host,
    const char *port, int socktype, int wake, struct addrinfo **list,
    const char **why);
void __wrap_lookup_free(struct lookup **lookup);

static char a_lookup;

int
__wrap_lookup_step(struct lookup **lookup, const char *host, const char *port,
    int socktype, int wake, struct addrinfo **list, const char **why)
{
	(void)host;
	(void)port;
	(void)socktype;
	(void)wake;
	if (*lookup == NULL) {
		*lookup = (struct lookup *)(void *)&a_lookup;
		return 0;
	}
	if (schedule_chance(300))
		return 0;
	*lookup = NULL;
	*list = NULL;
	*why = "no such name";
	return !peer.calm && schedule_chance(50) ? -1 : 1;
}

void
__wrap_lookup_free(struct lookup **lookup)
{
	*lookup = NULL;
}
