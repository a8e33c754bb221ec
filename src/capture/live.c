/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/live.h"

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

#include "exflow/log.h"
#include "fanout.h"

#define SLL2_INTERFACE_AT 4 /* LINKTYPE_LINUX_SLL2: interface index */
#define SLL2_INTERFACE_END 8
#define DROPS_SAID_EVERY 60 /* seconds */

struct live {
	struct live_options options; /* with copies of the strings */
	char *name, *filter;
	pcap_t *pcap; /* NULL: gone */
	int datalink;
	timestamp since;  /* packets before it are skipped */
	unsigned dropped; /* as the handle said last */
	unsigned dropped_by_interface;
	uint64_t drops_said; /* in the log, of both; and when */
	time_t drops_said_at;
	bool per_packet_index; /* "any": it stands in the frame */
	live_handler *handler; /* of the read that is going on */
	void *context;
	unsigned taken;
	/* Written by the thread that owns the handle alone. */
	_Atomic uint32_t index;
	_Atomic int state;
	_Atomic uint64_t packets, octets, kernel_drops, interface_drops,
	    reopened;
};

const char *
live_state_name(enum live_state state)
{
	static const char *const names[] = { "up", "down", "gone" };

	return names[state];
}

int
live_list(FILE *stream, char error[CAPTURE_ERROR_SIZE])
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

/* Only the owner adds, so that no add has to be atomic as a whole. */
static void
add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter,
	    atomic_load_explicit(counter, memory_order_relaxed) + n,
	    memory_order_relaxed);
}

static timestamp
clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return timestamp_from(now.tv_sec, now.tv_nsec);
}

static bool
is_any(const struct live *live)
{
	return strcmp(live->options.interface, "any") == 0;
}

/* Up or down, by the system. */
static int
state_now(const struct live *live)
{
	struct ifreq request = { 0 };
	int probe, state = LIVE_UP;

	if (is_any(live))
		return LIVE_UP;
	probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (probe == -1)
		return atomic_load(&live->state);
	strncpy(request.ifr_name, live->options.interface,
	    sizeof(request.ifr_name) - 1);
	if (ioctl(probe, SIOCGIFFLAGS, &request) == -1)
		state = LIVE_GONE;
	else if (!(request.ifr_flags & IFF_UP))
		state = LIVE_DOWN;
	close(probe);
	return state;
}

static void
set_state(struct live *live, int state)
{
	int before = atomic_exchange(&live->state, state);

	if (before == state)
		return;
	if (state == LIVE_UP)
		log_info("interface %s: up", live->options.interface);
	else
		log_warning("interface %s: %s; waiting for it",
		    live->options.interface, live_state_name(state));
}

/* --- opening */

static int
fail(const struct live *live, const char *what, const char *why,
    char error[CAPTURE_ERROR_SIZE])
{
	snprintf(error, CAPTURE_ERROR_SIZE, "interface %s: %s%s%s",
	    live->options.interface, what, why != NULL ? ": " : "",
	    why != NULL ? why : "");
	return -1;
}

static int
activate(struct live *live, pcap_t *pcap, char error[CAPTURE_ERROR_SIZE])
{
	const struct live_options *options = &live->options;
	int result;

	/* These fail on a handle that is active alone. */
	(void)pcap_set_snaplen(pcap, (int)options->snaplen);
	(void)pcap_set_promisc(pcap, options->promiscuous && !is_any(live));
	(void)pcap_set_timeout(pcap, LIVE_DELAY_MS);
	(void)pcap_set_buffer_size(
	    pcap, (int)(options->ring_megabytes * 1048576));
	(void)pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	result = pcap_activate(pcap);
	if (result == PCAP_ERROR_PERM_DENIED)
		return fail(live, "not permitted",
		    "capturing needs CAP_NET_RAW, or root", error);
	if (result == PCAP_ERROR)
		return fail(live, pcap_geterr(pcap), NULL, error);
	if (result < 0)
		return fail(live, pcap_statustostr(result), NULL, error);
	if (result > 0)
		log_warning("interface %s: %s", options->interface,
		    pcap_statustostr(result));
	return 0;
}

static int
set_filter(struct live *live, pcap_t *pcap, char error[CAPTURE_ERROR_SIZE])
{
	struct bpf_program program;
	int result;

	if (live->options.filter == NULL || live->options.filter[0] == '\0')
		return 0;
	if (pcap_compile(pcap, &program, live->options.filter, 1,
	        PCAP_NETMASK_UNKNOWN) == -1)
		return fail(live, "filter", pcap_geterr(pcap), error);
	result = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	return result == -1 ? fail(live, "filter", pcap_geterr(pcap), error)
	                    : 0;
}

