/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter as a flat list of steps.  Each is one test, and names the step to go
 * on with when the test holds and when it does not:
 *
 *	tcp and (port 80 or octets > 1M)
 *
 *	2  protocol = 6       yes: 1     no: reject
 *	1  port = 80          yes: take  no: 0
 *	0  octets > 1000000   yes: take  no: reject
 *
 * Steps are made from the last to the first, so that those they lead to have
 * their numbers already.  "and", "or" and "not" leave no step behind.
 *
 * Comparisons of numbers are ranges: octets > 1000000 is the one from 1000001
 * to the greatest number.  A set of numbers is sorted, and searched by halves.
 */
#include <config.h>

#include "exflow/filter/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/text.h"
#include "exflow/network/network.h"

#include "syntax.h"

#define TAKE UINT16_MAX
#define REJECT (UINT16_MAX - 1)

enum step_kind {
	STEP_RANGE,
	STEP_RANGES,
	STEP_FLAGS,
	STEP_NETWORKS,
	STEP_MAC,
	STEP_TEXT,
	STEP_PATTERN,
	STEP_HAS,
	STEP_NEVER /* < 0 */
};

struct number_range {
	uint64_t low, high;
};

struct step {
	enum step_kind kind;
	bool negate;
	uint16_t yes, no;
	struct attribute attribute;
	struct number_range range;    /* STEP_RANGE */
	GArray *ranges;               /* STEP_RANGES: sorted, apart */
	struct network_set *networks; /* STEP_NETWORKS */
	const struct test *test;      /* all else: its items */
};

struct filter {
	struct node *tree;
	GArray *steps;
	uint16_t first;
	unsigned parts;
};

/* --- compiling */

static bool
compare_range(enum comparison comparison, const struct item *item,
    struct number_range *range)
{
	*range = (struct number_range){ 0, UINT64_MAX };
	switch (comparison) {
	case COMPARE_LESS:
		range->high = item->low - 1;
		return item->low > 0;
	case COMPARE_LESS_EQUAL:
		range->high = item->high;
		return true;
	case COMPARE_GREATER:
		range->low = item->high + 1;
		return item->high < UINT64_MAX;
	case COMPARE_GREATER_EQUAL:
		range->low = item->low;
		return true;
	default:
		*range = (struct number_range){ item->low, item->high };
		return true;
	}
}

static gint
lower_first(gconstpointer a, gconstpointer b)
{
	uint64_t x = ((const struct number_range *)a)->low;
	uint64_t y = ((const struct number_range *)b)->low;

	return (x > y) - (x < y);
}

/* Sort, and join those that overlap or touch. */
static void
merge_ranges(GArray *ranges)
{
	struct number_range *all = (struct number_range *)(void *)ranges->data;
	guint last = 0;

	g_array_sort(ranges, lower_first);
	for (guint i = 1; i < ranges->len; i++)
		if (all[last].high == UINT64_MAX ||
		    all[i].low <= all[last].high + 1) {
			if (all[i].high > all[last].high)
				all[last].high = all[i].high;
		} else
			all[++last] = all[i];
	g_array_set_size(ranges, last + 1);
}

static void
step_numbers(struct step *step)
{
	const struct test *test = step->test;

	step->ranges = g_array_new(FALSE, FALSE, sizeof(struct number_range));
	for (guint i = 0; i < test->items->len; i++) {
		struct number_range range;

		if (compare_range(test->comparison,
		        &g_array_index(test->items, struct item, i), &range))
			g_array_append_val(step->ranges, range);
	}
	step->kind = STEP_NEVER;
	if (step->ranges->len == 0)
		return;
	merge_ranges(step->ranges);
	step->kind = step->ranges->len == 1 ? STEP_RANGE : STEP_RANGES;
	step->range = g_array_index(step->ranges, struct number_range, 0);
}

