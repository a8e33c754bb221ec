/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/exchange/flow_hash.h"

#include <stdlib.h>
#ifdef HAVE_SYS_RANDOM_H
#include <sys/random.h>
#endif

int
flow_hash_init(struct flow_hash *hash)
{
#ifdef HAVE_GETRANDOM
	ssize_t n = getrandom(hash->secret, sizeof(hash->secret), 0);

	return n == (ssize_t)sizeof(hash->secret) ? 0 : -1;
#else
	arc4random_buf(hash->secret, sizeof(hash->secret));
	return 0;
#endif
}
