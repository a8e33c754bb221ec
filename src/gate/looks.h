/* SPDX-License-Identifier: BSD-2-Clause */
/* What the first octets of a payload look like; whether it is so, parsers say. */
#ifndef EXFLOW_SRC_GATE_LOOKS_H
#define EXFLOW_SRC_GATE_LOOKS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * May a stream that is known to begin so be one of these (enum names_kind)?
 * Also where there are too few octets to tell.
 */
bool looks_begin(unsigned kinds, const uint8_t *octets, uint32_t captured);
/* The same of octets that may stand anywhere in a stream. */
bool looks_certain(unsigned kinds, const uint8_t *octets, uint32_t captured);
/* A datagram of QUIC that is opened: Initial, 0-RTT, Retry, or versions. */
bool looks_quic(const uint8_t *octets, uint32_t captured);

#endif
