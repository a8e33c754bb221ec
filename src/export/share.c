/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "share.h"

#include "balance.h"
#include "message_class.h"

static bool
in_share(const struct outputs *outputs, const struct output *output,
    const struct exchange *exchange)
{
	return !output->destination->options.balance ||
	       balance_choose(exchange, outputs->shares) == output->share;
}

static bool
passes_filter(const struct output *output, const struct exchange *exchange)
{
	const struct filter *filter = output->destination->filter;

	return filter == NULL || filter_takes_exchange(filter, exchange);
}

struct due
output_due(const struct outputs *outputs, const struct output *output,
    const struct exchange *exchanges, size_t n)
{
	const struct destination *d = output->destination;
	bool uniflow = output_is_uniflow(output);
	struct due due = { .records = 0 };

	if (!uniflow && !d->options.balance && d->filter == NULL &&
	    !d->ops->ports_only)
		return (struct due){ .records = n };
	for (size_t i = 0; i < n; i++) {
		const struct exchange *exchange = &exchanges[i];

		if (!in_share(outputs, output, exchange))
			continue;
		if ((d->ops->ports_only &&
		        !segment_has_ports(exchange->protocol)) ||
		    !passes_filter(output, exchange)) {
			due.left_out++;
			continue;
		}
		due.records++;
		due.split += uniflow && exchange_two_way(exchange);
	}
	return due;
}

/* In runs, as long as exchanges that it gets follow each other. */
void
output_exchanges(const struct outputs *outputs, const struct output *output,
    const struct exchange *exchanges, size_t n)
{
	struct destination *d = output->destination;
	size_t from = 0, i = 0;

	if (!d->options.balance && d->filter == NULL) {
		d->ops->exchanges(d, exchanges, n);
		return;
	}
	for (; i < n; i++) {
		if (in_share(outputs, output, &exchanges[i]) &&
		    passes_filter(output, &exchanges[i]))
			continue;
		if (i > from)
			d->ops->exchanges(d, &exchanges[from], i - from);
		from = i + 1;
	}
	if (i > from)
		d->ops->exchanges(d, &exchanges[from], i - from);
}
