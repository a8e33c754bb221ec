/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message class: outputs that want the same IPFIX messages, and the encoder
 * that makes them (see outputs.h).
 *
 * A class without biflow is of uniflow records: it splits each exchange into
 * what the client sent and what the server sent (exchange_one_way), and counts
 * and encodes each half as a record.  So the counts of its outputs are of
 * records, as sequence numbers, spools and files are, while NetFlow, which
 * takes exchanges, counts these.
 *
 * Invariant: what the encoder cannot encode, or takes and loses, is counted as
 * lost (LOSS_ENCODE) at the latest by message_class_flush.  A class stays until
 * the end, also without outputs: a destination may still send its templates,
 * and the next output of its kind uses it again.
 */
#ifndef EXFLOW_SRC_EXPORT_MESSAGE_CLASS_H
#define EXFLOW_SRC_EXPORT_MESSAGE_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/encoder.h"
#include "exflow/exchange/exchange.h"

#include "outputs.h"

struct message_class {
	struct message_class *next;
	struct outputs *outputs;
	struct ipfix_encoder *encoder;
	struct ipfix_options options;
	char *record_filter;     /* takes only what this filter takes, … */
	struct filter *filter;   /* … compiled; both NULL: all */
	struct exchange *halves; /* uniflow: room for HALVES; else NULL */
	struct exchange_quality *figures; /* … with quality, of these */
	uint64_t cut;     /* of the encoder, as the outputs know it */
	size_t users;     /* outputs in it */
	uint64_t encoded; /* records that the encoder took … */
	uint64_t emitted; /* … and that came out in messages */
	bool balance;     /* takes a share of the exchanges: … */
	size_t share;     /* … that of its output */
};

/*
 * The class for these options.  With balance it is one without an output, as a
 * share is never shared.  NULL with a message in error.
 */
struct message_class *message_class_for(struct outputs *outputs,
    const struct ipfix_options *options,
    const struct destination_options *wanted, char *error, size_t error_size);
void message_class_free(struct message_class *class);
/* Encode those of these that its filter and its share take. */
void message_class_encode(
    struct message_class *class, const struct exchange *exchanges, size_t n);
/* Send the message that is not full; count what the encoder has lost. */
void message_class_flush(struct message_class *class);

/* Whether an output's records are uniflow, two of most exchanges. */
bool output_is_uniflow(const struct output *output);

#endif
