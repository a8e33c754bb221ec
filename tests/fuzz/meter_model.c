/* SPDX-License-Identifier: BSD-2-Clause */
#include "meter_model.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	struct entry *next;
	struct flow_key key;
	unsigned client;
	uint32_t initial_sequence;
	bool midstream, answered, fin[2], reset, closing;
	timestamp heard[2]; /* the clock at each side's last packet */
	timestamp part_start;
	bool sent[2];        /* something that is no reset, */
	uint32_t follows[2]; /* and the number that follows the highest */
	uint64_t closed;     /* the number of the packet that made it linger */
	struct exchange exchange; /* the part */
};

struct model {
	struct meter_options options;
	struct entry *entries;
	timestamp now;
	bool settled; /* nothing is overdue unless time moves on */
	struct rows rows;
	struct ledger ledger;
};

/* --- rows */

void
rows_add(struct rows *rows, const struct exchange *e)
{
	struct row row = { { 0 } };
	uint64_t *n = row.number;

	memcpy(n, e->address, 32);
	n += 4;
	*n++ = (uint64_t)e->port[CLIENT] << 16 | e->port[SERVER];
	*n++ = (uint64_t)e->protocol << 8 | e->ip_version;
	*n++ = (uint64_t)e->vlan << 32 | e->interface;
	*n++ = (uint64_t)e->end << 16 | e->end_reason << 8 | e->midstream;
	*n++ = e->flow_id;
	for (int i = 0; i < 2; i++) {
		const struct exchange_side *side = &e->side[i];

		*n++ = (uint64_t)side->first.ns;
		*n++ = (uint64_t)side->last.ns;
		*n++ = side->packets;
		*n++ = side->ip_octets;
		*n++ = side->payload_octets;
		*n++ = side->data_packets;
		for (int bit = 0; bit < TCP_FLAG_COUNT; bit++)
			*n++ = side->flag_packets[bit];
	}
	if (rows->count == rows->room) {
		rows->room = rows->room * 2 + 64;
		rows->row = realloc(rows->row, rows->room * sizeof(struct row));
		if (rows->row == NULL)
			abort();
	}
	rows->row[rows->count++] = row;
}

static int
row_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct row));
}

void
rows_sort(struct rows *rows)
{
	if (rows->count > 0)
		qsort(rows->row, rows->count, sizeof(struct row), row_compare);
}

void
rows_clear(struct rows *rows)
{
	free(rows->row);
	memset(rows, 0, sizeof(*rows));
}

/* --- ending */

static void
emit(struct model *model, struct entry *entry, int end, int reason)
{
	struct exchange *e = &entry->exchange;
	uint64_t flow_id = e->flow_id;

	if (e->side[CLIENT].packets + e->side[SERVER].packets == 0)
		return;
	e->end = (uint8_t)end;
	e->end_reason = (uint8_t)reason;
	rows_add(&model->rows, e);
	model->ledger.records++;
	memset(e->side, 0, sizeof(e->side));
	e->flow_id = flow_id;
}

static void
end(struct model *model, struct entry *entry, int end, int reason)
{
	struct entry **link = &model->entries;

	emit(model, entry, end, reason);
	model->ledger.exchanges_ended[end]++;
	model->ledger.exchanges_live--;
	while (*link != entry)
		link = &(*link)->next;
	*link = entry->next;
	free(entry);
}

static int
closing_end(const struct entry *entry)
{
	return entry->reset ? END_RESET : END_FINISHED;
}

static bool
passed(const struct model *model, timestamp last, duration timeout)
{
	return model->now.ns - last.ns >= timeout.ns;
}

