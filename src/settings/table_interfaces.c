/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings: the interfaces that packets are captured on. */
#include <config.h>

#include "table.h"

#include "exflow/capture/interface.h"

static const struct setting interfaces[] = {
	{ .name = "interfaces",
	    TOP,
	    .type = &setting_interfaces,
	    .restart = true,
	    .expected = "names of interfaces, or any",
	    .value = "list of names",
	    .example = "{eth0, eth1}",
	    .help = "interfaces to capture on",
	    .text = "Interfaces to capture on, or `any` for all of them.  `-i` "
	            "replaces them; with `-r` they are not used." },
	{ .name = "ring",
	    TOP,
	    COUNT(
	        INTERFACE_RING_DEFAULT, INTERFACE_RING_MIN, INTERFACE_RING_MAX),
	    .restart = true,
	    .unit = "MiB",
	    INTO(interface_options.ring_megabytes),
	    .help = "packet memory, each interface and worker",
	    .text =
	        "Memory in which packets wait to be read, for each "
	        "interface and worker.  It is taken at the start.  A larger "
	        "ring bears longer bursts.",
	    .more = "The ring counts as resident memory.  The kernel drops a "
	            "packet that finds the ring full (`kernel_drops`).  A fast "
	            "link needs more than the default; 64 is much." },
	{ .name = "snaplen",
	    TOP,
	    COUNT(0, INTERFACE_SNAPLEN_MIN, INTERFACE_SNAPLEN_MAX),
	    .restart = true,
	    .unit = "octets",
	    .zero = "as needed",
	    INTO(interface_options.snaplen),
	    .help = "octets to take of each packet",
	    .text = "How many octets of each packet are taken.  0 takes 256, "
	            "as only headers are read, or 4608 with `names` or "
	            "`payload`.",
	    .more = "Lengths are counted as on the wire whatever this is.  "
	            "More octets help where `decapsulate` names tunnels, or "
	            "where headers have many options." },
	{ .name = "promiscuous",
	    TOP,
	    SWITCH("yes"),
	    .restart = true,
	    INTO(interface_options.promiscuous),
	    .help = "also packets for other machines",
	    .text = "Also take packets that are not addressed to this machine, "
	            "as on a mirror port." },
};

const struct setting_part setting_part_interfaces =
    PART("Interfaces", interfaces);
