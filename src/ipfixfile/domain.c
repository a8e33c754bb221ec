/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each observation domain has a session of libfixbuf of its own, because
 * libfixbuf keeps internal templates by id alone:
 *
 *	struct domains ─┬─ domain 1 ── fBuf ── session ─┬─ template 257
 *	                │                               │    └─ layout
 *	                │                               └─ template 258
 *	                │                                    └─ layout
 *	                └─ domain 2 ── …
 *
 * A template's layout hangs at it as libfixbuf's "template context", and is
 * freed with it.  Layouts with the same fields in the same order get the same
 * number, in whatever domain they are.
 *
 * The sender decides how many domains, templates and fields there are, so each
 * count has a limit (reader.h).  domains_exceeded() tells when one is reached;
 * it is asked once a message, so a message can go beyond by what fits in it.
 */
#include "domain.h"

#include <stdio.h>
#include <string.h>

#include "exflow/ipfix/wire.h"

#include "layout.h"
#include "model_learn.h"

/* Beyond, all layouts are forgotten and get other numbers. */
#define LAYOUT_OCTETS_MAX (16 << 20)

static void
number_layout(struct domains *domains, struct layout *layout)
{
	char *key = layout_key(layout);
	gpointer number = g_hash_table_lookup(domains->layouts, key);

	if (number == NULL) {
		domains->layout_octets += strlen(key);
		if (domains->layout_octets > LAYOUT_OCTETS_MAX) {
			g_hash_table_remove_all(domains->layouts);
			domains->layout_octets = strlen(key);
		}
		number = GSIZE_TO_POINTER((gsize)++domains->layout_number);
		g_hash_table_insert(domains->layouts, key, number);
	} else
		g_free(key);
	layout->number = GPOINTER_TO_SIZE(number);
	layout->serial = ++domains->layouts_made;
}

struct reader_template_count *
domain_template(struct domain *domain, uint16_t id)
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
	domain->domains->templates_seen++;
	g_array_insert_val(domain->templates, low, fresh);
	return &g_array_index(
	    domain->templates, struct reader_template_count, low);
}

/* libfixbuf frees the template that the layout belongs to. */
static void
drop_layout(void *context, void *domain_context)
{
	struct layout *layout = context;
	struct domain *domain = domain_context;

	domain->domains->fields_held -= layout->count;
	layout_free(layout);
}

/*
 * A template has come in.  It is made the internal template of the same id, so
 * that libfixbuf hands records out with the fields that they have.
 */
static void
take_template(fbSession_t *session, uint16_t id, fbTemplate_t *template,
    void *context, void **template_context, fbTemplateCtxFree_fn *context_free)
{
	struct domain *domain = context;
	struct domains *domains = domain->domains;
	struct reader_template_count *count;
	struct layout *layout;
	GError *reason = NULL;

	if (fbTemplateCountElements(template) == 0)
		return; /* no message has one: withdrawals are cut out */
	if (fbSessionAddTemplate(session, TRUE, id, template, &reason) == 0 &&
	    domains->error[0] == '\0')
		snprintf(domains->error, sizeof(domains->error),
		    "template %u: %s", id,
		    reason == NULL ? "refused" : reason->message);
	g_clear_error(&reason);
	layout = layout_new(template);
	number_layout(domains, layout);
	*template_context = layout;
	*context_free = drop_layout;
	domains->fields_held += layout->count;
	count = domain_template(domain, id);
	count->announced++;
	count->fields = (uint16_t)layout->count;
	count->options = layout->options;
	g_hash_table_remove(
	    domain->in_force[!layout->options], GUINT_TO_POINTER(id));
	g_hash_table_add(
	    domain->in_force[layout->options], GUINT_TO_POINTER(id));
}

static void
forget_template(struct domain *domain, uint16_t id)
{
	fbSession_t *session = fBufGetSession(domain->buffer);

	fbSessionRemoveTemplate(session, FALSE, id, NULL);
	fbSessionRemoveTemplate(session, TRUE, id, NULL);
	domain_template(domain, id)->withdrawn++;
}