static void
step_networks(struct step *step)
{
	const struct test *test = step->test;
	char text[64], error[128];

	step->kind = STEP_NETWORKS;
	step->networks = network_set_new();
	for (guint i = 0; i < test->items->len && step->networks != NULL; i++) {
		const struct item *item =
		    &g_array_index(test->items, struct item, i);
		char *end = text_address(text, item->address, item->ip_version);

		snprintf(end, sizeof(text) - (size_t)(end - text), "/%u",
		    item->prefix);
		if (network_set_add(
		        step->networks, text, error, sizeof(error)) != 0)
			network_set_free(&step->networks);
	}
	if (step->networks != NULL)
		network_set_freeze(step->networks);
}

static void
step_init(struct step *step)
{
	const struct test *test = step->test;

	step->negate = test->comparison == COMPARE_NOT_EQUAL ||
	               test->comparison == COMPARE_NOT_MATCH;
	if (test->comparison == COMPARE_HAS)
		step->kind = STEP_HAS;
	else if (test->attribute.kind == ATTRIBUTE_ADDRESS)
		step_networks(step);
	else if (test->attribute.kind == ATTRIBUTE_MAC)
		step->kind = STEP_MAC;
	else if (test->attribute.kind == ATTRIBUTE_FLAGS)
		step->kind = STEP_FLAGS;
	else if (test->attribute.kind != ATTRIBUTE_TEXT)
		step_numbers(step);
	else
		step->kind = test->comparison == COMPARE_MATCH ||
		                     test->comparison == COMPARE_NOT_MATCH
		                 ? STEP_PATTERN
		                 : STEP_TEXT;
}

static uint16_t
emit_test(
    struct filter *filter, const struct test *test, uint16_t yes, uint16_t no)
{
	struct step step = {
		.yes = yes, .no = no, .attribute = test->attribute, .test = test
	};

	step_init(&step);
	filter->parts |= test->attribute.parts;
	g_array_append_val(filter->steps, step);
	return (uint16_t)(filter->steps->len - 1);
}

/* The first step of a tree that leads to yes or no. */
static uint16_t
emit(struct filter *filter, const struct node *node, uint16_t yes, uint16_t no)
{
	uint16_t right;

	switch (node->kind) {
	case NODE_AND:
		right = emit(filter, node->right, yes, no);
		return emit(filter, node->left, right, no);
	case NODE_OR:
		right = emit(filter, node->right, yes, no);
		return emit(filter, node->left, yes, right);
	case NODE_NOT:
		return emit(filter, node->left, no, yes);
	default:
		return emit_test(filter, node->test, yes, no);
	}
}

struct filter *
filter_compile(const char *text, const struct filter_options *options,
    struct filter_error *error)
{
	struct node *tree = syntax_parse(text, options, error);
	struct filter *filter;

	if (error->text[0] != '\0')
		return NULL;
	filter = g_new0(struct filter, 1);
	filter->tree = tree;
	filter->steps = g_array_new(FALSE, FALSE, sizeof(struct step));
	filter->first = tree == NULL ? TAKE : emit(filter, tree, TAKE, REJECT);
	return filter;
}

void
filter_free(struct filter **pointer)
{
	struct filter *filter = *pointer;

	*pointer = NULL;
	if (filter == NULL)
		return;
	for (guint i = 0; i < filter->steps->len; i++) {
		struct step *step =
		    &g_array_index(filter->steps, struct step, i);

		if (step->ranges != NULL)
			g_array_unref(step->ranges);
		network_set_free(&step->networks);
	}
	g_array_unref(filter->steps);
	syntax_free(filter->tree);
	g_free(filter);
}

unsigned
filter_parts(const struct filter *filter)
{
	return filter->parts;
}

/* --- errors */

void
filter_error_line(const struct filter_error *error, const char *filter,
    char *text, size_t size)
{
	int shown = error->length > 40 ? 40 : (int)error->length;

	if (error->length == 0)
		snprintf(text, size, "%s", error->text);
	else
		snprintf(text, size, "at \"%.*s\": %s", shown,
		    filter + error->at, error->text);
}

