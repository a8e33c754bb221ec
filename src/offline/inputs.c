/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "inputs.h"

#include <inttypes.h>
#include <stdlib.h>

#include "exflow/base/log.h"
#include "exflow/capture/timeline.h"
#include "exflow/decode/decode.h"

struct input {
	const char *path;
	size_t number; /* in the order in which they were named */
	timestamp due; /* of its first packet; 0: not known */
	struct capture *capture;
	struct capture_packet packet; /* the next one … */
	timestamp turn;               /* … and when it is its turn */
	/* Where packets are merged: */
	struct timeline clock;
	struct capture_packet behind; /* the one after it, if … */
	bool has_behind;              /* … it had to be read */
	int last;    /* or what was read instead; see next_packet */
	int refused; /* the last link type that was */
	uint64_t packets, undecodable;
	uint32_t labelled; /* interfaces that have their number of the run */
	uint64_t named[CAPTURE_INTERFACES_MAX / 64]; /* a bit an interface */
};

struct inputs {
	struct inputs_options options;
	struct input *input; /* in the order in which they are opened */
	size_t opened;       /* of these, so far */
	struct input **open;
	size_t open_count;
	struct input *current; /* whose packet was handed out */
	bool failed;
	uint64_t octets_done; /* of inputs that are closed */
};

static bool
stopped(const struct inputs *inputs)
{
	return inputs->options.stop != NULL && *inputs->options.stop;
}

static bool
is_merging(const struct inputs *inputs)
{
	return inputs->options.merge && inputs->options.count > 1;
}

static int
by_due(const void *a, const void *b)
{
	const struct input *x = a, *y = b;

	if (x->due.ns != y->due.ns)
		return x->due.ns < y->due.ns ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Inputs with the same time keep the order in which they were named. */
static void
sort_by_due(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->options.count; i++) {
		struct input *input = &inputs->input[i];

		if (capture_first_time(input->path, &input->due) == -1)
			input->due = (timestamp){ 0 };
	}
	qsort(inputs->input, inputs->options.count, sizeof(*inputs->input),
	    by_due);
}

struct inputs *
inputs_new(const struct inputs_options *options)
{
	struct inputs *inputs = calloc(1, sizeof(*inputs));

	if (inputs == NULL)
		return NULL;
	inputs->options = *options;
	inputs->input = calloc(options->count, sizeof(*inputs->input));
	inputs->open = calloc(options->count, sizeof(struct input *));
	if (inputs->input == NULL || inputs->open == NULL) {
		inputs_free(&inputs);
		return NULL;
	}
	for (size_t i = 0; i < options->count; i++)
		inputs->input[i] =
		    (struct input){ .path = options->paths[i], .number = i };
	if (is_merging(inputs))
		sort_by_due(inputs);
	return inputs;
}

void
inputs_free(struct inputs **inputs)
{
	if (*inputs == NULL)
		return;
	for (size_t i = 0; i < (*inputs)->open_count; i++) {
		capture_close(&(*inputs)->open[i]->capture);
		timeline_clear(&(*inputs)->open[i]->clock);
	}
	free((*inputs)->input);
	free((*inputs)->open);
	free(*inputs);
	*inputs = NULL;
}

/* --- what is said of an input */

static void
refuse_datalink(struct inputs *inputs, const struct input *input)
{
	char name[CAPTURE_DATALINK_NAME_SIZE];

	log_error("%s: link type %s cannot be decoded; expected "
	          "Ethernet, Linux cooked, raw IP, null/loop, PPP, "
	          "C-HDLC, 802.11 or another that the manual lists",
	    capture_path(input->capture),
	    capture_datalink_name(input->refused, name, sizeof(name)));
	inputs->failed = true;
}

