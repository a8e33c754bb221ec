/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpcap opens the header of an empty file in memory: so its numbers for
 * link types are those of files, and it compiles for a file, where DLT_NULL
 * may come from any system, not for an interface of this one.
 */
#include <config.h>

#include "filters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/decode/decode.h"

#define PACKET_MAX 262144
#define PACKET_MAX_DBUS 134217728
#define PACKET_MAX_EBHSCR 8388608
#define PACKET_MAX_USBPCAP 1048576
#define VERSION_MAJOR 2
#define VERSION_MINOR 4
#define MAGIC 0xa1b2c3d4
#define LINKTYPES_LAST 320 /* of those that can be decoded, by far */

uint32_t
datalink_packet_max(int datalink)
{
	switch (datalink) {
	case DLT_DBUS:
		return PACKET_MAX_DBUS;
	case DLT_EBHSCR:
		return PACKET_MAX_EBHSCR;
	case DLT_USBPCAP:
		return PACKET_MAX_USBPCAP;
	default:
		return PACKET_MAX;
	}
}

/* NULL with errno: memory is short, or the link type has reserved bits. */
static pcap_t *
open_empty(uint32_t linktype)
{
	struct pcap_file_header header = {
		.magic = MAGIC,
		.version_major = VERSION_MAJOR,
		.version_minor = VERSION_MINOR,
		.snaplen = PACKET_MAX,
		.linktype = linktype,
	};
	char error[PCAP_ERRBUF_SIZE];
	FILE *file = fmemopen(&header, sizeof(header), "rb");
	pcap_t *pcap;

	if (file == NULL)
		return NULL;
	pcap = pcap_fopen_offline(file, error);
	if (pcap == NULL) {
		fclose(file);
		errno = EINVAL;
	}
	return pcap;
}

/* True where it compiles; the reason is kept of the first that does not. */
static bool
compile(struct filters *filters, pcap_t *pcap, struct bpf_program *program)
{
	if (pcap_compile(pcap, program, filters->expression, 1,
	        PCAP_NETMASK_UNKNOWN) == 0) {
		filters->usable = true;
		return true;
	}
	if (!filters->unusable)
		snprintf(filters->reason, sizeof(filters->reason), "%s",
		    pcap_geterr(pcap));
	filters->unusable = true;
	return false;
}

static const struct filter *
filter_for(struct filters *filters, pcap_t *pcap, int datalink)
{
	struct filter *filter = filters->first;

	while (filter != NULL && filter->datalink != datalink)
		filter = filter->following;
	if (filter != NULL)
		return filter;
	if ((filter = calloc(1, sizeof(*filter))) == NULL)
		return NULL;
	filter->datalink = datalink;
	(void)compile(filters, pcap, &filter->program);
	filter->following = filters->first;
	filters->first = filter;
	return filter;
}

int
filters_datalink(
    struct filters *filters, uint32_t linktype, const struct filter **filter)
{
	pcap_t *pcap = open_empty(linktype);
	int datalink = -1;

	*filter = NULL;
	if (pcap == NULL)
		return -1;
	datalink = pcap_datalink(pcap);
	if (filters->expression != NULL) {
		*filter = filter_for(filters, pcap, datalink);
		if (*filter == NULL)
			datalink = -1;
	}
	pcap_close(pcap);
	return datalink;
}

bool
filters_are_wrong(const struct filters *filters)
{
	pcap_t *pcap = open_empty(DLT_EN10MB);
	struct bpf_program program;
	bool wrong;

	if (pcap == NULL)
		return true;
	wrong = pcap_compile(pcap, &program, filters->expression, 1,
	            PCAP_NETMASK_UNKNOWN) != 0;
	if (!wrong)
		pcap_freecode(&program);
	pcap_close(pcap);
	return wrong;
}

/* -1: it does not compile for this link type, the reason is in why. */
static int
try_datalink(const char *expression, pcap_t *pcap, char *why, size_t size)
{
	struct bpf_program program;

	if (pcap_compile(pcap, &program, expression, 1, PCAP_NETMASK_UNKNOWN) !=
	    0) {
		snprintf(why, size, "%s", pcap_geterr(pcap));
		return -1;
	}
	pcap_freecode(&program);
	return 0;
}

/* Whether it compiles for another link type than Ethernet. */
static bool
works_elsewhere(const char *expression)
{
	char ignored[PCAP_ERRBUF_SIZE];
	bool works = false;

	for (uint32_t type = 0; type <= LINKTYPES_LAST && !works; type++) {
		pcap_t *pcap = open_empty(type);

		if (pcap == NULL)
			continue;
		works = decode_datalink_supported(pcap_datalink(pcap)) &&
		        try_datalink(
		            expression, pcap, ignored, sizeof(ignored)) == 0;
		pcap_close(pcap);
	}
	return works;
}

int
capture_filter_check(const char *filter, char error[CAPTURE_ERROR_SIZE])
{
	char why[PCAP_ERRBUF_SIZE] = "out of memory";
	pcap_t *pcap = open_empty(DLT_EN10MB);
	int result = -1;

	if (pcap != NULL) {
		result = try_datalink(filter, pcap, why, sizeof(why));
		pcap_close(pcap);
	}
	/* A host without an address has none on another link type either. */
	if (result != 0 && strstr(why, "unknown host") == NULL &&
	    works_elsewhere(filter))
		result = 0;
	if (result != 0)
		snprintf(error, CAPTURE_ERROR_SIZE, "%s", why);
	return result;
}

void
filters_free(struct filters *filters)
{
	struct filter *filter;

	while ((filter = filters->first) != NULL) {
		filters->first = filter->following;
		pcap_freecode(&filter->program);
		free(filter);
	}
}
