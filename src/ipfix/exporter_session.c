/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libfixbuf's objects for sending:
 *
 *	fBuf ──► fbExporter ──► octets of one message
 *	  └────► fbSession ───► one template of each shape, twice:
 *	                        internal: how we hand records over
 *	                        external: how they are on the wire
 *
 * A session is of one of two kinds.  In one of SESSION_FIELDS the templates
 * have the fields of the records.  Its external templates are those that
 * collectors get.  In one of SESSION_OCTETS each template has the same id and
 * the same length, but one field, an octetArray as long as the record.
 * libfixbuf copies such a record at a tenth of the cost of transcoding some 45
 * fields, and as collectors know the templates of the other session, they see
 * no difference.  Where records end with texts, an octetArray of any length for
 * each stands behind the first.  The templates of SESSION_OCTETS are never
 * sent.
 *
 * Template and type messages are made by a session of their own, which is then
 * freed: the session that encodes records would else meet the end of message
 * that libfixbuf reports after it wrote a template.
 *
 * What can go wrong is memory.  glib aborts the program without it, so
 * memory_is_left() is asked before, and a GError that stays NULL means that
 * there was none.
 */
#include "exporter_session.h"

#include <stdlib.h>
#include <string.h>

#include "exflow/ipfix/information_model.h"

/* An element whose type is octetArray; its name never goes on the wire. */
#define OCTETS_ELEMENT "dataLinkFrameSection"

/* --- sessions */

static bool
append(
    fbTemplate_t *template, const char *name, uint16_t octets, GError **error)
{
	/* The name is not changed, although its type is not const. */
	fbInfoElementSpec_t spec = { (char *)(uintptr_t)name, octets, 0 };

	return fbTemplateAppendSpec(template, &spec, ~0u, error);
}

static bool
append_fields(fbTemplate_t *template, const struct record_template *record,
    GError **error)
{
	for (unsigned i = 0; i < record->field_count; i++)
		if (!append(template, record->field[i]->name,
		        record->field[i]->text != NULL
		            ? FB_IE_VARLEN
		            : record->field[i]->octets,
		        error))
			return false;
	return true;
}

static bool
append_octets(fbTemplate_t *template, const struct record_template *record,
    GError **error)
{
	if (!append(template, OCTETS_ELEMENT, record->octets, error))
		return false;
	for (unsigned i = 0; i < record->text_count; i++)
		if (!append(template, OCTETS_ELEMENT, FB_IE_VARLEN, error))
			return false;
	return true;
}

static fbTemplate_t *
template_new(fbInfoModel_t *model, const struct record_template *record,
    enum exporter_session_kind kind, GError **error)
{
	fbTemplate_t *template = fbTemplateAlloc(model);
	bool ok = kind == SESSION_FIELDS
	              ? append_fields(template, record, error)
	              : append_octets(template, record, error);

	if (ok)
		return template;
	fbTemplateFreeUnused(template);
	return NULL;
}

static bool
session_add(fbSession_t *session, fbInfoModel_t *model,
    const struct record_template *record, enum exporter_session_kind kind,
    GError **error)
{
	fbTemplate_t *template = template_new(model, record, kind, error);

	return template != NULL &&
	       fbSessionAddTemplate(
	           session, TRUE, record->id, template, error) != 0 &&
	       fbSessionAddTemplate(
	           session, FALSE, record->id, template, error) != 0;
}

/* The domain is set first, because external templates belong to one. */
fBuf_t *
exporter_session_new(fbInfoModel_t *model,
    const struct record_template *templates,
    const struct ipfix_options *options, enum exporter_session_kind kind,
    uint8_t *octets, GError **error)
{
	fbSession_t *session;
	fBuf_t *buffer;

	if (!memory_is_left(STARTING_OCTETS))
		return NULL;
	session = fbSessionAlloc(model);
	fbSessionSetDomain(session, options->domain);
	for (unsigned i = 0; i < IPFIX_SHAPES; i++) {
		if (!ipfix_shape_occurs(&options->record, i) ||
		    session_add(session, model, &templates[i], kind, error))
			continue;
		fbSessionFree(session);
		return NULL;
	}
	buffer = fBufAllocForExport(session,
	    fbExporterAllocBuffer(octets, (uint16_t)options->message_octets));
	fBufSetAutomaticMode(buffer, FALSE);
	return buffer;
}

void
exporter_session_free(fBuf_t *buffer)
{
	if (buffer != NULL && memory_is_left(FREEING_OCTETS))
		fBufFree(buffer);
}

/* --- messages that are made once */

/* libfixbuf's type template but for the padding that it has on the wire. */
static fbInfoElementSpec_t types_spec[] = {
	{ (char *)"privateEnterpriseNumber", 4, 0 },
	{ (char *)"informationElementId", 2, 0 },
	{ (char *)"informationElementDataType", 1, 0 },
	{ (char *)"informationElementSemantics", 1, 0 },
	{ (char *)"informationElementUnits", 2, 0 },
	{ (char *)"informationElementRangeBegin", 8, 0 },
	{ (char *)"informationElementRangeEnd", 8, 0 },
	{ (char *)"informationElementName", FB_IE_VARLEN, 0 },
	{ (char *)"informationElementDescription", FB_IE_VARLEN, 0 },
	FB_IESPEC_NULL,
};
#define TYPES_SCOPE 2 /* the enterprise number and the id */

void
message_array_free(struct message_array *list)
{
	for (size_t i = 0; i < list->count; i++)
		free((void *)(uintptr_t)list->message[i].octets);
	free(list->message);
	memset(list, 0, sizeof(*list));
}

/*
 * Finish the message in the buffer and keep a copy of it.  Without memory the
 * result is -1 and no GError, because making one takes memory, too.
 */
