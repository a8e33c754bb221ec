/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "handle.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#ifdef __linux__
#include <linux/filter.h>
#endif

#include "exflow/base/log.h"

#include "fanout.h"

bool
handle_is_any(const struct interface_options *options)
{
	return strcmp(options->interface, "any") == 0;
}

static int
fail(const struct interface_options *options, const char *what, const char *why,
    char error[CAPTURE_ERROR_SIZE])
{
	snprintf(error, CAPTURE_ERROR_SIZE, "interface %s: %s%s%s",
	    options->interface, what, why != NULL ? ": " : "",
	    why != NULL ? why : "");
	return -1;
}

/* What libpcap says beside the status; NULL: the same, or nothing. */
static const char *
more_of(pcap_t *pcap)
{
	const char *text = pcap_geterr(pcap);

	return text[0] != '\0' &&
	               strcmp(text,
	                   pcap_statustostr(PCAP_ERROR_NO_SUCH_DEVICE)) != 0
	           ? text
	           : NULL;
}

static int
activate(const struct interface_options *options, pcap_t *pcap,
    char error[CAPTURE_ERROR_SIZE])
{
	int result;

	/* These can fail only after pcap_activate. */
	(void)pcap_set_snaplen(pcap, (int)options->snaplen);
	(void)pcap_set_promisc(
	    pcap, options->promiscuous && !handle_is_any(options));
	(void)pcap_set_timeout(pcap, options->delay_ms > 0
	                                 ? (int)options->delay_ms
	                                 : INTERFACE_DELAY_MS);
	(void)pcap_set_buffer_size(
	    pcap, (int)(options->ring_megabytes * 1048576));
	(void)pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	result = pcap_activate(pcap);
	if (result == PCAP_ERROR_PERM_DENIED)
		return fail(options, "not permitted",
		    "capturing needs CAP_NET_RAW, or root", error);
	if (result == PCAP_ERROR || result == PCAP_ERROR_NO_SUCH_DEVICE)
		return fail(
		    options, pcap_statustostr(result), more_of(pcap), error);
	if (result < 0)
		return fail(options, pcap_statustostr(result), NULL, error);
	if (result > 0)
		log_warning("interface %s: %s", options->interface,
		    pcap_statustostr(result));
	return 0;
}

#ifdef __linux__
/*
 * What the kernel cannot do of a filter libpcap does itself, and removes the
 * kernel's filter, with which the snap length went.
 */
static int
keep_snaplen(const struct interface_options *options, int descriptor)
{
	struct sock_filter every_packet =
	    BPF_STMT(BPF_RET | BPF_K, options->snaplen);
	struct sock_fprog program = { .len = 1, .filter = &every_packet };
	socklen_t instructions = 0;

	if (getsockopt(descriptor, SOL_SOCKET, SO_GET_FILTER, NULL,
	        &instructions) == 0 &&
	    instructions > 0)
		return 0;
	return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program,
	    sizeof(program));
}
#else
static int
keep_snaplen(const struct interface_options *options, int descriptor)
{
	(void)options;
	(void)descriptor;
	return 0;
}
#endif

/*
 * The kernel learns the snap length from what a filter returns; without one
 * whole packets fill the ring.  So there is always one: the empty expression
 * lets every packet pass, and returns the snap length.
 */
static int
set_filter(const struct interface_options *options, pcap_t *pcap,
    char error[CAPTURE_ERROR_SIZE])
{
	const char *expression = options->filter != NULL ? options->filter : "";
	struct bpf_program program;
	int result;

	if (pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) ==
	    -1)
		return fail(options, "filter", pcap_geterr(pcap), error);
	result = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	if (result == -1)
		return fail(options, "filter", pcap_geterr(pcap), error);
	if (keep_snaplen(options, pcap_get_selectable_fd(pcap)) == -1)
		log_warning("interface %s: the kernel does not cut packets to "
		            "the snap length: %s",
		    options->interface, strerror(errno));
	return 0;
}

static int
prepare(const struct interface_options *options, pcap_t *pcap,
    bool *per_packet_index, char error[CAPTURE_ERROR_SIZE])
{
	char text[PCAP_ERRBUF_SIZE] = "";

	if (activate(options, pcap, error) == -1)
		return -1;
	/* SLL2 has the index of the interface in each frame; SLL has not. */
	*per_packet_index = handle_is_any(options) &&
	                    pcap_set_datalink(pcap, DLT_LINUX_SLL2) == 0;
	if (set_filter(options, pcap, error) == -1)
		return -1;
	if (pcap_setnonblock(pcap, 1, text) == -1)
		return fail(options, "non-blocking mode", text, error);
	if (pcap_get_selectable_fd(pcap) == -1)
		return fail(options, "cannot be waited for", NULL, error);
	if (options->group_size > 1 &&
	    fanout_join(pcap_get_selectable_fd(pcap), options->group) == -1)
		return fail(options, "cannot be shared by workers",
		    errno == ENOSYS ? "expected Linux" : strerror(errno),
		    error);
	return 0;
}

pcap_t *
handle_open(const struct interface_options *options, bool *per_packet_index,
    char error[CAPTURE_ERROR_SIZE])
{
	char text[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_create(options->interface, text);

	if (pcap == NULL) {
		fail(options, text, NULL, error);
		return NULL;
	}
	if (prepare(options, pcap, per_packet_index, error) == -1) {
		pcap_close(pcap);
		return NULL;
	}
	return pcap;
}
