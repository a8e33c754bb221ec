/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "state.h"

#include <string.h>

#include "name.h"

void
state_decide(struct talk *talk)
{
	if (talk->state != NULL)
		talk->state->phase[talk->side] = PHASE_DONE;
	else
		*talk->handle |= STATE_DECIDED | 1u << talk->side;
}

bool
state_take(struct talk *talk)
{
	uint32_t number = places_take(&talk->names->states);
	struct state *state;

	if (number == 0) {
		talk->names->counts.states_full++;
		*talk->handle = STATE_DECIDED | 3;
		return false;
	}
	state = places_at(&talk->names->states, number);
	*state = (struct state){
		.tls_version_offered = UINT16_MAX,
		.tls_version_chosen = UINT16_MAX,
		.http_status = UINT16_MAX,
		.dns_type = UINT16_MAX,
		.dns_resolution = UINT32_MAX,
		.dns_response_code = UINT8_MAX,
		.tls_flags = UINT8_MAX,
	};
	for (int side = 0; side < 2; side++)
		if (state_is_decided(*talk->handle, side))
			state->phase[side] = PHASE_DONE;
	*talk->handle = number;
	talk->state = state;
	return true;
}

void
state_give(struct names *names, names_state *handle)
{
	struct state *state = state_at(names, *handle);

	if (state != NULL) {
		for (int side = 0; side < 2; side++) {
			if (state->buffer[side] != 0) {
				names->counts.incomplete++;
				places_give(
				    &names->buffers, state->buffer[side]);
			}
			chain_clear(&names->cells, &state->payload[side]);
		}
		chain_clear(&names->cells, &state->texts);
		places_give(&names->states, *handle);
	}
	*handle = 0;
}

void
state_set_text(struct talk *talk, enum names_text which, struct span text)
{
	uint8_t entry[2 + NAME_OCTETS_MAX];
	struct state *state = talk->state;

	if (text.length == 0 || text.length > NAME_OCTETS_MAX ||
	    state_has_text(state, which))
		return;
	entry[0] = (uint8_t)which;
	entry[1] = (uint8_t)text.length;
	memcpy(entry + 2, text.octets, text.length);
	if (chain_append(
	        &talk->names->cells, &state->texts, entry, 2 + text.length))
		state->texts_known |= (uint16_t)(1u << which);
	else
		talk->names->counts.texts_full++;
}

void
state_set_name(struct talk *talk, enum names_text which, struct span name)
{
	uint8_t lower[NAME_OCTETS_MAX];

	if (name.length > sizeof(lower))
		return;
	name_lower(lower, name);
	state_set_text(talk, which, (struct span){ lower, name.length });
}

struct buffer *
state_buffer(const struct talk *talk)
{
	uint32_t number = talk->state->buffer[talk->side];

	return number == 0 ? NULL : places_at(&talk->names->buffers, number);
}

struct buffer *
state_take_buffer(struct talk *talk)
{
	uint32_t number = places_take(&talk->names->buffers);

	if (number == 0) {
		talk->names->counts.buffers_full++;
		return NULL;
	}
	talk->state->buffer[talk->side] = number;
	return places_at(&talk->names->buffers, number);
}

void
state_give_buffer(struct talk *talk)
{
	uint32_t *number = &talk->state->buffer[talk->side];

	if (*number != 0)
		places_give(&talk->names->buffers, *number);
	*number = 0;
}
