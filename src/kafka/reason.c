/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "reason.h"

#include <stdio.h>
#include <string.h>

/*
 * Before this version librdkafka repeats its nonce in the last message of
 * SCRAM, which Kafka checks from 4.0 on (RFC 5802, 5.1): a right password is
 * refused like a wrong one.
 */
#define SCRAM_WORKS 0x020601ff

static const char *
advice_by_text(const char *text)
{
	if (strstr(text, "credentials with SASL mechanism SCRAM") != NULL &&
	    rd_kafka_version() < SCRAM_WORKS)
		return "; Kafka 4 refuses SCRAM of librdkafka before 2.6.1 "
		       "with any password: use a later one, or PLAIN over TLS";
	if (strstr(text, "authorization failed") != NULL)
		return "; the user needs the right to write to this topic";
	return "";
}

static const char *
advice(rd_kafka_resp_err_t code, const char *text)
{
	switch (code) {
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
		return "; the topic does not exist, and the brokers do not "
		       "make it";
	case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
		return "; no broker took it within send_timeout: does the "
		       "topic exist, and has it leaders?";
	case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
		return "; where they close each connection, "
		       "security.protocol may be another one";
	default:
		return advice_by_text(text);
	}
}

void
reason_write(char *why, size_t size, rd_kafka_resp_err_t code, const char *text)
{
	if (text == NULL)
		text = rd_kafka_err2str(code);
	snprintf(why, size, "%.380s%s", text, advice(code, text));
}
