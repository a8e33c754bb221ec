/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages that are made once: each template in a message of its own,
 * and the RFC 5610 type information.  A session is used for them and thrown
 * away, so that the one that encodes records never meets the end of message
 * that libfixbuf reports after a template operation.
 */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Without the padding that libfixbuf's own type template has on the wire. */
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
 * Emit what the buffer holds and keep a copy of it.  For want of memory that
 * is no error of glib's, which would take some itself.
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
announce_template(struct message_array *list, fBuf_t *buffer,
    const uint8_t *octets, uint16_t template_id, GError **error)
{
	bool ok;

	/* Automatic mode gets over the end of message before a template. */
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
	/* Adding an external template writes it, which overruns nothing. */
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

/* One type record; pending counts those in the message that is filled. */
static int
announce_type(struct message_array *list, fBuf_t *buffer, const uint8_t *octets,
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

static int
announce_types(struct message_array *list, fBuf_t *buffer,
    const uint8_t *octets, fbInfoModel_t *model, uint32_t enterprise_number,
    GError **error)
{
	uint32_t pending = 0;

	if (!add_types_template(buffer, model, error) ||
	    keep(list, buffer, octets, 0, MESSAGE_TEMPLATES, error) < 0)
		return -1;
	for (size_t i = 0; i < record_field_count; i++) {
		const struct field *field = &record_fields[i];

		if (field->pen == PEN_OWN &&
		    announce_type(list, buffer, octets,
		        fbInfoModelGetElementByID(
		            model, field->id, enterprise_number),
		        &pending, error) < 0)
			return -1;
	}
	return keep(list, buffer, octets, pending, MESSAGE_TYPES, error);
}

int
announce(fbInfoModel_t *model, const struct plan *plans,
    const struct ipfix_options *options, struct message_array *templates,
    struct message_array *types, GError **error)
{
	uint8_t *octets = malloc(options->message_octets);
	fBuf_t *buffer;
	int result = 0;

	if (octets == NULL)
		return -1;
	buffer = fixbuf_session_new(
	    model, plans, options, SESSION_FIELDS, octets, error);
	if (buffer == NULL) {
		free(octets);
		return -1;
	}
	for (size_t i = 0; i < IPFIX_SHAPES && result == 0; i++)
		result = announce_template(
		    templates, buffer, octets, plans[i].template_id, error);
	if (result == 0)
		result = announce_types(types, buffer, octets, model,
		    options->record.enterprise_number, error);
	fixbuf_session_free(buffer);
	free(octets);
	return result;
}