/* How many columns the first octets take: those of UTF-8 that go on do not. */
static int
columns(const char *text, size_t octets)
{
	int count = 0;

	for (size_t i = 0; i < octets; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

/* Of a long filter the part around the place. */
#define SHOWN_BEFORE 60
#define SHOWN 76

void
filter_error_show(const struct filter_error *error, const char *filter,
    char *text, size_t size)
{
	size_t from = error->at > SHOWN_BEFORE ? error->at - SHOWN_BEFORE : 0;
	size_t length = strlen(filter + from);
	char line[SHOWN + 1];

	if (length > SHOWN)
		length = SHOWN;
	memcpy(line, filter + from, length);
	line[length] = '\0';
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < ' ')
			line[i] = ' ';
	snprintf(text, size, "%s\n  %s\n  %*s^", error->text, line,
	    columns(line, error->at - from), "");
}

/* --- running */

static bool
in_ranges(const GArray *ranges, uint64_t number)
{
	const struct number_range *all =
	    (const struct number_range *)(const void *)ranges->data;
	guint low = 0, high = ranges->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (number < all[middle].low)
			high = middle;
		else if (number > all[middle].high)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

static bool
has_flags(const struct test *test, uint64_t flags)
{
	for (guint i = 0; i < test->items->len; i++) {
		const struct item *item =
		    &g_array_index(test->items, struct item, i);

		if ((flags & item->high) == item->low)
			return true;
	}
	return false;
}

static bool
is_mac(const struct test *test, const struct attribute_value *value)
{
	for (guint i = 0; i < test->items->len; i++)
		if (value->length == MAC_OCTETS &&
		    memcmp(g_array_index(test->items, struct item, i).address,
		        value->octets, MAC_OCTETS) == 0)
			return true;
	return false;
}

static bool
is_text(const struct test *test, const struct attribute_value *value)
{
	for (guint i = 0; i < test->items->len; i++) {
		const char *text =
		    g_array_index(test->items, struct item, i).text;

		if (strlen(text) == value->length &&
		    g_ascii_strncasecmp(
		        text, (const char *)value->octets, value->length) == 0)
			return true;
	}
	return false;
}

static bool
has_pattern(const struct test *test, const struct attribute_value *value)
{
	for (guint i = 0; i < test->items->len; i++)
		if (wildcard_matches(
		        g_array_index(test->items, struct item, i).text,
		        value->octets, value->length))
			return true;
	return false;
}

static bool
in_networks(
    const struct network_set *networks, const struct attribute_value *value)
{
	if (value->length != 4 && value->length != 16)
		return false;
	return networks != NULL && network_set_contains(networks, value->octets,
	                               value->length == 4 ? 4 : 6);
}

static bool
value_fits(const struct step *step, const struct attribute_value *value)
{
	switch (step->kind) {
	case STEP_RANGE:
		return value->number - step->range.low <=
		       step->range.high - step->range.low;
	case STEP_RANGES:
		return in_ranges(step->ranges, value->number);
	case STEP_FLAGS:
		return has_flags(step->test, value->number);
	case STEP_NETWORKS:
		return in_networks(step->networks, value);
	case STEP_MAC:
		return is_mac(step->test, value);
	case STEP_TEXT:
		return is_text(step->test, value);
	case STEP_PATTERN:
		return has_pattern(step->test, value);
	case STEP_HAS:
		return true;
	default:
		return false;
	}
}

static bool
step_holds(const struct step *step, const struct subject *subject)
{
	const struct attribute *attribute = &step->attribute;
	enum attribute_side side = attribute->side, last = side;
	bool known = false, fits = false;

	if (attribute->join == ATTRIBUTE_EITHER && side == ATTRIBUTE_BOTH) {
		side = ATTRIBUTE_CLIENT;
		last = ATTRIBUTE_SERVER;
	}
	for (; side <= last && !fits; side++) {
		struct attribute_value value;

		if (!attribute_get(attribute, side, subject, &value))
			continue;
		known = true;
		fits = value_fits(step, &value);
	}
	return known && fits != step->negate;
}

bool
filter_takes(const struct filter *filter, const struct subject *subject)
{
	const struct step *steps =
	    (const struct step *)(const void *)filter->steps->data;
	uint16_t at = filter->first;

	while (at < REJECT)
		at = step_holds(&steps[at], subject) ? steps[at].yes
		                                     : steps[at].no;
	return at == TAKE;
}