/* The row of the table of ends that applies first, and when. */
static timestamp
over_at(const struct model *model, const struct entry *entry, int *how)
{
	const struct meter_options *o = &model->options;
	timestamp last =
	    timestamp_max(entry->heard[CLIENT], entry->heard[SERVER]);
	int64_t after;

	if (entry->key.protocol == PROTOCOL_UDP) {
		if (o->udp_idle_either)
			last = timestamp_min(
			    entry->heard[CLIENT], entry->heard[SERVER]);
		*how = END_IDLE;
		return timestamp_add(last, o->udp_idle_timeout);
	}
	if (entry->closing) {
		*how = closing_end(entry);
		return timestamp_add(last, o->tcp_linger);
	}
	after = o->tcp_idle_timeout.ns;
	*how = END_IDLE;
	if (!entry->answered && o->tcp_opening_timeout.ns <= after) {
		after = o->tcp_opening_timeout.ns;
		*how = END_UNANSWERED;
	}
	if ((entry->fin[0] || entry->fin[1]) &&
	    o->tcp_half_closed_timeout.ns <= after) {
		/* Equal timeouts: half-closed is the better word. */
		after = o->tcp_half_closed_timeout.ns;
		*how = END_HALF_CLOSED;
	}
	return timestamp_add(last, (duration){ after });
}

static void
expire(struct model *model)
{
	struct entry *next;

	for (struct entry *e = model->entries; e != NULL; e = next) {
		int how;
		timestamp over = over_at(model, e, &how);
		duration active = model->options.active_timeout;

		next = e->next;
		if (active.ns != 0 && !e->closing &&
		    e->exchange.side[0].packets + e->exchange.side[1].packets >
		        0 &&
		    passed(model, e->part_start, active) &&
		    timestamp_add(e->part_start, active).ns < over.ns) {
			emit(model, e, END_ACTIVE, 2);
			model->ledger.active_parts++;
		}
		if (over.ns <= model->now.ns)
			end(model, e, how,
			    how == END_IDLE || how == END_UNANSWERED ? 1 : 3);
	}
}

/* When the part is cut, the far future where it is not. */
static timestamp
cut_at(const struct model *model, const struct entry *entry)
{
	duration active = model->options.active_timeout;

	if (active.ns == 0 || entry->closing ||
	    entry->exchange.side[0].packets + entry->exchange.side[1].packets ==
	        0)
		return TIMESTAMP_MAX;
	return timestamp_add(entry->part_start, active);
}

void
model_cut(struct model *model)
{
	for (struct entry *e = model->entries; e != NULL; e = e->next)
		if (!e->closing &&
		    e->exchange.side[0].packets + e->exchange.side[1].packets >
		        0) {
			emit(model, e, END_ACTIVE, 2);
			model->ledger.active_parts++;
		}
}

void
model_configure(struct model *model, const struct meter_options *options)
{
	model->options = *options;
	model->settled = false;
}

/* --- eviction */

static int64_t
expiry(const struct model *model, const struct entry *entry)
{
	int how;
	timestamp far = { model->now.ns + MODEL_HORIZON };
	timestamp over = over_at(model, entry, &how);

	over = timestamp_min(over, cut_at(model, entry));
	return timestamp_min(over, far).ns / MODEL_TICK;
}

/* SEMANTICS: one that lingers, else unanswered, else the nearest. */
static const char *
should_be_another(const struct model *model, const struct entry *victim)
{
	for (struct entry *e = model->entries; e != NULL; e = e->next) {
		if (e->closing &&
		    (!victim->closing || e->closed < victim->closed))
			return "one lingers, or has for longer";
		if (victim->closing || e->closing)
			continue;
		if (!e->answered &&
		    (victim->answered ||
		        e->exchange.flow_id < victim->exchange.flow_id))
			return "one is unanswered, or an older one is";
		if (victim->answered && e->answered &&
		    expiry(model, e) + 1 < expiry(model, victim))
			return "one is nearer to its expiry";
	}
	return NULL;
}

static bool
is_among(uint64_t flow_id, const uint64_t *live, size_t count)
{
	while (count > 0 && live[count - 1] != flow_id)
		count--;
	return count > 0;
}

