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

/* As numbers: a SYN-ACK that waited is a copy outside of the array. */
const struct segment_detail *
details_of(const struct meter *meter, const struct segment *segment)
{
	uintptr_t offset = (uintptr_t)segment - (uintptr_t)meter->detailed;

	return offset < meter->detail_count * sizeof(*segment)
	           ? &meter->details[offset / sizeof(*segment)]
	           : &meter->early_detail;
}
