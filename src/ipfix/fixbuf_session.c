/* SPDX-License-Identifier: BSD-2-Clause */
#include "internal.h"

/* An element whose type is octetArray; its name never goes on the wire. */
#define BODY_ELEMENT "dataLinkFrameSection"

static bool
append(
    fbTemplate_t *template, const char *name, uint16_t octets, GError **error)
{
	/* The name is only looked up, whatever its type says. */
	fbInfoElementSpec_t spec = { (char *)(uintptr_t)name, octets, 0 };

	return fbTemplateAppendSpec(template, &spec, ~0u, error);
}

static bool
append_fields(fbTemplate_t *template, const struct plan *plan, GError **error)
{
	for (unsigned i = 0; i < plan->field_count; i++)
		if (!append(template, plan->field[i]->name,
		        plan->field[i]->octets, error))
			return false;
	return true;
}

static fbTemplate_t *
template_new(fbInfoModel_t *model, const struct plan *plan,
    enum fixbuf_session_kind kind, GError **error)
{
	fbTemplate_t *template = fbTemplateAlloc(model);
	bool ok = kind == SESSION_FIELDS
	              ? append_fields(template, plan, error)
	              : append(template, BODY_ELEMENT, plan->octets, error);

	if (ok)
		return template;
	fbTemplateFreeUnused(template);
	return NULL;
}

static bool
session_add(fbSession_t *session, fbInfoModel_t *model, const struct plan *plan,
    enum fixbuf_session_kind kind, GError **error)
{
	fbTemplate_t *template = template_new(model, plan, kind, error);

	return template != NULL &&
	       fbSessionAddTemplate(
	           session, TRUE, plan->template_id, template, error) != 0 &&
	       fbSessionAddTemplate(
	           session, FALSE, plan->template_id, template, error) != 0;
}

/* The domain comes first: external templates belong to one. */
fBuf_t *
fixbuf_session_new(fbInfoModel_t *model, const struct plan *plans,
    const struct ipfix_options *options, enum fixbuf_session_kind kind,
    uint8_t *octets, GError **error)
{
	fbSession_t *session;
	fBuf_t *buffer;

	if (!memory_is_left(STARTING_OCTETS))
		return NULL;
	session = fbSessionAlloc(model);
	fbSessionSetDomain(session, options->domain);
	for (size_t i = 0; i < IPFIX_SHAPES; i++) {
		if (session_add(session, model, &plans[i], kind, error))
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
fixbuf_session_free(fBuf_t *buffer)
{
	if (buffer != NULL && memory_is_left(FREEING_OCTETS))
		fBufFree(buffer);
}
