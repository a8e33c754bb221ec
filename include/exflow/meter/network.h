/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The set of local networks: CIDR prefixes, IPv4 and IPv6 (RFC 4632, 4291).
 */
#ifndef EXFLOW_METER_NETWORK_H
#define EXFLOW_METER_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct network_set;

struct network_set *network_set_new(void);
void network_set_free(struct network_set **set); /* sets NULL */

/*
 * Add "10.0.0.0/8", "2001:db8::/32", or a bare address (its full length).
 * 0, or -1 with a message in error that says what was expected.  Host bits
 * behind the prefix are an error, as a typing slip would otherwise pass.
 */
int network_set_add(
    struct network_set *set, const char *cidr, char *error, size_t error_size);
/* Add a list separated by commas, white space around them allowed. */
int network_set_add_list(
    struct network_set *set, const char *list, char *error, size_t error_size);
/* How many prefixes were added. */
size_t network_set_count(const struct network_set *set);

/*
 * Sort and merge; call once, after the last add and before the first
 * lookup.  Lookups are then safe from any number of threads.
 */
void network_set_freeze(struct network_set *set);
bool network_set_contains(
    const struct network_set *set, const uint8_t *address, unsigned ip_version);

#endif
