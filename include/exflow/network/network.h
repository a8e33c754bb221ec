/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The set of local networks: CIDR prefixes, IPv4 and IPv6 (RFC 4632, 4291).  A
 * prefix may have a name, and several may have the same one.
 */
#ifndef EXFLOW_METER_NETWORK_H
#define EXFLOW_METER_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many names there are at most, and how long one is, with its 0. */
#define NETWORK_NAMES 32
#define NETWORK_NAME_SIZE 32

struct network_set;

/* The caller frees it; NULL: no memory. */
struct network_set *network_set_new(void);
void network_set_free(struct network_set **set); /* sets NULL */

/*
 * Add "10.0.0.0/8", "2001:db8::/32", or a bare address (its full length).
 * 0, or -1 with a message in error that says what was expected.  Host bits
 * behind the prefix are an error, as a typing slip would otherwise pass.
 */
int network_set_add(
    struct network_set *set, const char *cidr, char *error, size_t error_size);
/*
 * The same of "office=192.0.2.0/24": a name is of letters, digits, "-", "_" and
 * ".", and begins with a letter.  No prefix may have two names, and there may
 * be NETWORK_NAMES of them.
 */
int network_set_add_named(
    struct network_set *set, const char *text, char *error, size_t error_size);
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
/*
 * The number of the name that an address has by the longest prefix that holds
 * it: from 1 on; 0: that prefix has no name, or there is none.
 */
unsigned network_set_name(
    const struct network_set *set, const uint8_t *address, unsigned ip_version);
/* The text of such a number, 1 … network_set_names. */
const char *network_set_name_text(
    const struct network_set *set, unsigned number);
unsigned network_set_names(const struct network_set *set);

#endif
