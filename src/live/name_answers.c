/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answer to "top by name": the sums over live exchanges by the name of
 * their server, as JSON lines or as a table.
 *
 *	SERVER                              EXCHANGES PACKETS   OCTETS
 *	                                              sent rcvd sent rcvd
 *	www.example.org                            12  120  340  14k 402k
 */
#include <config.h>

#include "name_answers.h"

#include <inttypes.h>
#include <stdlib.h>

#include "exflow/base/escape.h"
#include "exflow/base/human.h"

#define NAME_WIDTH_MIN 40
#define NAME_WIDTH_MAX 100
#define NUMBERS_WIDTH 30 /* EXCHANGES and four numbers */

static void
print_escaped(
    FILE *stream, const struct name_sums *sums, enum escape_style style)
{
	char escaped[ESCAPE_SIZE];

	for (size_t i = 0; i < sums->length;) {
		i += escape_character(
		    sums->name + i, sums->length - i, style, escaped);
		fputs(escaped, stream);
	}
}

/* Keys are the names of the elements, as in a record. */
static void
print_json_sums(const struct name_sums *sums, FILE *stream)
{
	const char *key = sums->ip_version == 0   ? "serverName"
	                  : sums->ip_version == 4 ? "destinationIPv4Address"
	                                          : "destinationIPv6Address";

	fprintf(stream, "{\"%s\":\"", key);
	print_escaped(stream, sums, ESCAPE_JSON);
	fprintf(stream,
	    "\",\"exchanges\":%" PRIu64 ",\"packetDeltaCount\":%" PRIu64
	    ",\"reversePacketDeltaCount\":%" PRIu64
	    ",\"octetDeltaCount\":%" PRIu64
	    ",\"reverseOctetDeltaCount\":%" PRIu64 "}\n",
	    sums->exchanges, sums->packets[CLIENT], sums->packets[SERVER],
	    sums->octets[CLIENT], sums->octets[SERVER]);
}

static void
print_numbers(const struct name_sums *sums, FILE *stream)
{
	const uint64_t numbers[] = { sums->packets[CLIENT],
		sums->packets[SERVER], sums->octets[CLIENT],
		sums->octets[SERVER] };
	char text[HUMAN_SIZE];

	human_number(text, sums->exchanges);
	fprintf(stream, " %9s", text);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		human_number(text, numbers[i]);
		fprintf(stream, " %*s", HUMAN_NUMBER_WIDTH, text);
	}
	fputc('\n', stream);
}

/* A long name has a line of its own. */
static void
print_row(const struct name_sums *sums, int width, FILE *stream)
{
	char *name = NULL;
	size_t length;
	FILE *text = open_memstream(&name, &length);

	if (text == NULL)
		return;
	print_escaped(text, sums, ESCAPE_TEXT);
	if (fclose(text) == 0 && name != NULL) {
		fprintf(stream, "%-*s", width, name);
		if (length > (size_t)width)
			fprintf(stream, "\n%*s", width, "");
		print_numbers(sums, stream);
	}
	free(name);
}

static int
name_width(unsigned width)
{
	int left = (int)width - NUMBERS_WIDTH;

	return left < NAME_WIDTH_MIN   ? NAME_WIDTH_MIN
	       : left > NAME_WIDTH_MAX ? NAME_WIDTH_MAX
	                               : left;
}

static void
print_table(const struct answer_form *form, const struct top_names *top,
    size_t shown, FILE *stream)
{
	int width = name_width(form->width);

	fprintf(stream, "%-*s EXCHANGES %-9s %s\n", width, "SERVER", "PACKETS",
	    "OCTETS");
	fprintf(stream, "%*s %9s %4s %4s %4s %4s\n", width, "", "", "sent",
	    "rcvd", "sent", "rcvd");
	for (size_t i = 0; i < shown; i++)
		print_row(&top->names[i], width, stream);
	if (top->others.exchanges == 0)
		return;
	fprintf(stream, "%-*s", width, "(other servers)");
	print_numbers(&top->others, stream);
}

void
print_names(const struct answer_form *form, struct top_names *top, size_t limit,
    uint64_t found, FILE *stream)
{
	size_t shown = top->count < limit ? top->count : limit;

	top_names_sort(top);
	if (!form->json) {
		print_table(form, top, shown, stream);
		fprintf(stream,
		    "%zu of %zu servers of %" PRIu64 " live exchanges\n", shown,
		    top->count, found);
		return;
	}
	for (size_t i = 0; i < shown; i++)
		print_json_sums(&top->names[i], stream);
	fprintf(stream,
	    "{\"found\": %" PRIu64 ", \"servers\": %zu, \"shown\": %zu, "
	    "\"others\": %" PRIu64 "}\n",
	    found, top->count, shown, top->others.exchanges);
}
