/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions of libfixbuf that send exchange records, and the messages with
 * templates and type information.
 */
#ifndef EXFLOW_SRC_IPFIX_EXPORTER_SESSION_H
#define EXFLOW_SRC_IPFIX_EXPORTER_SESSION_H

#include <fixbuf/public.h>

#include "record_template.h"

enum exporter_session_kind {
	SESSION_FIELDS, /* records field by field, by record_pack */
	SESSION_OCTETS, /* records as octets, by record_encode */
};

/*
 * A buffer that writes messages to octets, which has room for
 * options->message_octets.  It owns its session and its exporter.  NULL with
 * the error, which stays NULL if there was no memory.
 */
fBuf_t *exporter_session_new(fbInfoModel_t *model,
    const struct record_template *templates,
    const struct ipfix_options *options, enum exporter_session_kind kind,
    uint8_t *octets, GError **error);
void exporter_session_free(fBuf_t *buffer); /* or NULL */

/* Messages in an array that owns their octets. */
struct message_array {
	struct message *message;
	size_t count;
};
void message_array_free(struct message_array *list);

/*
 * Make the messages of ipfix_encoder_templates and ipfix_encoder_types.  0, or
 * -1 with the error, which stays NULL if there was no memory.
 */
int exporter_session_messages(fbInfoModel_t *model,
    const struct record_template *records, const struct ipfix_options *options,
    struct message_array *templates, struct message_array *types,
    GError **error);

#endif
