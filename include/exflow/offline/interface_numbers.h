/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of the interfaces that the capture files of a run describe.
 *
 * pcapng numbers the interfaces of each section from 0, so that a number alone
 * says little as soon as there are several sections or files.  Here those of
 * all files have one number each over the run, in the order in which they
 * appear: for a single file of one section it is pcapng's own.  Interfaces of
 * the same place in their sections, name and link type are taken for the same
 * one, as the files of a rotated capture have it.
 *
 *	a.pcapng  0 eth0 ─► 0	b.pcapng  0 eth0 ─► 0	c.pcap ─► 3
 *	          1 wlan0 ─► 1	          1 tun0 ─► 2
 *
 * pcap files describe no interface: all of them share a number, which has no
 * name.  Past INTERFACE_NUMBERS_MAX all others share the last one likewise.
 */
#ifndef EXFLOW_OFFLINE_INTERFACE_NUMBERS_H
#define EXFLOW_OFFLINE_INTERFACE_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/capture/capture.h"
#include "exflow/record/interface_names.h"
#include "exflow/status/status.h"

#define INTERFACE_NUMBERS_MAX INTERFACE_NAMES_MAX

struct interface_numbers;

/* The names of new ones are added to names (NULL: to none). */
struct interface_numbers *interface_numbers_new(struct interface_names *names);
void interface_numbers_free(struct interface_numbers **numbers);

/* The number of an interface of a pcapng file, or of a pcap file. */
uint32_t interface_numbers_get(struct interface_numbers *numbers,
    const struct capture_interface *interface, bool described);
/* A file is done: add what it says about the interface of this number. */
void interface_numbers_add(struct interface_numbers *numbers, uint32_t number,
    const struct capture_interface *interface);

/*
 * All that files have described, for the status, which frees the list.  0, or
 * -1 without memory.
 */
int interface_numbers_report(
    const struct interface_numbers *numbers, struct status *status);

#endif