/* Packets lost before they could be captured, by the file's own account. */
static void
log_drops(const struct capture *capture)
{
	const struct capture_interface *from;

	for (size_t i = 0; (from = capture_interface(capture, i)) != NULL; i++)
		if (from->counts[CAPTURE_DROPPED_BY_INTERFACE] +
		        from->counts[CAPTURE_DROPPED_BY_SYSTEM] >
		    0)
			log_warning("%s: interface %" PRIu32
			            "%s%s: when this was captured, %" PRIu64
			            " packets were lost by the interface and "
			            "%" PRIu64 " by the system",
			    capture_path(capture), from->number,
			    from->name[0] != '\0' ? ", " : "", from->name,
			    from->counts[CAPTURE_DROPPED_BY_INTERFACE],
			    from->counts[CAPTURE_DROPPED_BY_SYSTEM]);
}

void
inputs_undecodable(struct inputs *inputs)
{
	struct input *input = inputs->current;
	const struct capture_interface *from = input->packet.interface;
	uint64_t bit = UINT64_C(1) << from->number % 64;
	char name[CAPTURE_DATALINK_NAME_SIZE];

	input->undecodable++;
	input->refused = input->packet.datalink;
	if ((input->named[from->number / 64] & bit) != 0)
		return;
	input->named[from->number / 64] |= bit;
	progress_clear(inputs->options.progress);
	log_warning("%s: interface %" PRIu32 "%s%s: link type %s cannot be "
	            "decoded; its packets count as not IP",
	    capture_path(input->capture), from->number,
	    from->name[0] != '\0' ? ", " : "", from->name,
	    capture_datalink_name(input->packet.datalink, name, sizeof(name)));
}

/* --- the numbers of interfaces over the run */

/* Of those that the file has described since the last call. */
static void
label_interfaces(struct inputs *inputs, struct input *input)
{
	struct interface_numbers *numbers = inputs->options.numbers;
	bool described = !capture_is_uniform(input->capture);
	const struct capture_interface *from;

	for (; (from = capture_interface(input->capture, input->labelled)) !=
	       NULL;
	     input->labelled++)
		capture_label_interface(input->capture, input->labelled,
		    numbers == NULL
		        ? from->number
		        : interface_numbers_get(numbers, from, described));
}

/* The file is done: keep what it says of its interfaces. */
static void
keep_counts(struct inputs *inputs, struct input *input)
{
	const struct capture_interface *from;

	label_interfaces(inputs, input);
	if (inputs->options.numbers == NULL)
		return;
	for (size_t i = 0;
	     (from = capture_interface(input->capture, i)) != NULL; i++)
		interface_numbers_add(
		    inputs->options.numbers, from->label, from);
}

/* --- opening, reading, closing */

static void
close_input(struct inputs *inputs, struct input *input)
{
	progress_clear(inputs->options.progress);
	if (capture_notice(input->capture) != NULL)
		log_warning("%s", capture_notice(input->capture));
	log_drops(input->capture);
	keep_counts(inputs, input);
	if (input->undecodable > 0 && input->undecodable == input->packets)
		refuse_datalink(inputs, input);
	inputs->octets_done += capture_octets_total(input->capture);
	capture_close(&input->capture);
	timeline_clear(&input->clock);
	for (size_t i = 0; i < inputs->open_count; i++)
		if (inputs->open[i] == input)
			inputs->open[i] = inputs->open[--inputs->open_count];
}

/* Its next packet: as capture_next, or the one that was read before. */
static int
next_packet(struct input *input)
{
	if (input->has_behind) {
		input->packet = input->behind;
		input->has_behind = false;
		return 1;
	}
	if (input->last != 1)
		return input->last;
	return capture_next(input->capture, &input->packet);
}

/* The packet's date is far from the others'; the one behind it tells. */
static void
look_behind(struct input *input)
{
	struct timeline *clock = &input->clock;
	timestamp before;

	timeline_hold(clock, input->packet.time, &input->packet);
	input->packet = clock->held;
	input->last = capture_next(input->capture, &input->behind);
	input->has_behind = input->last == 1;
	if (input->has_behind)
		(void)timeline_decide(clock, input->behind.time, &before);
	else
		(void)timeline_end(clock, &before);
	input->turn = clock->now;
}

/* It has a packet; a new interface may come with it. */
static inline void
count_packet(struct inputs *inputs, struct input *input)
{
	input->packets++;
	if (input->packet.interface->number >= input->labelled)
		label_interfaces(inputs, input);
}

