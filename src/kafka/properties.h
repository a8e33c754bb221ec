/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What librdkafka is told: what exflow sets by itself, and the properties of
 * the settings, "NAME=VALUE" each.  A value "@FILE" stands for the first line
 * of that file.  Secrets must stand in a file, so that no configuration, no
 * message and no list of processes shows one.
 */
#ifndef EXFLOW_SRC_KAFKA_PROPERTIES_H
#define EXFLOW_SRC_KAFKA_PROPERTIES_H

#include <librdkafka/rdkafka.h>

#include "exflow/output/destination.h"

#define PRODUCER_QUEUE_KBYTES 8192 /* in librdkafka, of a producer */

/*
 * For a producer with these options; brokers may be NULL, so that it connects
 * to nobody.  lanes: whether exflow chooses the partitions.  The caller's to
 * destroy, or rd_kafka_new's.  NULL with a message in error, which shows no
 * value of a file; and with errno where the system refused one, else 0.
 */
rd_kafka_conf_t *properties_new(const struct destination_options *options,
    const char *brokers, bool lanes, char error[DESTINATION_ERROR_SIZE]);

#endif
