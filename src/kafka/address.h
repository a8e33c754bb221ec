/* SPDX-License-Identifier: BSD-2-Clause */
/* "BROKER[:PORT][,BROKER[:PORT]…]/TOPIC", an IPv6 address in brackets. */
#ifndef EXFLOW_SRC_KAFKA_ADDRESS_H
#define EXFLOW_SRC_KAFKA_ADDRESS_H

#include "exflow/output/destination.h"

#define KAFKA_PORT_DEFAULT "9092"
#define TOPIC_MAX 249 /* octets of a name, as brokers check it */

struct address {
	char *brokers; /* "host:port,host:port", as librdkafka takes it */
	char *topic;
};

/* 0, or -1 with a message that names spec and what was expected. */
int address_parse(struct address *address, const char *spec,
    const char *argument, char error[DESTINATION_ERROR_SIZE]);
void address_clear(struct address *address);

#endif
