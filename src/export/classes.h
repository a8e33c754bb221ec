/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message classes: destinations that take messages of the same shape share one
 * encoder, so that each exchange is encoded once for all of them.  A class
 * stays until the end, also without users: its templates may still be sent,
 * and it is taken up again by the next of its kind.
 */
#ifndef EXFLOW_SRC_EXPORT_CLASSES_H
#define EXFLOW_SRC_EXPORT_CLASSES_H

#include "exflow/ipfix/encoder.h"

#include "outputs.h"

struct message_class {
	struct message_class *next;
	struct outputs *outputs;
	struct ipfix_encoder *encoder;
	struct ipfix_options options;
	size_t users;     /* outputs */
	uint64_t encoded; /* exchanges that the encoder took */
	uint64_t handed;  /* … that came out in messages */
	bool balance;     /* takes a share of the exchanges … */
	size_t share;     /* … this one */
};

/*
 * The class for these options; who takes a share has one of its own.  NULL
 * with a message in error.
 */
struct message_class *class_for(struct outputs *outputs,
    const struct ipfix_options *options, bool balance, char *error,
    size_t error_size);
/* Encode its share of these; full messages go to its destinations. */
void class_encode_all(
    struct message_class *class, const struct exchange *exchanges, size_t n);
/*
 * Send the message that is not full.  What the encoder took and did not give
 * out then is lost, and must not go missing in the books.
 */
void class_flush(struct message_class *class);
void class_free(struct message_class *class);

#endif
