/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "handle.h"

#include <errno.h>
#include <string.h>

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

static int
activate(const struct interface_options *options, pcap_t *pcap,
    char error[CAPTURE_ERROR_SIZE])
{
	int result;

	/* These fail on a handle that is active alone. */
	(void)pcap_set_snaplen(pcap, (int)options->snaplen);
	(void)pcap_set_promisc(
	    pcap, options->promiscuous && !handle_is_any(options));
	(void)pcap_set_timeout(pcap, INTERFACE_DELAY_MS);
	(void)pcap_set_buffer_size(
	    pcap, (int)(options->ring_megabytes * 1048576));
	(void)pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	result = pcap_activate(pcap);
	if (result == PCAP_ERROR_PERM_DENIED)
		return fail(options, "not permitted",
		    "capturing needs CAP_NET_RAW, or root", error);
	if (result == PCAP_ERROR || result == PCAP_ERROR_NO_SUCH_DEVICE)
		return fail(options, pcap_statustostr(result),
		    pcap_geterr(pcap)[0] != '\0' ? pcap_geterr(pcap) : NULL,
		    error);
	if (result < 0)
		return fail(options, pcap_statustostr(result), NULL, error);
	if (result > 0)
		log_warning("interface %s: %s", options->interface,
		    pcap_statustostr(result));
	return 0;
}

static int
set_filter(const struct interface_options *options, pcap_t *pcap,
    char error[CAPTURE_ERROR_SIZE])
{
	struct bpf_program program;
	int result;

	if (options->filter == NULL || options->filter[0] == '\0')
		return 0;
	if (pcap_compile(
	        pcap, &program, options->filter, 1, PCAP_NETMASK_UNKNOWN) == -1)
		return fail(options, "filter", pcap_geterr(pcap), error);
	result = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	return result == -1 ? fail(options, "filter", pcap_geterr(pcap), error)
	                    : 0;
}

static int
prepare(const struct interface_options *options, pcap_t *pcap,
    bool *per_packet_index, char error[CAPTURE_ERROR_SIZE])
{
	char text[PCAP_ERRBUF_SIZE] = "";

	if (activate(options, pcap, error) == -1)
		return -1;
	/* Each frame says which interface it came by. */
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