/* Of the segment's own key, none is evicted: it may be replaced. */
int
model_follow(struct model *model, const struct segment *segment,
    const uint64_t *live, size_t count, const char **wrong)
{
	struct entry *next;
	int evicted = 0;

	for (struct entry *e = model->entries; e != NULL; e = next) {
		next = e->next;
		if (is_among(e->exchange.flow_id, live, count) ||
		    memcmp(&e->key, &segment->key, sizeof(e->key)) == 0)
			continue;
		*wrong = should_be_another(model, e);
		if (*wrong != NULL)
			return -1;
		if (e->closing)
			end(model, e, closing_end(e), 3);
		else
			end(model, e, END_EVICTED, 5);
		evicted++;
	}
	return evicted;
}

/* --- opening */

static bool
local(const struct model *model, const struct segment *s, unsigned endpoint)
{
	return network_set_contains(model->options.networks,
	    s->key.address[endpoint], s->key.ip_version);
}

static struct entry *
open_with(struct model *model, const struct segment *s, unsigned client,
    bool midstream)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	if (entry == NULL)
		abort();
	entry->key = s->key;
	entry->client = client;
	entry->midstream = midstream;
	entry->initial_sequence = s->sequence;
	entry->heard[CLIENT] = entry->heard[SERVER] = s->now;
	entry->exchange = (struct exchange){ .protocol = s->key.protocol,
		.ip_version = s->key.ip_version,
		.vlan = s->vlan,
		.interface = s->interface,
		.midstream = midstream,
		.flow_id = s->number };
	for (unsigned i = 0; i < 2; i++) {
		memcpy(entry->exchange.address[i],
		    s->key.address[i == 0 ? client : !client], 16);
		entry->exchange.port[i] =
		    s->key.port[i == 0 ? client : !client];
	}
	entry->next = model->entries;
	model->entries = entry;
	model->ledger.exchanges_opened++;
	model->ledger.exchanges_live++;
	return entry;
}

static struct entry *
unmatched(struct model *model, enum unmatched reason)
{
	model->ledger.unmatched[reason]++;
	return NULL;
}

static bool
is_syn(const struct segment *s)
{
	return s->tcp_flags & TCP_SYN && !(s->tcp_flags & TCP_ACK);
}

static struct entry *
open_entry(struct model *model, const struct segment *s)
{
	const struct meter_options *o = &model->options;
	unsigned from = s->sender, to = !from;
	bool from_local = local(model, s, from), to_local = local(model, s, to);

	if (s->later_fragment)
		return unmatched(model, UNMATCHED_FRAGMENT);
	if (!from_local && !to_local)
		return unmatched(model, UNMATCHED_FOREIGN);
	if (s->key.protocol == PROTOCOL_UDP) {
		if (from_local && to_local)
			return unmatched(model, UNMATCHED_UDP_LOCAL);
		if (!from_local && !o->inbound)
			return unmatched(model, UNMATCHED_INBOUND);
		return open_with(model, s, from, false);
	}
	if (is_syn(s) && (from_local || o->inbound))
		return open_with(model, s, from, false);
	if (!o->midstream)
		return unmatched(model,
		    is_syn(s) ? UNMATCHED_INBOUND : UNMATCHED_TCP_MIDSTREAM);
	if (from_local && to_local)
		return open_with(model, s,
		    s->key.port[to] > s->key.port[from] ? to : from, true);
	return open_with(model, s, from_local ? from : to, true);
}

/* --- one segment */

static bool
replaced(
    const struct model *model, struct entry *entry, const struct segment *s)
{
	if (s->key.protocol != PROTOCOL_TCP || !is_syn(s))
		return false;
	if (entry->closing)
		return model->options.inbound || local(model, s, s->sender);
	return s->sender == entry->client &&
	       (entry->midstream || s->sequence != entry->initial_sequence);
}

static int64_t
apart(uint32_t a, uint32_t b)
{
	return llabs((long long)(int32_t)(a - b));
}

/* A reset far from where its side is; any other segment moves its side on. */
static bool
out_of_window(struct entry *entry, int which, const struct segment *s)
{
	uint32_t end = s->sequence + s->payload_octets;

	if (s->later_fragment || s->key.protocol != PROTOCOL_TCP)
		return false;
	if (s->tcp_flags & TCP_RST)
		return entry->sent[which] &&
		       apart(s->sequence, entry->follows[which]) >
		           METER_RESET_WINDOW;
	end += (s->tcp_flags & TCP_SYN) != 0;
	end += (s->tcp_flags & TCP_FIN) != 0;
	if (!entry->sent[which] || (int32_t)(end - entry->follows[which]) > 0)
		entry->follows[which] = end == 0 ? 1 : end;
	entry->sent[which] = true;
	return false;
}

