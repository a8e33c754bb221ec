/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers and times of any exporter, from the octets of their fields. */
#include "exflow/input/element.h"

#define NTP_TO_UNIX UINT64_C(2208988800)

bool
element_unsigned(const struct reader_field *field, uint64_t *value)
{
	if (field->length < 1 || field->length > 8)
		return false;
	*value = 0;
	for (size_t i = 0; i < field->length; i++)
		*value = *value << 8 | field->octets[i];
	return true;
}

/*
 * The era of an NTP time ends in 2036 (RFC 5905, figure 4).  Seconds that would
 * lie before 1970 are taken for the next era, which is right until 2106.
 */
static timestamp
time_from_ntp(uint64_t ntp, uint64_t per_second)
{
	uint32_t seconds = (uint32_t)((ntp >> 32) - NTP_TO_UNIX);
	uint64_t part = ((ntp & UINT32_MAX) * per_second) >> 32;

	return timestamp_from(
	    seconds, (int64_t)(part * ((uint64_t)NS_PER_SECOND / per_second)));
}

/* Exporters write 0 for a time that there is not. */
bool
element_time(const struct reader_field *field, timestamp *time)
{
	uint64_t value;

	if (!element_unsigned(field, &value) || value == 0)
		return false;
	switch (field->type) {
	case READER_SECONDS:
		if (field->length != 4)
			return false;
		*time = timestamp_from((int64_t)value, 0);
		return true;
	case READER_MILLISECONDS:
		if (value > UINT64_MAX / (uint64_t)NS_PER_MS)
			return false;
		*time = (timestamp){ value * (uint64_t)NS_PER_MS };
		return true;
	case READER_MICROSECONDS:
	case READER_NANOSECONDS:
		if (field->length != 8)
			return false;
		*time = time_from_ntp(value,
		    field->type == READER_NANOSECONDS ? 1000000000 : 1000000);
		return true;
	default:
		return false;
	}
}
