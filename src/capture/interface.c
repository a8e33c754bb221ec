/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The states of a handle:
 *
 *	         reading fails, or another
 *	         interface has the name              the ring is empty
 *	 open ──────────────────────────► leaving ─────────────────► closed
 *	  ▲                                                            │
 *	  └────────────────────────────────────────────────────────────┘
 *	       interface_look finds the interface again
 *
 * While it is leaving, only packets that came before are read.  The counts
 * live in the struct, not in libpcap's handle, so they go on afterwards.
 *
 * What can go wrong: the ring is full (the kernel drops, which is counted and
 * logged once a minute), the interface goes down or away (logged, waited
 * for), libpcap's counters of 32 bits wrap (differences are added).
 */
#include <config.h>

#include "exflow/base/clock.h"
#include "exflow/capture/interface.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/log.h"

#include "handle.h"

#define SLL2_INTERFACE_AT 4 /* LINKTYPE_LINUX_SLL2: interface index */
#define SLL2_INTERFACE_END 8
#define TELL_EVERY_NS INT64_C(60000000000)

struct interface {
	struct interface_options options; /* with copies of the strings */
	char *name, *filter;
	pcap_t *pcap;   /* NULL: closed */
	bool leaving;   /* see above */
	timestamp left; /* since when, by the monotonic clock */
	int datalink;
	timestamp since;  /* packets before this time are skipped */
	unsigned dropped; /* libpcap's counts when they were read last */
	unsigned dropped_by_interface;
	uint64_t told_drops;        /* drops that were logged … */
	timestamp told;             /* … and when */
	bool per_packet_index;      /* "any": the index is in the frame */
	interface_handler *handler; /* of interface_read … */
	void *context;              /* … with this … */
	unsigned taken;             /* … and packets that it had */
	/* Only the thread that owns the handle writes these. */
	_Atomic uint32_t index;
	_Atomic int state;
	_Atomic uint64_t packets, octets, kernel_drops, interface_drops,
	    reopened;
};

const char *
interface_state_name(enum interface_state state)
{
	static const char *const names[] = { "up", "down", "gone" };

	return names[state];
}

int
interface_list(FILE *stream, char error[CAPTURE_ERROR_SIZE])
{
	char text[PCAP_ERRBUF_SIZE];
	pcap_if_t *all, *it;

	if (pcap_findalldevs(&all, text) == -1) {
		snprintf(error, CAPTURE_ERROR_SIZE,
		    "interfaces cannot be listed: %s", text);
		return -1;
	}
	for (it = all; it != NULL; it = it->next)
		fprintf(stream, "%-16s %s%s%s\n", it->name,
		    it->flags & PCAP_IF_UP ? "up" : "down",
		    it->description != NULL ? "  " : "",
		    it->description != NULL ? it->description : "");
	pcap_freealldevs(all);
	return 0;
}

/* Only the owner adds, so loading and storing need not be one operation. */
static void
add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter,
	    atomic_load_explicit(counter, memory_order_relaxed) + n,
	    memory_order_relaxed);
}

static timestamp
clock_now(clockid_t clock)
{
	return timestamp_from(0, clock_ns(clock));
}

/* What the system says. */
static int
state_now(const struct interface *live)
{
	struct ifreq request = { 0 };
	int probe, state = INTERFACE_UP;

	if (handle_is_any(&live->options))
		return INTERFACE_UP;
	probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (probe == -1)
		return atomic_load(&live->state);
	strncpy(request.ifr_name, live->options.interface,
	    sizeof(request.ifr_name) - 1);
	if (ioctl(probe, SIOCGIFFLAGS, &request) == -1)
		state = INTERFACE_GONE;
	else if (!(request.ifr_flags & IFF_UP))
		state = INTERFACE_DOWN;
	close(probe);
	return state;
}

static void
set_state(struct interface *live, int state)
{
	int before = atomic_exchange(&live->state, state);

	if (before == state)
		return;
	if (state == INTERFACE_UP)
		log_info("interface %s: up", live->options.interface);
	else
		log_warning("interface %s: %s; waiting for it",
		    live->options.interface, interface_state_name(state));
}