static int
prepare(struct live *live, pcap_t *pcap, char error[CAPTURE_ERROR_SIZE])
{
	char text[PCAP_ERRBUF_SIZE] = "";

	if (activate(live, pcap, error) == -1)
		return -1;
	/* Each frame says which interface it came by. */
	live->per_packet_index =
	    is_any(live) && pcap_set_datalink(pcap, DLT_LINUX_SLL2) == 0;
	live->datalink = pcap_datalink(pcap);
	if (set_filter(live, pcap, error) == -1)
		return -1;
	if (pcap_setnonblock(pcap, 1, text) == -1)
		return fail(live, "non-blocking mode", text, error);
	if (pcap_get_selectable_fd(pcap) == -1)
		return fail(live, "cannot be waited for", NULL, error);
	if (live->options.group_size > 1 &&
	    fanout_join(pcap_get_selectable_fd(pcap), live->options.group) ==
	        -1)
		return fail(live, "cannot be shared by workers",
		    errno == ENOSYS ? "expected Linux" : strerror(errno),
		    error);
	return 0;
}

static int
open_handle(struct live *live, char error[CAPTURE_ERROR_SIZE])
{
	char text[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_create(live->options.interface, text);

	if (pcap == NULL)
		return fail(live, text, NULL, error);
	if (prepare(live, pcap, error) == -1) {
		pcap_close(pcap);
		return -1;
	}
	live->pcap = pcap;
	live->dropped = live->dropped_by_interface = 0;
	atomic_store(&live->index,
	    is_any(live) ? 0 : if_nametoindex(live->options.interface));
	return 0;
}

struct live *
live_open(const struct live_options *options, char error[CAPTURE_ERROR_SIZE])
{
	struct live *live = calloc(1, sizeof(*live));

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
		live_close(&live);
		return NULL;
	}
	if (open_handle(live, error) == -1) {
		live_close(&live);
		return NULL;
	}
	set_state(live, state_now(live));
	return live;
}

void
live_close(struct live **live)
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
live_begin(struct live *live)
{
	live->since = clock_now();
}

const char *
live_name(const struct live *live)
{
	return live->name;
}

int
live_descriptor(const struct live *live)
{
	return live->pcap == NULL ? -1 : pcap_get_selectable_fd(live->pcap);
}

int
live_datalink(const struct live *live)
{
	return live->datalink;
}

/* --- reading */

static uint32_t
interface_of(const struct live *live, const uint8_t *frame, uint32_t captured)
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
	struct live *live = (struct live *)(void *)user;
	struct capture_packet packet = {
		/* In nanoseconds: so it was asked for. */
		.time = timestamp_from(header->ts.tv_sec, header->ts.tv_usec),
		.frame = frame,
		.captured = header->caplen,
		.wire_length = header->len,
	};

	if (timestamp_before(packet.time, live->since))
		return;
	live->taken++;
	add(&live->octets, header->len);
	live->handler(
	    live->context, &packet, interface_of(live, frame, header->caplen));
}

/* What the handle counted since it was last asked; 32 bits that wrap. */
static void
read_drops(struct live *live)
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

/* Also those that came while nothing was to be said. */
static void
say_drops(struct live *live)
{
	uint64_t drops = atomic_load(&live->kernel_drops) +
	                 atomic_load(&live->interface_drops);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (drops == live->drops_said ||
	    (live->drops_said > 0 &&
	        now.tv_sec < live->drops_said_at + DROPS_SAID_EVERY))
		return;
	log_warning("interface %s: %" PRIu64 " packets lost before they could "
	            "be read, %" PRIu64 " in all; see ring, workers",
	    live->options.interface, drops - live->drops_said, drops);
	live->drops_said = drops;
	live->drops_said_at = now.tv_sec;
}

static void
lose_handle(struct live *live)
{
	log_debug("interface %s: %s", live->options.interface,
	    pcap_geterr(live->pcap));
	read_drops(live);
	pcap_close(live->pcap);
	live->pcap = NULL;
	atomic_store(&live->index, 0);
	set_state(live, LIVE_GONE);
}

unsigned
live_read(
    struct live *live, unsigned limit, live_handler *handler, void *context)
{
	if (live->pcap == NULL)
		return 0;
	live->handler = handler;
	live->context = context;
	live->taken = 0;
	if (pcap_dispatch(live->pcap, (int)limit, take,
	        (u_char *)(void *)live) == PCAP_ERROR)
		lose_handle(live);
	add(&live->packets, live->taken);
	return live->taken;
}

bool
live_look(struct live *live)
{
	char error[CAPTURE_ERROR_SIZE];
	unsigned index;

	if (live->pcap != NULL) {
		read_drops(live);
		say_drops(live);
		/* Another interface may have taken its name meanwhile. */
		index = if_nametoindex(live->options.interface);
		if (is_any(live) || index == atomic_load(&live->index)) {
			set_state(live, state_now(live));
			return false;
		}
		lose_handle(live);
	}
	if (open_handle(live, error) == -1) {
		log_debug("%s", error);
		return false;
	}
	live_begin(live);
	add(&live->reopened, 1);
	set_state(live, state_now(live));
	return true;
}

void
live_counts(const struct live *live, struct live_counts *counts)
{
	*counts = (struct live_counts){
		.index = atomic_load(&live->index),
		.state = (enum live_state)atomic_load(&live->state),
		.packets = atomic_load(&live->packets),
		.octets = atomic_load(&live->octets),
		.kernel_drops = atomic_load(&live->kernel_drops),
		.interface_drops = atomic_load(&live->interface_drops),
		.reopened = atomic_load(&live->reopened),
	};
	snprintf(
	    counts->name, sizeof(counts->name), "%s", live->options.interface);
}
