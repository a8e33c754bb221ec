/* SPDX-License-Identifier: BSD-2-Clause */
/* exflowdump's statistics: sums, then each domain with its templates. */
#include "dump_internal.h"

#include <inttypes.h>

#include "exflow/base/text.h"

static void
append_time(GString *out, const char *what, uint32_t seconds)
{
	char text[TEXT_TIME_SIZE];
	timestamp time = timestamp_from(seconds, 0);
	char *end = text_time(text, time, 0);

	g_string_append_printf(
	    out, "  %-24s%.*s\n", what, (int)(end - text), text);
}

static void
append_count(GString *out, const char *what, uint64_t count)
{
	g_string_append_printf(out, "  %-24s%" PRIu64 "\n", what, count);
}

static void
append_domain(GString *out, const struct reader_domain_count *count)
{
	g_string_append_printf(
	    out, "observation domain %" PRIu32 "\n", count->domain);
	append_count(out, "messages", count->messages);
	append_count(out, "octets", count->octets);
	append_count(out, "records", count->records);
	append_time(out, "first export", count->first_export);
	append_time(out, "last export", count->last_export);
	append_count(out, "sequence gaps", count->gaps);
	append_count(out, "records missing", count->missing);
	append_count(
	    out, "sets without template", count->sets_without_template);
	for (size_t i = 0; i < count->template_count; i++) {
		const struct reader_template_count *template =
		    &count->templates[i];

		g_string_append_printf(out,
		    "  %s %u: %u fields, announced %" PRIu64 " times, ",
		    template->options ? "options template" : "template",
		    template->template_id, template->fields,
		    template->announced);
		if (template->withdrawn > 0)
			g_string_append_printf(out,
			    "withdrawn %" PRIu64 " times, ",
			    template->withdrawn);
		g_string_append_printf(
		    out, "%" PRIu64 " records\n", template->records);
	}
}

void
dump_statistics_append(GString *out, const struct reader *reader)
{
	struct reader_domain_count count, sum = { .messages = 0 };
	uint64_t templates = 0;
	size_t domains = 0;

	for (; reader_domain(reader, domains, &count); domains++) {
		sum.messages += count.messages;
		sum.octets += count.octets;
		sum.records += count.records;
		sum.gaps += count.gaps;
		sum.missing += count.missing;
		sum.sets_without_template += count.sets_without_template;
		templates += count.template_count;
	}
	g_string_append(out, "all\n");
	append_count(out, "observation domains", domains);
	append_count(out, "messages", sum.messages);
	append_count(out, "octets", sum.octets);
	append_count(out, "templates", templates);
	append_count(out, "records", sum.records);
	append_count(out, "type records", reader_type_records(reader));
	append_count(out, "sequence gaps", sum.gaps);
	append_count(out, "records missing", sum.missing);
	append_count(out, "sets without template", sum.sets_without_template);
	for (size_t i = 0; reader_domain(reader, i, &count); i++)
		append_domain(out, &count);
}
