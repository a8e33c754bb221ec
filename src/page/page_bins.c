/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a number is distributed, in bins from 0, 1, 2, 5, 10, 20, 50, … on: the
 * same as aggregate_bins(), without the values themselves, so that its memory
 * does not grow with them.
 */
#include <config.h>

#include <string.h>

#include "exflow/base/human.h"

#include "page_internal.h"

/* 0, then three in each power of ten of 64 bits. */
#define BINS 61

struct page_bins {
	struct key key;
	const char *title;
	uint64_t counts[BINS];
	uint64_t records, unknown;
};

/* Where a bin begins; the one behind the last begins at the greatest number. */
static uint64_t
bin_begin(unsigned bin)
{
	static const unsigned steps[] = { 1, 2, 5 };
	uint64_t power = 1;

	if (bin == 0)
		return 0;
	if (bin >= BINS - 1)
		return UINT64_MAX;
	for (unsigned i = 0; i < (bin - 1) / 3; i++)
		power *= 10;
	return (bin - 1) / 3 == 19 && (bin - 1) % 3 == 2
	           ? UINT64_MAX
	           : steps[(bin - 1) % 3] * power;
}

struct page_bins *
page_bins_new(const char *name, const char *title)
{
	struct page_bins *bins = g_new0(struct page_bins, 1);
	char error[AGGREGATE_ERROR_SIZE];

	bins->title = title;
	if (key_parse(&bins->key, name, strlen(name), NULL, error,
	        sizeof(error)) != 0)
		g_error("%s: %s", name, error);
	return bins;
}

void
page_bins_free(struct page_bins **bins)
{
	g_free(*bins);
	*bins = NULL;
}

unsigned
page_bins_parts(const struct page_bins *bins)
{
	return bins->key.attribute.parts;
}

void
page_bins_add(struct page_bins *bins, const struct subject *subject)
{
	struct attribute_value value;
	unsigned bin = 0;

	if (!attribute_get(
	        &bins->key.attribute, bins->key.side, subject, &value)) {
		bins->unknown++;
		return;
	}
	while (bin + 1 < BINS - 1 && bin_begin(bin + 1) <= value.number)
		bin++;
	bins->counts[bin]++;
	bins->records++;
}

static struct report *
make_report(const struct page_bins *bins)
{
	enum report_kind kind = key_kind(&bins->key.attribute);
	struct report *report = report_new(NULL);
	uint64_t so_far = 0;

	report_add_column(report, "from", "FROM", kind);
	report_add_column(report, "below", "BELOW", kind);
	report_add_column(report, "records", "RECORDS", REPORT_COUNT);
	report_add_column(report, "share", "SHARE", REPORT_SHARE);
	for (unsigned i = 0; i < BINS && so_far < bins->records; i++) {
		struct report_cell *cells;

		so_far += bins->counts[i];
		if (so_far == 0)
			continue;
		cells = report_add_row(report, REPORT_ROW);
		cell_number(&cells[0], bin_begin(i));
		cell_number(&cells[1], bin_begin(i + 1));
		cell_number(&cells[2], bins->counts[i]);
		cell_share(
		    &cells[3], (double)bins->counts[i] / (double)bins->records);
	}
	return report;
}

static void
write_unknown(GString *out, uint64_t count)
{
	char text[HUMAN_SIZE];

	human_grouped(text, sizeof(text), count);
	g_string_append_printf(out,
	    count == 1 ? "<p class=\"note\">%s record does not have it.</p>\n"
	               : "<p class=\"note\">%s records do not have it.</p>\n",
	    text);
}

void
page_bins_write(const struct page_bins *bins, GString *out)
{
	struct html_table table = { bins->key.name, bins->title, { 2, -1 }, 2,
		false };
	struct report *report;

	if (bins->records == 0)
		return;
	report = make_report(bins);
	g_string_append_printf(out, "<section><h2>%s</h2>\n", bins->title);
	html_table(out, report, &table);
	if (bins->unknown > 0)
		write_unknown(out, bins->unknown);
	g_string_append(out, "</section>\n");
	report_free(&report);
}
