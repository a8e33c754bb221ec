/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter and an exchange: the compiled filter says what the tree says that
 * was parsed from the same text.  The first octets are the exchange, the rest
 * is the filter.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/filter/filter.h"

#include "../../src/filter/syntax.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXCHANGE_OCTETS 32

static const struct filter_options options = { .now = { UINT64_C(
	                                           1700000000000000000) } };

/* "a.b", "b.b", … */
static const struct exchange_names *
make_names(uint8_t octet)
{
	static union {
		struct exchange_names names;
		char room[sizeof(struct exchange_names) + 3];
	} made;
	char *text = made.room + sizeof(struct exchange_names);

	made.names.application = octet;
	made.names.length[NAMES_SERVER] = made.names.texts = octet & 3;
	text[0] = (char)('a' + (octet >> 4));
	text[1] = '.';
	text[2] = 'b';
	return &made.names;
}

/* Few different values, so that filters match. */
static void
make_exchange(struct exchange *exchange, struct exchange_quality *figures,
    const uint8_t *octets)
{
	static const uint8_t protocols[] = { PROTOCOL_TCP, PROTOCOL_UDP,
		PROTOCOL_ICMP, PROTOCOL_ICMP6 };

	*exchange = (struct exchange){ .ip_version = octets[0] & 1 ? 4 : 6,
		.protocol = protocols[octets[0] >> 1 & 3],
		.end = octets[0] >> 4,
		.vlan = octets[1],
		.macs = octets[2] & 3,
		.direction = octets[2] >> 2 & 1,
		.flow_id = octets[3],
		.icmp_type_code = octets[4],
		.quality = octets[2] & 8 ? figures : NULL };
	quality_figures_init(figures);
	figures->response_time = octets[5];
	exchange->names = octets[2] & 16 ? make_names(octets[5]) : NULL;
	for (int side = CLIENT; side <= SERVER; side++) {
		const uint8_t *own = octets + 6 + 12 * side;
		struct exchange_side *from = &exchange->side[side];

		exchange->address[side][0] = own[0];
		exchange->address[side][3] = own[1];
		exchange->port[side] = own[2];
		from->packets = own[3];
		from->ip_octets = (uint64_t)own[4] << (own[5] & 31);
		from->payload_octets = own[6];
		from->flag_packets[own[7] & 7] = own[8];
		from->flag_packets[own[7] >> 4 & 7] = own[8] >> 4;
		from->tos = own[9];
		from->first = timestamp_from(1699999999 + own[10], 0);
		from->last =
		    timestamp_add(from->first, (duration){ own[11] * 1000000 });
		if (own[9] & 1)
			figures->side[side].handshake_rtt = own[10];
		figures->side[side].segments[LOSS_FAST] = own[11];
	}
}

/* --- the tree, node by node */

static bool
address_fits(const struct item *item, const struct attribute_value *value)
{
	if (value->length != (item->ip_version == 4 ? 4u : 16u))
		return false;
	for (unsigned bit = 0; bit < item->prefix; bit++)
		if (((item->address[bit / 8] ^ value->octets[bit / 8]) >>
		            (7 - bit % 8) &
		        1) != 0)
			return false;
	return true;
}

static bool
number_fits(enum comparison comparison, const struct item *item, uint64_t value)
{
	switch (comparison) {
	case COMPARE_LESS:
		return value < item->low;
	case COMPARE_LESS_EQUAL:
		return value <= item->high;
	case COMPARE_GREATER:
		return value > item->high;
	case COMPARE_GREATER_EQUAL:
		return value >= item->low;
	default:
		return value >= item->low && value <= item->high;
	}
}

static bool
item_fits(const struct test *test, const struct item *item,
    const struct attribute_value *value)
{
	switch (test->attribute.kind) {
	case ATTRIBUTE_ADDRESS:
		return address_fits(item, value);
	case ATTRIBUTE_MAC:
		return memcmp(item->address, value->octets, 6) == 0;
	case ATTRIBUTE_FLAGS:
		return (value->number & item->high) == item->low;
	case ATTRIBUTE_TEXT:
		return test->comparison == COMPARE_MATCH ||
		               test->comparison == COMPARE_NOT_MATCH
		           ? wildcard_matches(
		                 item->text, value->octets, value->length)
		           : strlen(item->text) == value->length &&
		                 g_ascii_strncasecmp(item->text,
		                     (const char *)value->octets,
		                     value->length) == 0;
	default:
		return number_fits(test->comparison, item, value->number);
	}
}

static bool
test_holds(const struct test *test, const struct subject *subject)
{
	const struct attribute *attribute = &test->attribute;
	bool either = attribute->join == ATTRIBUTE_EITHER &&
	              attribute->side == ATTRIBUTE_BOTH;
	bool known = false, fits = false;

	for (int side = 0; side < 2; side++) {
		struct attribute_value value;

		if (!attribute_get(attribute,
		        either ? (enum attribute_side)side : attribute->side,
		        subject, &value))
			continue;
		known = true;
		fits |= test->comparison == COMPARE_HAS;
		for (guint i = 0; i < test->items->len; i++)
			fits |= item_fits(test,
			    &g_array_index(test->items, struct item, i),
			    &value);
	}
	if (test->comparison == COMPARE_NOT_EQUAL ||
	    test->comparison == COMPARE_NOT_MATCH)
		fits = !fits;
	return known && fits;
}

static bool
node_holds(const struct node *node, const struct subject *subject)
{
	switch (node->kind) {
	case NODE_AND:
		return node_holds(node->left, subject) &&
		       node_holds(node->right, subject);
	case NODE_OR:
		return node_holds(node->left, subject) ||
		       node_holds(node->right, subject);
	case NODE_NOT:
		return !node_holds(node->left, subject);
	default:
		return test_holds(node->test, subject);
	}
}

static void
expect_error(const struct filter_error *error, const char *text)
{
	char shown[2 * FILTER_ERROR_SIZE];

	scratch_expect(error->text[0] != '\0');
	scratch_expect(error->at + error->length <= strlen(text));
	filter_error_line(error, text, shown, sizeof(shown));
	filter_error_show(error, text, shown, sizeof(shown));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct exchange_quality figures;
	struct exchange exchange;
	struct subject subject = { &exchange, NULL, NULL };
	struct filter_error error;
	struct filter *filter;
	struct node *tree;
	char *text;

	if (size < EXCHANGE_OCTETS)
		return 0;
	make_exchange(&exchange, &figures, data);
	text = strndup(
	    (const char *)data + EXCHANGE_OCTETS, size - EXCHANGE_OCTETS);
	scratch_expect(text != NULL);
	filter = filter_compile(text, &options, &error);
	if (filter == NULL) {
		expect_error(&error, text);
	} else {
		tree = syntax_parse(text, &options, &error);
		scratch_expect(filter_takes(filter, &subject) ==
		               (tree == NULL || node_holds(tree, &subject)));
		syntax_free(tree);
	}
	filter_free(&filter);
	free(text);
	return 0;
}