/* --- opening */

/*
 * Of "any", all interfaces that there are: one that comes later has no name,
 * nor has what finds no memory or no place.
 */
static void
tell_names(const struct interface *live)
{
	struct interface_names *names = live->options.names;
	struct if_nameindex *all;

	if (names == NULL)
		return;
	if (!handle_is_any(&live->options)) {
		(void)interface_names_add(
		    names, atomic_load(&live->index), live->name);
		return;
	}
	if ((all = if_nameindex()) == NULL)
		return;
	for (const struct if_nameindex *at = all; at->if_index != 0; at++)
		(void)interface_names_add(names, at->if_index, at->if_name);
	if_freenameindex(all);
}

static int
open_handle(struct interface *live, char error[CAPTURE_ERROR_SIZE])
{
	pcap_t *pcap =
	    handle_open(&live->options, &live->per_packet_index, error);

	if (pcap == NULL)
		return -1;
	live->pcap = pcap;
	live->datalink = pcap_datalink(pcap);
	live->leaving = false;
	live->dropped = live->dropped_by_interface = 0;
	atomic_store(
	    &live->index, handle_is_any(&live->options)
	                      ? 0
	                      : if_nametoindex(live->options.interface));
	tell_names(live);
	return 0;
}

struct interface *
interface_open(
    const struct interface_options *options, char error[CAPTURE_ERROR_SIZE])
{
	struct interface *live = calloc(1, sizeof(*live));

	if (live == NULL) {
		snprintf(error, CAPTURE_ERROR_SIZE, "interface %s: %s",
		    options->interface, strerror(ENOMEM));
		return NULL;
	}
	live->options = *options;
	live->options.interface = live->name = strdup(options->interface);
	if (options->filter != NULL)
		live->options.filter = live->filter = strdup(options->filter);
	if (live->name == NULL ||
	    (options->filter != NULL && live->filter == NULL)) {
		snprintf(error, CAPTURE_ERROR_SIZE, "interface %s: %s",
		    options->interface, strerror(ENOMEM));
		interface_close(&live);
		return NULL;
	}
	if (open_handle(live, error) == -1) {
		interface_close(&live);
		return NULL;
	}
	set_state(live, state_now(live));
	return live;
}

void
interface_close(struct interface **live)
{
	if (*live == NULL)
		return;
	if ((*live)->pcap != NULL)
		pcap_close((*live)->pcap);
	free((*live)->name);
	free((*live)->filter);
	free(*live);
	*live = NULL;
}

void
interface_begin(struct interface *live)
{
	live->since = clock_now(CLOCK_REALTIME);
}

const char *
interface_name(const struct interface *live)
{
	return live->name;
}

int
interface_descriptor(const struct interface *live)
{
	return live->pcap == NULL ? -1 : pcap_get_selectable_fd(live->pcap);
}

int
interface_datalink(const struct interface *live)
{
	return live->datalink;
}

/* --- reading */

static uint32_t
interface_of(
    const struct interface *live, const uint8_t *frame, uint32_t captured)
{
	uint32_t index;

	if (!live->per_packet_index || captured < SLL2_INTERFACE_END)
		return atomic_load_explicit(&live->index, memory_order_relaxed);
	memcpy(&index, frame + SLL2_INTERFACE_AT, sizeof(index));
	return be32toh(index);
}

static void
take(u_char *user, const struct pcap_pkthdr *header, const u_char *frame)
{
	struct interface *live = (struct interface *)(void *)user;
	struct capture_packet packet = {
		/* Nanoseconds, because handle.c asked for them. */
		.time = timestamp_from(header->ts.tv_sec, header->ts.tv_usec),
		.frame = frame,
		.captured = header->caplen,
		.wire_length = header->len,
		.datalink = live->datalink,
	};

	if (timestamp_before(packet.time, live->since))
		return;
	live->taken++;
	add(&live->octets, header->len);
	live->handler(
	    live->context, &packet, interface_of(live, frame, header->caplen));
}