/* Each template that goes was announced, so this costs no more than that. */
static void
forget_all(struct domain *domain, GHashTable *ids)
{
	GHashTableIter iterator;
	gpointer id;

	g_hash_table_iter_init(&iterator, ids);
	while (g_hash_table_iter_next(&iterator, &id, NULL))
		forget_template(domain, (uint16_t)GPOINTER_TO_UINT(id));
	g_hash_table_remove_all(ids);
}

void
domain_withdraw(struct domain *domain, const struct withdrawal *withdrawal)
{
	uint16_t id = withdrawal->id;

	if (id < DATA_SET_MIN)
		forget_all(domain, domain->in_force[withdrawal->options]);
	/* An id is of one template, whichever kind it is. */
	else if (g_hash_table_remove(
	             domain->in_force[false], GUINT_TO_POINTER(id)) ||
	         g_hash_table_remove(
	             domain->in_force[true], GUINT_TO_POINTER(id)))
		forget_template(domain, id);
}

static struct domain *
domain_new(struct domains *domains, uint32_t number)
{
	struct domain *domain = g_new0(struct domain, 1);
	fbSession_t *session = fbSessionAlloc(domains->raw);

	domain->domains = domains;
	domain->count.domain = number;
	domain->count.first_export = UINT32_MAX;
	domain->templates =
	    g_array_new(FALSE, FALSE, sizeof(struct reader_template_count));
	for (int i = 0; i < 2; i++)
		domain->in_force[i] = g_hash_table_new(NULL, NULL);
	fbSessionAddNewTemplateCallback(session, take_template, domain);
	domain->buffer = fBufAllocForCollection(session, NULL);
	fBufSetAutomaticMode(domain->buffer, FALSE);
	g_ptr_array_add(domains->list, domain);
	return domain;
}

static void
domain_free(gpointer data)
{
	struct domain *domain = data;

	fBufFree(domain->buffer);
	g_array_free(domain->templates, TRUE);
	for (int i = 0; i < 2; i++)
		g_hash_table_destroy(domain->in_force[i]);
	g_free(domain);
}

void
domains_init(struct domains *domains)
{
	memset(domains, 0, sizeof(*domains));
	domains->raw = model_raw_new();
	domains->raw_count = fbInfoModelCountElements(domains->raw);
	domains->list = g_ptr_array_new_with_free_func(domain_free);
	domains->layouts =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void
domains_free(struct domains *domains)
{
	g_ptr_array_free(domains->list, TRUE);
	g_hash_table_destroy(domains->layouts);
	fbInfoModelFree(domains->raw);
}

struct domain *
domains_find(struct domains *domains, uint32_t number)
{
	for (guint i = 0; i < domains->list->len; i++) {
		struct domain *domain = g_ptr_array_index(domains->list, i);

		if (domain->count.domain == number)
			return domain;
	}
	if (domains->list->len < READER_DOMAINS_MAX)
		return domain_new(domains, number);
	return NULL;
}

const char *
domains_exceeded(const struct domains *domains)
{
	if (domains->fields_held > READER_FIELDS_HELD_MAX)
		return "fields in templates";
	if (domains->templates_seen > READER_TEMPLATES_MAX)
		return "templates";
	if (fbInfoModelCountElements(domains->raw) - domains->raw_count >
	    READER_ELEMENTS_MAX)
		return "unknown elements";
	return NULL;
}

/* RFC 7011, 3.1: it counts the data records before the message. */
void
domain_check_sequence(struct domain *domain, uint32_t sequence)
{
	int32_t ahead = (int32_t)(sequence - domain->expected);

	if (domain->synced && ahead != 0) {
		domain->count.gaps++;
		if (ahead > 0)
			domain->count.missing += (uint32_t)ahead;
	}
}

struct reader_domain_count
domain_count(const struct domain *domain)
{
	struct reader_domain_count count = domain->count;

	count.template_count = domain->templates->len;
	count.templates = (const struct reader_template_count *)(const void *)
	                      domain->templates->data;
	return count;
}
