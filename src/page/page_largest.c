/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exchanges with most octets: a heap whose root is the smallest one kept.
 * Of equal ones the earlier stays.
 */
#include <config.h>

#include <stdlib.h>

#include "page_internal.h"

#define COLUMNS                                                                \
	"start,duration,protocol,client,client port,server,server port,name,"  \
	"client octets,server octets,rtt,retransmissions,end"

struct kept {
	uint64_t octets, number; /* of records, when it came */
	struct report_cell *cells;
};

struct page_largest {
	struct columns *columns;
	struct report *report; /* without rows: its columns */
	struct kept heap[PAGE_LARGEST];
	size_t count;
	uint64_t number;
};

struct page_largest *
page_largest_new(void)
{
	struct page_largest *largest = g_new0(struct page_largest, 1);
	char error[AGGREGATE_ERROR_SIZE];

	largest->columns = columns_new(COLUMNS, NULL, error, sizeof(error));
	if (largest->columns == NULL)
		g_error("%s: %s", COLUMNS, error);
	largest->report = columns_report(largest->columns);
	return largest;
}

void
page_largest_free(struct page_largest **pointer)
{
	struct page_largest *largest = *pointer;

	*pointer = NULL;
	if (largest == NULL)
		return;
	for (size_t i = 0; i < largest->count; i++) {
		for (size_t k = 0; k < largest->report->column_count; k++)
			g_free(largest->heap[i].cells[k].text);
		g_free(largest->heap[i].cells);
	}
	columns_free(&largest->columns);
	report_free(&largest->report);
	g_free(largest);
}

unsigned
page_largest_parts(const struct page_largest *largest)
{
	return columns_parts(largest->columns) | PART_COUNTS;
}

/* --- the heap */

static int
larger_first(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->octets != y->octets)
		return x->octets > y->octets ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void
swap(struct kept *a, struct kept *b)
{
	struct kept saved = *a;

	*a = *b;
	*b = saved;
}

static void
rise(struct kept *heap, size_t i)
{
	for (; i > 0 && larger_first(&heap[(i - 1) / 2], &heap[i]) < 0;
	     i = (i - 1) / 2)
		swap(&heap[(i - 1) / 2], &heap[i]);
}

static void
sink(struct kept *heap, size_t count)
{
	for (size_t i = 0;;) {
		size_t least = i;

		for (size_t child = 2 * i + 1;
		     child <= 2 * i + 2 && child < count; child++)
			if (larger_first(&heap[least], &heap[child]) < 0)
				least = child;
		if (least == i)
			return;
		swap(&heap[i], &heap[least]);
		i = least;
	}
}

void
page_largest_add(struct page_largest *largest, const struct subject *subject)
{
	const struct exchange_side *side = subject->exchange->side;
	struct kept *heap = largest->heap, one = {
		.octets = side[CLIENT].ip_octets + side[SERVER].ip_octets,
		.number = largest->number++,
	};

	if (largest->count == PAGE_LARGEST) {
		if (one.octets <= heap[0].octets)
			return;
		one.cells = heap[0].cells;
		columns_fill(largest->columns, subject, one.cells);
		heap[0] = one;
		sink(heap, largest->count);
		return;
	}
	one.cells = g_new0(struct report_cell, largest->report->column_count);
	columns_fill(largest->columns, subject, one.cells);
	heap[largest->count] = one;
	rise(heap, largest->count++);
}

/* --- the table */

static bool
is_in_use(const struct kept *sorted, size_t count, size_t column)
{
	for (size_t i = 0; i < count; i++)
		if (sorted[i].cells[column].known)
			return true;
	return false;
}

static void
copy_cell(struct report_cell *to, const struct report_cell *from)
{
	*to = *from;
	to->text = g_strdup(from->text);
}

/* Columns that no exchange has a value for are left out. */
static struct report *
make_report(const struct page_largest *largest, const struct kept *sorted)
{
	const struct report *from = largest->report;
	struct report *report = report_new(NULL);
	size_t *used = g_new0(size_t, from->column_count);

	for (size_t k = 0; k < from->column_count; k++)
		if (is_in_use(sorted, largest->count, k)) {
			used[report->column_count] = k;
			report_add_column(report, from->columns[k].name,
			    from->columns[k].heading, from->columns[k].kind);
		}
	for (size_t i = 0; i < largest->count; i++) {
		struct report_cell *cells = report_add_row(report, REPORT_ROW);

		for (size_t k = 0; k < report->column_count; k++)
			copy_cell(&cells[k], &sorted[i].cells[used[k]]);
	}
	g_free(used);
	return report;
}

void
page_largest_write(const struct page_largest *largest, GString *out)
{
	struct html_table table = { "largest",
		"The largest exchanges, by octets of both sides", { -1, -1 }, 0,
		false };
	struct kept sorted[PAGE_LARGEST];
	struct report *report;

	if (largest->count == 0)
		return;
	for (size_t i = 0; i < largest->count; i++)
		sorted[i] = largest->heap[i];
	qsort(sorted, largest->count, sizeof(sorted[0]), larger_first);
	report = make_report(largest, sorted);
	g_string_append(out,
	    "<section><h2>Largest exchanges</h2>\n"
	    "<p id=\"search\" hidden><label>Search <input type=\"search\" "
	    "autocomplete=\"off\"></label> <span "
	    "role=\"status\"></span></p>\n");
	html_table(out, report, &table);
	g_string_append(out, "</section>\n");
	report_free(&report);
}
