/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of metrics; octets of names that are not UTF-8 are replaced. */
#include <config.h>

#include "metrics_lines.h"

#include <inttypes.h>
#include <string.h>

#include <glib.h>

void
metrics_family(const struct metrics_page *page, const char *name,
    const char *type, const char *help)
{
	bool total = strcmp(type, "counter") == 0 && !page->openmetrics;
	const char *suffix = total ? "_total" : "";

	fprintf(page->stream, "# HELP exflow_%s%s %s\n# TYPE exflow_%s%s %s\n",
	    name, suffix, help, name, suffix, type);
}

/* A label, escaped for both formats; octets that are not UTF-8 are replaced. */
static void
put_label(const struct metrics_page *page, const char *label, const char *value)
{
	const char *valid = value; /* UTF-8 up to here */

	fprintf(page->stream, "%s=\"", label);
	for (const char *at = value; *at != '\0'; at++) {
		if (at == valid && !g_utf8_validate(at, -1, &valid) &&
		    at == valid) {
			fputs("\xef\xbf\xbd", page->stream);
			valid++;
			continue;
		}
		if (*at == '\n')
			fputs("\\n", page->stream);
		else if (*at == '"' || *at == '\\')
			fprintf(page->stream, "\\%c", *at);
		else
			fputc(*at, page->stream);
	}
	fputc('"', page->stream);
}

void
metrics_name(const struct metrics_page *page, const char *name,
    const char *labels[2 * METRICS_LABELS_MAX])
{
	fprintf(page->stream, "exflow_%s", name);
	for (int i = 0;
	     i < 2 * METRICS_LABELS_MAX && labels != NULL && labels[i] != NULL;
	     i += 2) {
		fputc(i == 0 ? '{' : ',', page->stream);
		put_label(page, labels[i], labels[i + 1]);
	}
	fputs(labels != NULL && labels[0] != NULL ? "} " : " ", page->stream);
}

void
metrics_sample(const struct metrics_page *page, const char *name,
    const char *labels[2 * METRICS_LABELS_MAX], uint64_t value)
{
	metrics_name(page, name, labels);
	fprintf(page->stream, "%" PRIu64 "\n", value);
}

void
metrics_counter(const struct metrics_page *page, const char *name,
    const char *help, uint64_t value)
{
	char full[64];

	metrics_family(page, name, "counter", help);
	snprintf(full, sizeof(full), "%s_total", name);
	metrics_sample(page, full, NULL, value);
}

void
metrics_gauge(const struct metrics_page *page, const char *name,
    const char *help, uint64_t value)
{
	metrics_family(page, name, "gauge", help);
	metrics_sample(page, name, NULL, value);
}

void
metrics_seconds(const struct metrics_page *page, const char *name,
    double seconds, int digits)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE], format[16];

	snprintf(format, sizeof(format), "%%.%df", digits);
	g_ascii_formatd(text, sizeof(text), format, seconds);
	fprintf(page->stream, "exflow_%s %s\n", name, text);
}