static int
keep(struct message_array *list, fBuf_t *buffer, const uint8_t *octets,
    uint32_t records, enum message_kind kind, GError **error)
{
	struct message *grown;
	uint8_t *copy;
	size_t length;

	if (!fBufEmit(buffer, error))
		return -1;
	length = fbExporterGetMsgLen(fBufGetExporter(buffer));
	grown = realloc(list->message, (list->count + 1) * sizeof(*grown));
	if (grown == NULL)
		return -1;
	list->message = grown;
	copy = malloc(length);
	if (copy == NULL)
		return -1;
	memcpy(copy, octets, length);
	list->message[list->count++] = (struct message){ .octets = copy,
		.length = (uint32_t)length,
		.records = records,
		.kind = kind };
	return 0;
}

static int
add_template_message(struct message_array *list, fBuf_t *buffer,
    const uint8_t *octets, uint16_t template_id, GError **error)
{
	bool ok;

	/* In automatic mode a template can follow an end of message. */
	fBufSetAutomaticMode(buffer, TRUE);
	ok =
	    fbSessionExportTemplate(fBufGetSession(buffer), template_id, error);
	fBufSetAutomaticMode(buffer, FALSE);
	return ok ? keep(list, buffer, octets, 0, MESSAGE_TEMPLATES, error)
	          : -1;
}

static bool
add_types_template(fBuf_t *buffer, fbInfoModel_t *model, GError **error)
{
	fbSession_t *session = fBufGetSession(buffer);
	fbTemplate_t *internal = fbInfoElementAllocTypeTemplate(model, error);
	fbTemplate_t *external = fbTemplateAlloc(model);
	bool ok;

	if (internal == NULL ||
	    !fbTemplateAppendSpecArray(external, types_spec, ~0u, error)) {
		fbTemplateFreeUnused(external);
		if (internal != NULL)
			fbTemplateFreeUnused(internal);
		return false;
	}
	fbTemplateSetOptionsScope(external, TYPES_SCOPE);
	/* Adding an external template writes it to the buffer. */
	fBufSetAutomaticMode(buffer, TRUE);
	ok = fbSessionAddTemplate(
	         session, TRUE, TEMPLATE_TYPES, internal, error) != 0 &&
	     fbSessionAddTemplate(
	         session, FALSE, TEMPLATE_TYPES, external, error) != 0;
	fBufSetAutomaticMode(buffer, FALSE);
	return ok;
}

static bool
write_type(fBuf_t *buffer, const fbInfoElement_t *element, GError **error)
{
	return fbInfoElementWriteOptionsRecord(
	    buffer, element, TEMPLATE_TYPES, TEMPLATE_TYPES, error);
}

static bool
at_end_of_message(GError **error)
{
	if (!g_error_matches(*error, FB_ERROR_DOMAIN, FB_ERROR_EOM))
		return false;
	g_clear_error(error);
	return true;
}

/* Add one type record; pending counts those in the unfinished message. */
static int
add_type(struct message_array *list, fBuf_t *buffer, const uint8_t *octets,
    const fbInfoElement_t *element, uint32_t *pending, GError **error)
{
	if (write_type(buffer, element, error)) {
		++*pending;
		return 0;
	}
	if (!at_end_of_message(error))
		return -1;
	if (*pending > 0 &&
	    keep(list, buffer, octets, *pending, MESSAGE_TYPES, error) < 0)
		return -1;
	*pending = 0;
	if (!write_type(buffer, element, error))
		return -1;
	*pending = 1;
	return 0;
}

/* An own element that records may have. */
static bool
is_own(const struct field *field, const struct record_options *record)
{
	return field->pen == PEN_OWN &&
	       (record->quality ||
	           (field->conditions & FIELD_IF_QUALITY) == 0) &&
	       (record->names || (field->conditions & FIELD_IF_NAMES) == 0);
}

static int
add_type_messages(struct message_array *list, fBuf_t *buffer,
    const uint8_t *octets, fbInfoModel_t *model,
    const struct record_options *record, GError **error)
{
	uint32_t pending = 0;

	if (!add_types_template(buffer, model, error) ||
	    keep(list, buffer, octets, 0, MESSAGE_TEMPLATES, error) < 0)
		return -1;
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (is_own(field, record) &&
		    add_type(list, buffer, octets,
		        fbInfoModelGetElementByID(
		            model, field->id, record->enterprise_number),
		        &pending, error) < 0)
			return -1;
	}
	return keep(list, buffer, octets, pending, MESSAGE_TYPES, error);
}

/* Exchanges of protocols other than TCP and UDP come only if asked for. */
static bool
is_possible(const struct ipfix_options *options, unsigned shape)
{
	return ipfix_shape_occurs(&options->record, shape) &&
	       (options->record.other ||
	           shape % IPFIX_BASES < IPFIX_PORT_BASES);
}

int
exporter_session_messages(fbInfoModel_t *model,
    const struct record_template *records, const struct ipfix_options *options,
    struct message_array *templates, struct message_array *types,
    GError **error)
{
	uint8_t *octets = malloc(options->message_octets);
	fBuf_t *buffer;
	int result = 0;

	if (octets == NULL)
		return -1;
	buffer = exporter_session_new(
	    model, records, options, SESSION_FIELDS, octets, error);
	if (buffer == NULL) {
		free(octets);
		return -1;
	}
	for (unsigned i = 0; i < IPFIX_SHAPES && result == 0; i++)
		if (is_possible(options, i))
			result = add_template_message(
			    templates, buffer, octets, records[i].id, error);
	if (result == 0)
		result = add_type_messages(
		    types, buffer, octets, model, &options->record, error);
	exporter_session_free(buffer);
	free(octets);
	return result;
}