/* It is at its end (0), or damaged (-1). */
static void
end_input(struct inputs *inputs, struct input *input, int got)
{
	if (got == -1 && !stopped(inputs)) {
		progress_clear(inputs->options.progress);
		log_error("%s", capture_error(input->capture));
		inputs->failed = true;
	}
	close_input(inputs, input);
}

/* Its next packet; at its end, or where it is damaged, it is closed. */
static void
advance(struct inputs *inputs, struct input *input)
{
	int got = next_packet(input);

	if (got != 1) {
		end_input(inputs, input, got);
		return;
	}
	count_packet(inputs, input);
	input->turn = input->packet.time;
	if (is_merging(inputs) && !timeline_near(&input->clock, input->turn))
		look_behind(input);
}

static void
open_input(struct inputs *inputs, struct input *input)
{
	char error[CAPTURE_ERROR_SIZE];

	input->capture =
	    capture_open(input->path, inputs->options.filter, error);
	if (input->capture == NULL) {
		log_error("%s", error);
		inputs->failed = true;
		return;
	}
	capture_set_idle(
	    input->capture, inputs->options.idle, inputs->options.context);
	input->last = 1;
	input->refused = capture_datalink(input->capture);
	if (capture_is_uniform(input->capture) &&
	    !decode_datalink_supported(input->refused)) {
		refuse_datalink(inputs, input);
		capture_close(&input->capture);
		return;
	}
	if (is_merging(inputs) &&
	    timeline_init(&input->clock, inputs->options.clock_jump) == -1) {
		log_error("%s: out of memory", capture_path(input->capture));
		inputs->failed = true;
		capture_close(&input->capture);
		return;
	}
	inputs->open[inputs->open_count++] = input;
	advance(inputs, input);
}

/* Whether a packet of x comes before one of y. */
static bool
is_before(const struct input *x, const struct input *y)
{
	if (x->turn.ns != y->turn.ns)
		return timestamp_before(x->turn, y->turn);
	return x->number < y->number;
}

/* The open input whose turn it is; NULL: none is open. */
static struct input *
oldest(const struct inputs *inputs)
{
	struct input *oldest = NULL;

	for (size_t i = 0; i < inputs->open_count; i++) {
		struct input *input = inputs->open[i];

		if (oldest == NULL || is_before(input, oldest))
			oldest = input;
	}
	return oldest;
}

/* Whether the next input is to be opened before this packet is used. */
static bool
is_due(const struct inputs *inputs, const struct input *first)
{
	const struct input *next = &inputs->input[inputs->opened];

	if (inputs->opened == inputs->options.count || stopped(inputs))
		return false;
	return first == NULL || (inputs->options.merge &&
	                            !timestamp_before(first->turn, next->due));
}

/* Without merging, one input is read to its end: nothing to choose from. */
static bool
go_on(struct inputs *inputs)
{
	struct input *input = inputs->current;
	int got;

	if (input == NULL || is_merging(inputs) || stopped(inputs))
		return false;
	got = capture_next(input->capture, &input->packet);
	if (got != 1) {
		end_input(inputs, input, got);
		inputs->current = NULL;
		return false;
	}
	count_packet(inputs, input);
	return true;
}

const struct capture_packet *
inputs_next(struct inputs *inputs)
{
	struct input *first;

	if (go_on(inputs))
		return &inputs->current->packet;
	if (inputs->current != NULL)
		advance(inputs, inputs->current);
	while (is_due(inputs, first = oldest(inputs)))
		open_input(inputs, &inputs->input[inputs->opened++]);
	inputs->current = stopped(inputs) ? NULL : first;
	return inputs->current == NULL ? NULL : &inputs->current->packet;
}

bool
inputs_failed(const struct inputs *inputs)
{
	return inputs->failed;
}

uint64_t
inputs_octets_read(const struct inputs *inputs)
{
	uint64_t octets = inputs->octets_done;

	for (size_t i = 0; i < inputs->open_count; i++)
		octets += capture_octets_read(inputs->open[i]->capture);
	return octets;
}
