/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcaploop FILE: the bare loop that exflow is measured against.  It asks
 * libpcap for every packet, counts, and does nothing else.
 */
#include <pcap/pcap.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	unsigned long long packets = 0, octets = 0;
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *frame;
	pcap_t *pcap;
	int result;

	if (argc != 2) {
		fputs("usage: pcaploop FILE\n", stderr);
		return 2;
	}
	if ((pcap = pcap_open_offline(argv[1], error)) == NULL) {
		fprintf(stderr, "pcaploop: %s\n", error);
		return 1;
	}
	while ((result = pcap_next_ex(pcap, &header, &frame)) == 1) {
		packets++;
		octets += header->len;
	}
	if (result == PCAP_ERROR)
		fprintf(stderr, "pcaploop: %s\n", pcap_geterr(pcap));
	printf("{\"packets\": %llu, \"octets\": %llu}\n", packets, octets);
	pcap_close(pcap);
	return result == PCAP_ERROR;
}
