/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * send INTERFACE FILE RATE COUNT: the interface receives COUNT packets of an
 * Ethernet capture, RATE a second; see inject.h.  It says "ready" when all is
 * in memory and waits for a line; then one line of JSON says how it went.
 */
#include <config.h>

#include <errno.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "inject.h"

#define MOST UINT64_C(1000000000)

/* As many as there are, or as are wanted. */
static void
load(struct inject *inject, const char *path, uint64_t wanted)
{
	char error[PCAP_ERRBUF_SIZE] = "expected Ethernet packets";
	pcap_t *pcap = pcap_open_offline(path, error);
	struct pcap_pkthdr *header;
	const u_char *octets;
	uint64_t kept = 0;

	while (pcap != NULL && pcap_datalink(pcap) == DLT_EN10MB &&
	       kept < wanted && pcap_next_ex(pcap, &header, &octets) == 1) {
		inject_keep(inject, octets, header->caplen);
		kept++;
	}
	if (kept == 0) {
		fprintf(stderr, "send: %s: %s\n", path, error);
		exit(1);
	}
	pcap_close(pcap);
}

static bool
parse(const char *text, uint64_t least, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && text[0] != '-' &&
	       *value >= least && *value <= MOST;
}

int
main(int argc, char **argv)
{
	struct inject *inject;
	uint64_t rate, count;
	double took;

	if (argc != 5 || !parse(argv[3], 0, &rate) ||
	    !parse(argv[4], 1, &count)) {
		fputs("usage: send INTERFACE FILE RATE COUNT\n"
		      "RATE: packets a second, 0: as fast as they go\n"
		      "COUNT: 1 to 1000000000 packets\n",
		    stderr);
		return 2;
	}
	inject = inject_open(argv[1], (uint32_t)count);
	load(inject, argv[2], count);
	puts("ready");
	fflush(stdout);
	if (getchar() == EOF)
		return 1;
	took = inject_run(inject, rate, count);
	printf("{\"sent\": %llu, \"seconds\": %.6f}\n",
	    (unsigned long long)count, took);
	inject_close(&inject);
	return 0;
}