static void
count(struct model *model, struct entry *entry, const struct segment *s)
{
	int which = s->sender == entry->client ? CLIENT : SERVER;
	struct exchange_side *side = &entry->exchange.side[which];

	if (entry->exchange.side[0].packets + entry->exchange.side[1].packets ==
	    0)
		entry->part_start = s->now;
	if (side->packets == 0)
		side->first = side->last = s->time;
	side->first = timestamp_min(side->first, s->time);
	side->last = timestamp_max(side->last, s->time);
	side->packets++;
	side->ip_octets += s->ip_octets;
	side->payload_octets += s->payload_octets;
	side->data_packets += s->payload_octets > 0;
	for (int bit = 0; bit < TCP_FLAG_COUNT; bit++)
		side->flag_packets[bit] += s->tcp_flags >> bit & 1;
	model->ledger.resets_out_of_window += out_of_window(entry, which, s);
	entry->heard[which] = s->now;
	entry->answered |= which == SERVER;
	if (s->key.protocol != PROTOCOL_TCP)
		return;
	entry->fin[which] |= (s->tcp_flags & TCP_FIN) != 0;
	if (!entry->closing && entry->fin[0] && entry->fin[1])
		entry->closing = true;
	else if (!entry->closing && s->tcp_flags & TCP_RST)
		entry->closing = entry->reset = true;
}

void
model_segment(struct model *model, const struct segment *s)
{
	struct entry *entry;

	model_advance(model, s->now);
	for (entry = model->entries; entry != NULL; entry = entry->next)
		if (memcmp(&entry->key, &s->key, sizeof(s->key)) == 0)
			break;
	if (entry != NULL && replaced(model, entry, s)) {
		end(model, entry, END_REPLACED, entry->closing ? 3 : 4);
		entry = NULL;
	}
	if (entry == NULL)
		entry = open_entry(model, s);
	if (entry == NULL)
		return;
	count(model, entry, s);
	model->ledger.packets_in_exchanges++;
	if (entry->closing && entry->closed == 0)
		entry->closed = s->number;
}

void
model_advance(struct model *model, timestamp now)
{
	if (model->settled && now.ns <= model->now.ns)
		return;
	model->now = timestamp_max(model->now, now);
	expire(model);
	model->settled = true;
}

void
model_finish(struct model *model)
{
	while (model->entries != NULL) {
		struct entry *e = model->entries;

		if (e->closing)
			end(model, e, closing_end(e), 3);
		else
			end(model, e, END_SHUTDOWN, 4);
	}
}

struct model *
model_new(const struct meter_options *options)
{
	struct model *model = calloc(1, sizeof(*model));

	if (model == NULL)
		abort();
	model->options = *options;
	return model;
}

void
model_free(struct model *model)
{
	while (model->entries != NULL) {
		struct entry *next = model->entries->next;

		free(model->entries);
		model->entries = next;
	}
	rows_clear(&model->rows);
	free(model);
}

struct rows *
model_rows(struct model *model)
{
	return &model->rows;
}

void
model_live(const struct model *model, struct rows *rows)
{
	for (struct entry *e = model->entries; e != NULL; e = e->next) {
		struct exchange standing = e->exchange;

		standing.end = standing.end_reason = 0;
		rows_add(rows, &standing);
	}
}

bool
model_due_at(const struct model *model, timestamp time)
{
	int how;

	for (struct entry *e = model->entries; e != NULL; e = e->next)
		if (over_at(model, e, &how).ns == time.ns ||
		    cut_at(model, e).ns == time.ns)
			return true;
	return false;
}

const struct ledger *
model_ledger(const struct model *model)
{
	return &model->ledger;
}
