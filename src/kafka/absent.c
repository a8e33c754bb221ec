/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of all else in this folder, where there is no librdkafka. */
#include <config.h>

#include <stdio.h>

#include "exflow/kafka/kinds.h"

#define ABSENT "this exflow was built without librdkafka (--without-kafka)"

bool
kafka_available(void)
{
	return false;
}

int
kafka_property_check(const char *property, char error[DESTINATION_ERROR_SIZE])
{
	(void)property;
	snprintf(error, DESTINATION_ERROR_SIZE, "%s", ABSENT);
	return -1;
}

struct destination *
kafka_new(const char *spec, const char *argument,
    const struct destination_options *options,
    char error[DESTINATION_ERROR_SIZE])
{
	(void)argument;
	(void)options;
	snprintf(error, DESTINATION_ERROR_SIZE, "output \"%.200s\": %s", spec,
	    ABSENT);
	return NULL;
}
