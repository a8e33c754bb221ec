/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A BPF program chooses the handle, by the two addresses alone:
 *
 *	 IPv4: source ^ destination          ┐
 *	 IPv6: all words of both, by ^       ├► * SPREAD >> 16, modulo handles
 *	 other (MPLS, PPPoE, ARP): handle 0  ┘
 *
 * PACKET_FANOUT_HASH also uses the ports, which later fragments of a datagram
 * do not have: they would go to another handle than the first fragment.
 * PACKET_FANOUT_FLAG_DEFRAG would count several packets as one.
 */
#include <config.h>

#include "fanout.h"

#include <errno.h>

#ifdef __linux__
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#define IPV4_SOURCE 12
#define IPV6_SOURCE 8
#define SPREAD 2654435761u /* 2^32 divided by the golden ratio */

#define WORD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + (offset))
/* X := A */
#define KEEP BPF_STMT(BPF_MISC | BPF_TAX, 0)
/* A := the word at offset ^ X */
#define MIX(offset) WORD(offset), BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0)

int
fanout_join(int descriptor, uint16_t group)
{
	/* Loading behind the end of the packet ends the program: handle 0. */
	struct sock_filter code[] = {
		BPF_STMT(
		    BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PROTOCOL),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 5),
		WORD(IPV4_SOURCE),
		KEEP,
		MIX(IPV4_SOURCE + 4),
		BPF_STMT(BPF_JMP | BPF_JA, 24), /* to the multiplication */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		WORD(IPV6_SOURCE),
		KEEP,
		MIX(IPV6_SOURCE + 4),
		KEEP,
		MIX(IPV6_SOURCE + 8),
		KEEP,
		MIX(IPV6_SOURCE + 12),
		KEEP,
		MIX(IPV6_SOURCE + 16),
		KEEP,
		MIX(IPV6_SOURCE + 20),
		KEEP,
		MIX(IPV6_SOURCE + 24),
		KEEP,
		MIX(IPV6_SOURCE + 28),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, SPREAD),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};
	int mode = group | PACKET_FANOUT_CBPF << 16;

	if (setsockopt(descriptor, SOL_PACKET, PACKET_FANOUT, &mode,
	        sizeof(mode)) == -1)
		return -1;
	return setsockopt(descriptor, SOL_PACKET, PACKET_FANOUT_DATA, &program,
	    sizeof(program));
}
#else
int
fanout_join(int descriptor, uint16_t group)
{
	(void)descriptor;
	(void)group;
	errno = ENOSYS;
	return -1;
}
#endif
