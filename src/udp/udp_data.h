/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a collector over UDP is sent: the preamble, and data in batches.
 *
 *   queue ──► batch ──► socket        the preamble goes before the first data,
 *               │          ▲          and again by time and count; it grows by
 *               └─► preamble          the templates that data needs for the
 *                                     first time
 *
 * Where nothing at all gets to the peer, refusal becomes the errno, and the
 * caller (udp.c) changes the state.
 */
#ifndef EXFLOW_SRC_UDP_UDP_DATA_H
#define EXFLOW_SRC_UDP_UDP_DATA_H

#include "udp.h"

/* Nothing waits to be sent. */
bool udp_data_idle(struct udp *u);
/*
 * What goes before all data, the first data's templates included; whether all
 * of it is sent now.
 */
bool udp_send_first(struct udp *u);
/* Nobody has refused what went first: count it where it was data. */
void udp_count_probe(struct udp *u);
/* Data, as far as the rate and the socket allow. */
void udp_send_data(struct udp *u);
/* Everything that waits is lost. */
void udp_lose_data(struct udp *u);
void udp_data_clear(struct udp *u);

#endif
