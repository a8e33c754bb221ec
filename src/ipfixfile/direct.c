/* SPDX-License-Identifier: BSD-2-Clause */
#include "direct.h"

#include "exflow/base/octets.h"
#include "exflow/ipfix/message.h"
#include "exflow/ipfix/wire.h"

static struct layout *
find_layout(const struct domain *domain, uint16_t id)
{
	fbSession_t *session = fBufGetSession(domain->buffer);
	fbTemplate_t *template = fbSessionGetTemplate(session, FALSE, id, NULL);

	return template == NULL ? NULL : fbTemplateGetContext(template);
}

void
direct_begin(struct direct *direct, struct domain *domain,
    const uint8_t *message, size_t length)
{
	const uint8_t *set = message + MESSAGE_HEADER_OCTETS;
	const uint8_t *end = message + length;

	*direct = (struct direct){
		.next = set, .set_end = set, .end = end, .domain = domain
	};
	for (; set < end; set += get16(set + 2)) {
		uint16_t id = (uint16_t)get16(set);
		const struct layout *layout =
		    id < DATA_SET_MIN ? NULL : find_layout(domain, id);

		if (layout == NULL || layout->octets_min == 0)
			return;
	}
	direct->active = true;
}

static void
begin_set(struct direct *direct)
{
	const uint8_t *set = direct->set_end;

	direct->next = set + SET_HEADER_OCTETS;
	direct->set_end = set + get16(set + 2);
	direct->id = (uint16_t)get16(set);
	direct->layout = find_layout(direct->domain, direct->id);
	direct->count = domain_template(direct->domain, direct->id);
}

/* What is shorter than the shortest record is padding (RFC 7011, 3.3.1). */
enum direct_result
direct_next(struct direct *direct, const uint8_t **octets, size_t *length)
{
	size_t left = (size_t)(direct->set_end - direct->next);

	while (direct->layout == NULL || left < direct->layout->octets_min) {
		if (direct->set_end == direct->end)
			return DIRECT_END;
		begin_set(direct);
		left = (size_t)(direct->set_end - direct->next);
	}
	*octets = direct->next;
	*length = direct->layout->fixed
	              ? direct->layout->octets_min
	              : layout_extent(direct->layout, *octets, left);
	if (*length == 0)
		return DIRECT_TOO_LONG;
	direct->next += *length;
	direct->count->records++;
	return DIRECT_RECORD;
}

size_t
direct_run(struct direct *direct, const uint8_t **octets, size_t *length)
{
	size_t left = (size_t)(direct->set_end - direct->next), count;

	if (direct->layout == NULL || !direct->layout->fixed)
		return 0;
	*octets = direct->next;
	*length = direct->layout->octets_min;
	count = left / *length;
	direct->next += count * *length;
	direct->count->records += count;
	return count;
}
