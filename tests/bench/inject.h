/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames that a network interface receives, at a set rate and far faster than
 * any socket sends: an XDP program, run by the kernel as often as asked for
 * (BPF_F_TEST_XDP_LIVE_FRAMES), makes each from a table and passes it up the
 * stack as if the interface had received it.  Only the first octets of a
 * frame are kept; what follows is 0.  Linux 5.18 or newer, and root; the
 * interface is one with native XDP, as veth is.
 */
#ifndef EXFLOW_BENCH_INJECT_H
#define EXFLOW_BENCH_INJECT_H

#include <stddef.h>
#include <stdint.h>

#define INJECT_HEAD 128 /* octets kept: every header of the traces */
#define INJECT_MAX 1514 /* octets of a frame */
#define INJECT_MIN 60

struct inject;

/* Room for so many frames.  All of these exit with a message on failure. */
struct inject *inject_open(const char *interface, uint32_t room);
void inject_keep(struct inject *inject, const uint8_t *octets, size_t size);
/*
 * count frames in turn, rate a second (0: as fast as they go), the first ones
 * again after the last.  Where the machine could not keep up the rate is
 * lower: there are no bursts to make up for lost time.  The seconds it took.
 */
double inject_run(struct inject *inject, uint64_t rate, uint64_t count);
void inject_close(struct inject **inject);

#endif
