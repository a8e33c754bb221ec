/* SPDX-License-Identifier: BSD-2-Clause */
/* The output that writes to a topic of Apache Kafka. */
#ifndef EXFLOW_KAFKA_KINDS_H
#define EXFLOW_KAFKA_KINDS_H

#include <stdbool.h>

#include "exflow/output/kind.h"

destination_constructor kafka_new; /* kafka://BROKER[:PORT][,…]/TOPIC */

/* Whether this program was built with librdkafka. */
bool kafka_available(void);
/*
 * Whether "NAME=VALUE" is a property of librdkafka that a producer may have
 * here: 0, or -1 with what is wrong and what was expected.  A value "@FILE" is
 * the first line of that file, which is not read yet.
 */
int kafka_property_check(
    const char *property, char error[DESTINATION_ERROR_SIZE]);

#endif
