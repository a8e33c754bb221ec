/* SPDX-License-Identifier: BSD-2-Clause */
/* What librdkafka says is wrong, and what the operator can do about it. */
#ifndef EXFLOW_SRC_KAFKA_REASON_H
#define EXFLOW_SRC_KAFKA_REASON_H

#include <librdkafka/rdkafka.h>
#include <stddef.h>

/*
 * Write the text of an error into why, with advice behind it where there is
 * some; text: librdkafka's own, NULL: that of the code.
 */
void reason_write(
    char *why, size_t size, rd_kafka_resp_err_t code, const char *text);

#endif
