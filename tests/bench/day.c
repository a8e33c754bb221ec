/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * day IN OUT NUMBER OF: an IPFIX file of exflow's once more, as the NUMBERth of
 * so many files of one day: its times are that much later, and in part it has
 * other clients (10.x), so that their number grows with the files.
 *
 * It knows templates of fixed lengths, which are announced before their
 * records.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/octets.h"

#define HEADER 16
#define SET_HEADER 4
#define REVERSE 29305
#define MOVES_MAX 16
#define DAY_SECONDS 86400

enum kind {
	CLIENT,
	SECONDS, /* the first four octets of an NTP time */
	MILLISECONDS
};

struct template
{
	unsigned length;
	unsigned count;
	struct {
		unsigned at;
		enum kind kind;
	} moves[MOVES_MAX];
};

static struct template templates[65536];
static uint64_t records, number, later; /* seconds */

static void
consider(struct template *template, uint32_t pen, unsigned id)
{
	enum kind kind;

	if ((pen == 0 || pen == REVERSE) && (id == 154 || id == 155))
		kind = SECONDS;
	else if (pen == 0 && (id == 152 || id == 153))
		kind = MILLISECONDS;
	else if (pen == 0 && id == 8)
		kind = CLIENT;
	else
		return;
	template->moves[template->count].at = template->length;
	template->moves[template->count++].kind = kind;
}

static void
take_templates(const uint8_t *at, const uint8_t *end, bool options)
{
	while (end - at >= 4) {
		struct template *template = &templates[get16(at)];
		unsigned fields = get16(at + 2);

		*template = (struct template){ .length = 0 };
		for (at += options ? 6 : 4; fields > 0; fields--) {
			bool enterprise = (get16(at) & 0x8000) != 0;
			unsigned id = get16(at) & 0x7fff;

			if (template->count < MOVES_MAX)
				consider(template,
				    enterprise ? get32(at + 4) : 0, id);
			template->length += get16(at + 2);
			at += enterprise ? 8 : 4;
		}
	}
}

static void
add_milliseconds(uint8_t *at)
{
	uint64_t value = (uint64_t)get32(at) << 32 | get32(at + 4);

	value += later * 1000;
	put32(at, (uint32_t)(value >> 32));
	put32(at + 4, (uint32_t)value);
}

static void
change(const struct template *template, uint8_t *record)
{
	for (unsigned i = 0; i < template->count; i++) {
		uint8_t *at = record + template->moves[i].at;

		switch (template->moves[i].kind) {
		case SECONDS:
			put32(at, get32(at) + (uint32_t)later);
			break;
		case MILLISECONDS:
			add_milliseconds(at);
			break;
		case CLIENT: /* one of eight is another one in each file */
			if (records % 8 == 0)
				at[1] = (uint8_t)(at[1] + number * 5);
		}
	}
	records++;
}

static void
take_set(uint8_t *set, unsigned length)
{
	unsigned id = get16(set);
	const struct template *template = &templates[id];
	uint8_t *at = set + SET_HEADER, *end = set + length;

	if (id < 256) {
		take_templates(at, end, id == 3);
		return;
	}
	for (; template->length > 0 && end - at >= (int)template->length;
	     at += template->length)
		change(template, at);
}

int
main(int argc, char **argv)
{
	static uint8_t message[65536];
	FILE *in = argc == 5 ? fopen(argv[1], "rb") : NULL;
	FILE *out = argc == 5 ? fopen(argv[2], "wb") : NULL;

	if (in == NULL || out == NULL) {
		fputs("usage: day IN OUT NUMBER OF\n", stderr);
		return 2;
	}
	number = strtoull(argv[3], NULL, 10);
	later = number * DAY_SECONDS / strtoull(argv[4], NULL, 10);
	while (fread(message, 1, HEADER, in) == HEADER) {
		unsigned length = get16(message + 2);

		if (length < HEADER ||
		    fread(message + HEADER, 1, length - HEADER, in) !=
		        length - HEADER)
			break;
		for (unsigned at = HEADER; at + SET_HEADER <= length;
		     at += get16(message + at + 2))
			take_set(message + at, get16(message + at + 2));
		if (fwrite(message, 1, length, out) != length)
			break;
	}
	return ferror(in) || fclose(out) != 0 ? 1 : 0;
}
