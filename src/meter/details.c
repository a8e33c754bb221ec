/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "details.h"

void
meter_set_details(struct meter *meter, const struct segment *segments, size_t n,
    const struct segment_detail *details)
{
	meter->detailed = segments;
	meter->detail_count = n;
	meter->details = details;
}