/* Add what libpcap counted since the last call, in 32 bits that wrap. */
static void
read_drops(struct interface *live)
{
	struct pcap_stat stat;

	if (live->pcap == NULL || pcap_stats(live->pcap, &stat) == -1)
		return;
	add(&live->kernel_drops, stat.ps_drop - live->dropped);
	add(&live->interface_drops,
	    stat.ps_ifdrop - live->dropped_by_interface);
	live->dropped = stat.ps_drop;
	live->dropped_by_interface = stat.ps_ifdrop;
}

/* Log the first drops at once, and further ones once a minute. */
static void
tell_of_drops(struct interface *live)
{
	uint64_t drops = atomic_load(&live->kernel_drops) +
	                 atomic_load(&live->interface_drops);
	timestamp now = clock_now(CLOCK_MONOTONIC);

	if (drops == live->told_drops ||
	    (live->told_drops != 0 && now.ns - live->told.ns < TELL_EVERY_NS))
		return;
	log_warning("interface %s: %" PRIu64 " packets lost before they could "
	            "be read, in all %" PRIu64 " (ring = %u MiB)",
	    live->options.interface, drops - live->told_drops, drops,
	    live->options.ring_megabytes);
	live->told_drops = drops;
	live->told = now;
}

/* The ring holds the last packets. */
static void
begin_to_leave(struct interface *live)
{
	if (live->leaving)
		return;
	live->leaving = true;
	live->left = clock_now(CLOCK_MONOTONIC);
	set_state(live, INTERFACE_GONE);
}

/* The kernel has handed over the last block after INTERFACE_DELAY_MS. */
static bool
all_is_read(const struct interface *live)
{
	timestamp now = clock_now(CLOCK_MONOTONIC);

	return now.ns - live->left.ns >= INT64_C(2000000) * INTERFACE_DELAY_MS;
}

static void
lose_handle(struct interface *live)
{
	read_drops(live);
	pcap_close(live->pcap);
	live->pcap = NULL;
	live->leaving = false;
	atomic_store(&live->index, 0);
}

unsigned
interface_read(struct interface *live, unsigned limit,
    interface_handler *handler, void *context)
{
	if (live->pcap == NULL)
		return 0;
	live->handler = handler;
	live->context = context;
	live->taken = 0;
	if (pcap_dispatch(
	        live->pcap, (int)limit, take, (u_char *)(void *)live) < 0) {
		log_debug("interface %s: %s", live->options.interface,
		    pcap_geterr(live->pcap));
		begin_to_leave(live);
	}
	add(&live->packets, live->taken);
	return live->taken;
}

bool
interface_leaving(const struct interface *live)
{
	return live->leaving;
}

/* Whether the name still belongs to the interface that was opened. */
static bool
is_current(struct interface *live)
{
	if (live->leaving)
		return false;
	return handle_is_any(&live->options) ||
	       if_nametoindex(live->options.interface) ==
	           atomic_load(&live->index);
}

bool
interface_look(struct interface *live, bool may_open)
{
	char error[CAPTURE_ERROR_SIZE];

	if (live->pcap != NULL) {
		read_drops(live);
		tell_of_drops(live);
		if (is_current(live)) {
			set_state(live, state_now(live));
			return false;
		}
		begin_to_leave(live);
		if (!all_is_read(live))
			return false;
		lose_handle(live);
	}
	if (!may_open)
		return false;
	if (open_handle(live, error) == -1) {
		log_debug("%s", error);
		return false;
	}
	interface_begin(live);
	add(&live->reopened, 1);
	set_state(live, state_now(live));
	return true;
}

void
interface_counts(const struct interface *live, struct interface_counts *counts)
{
	*counts = (struct interface_counts){
		.index = atomic_load(&live->index),
		.state = (enum interface_state)atomic_load(&live->state),
		.packets = atomic_load(&live->packets),
		.octets = atomic_load(&live->octets),
		.kernel_drops = atomic_load(&live->kernel_drops),
		.interface_drops = atomic_load(&live->interface_drops),
		.reopened = atomic_load(&live->reopened),
	};
	snprintf(
	    counts->name, sizeof(counts->name), "%s", live->options.interface);
}
