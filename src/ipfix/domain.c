/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the reader keeps of an observation domain: its templates, and what is
 * counted.  Strangers say how many of these there are, so that all is bounded.
 */
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "reader_internal.h"

/* Of shapes remembered; beyond, all are forgotten and get other numbers. */
#define SHAPES_OCTETS_MAX (16 << 20)

static void
number_layout(struct reader *reader, struct layout *layout)
{
	char *shape = layout_shape(layout);
	gpointer number = g_hash_table_lookup(reader->layouts, shape);

	if (number == NULL) {
		reader->layout_octets += strlen(shape);
		if (reader->layout_octets > SHAPES_OCTETS_MAX) {
			g_hash_table_remove_all(reader->layouts);
			reader->layout_octets = strlen(shape);
		}
		number = GSIZE_TO_POINTER((gsize)++reader->layout_number);
		g_hash_table_insert(reader->layouts, shape, number);
	} else
		g_free(shape);
	layout->number = GPOINTER_TO_SIZE(number);
}

struct reader_template_count *
domain_template(struct reader_domain *domain, uint16_t id)
{
	struct reader_template_count fresh = { .template_id = id,
		.domain = domain->count.domain };
	guint low = 0, high = domain->templates->len;

	while (low < high) {
		guint middle = (low + high) / 2;
		struct reader_template_count *at = &g_array_index(
		    domain->templates, struct reader_template_count, middle);

		if (at->template_id == id)
			return at;
		if (at->template_id < id)
			low = middle + 1;
		else
			high = middle;
	}
	domain->reader->templates_seen++;
	g_array_insert_val(domain->templates, low, fresh);
	return &g_array_index(
	    domain->templates, struct reader_template_count, low);
}

/* libfixbuf has done with the template that it belongs to. */
static void
drop_layout(void *context, void *domain_context)
{
	struct layout *layout = context;
	struct reader_domain *domain = domain_context;

	domain->reader->fields_held -= layout->count;
	layout_free(layout);
}

/*
 * The incoming template becomes the internal one of the same id: records
 * come out with the fields that they have.
 */
static void
take_template(fbSession_t *session, uint16_t id, fbTemplate_t *template,
    void *context, void **template_context, fbTemplateCtxFree_fn *context_free)
{
	struct reader_domain *domain = context;
	struct reader_template_count *count;
	struct layout *layout;
	GError *reason = NULL;

	if (fbTemplateCountElements(template) == 0)
		return; /* withdrawn */
	if (fbSessionAddTemplate(session, TRUE, id, template, &reason) == 0)
		reader_fail(domain->reader, domain->reader->frame.offset,
		    "template %u: %s", id,
		    reason == NULL ? "refused" : reason->message);
	g_clear_error(&reason);
	layout = layout_new(template);
	number_layout(domain->reader, layout);
	*template_context = layout;
	*context_free = drop_layout;
	domain->reader->fields_held += layout->count;
	count = domain_template(domain, id);
	count->announced++;
	count->fields = (uint16_t)layout->count;
	count->options = layout->options;
}

static struct reader_domain *
domain_new(struct reader *reader, uint32_t number)
{
	struct reader_domain *domain = g_new0(struct reader_domain, 1);
	fbSession_t *session = fbSessionAlloc(reader->raw);

	domain->reader = reader;
	domain->count.domain = number;
	domain->count.first_export = UINT32_MAX;
	domain->templates =
	    g_array_new(FALSE, FALSE, sizeof(struct reader_template_count));
	fbSessionAddNewTemplateCallback(session, take_template, domain);
	domain->buffer = fBufAllocForCollection(session, NULL);
	fBufSetAutomaticMode(domain->buffer, FALSE);
	g_ptr_array_add(reader->domains, domain);
	return domain;
}

void
domain_free(gpointer data)
{
	struct reader_domain *domain = data;

	fBufFree(domain->buffer);
	g_array_free(domain->templates, TRUE);
	g_free(domain);
}

struct reader_domain *
domain_find(struct reader *reader, uint32_t number)
{
	for (guint i = 0; i < reader->domains->len; i++) {
		struct reader_domain *domain =
		    g_ptr_array_index(reader->domains, i);

		if (domain->count.domain == number)
			return domain;
	}
	if (reader->domains->len < READER_DOMAINS_MAX)
		return domain_new(reader, number);
	return NULL;
}

/* What the next message's number should be, by RFC 7011, 3.1. */
void
domain_check_sequence(struct reader_domain *domain, uint32_t sequence)
{
	int32_t ahead = (int32_t)(sequence - domain->expected);

	if (domain->synced && ahead != 0) {
		domain->count.gaps++;
		if (ahead > 0)
			domain->count.missing += (uint32_t)ahead;
	}
}

/* What was taken of a stranger's templates is enough: nothing more is read. */
bool
domain_too_much(struct reader *reader)
{
	const char *what = NULL;

	if (reader->fields_held > READER_FIELDS_HELD_MAX)
		what = "fields in templates";
	else if (reader->templates_seen > READER_TEMPLATES_MAX)
		what = "templates";
	else if (fbInfoModelCountElements(reader->raw) - reader->raw_count >
	         READER_ELEMENTS_MAX)
		what = "unknown elements";
	if (what == NULL)
		return false;
	reader_fail(reader, reader->frame.offset, "too many %s", what);
	reader->frame.stopped = true;
	return true;
}

bool
reader_domain(
    const struct reader *reader, size_t n, struct reader_domain_count *count)
{
	const struct reader_domain *domain;

	if (n >= reader->domains->len)
		return false;
	domain = g_ptr_array_index(reader->domains, n);
	*count = domain->count;
	count->template_count = domain->templates->len;
	count->templates = (const struct reader_template_count *)(const void *)
	                       domain->templates->data;
	return true;
}
