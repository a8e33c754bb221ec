/* SPDX-License-Identifier: BSD-2-Clause */
#include "meter_model.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

/* A live exchange, or one that is remembered. */
struct entry {
	struct entry *next;
	struct flow_key key;
	unsigned client;
	bool left_out;
	enum unmatched reason;
	bool guessed, resumed, answered, fin[2], reset, closing;
	bool isn_known[2];
	uint32_t isn[2];      /* initial sequence numbers, of CLIENT, SERVER */
	bool isn_by_ack;      /* the client's, from a SYN-ACK alone */
	uint32_t syn_payload; /* of the client's first SYN */
	bool syn_again;
	timestamp last, heard[2]; /* the clock at the last packet, by side */
	timestamp part_start;
	bool sent[2];            /* something that is no reset, */
	bool acknowledged;       /* or else the other says what it has, */
	uint32_t follows[2];     /* and the number that follows the highest */
	uint64_t opened, closed; /* in the order of these events; 0: not yet */
	bool evicted;
	bool fresh;               /* opened by a SYN-ACK at this segment */
	struct exchange exchange; /* the part */
};

struct ended {
	struct ended *next;
	struct flow_key key;
	unsigned client;
	bool guessed;
	timestamp at;
};

struct waiter {
	struct waiter *next; /* a younger one */
	uint64_t serial;
	struct segment segment;
};

struct model {
	struct meter_options options;
	struct entry *entries;
	struct ended *ended;
	struct waiter *waiting;
	uint64_t waited, room;
	uint64_t events;
	timestamp now;
	bool settled; /* nothing is overdue unless time moves on */
	struct rows rows;
	struct ledger ledger;
};

static void count(
    struct model *model, struct entry *entry, const struct segment *s);

/* Ports tell most apart, and libFuzzer looks closely at each memcmp. */
static bool
same_key(const struct flow_key *a, const struct flow_key *b)
{
	return a->port[0] == b->port[0] && a->port[1] == b->port[1] &&
	       memcmp(a, b, sizeof(*a)) == 0;
}

static bool
is_tcp(const struct segment *s)
{
	return s->key.protocol == PROTOCOL_TCP;
}

static bool
has(const struct segment *s, uint8_t flag)
{
	return (s->tcp_flags & flag) != 0;
}

static bool
is_syn(const struct segment *s)
{
	return is_tcp(s) && has(s, TCP_SYN) && !has(s, TCP_ACK) &&
	       !has(s, TCP_RST);
}

static bool
is_syn_ack(const struct segment *s)
{
	return is_tcp(s) && has(s, TCP_SYN) && has(s, TCP_ACK) &&
	       !has(s, TCP_RST);
}

static struct entry *
find(const struct model *model, const struct flow_key *key)
{
	struct entry *entry = model->entries;

	while (entry != NULL && !same_key(&entry->key, key))
		entry = entry->next;
	return entry;
}

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
	*n++ = (uint64_t)e->vlan << 48 | (uint64_t)e->customer_vlan << 32 |
	       e->interface;
	*n++ = (uint64_t)e->extent << 24 | (uint64_t)e->end << 16 |
	       e->end_reason << 8 | (uint64_t)e->direction << 1 | e->resumed;
	*n++ = (uint64_t)e->icmp_type_code << 53 | e->flow_id;
	for (int i = 0; i < 2; i++) {
		const struct exchange_side *side = &e->side[i];

		*n++ = (uint64_t)side->first.ns;
		*n++ = (uint64_t)side->last.ns;
		*n++ = side->packets;
		*n++ = side->ip_octets;
		*n++ = side->payload_octets;
		*n++ = side->data_packets;
		*n++ = (uint64_t)side->tos << 8 | side->initial_flags;
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

static bool
part_empty(const struct entry *entry)
{
	const struct exchange_side *side = entry->exchange.side;

	return side[CLIENT].packets + side[SERVER].packets == 0;
}

static void
emit(struct model *model, struct entry *entry, int end, int reason)
{
	struct exchange *e = &entry->exchange;

	if (part_empty(entry) || entry->left_out)
		return;
	e->end = (uint8_t)end;
	e->end_reason = (uint8_t)reason;
	if (end == END_ACTIVE)
		e->extent = EXTENT_PART; /* and so are all that follow */
	rows_add(&model->rows, e);
	model->ledger.records++;
	memset(e->side, 0, sizeof(e->side));
}

static void
end(struct model *model, struct entry *entry, int end, int reason)
{
	struct entry **link = &model->entries;

	emit(model, entry, end, reason);
	if (!entry->left_out) {
		model->ledger.exchanges_ended[end]++;
		model->ledger.exchanges_live--;
	}
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

/* The row of the table of ends that applies first, and when. */
static timestamp
over_at(const struct model *model, const struct entry *entry, int *how)
{
	const struct meter_options *o = &model->options;
	timestamp last = entry->last;
	int64_t after;

	if (entry->key.protocol != PROTOCOL_TCP) {
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

/* When the part is cut, the far future where it is not. */
static timestamp
cut_at(const struct model *model, const struct entry *entry)
{
	duration active = model->options.active_timeout;

	if (active.ns == 0 || entry->closing || entry->left_out ||
	    part_empty(entry))
		return TIMESTAMP_MAX;
	return timestamp_add(entry->part_start, active);
}

static void
cut(struct model *model, struct entry *entry)
{
	emit(model, entry, END_ACTIVE, 2);
	model->ledger.active_parts++;
}

/* "leaves its 5-tuple and client behind" */
static void
leave_behind(struct model *model, const struct entry *entry, timestamp at)
{
	struct ended *ended;

	if (entry->key.protocol != PROTOCOL_TCP || !entry->answered)
		return;
	ended = calloc(1, sizeof(*ended));
	if (ended == NULL)
		abort();
	*ended = (struct ended){ .next = model->ended,
		.key = entry->key,
		.client = entry->client,
		.guessed = entry->guessed,
		.at = at };
	model->ended = ended;
}

static void
forget(struct model *model, struct ended *ended)
{
	struct ended **link = &model->ended;

	while (*link != ended)
		link = &(*link)->next;
	*link = ended->next;
	free(ended);
}

static struct ended *
find_ended(const struct model *model, const struct flow_key *key)
{
	struct ended *ended = model->ended;

	while (ended != NULL && !same_key(&ended->key, key))
		ended = ended->next;
	return ended;
}

static void
forget_old(struct model *model)
{
	struct ended *next;

	for (struct ended *e = model->ended; e != NULL; e = next) {
		next = e->next;
		/* It may have wrapped, below 1970. */
		if (model->now.ns - e->at.ns >=
		    (uint64_t)model->options.tcp_resume.ns)
			forget(model, e);
	}
}

static void
expire(struct model *model)
{
	struct entry *next;

	for (struct entry *e = model->entries; e != NULL; e = next) {
		int how;
		timestamp over = over_at(model, e, &how);
		timestamp cut_time = cut_at(model, e);

		next = e->next;
		if (cut_time.ns <= model->now.ns && cut_time.ns < over.ns)
			cut(model, e);
		if (over.ns > model->now.ns)
			continue;
		if (how == END_IDLE || how == END_HALF_CLOSED)
			leave_behind(model, e, over);
		end(model, e, how,
		    how == END_IDLE || how == END_UNANSWERED ? 1 : 3);
	}
	forget_old(model);
}

void
model_cut(struct model *model)
{
	for (struct entry *e = model->entries; e != NULL; e = e->next)
		if (!e->closing && !e->left_out && !part_empty(e))
			cut(model, e);
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

/* Remembered ones go first, then one that lingers, then an unanswered one. */
static int
rank(const struct entry *entry)
{
	if (entry->left_out)
		return 0;
	if (entry->closing)
		return 1;
	return entry->answered ? 3 : 2;
}

/* Within a rank the oldest goes first, but for the last. */
static uint64_t
age(const struct entry *entry)
{
	return rank(entry) == 1 ? entry->closed : entry->opened;
}

static const char *
should_be_another(const struct model *model, const struct entry *victim)
{
	for (struct entry *e = model->entries; e != NULL; e = e->next) {
		if (e->fresh || e->evicted)
			continue;
		if (rank(e) < rank(victim))
			return "one of a kind that goes before lives on";
		if (rank(e) > rank(victim))
			continue;
		if (rank(e) < 3 && age(e) < age(victim))
			return "an older one of its kind lives on";
		if (rank(e) == 3 &&
		    expiry(model, e) + 1 < expiry(model, victim))
			return "one is nearer to its expiry";
	}
	return NULL;
}

static bool
is_among(const struct flow_key *key, const struct flow_key *keys, size_t count)
{
	while (count > 0 && !same_key(&keys[count - 1], key))
		count--;
	return count > 0;
}

/* Of the segment's own key, none is evicted: it may be replaced. */
int
model_follow(struct model *model, const struct segment *segment,
    const struct flow_key *kept, size_t count, size_t resumable,
    const char **wrong)
{
	struct entry *next;
	struct ended *next_ended;
	int evicted = 0, lived = 0;

	for (struct ended *e = model->ended; e != NULL; e = next_ended) {
		next_ended = e->next;
		if (is_among(&e->key, kept, count) ||
		    same_key(&e->key, &segment->key))
			continue;
		forget(model, e);
		evicted++;
	}
	for (struct entry *e = model->entries; e != NULL; e = e->next)
		e->evicted = !is_among(&e->key, kept, count) &&
		             !same_key(&e->key, &segment->key);
	for (struct entry *e = model->entries; e != NULL; e = next) {
		next = e->next;
		if (!e->evicted)
			continue;
		*wrong = should_be_another(model, e);
		if (*wrong != NULL)
			return -1;
		if (e->closing)
			end(model, e, closing_end(e), 3);
		else
			end(model, e, END_EVICTED, 5);
		lived++;
	}
	/* The meter may not have seen yet that a live one is overdue. */
	for (struct ended *e = model->ended; e != NULL && lived > 0;
	     e = e->next)
		if (!same_key(&e->key, &segment->key) &&
		    is_among(&e->key, kept, resumable)) {
			*wrong = "one that could only be resumed lives on";
			return -1;
		}
	return evicted + lived;
}

/* --- who is the client, and does `meter` take it? */

static bool
local(const struct model *model, const struct segment *s, unsigned endpoint)
{
	return model->options.networks != NULL &&
	       network_set_count(model->options.networks) > 0 &&
	       network_set_contains(model->options.networks,
	           s->key.address[endpoint], s->key.ip_version);
}

static unsigned
kinds(const struct model *model)
{
	const struct meter_options *o = &model->options;

	if (o->kinds != 0)
		return o->kinds;
	return o->networks != NULL && network_set_count(o->networks) > 0
	           ? METER_OUTBOUND | METER_LOCAL_TCP
	           : METER_ALL;
}

static bool
taken(const struct model *model, const struct segment *s, unsigned client,
    enum unmatched *reason)
{
	unsigned k = kinds(model);
	bool from = local(model, s, client), to = local(model, s, !client);

	if (!is_tcp(s) && s->key.protocol != PROTOCOL_UDP) {
		*reason = UNMATCHED_NOT_TCP_UDP;
		return (k & METER_OTHER) != 0;
	}
	if (from && to)
		*reason = UNMATCHED_LOCAL;
	else if (from)
		*reason = UNMATCHED_OUTBOUND;
	else
		*reason = to ? UNMATCHED_INBOUND : UNMATCHED_FOREIGN;
	if (k & METER_ALL)
		return true;
	switch (*reason) {
	case UNMATCHED_LOCAL:
		return k & METER_LOCAL || (is_tcp(s) && k & METER_LOCAL_TCP);
	case UNMATCHED_OUTBOUND:
		return (k & METER_OUTBOUND) != 0;
	case UNMATCHED_INBOUND:
		return (k & METER_INBOUND) != 0;
	default:
		return (k & METER_FOREIGN) != 0;
	}
}

static bool
midstream(const struct model *model)
{
	return (kinds(model) & (METER_ALL | METER_MIDSTREAM)) != 0;
}

static enum unmatched
tcp_reason(const struct model *model, const struct segment *s)
{
	enum unmatched reason;

	if (!taken(model, s, s->sender, &reason) &&
	    (reason == UNMATCHED_LOCAL || reason == UNMATCHED_FOREIGN))
		return reason;
	return UNMATCHED_TCP_MIDSTREAM;
}

static unsigned
guess_tcp(const struct model *model, const struct segment *s)
{
	unsigned from = s->sender, to = !from;
	uint16_t from_port = s->key.port[from], to_port = s->key.port[to];

	if (from_port >= 1024 && to_port < 1024)
		return from;
	if (to_port >= 1024 && from_port < 1024)
		return to;
	if (local(model, s, from) && !local(model, s, to))
		return from;
	if (local(model, s, to) && !local(model, s, from))
		return to;
	return to_port > from_port ? to : from;
}

static bool
speaks_first_as_server(const struct segment *s)
{
	return s->key.protocol == PROTOCOL_UDP &&
	       s->key.port[s->sender] < 1024 && s->key.port[!s->sender] >= 1024;
}

static bool
only_closes(const struct segment *s)
{
	return has(s, TCP_RST) ||
	       (has(s, TCP_FIN) && !has(s, TCP_SYN) && s->payload_octets == 0);
}

/* --- opening */

static struct entry *
open_with(
    struct model *model, const struct segment *s, unsigned client, bool guessed)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	struct exchange *e;

	if (entry == NULL)
		abort();
	entry->key = s->key;
	entry->client = client;
	entry->guessed = guessed;
	entry->last = entry->heard[CLIENT] = entry->heard[SERVER] = s->now;
	entry->opened = ++model->events;
	entry->left_out = !taken(model, s, client, &entry->reason);
	e = &entry->exchange;
	*e = (struct exchange){ .protocol = s->key.protocol,
		.ip_version = s->key.ip_version,
		.vlan = s->vlan,
		.customer_vlan = s->customer_vlan,
		.interface = s->interface,
		.direction = !guessed,
		.flow_id = s->number };
	for (unsigned i = 0; i < 2; i++) {
		memcpy(e->address[i], s->key.address[i == 0 ? client : !client],
		    16);
		e->port[i] = s->key.port[i == 0 ? client : !client];
	}
	if (!is_tcp(s) && s->key.protocol != PROTOCOL_UDP) {
		e->port[CLIENT] = e->port[SERVER] = 0;
		e->icmp_type_code = (uint16_t)s->sequence;
	}
	entry->next = model->entries;
	model->entries = entry;
	if (!entry->left_out) {
		model->ledger.exchanges_opened++;
		model->ledger.exchanges_live++;
	}
	return entry;
}

/* A new exchange of this key leaves nothing that could be resumed. */
static void
nothing_to_resume(struct model *model, const struct segment *s)
{
	struct ended *ended = find_ended(model, &s->key);

	if (ended != NULL)
		forget(model, ended);
}

static struct entry *
resume(struct model *model, const struct segment *s)
{
	struct ended *ended = find_ended(model, &s->key);
	struct entry *entry;

	entry = open_with(model, s, ended->client, ended->guessed);
	forget(model, ended);
	entry->resumed = entry->exchange.resumed = true;
	if (!entry->left_out)
		model->ledger.exchanges_resumed++;
	return entry;
}

static struct entry *
open_by_syn_ack(struct model *model, const struct segment *s)
{
	struct entry *entry;

	if (!midstream(model))
		return resume(model, s);
	nothing_to_resume(model, s);
	entry = open_with(model, s, !s->sender, false);
	entry->fresh = true;
	entry->isn[CLIENT] = s->acknowledgement - 1;
	entry->isn_known[CLIENT] = entry->isn_by_ack = true;
	return entry;
}

/* Why a segment of no exchange opens none; UNMATCHED_COUNT: it does. */
static enum unmatched
refusal(const struct model *model, const struct segment *s)
{
	enum unmatched reason;

	if (s->later_fragment && !is_tcp(s))
		return taken(model, s,
		           speaks_first_as_server(s) ? !s->sender : s->sender,
		           &reason)
		           ? UNMATCHED_FRAGMENT
		           : reason;
	if (!is_tcp(s))
		return UNMATCHED_COUNT;
	if (s->later_fragment || only_closes(s))
		return tcp_reason(model, s);
	if (is_syn(s) || find_ended(model, &s->key) != NULL || midstream(model))
		return UNMATCHED_COUNT;
	return tcp_reason(model, s);
}

static struct entry *
open_entry(struct model *model, const struct segment *s)
{
	enum unmatched reason = refusal(model, s);
	struct entry *entry;

	if (reason != UNMATCHED_COUNT) {
		model->ledger.unmatched[reason]++;
		return NULL;
	}
	if (!is_tcp(s)) {
		bool server = speaks_first_as_server(s);

		return open_with(
		    model, s, server ? !s->sender : s->sender, server);
	}
	if (is_syn(s)) {
		nothing_to_resume(model, s);
		entry = open_with(model, s, s->sender, false);
		entry->isn[CLIENT] = s->sequence;
		entry->isn_known[CLIENT] = true;
		entry->syn_payload = s->payload_octets;
		return entry;
	}
	if (find_ended(model, &s->key) != NULL)
		return resume(model, s);
	return open_with(model, s, guess_tcp(model, s), true);
}

/* --- SYN-ACKs that wait */

static struct waiter *
find_waiter(const struct model *model, const struct flow_key *key)
{
	struct waiter *waiter = model->waiting;

	while (waiter != NULL && !same_key(&waiter->segment.key, key))
		waiter = waiter->next;
	return waiter;
}

/* It waits no more. */
static struct segment
stop_waiting(struct model *model, struct waiter *waiter)
{
	struct waiter **link = &model->waiting;
	struct segment segment = waiter->segment;

	while (*link != waiter)
		link = &(*link)->next;
	*link = waiter->next;
	free(waiter);
	model->ledger.undecided--;
	return segment;
}

static void
decide_alone(struct model *model, struct waiter *waiter)
{
	struct segment s = stop_waiting(model, waiter);
	struct entry *entry = find(model, &s.key);

	if (!midstream(model) || (entry != NULL && !entry->closing)) {
		model->ledger.unmatched[tcp_reason(model, &s)]++;
		return;
	}
	if (entry != NULL)
		end(model, entry, closing_end(entry), 3);
	count(model, open_by_syn_ack(model, &s), &s);
}

static void
decide_due(struct model *model)
{
	while (model->waiting != NULL &&
	       model->now.ns - model->waiting->segment.now.ns >= SECOND)
		decide_alone(model, model->waiting);
}

static void
wait_for_syn(struct model *model, const struct segment *s)
{
	struct waiter *waiter, **link = &model->waiting;

	if (find_waiter(model, &s->key) != NULL) {
		model->ledger.unmatched[tcp_reason(model, s)]++;
		return;
	}
	if (model->waiting != NULL &&
	    model->waited - model->waiting->serial >= model->room)
		decide_alone(model, model->waiting);
	waiter = calloc(1, sizeof(*waiter));
	if (waiter == NULL)
		abort();
	waiter->serial = model->waited++;
	waiter->segment = *s;
	while (*link != NULL)
		link = &(*link)->next;
	*link = waiter;
	model->ledger.undecided++;
}

static bool
accepts(const struct segment *syn_ack, uint32_t isn, uint32_t payload)
{
	return syn_ack->acknowledgement == isn + 1 ||
	       syn_ack->acknowledgement == isn + 1 + payload;
}

static bool
is_its_syn(const struct segment *syn_ack, const struct segment *s)
{
	return is_syn(s) && s->sender != syn_ack->sender &&
	       accepts(syn_ack, s->sequence, s->payload_octets);
}

/* --- one segment */

static bool
same_isn(const struct entry *entry, const struct segment *s)
{
	if (s->sender != entry->client || !entry->isn_known[CLIENT])
		return false;
	return s->sequence == entry->isn[CLIENT] ||
	       (entry->isn_by_ack &&
	           s->sequence + s->payload_octets == entry->isn[CLIENT]);
}

/* "replaced", and "while it lingers" */
static bool
is_over(const struct entry *entry, const struct segment *s)
{
	if (!is_syn(s))
		return false;
	if (entry->closing)
		return !same_isn(entry, s);
	return entry->guessed ||
	       (s->sender == entry->client && !same_isn(entry, s));
}

static bool
is_too_early(const struct entry *entry, const struct segment *s)
{
	if (!entry->closing || !is_syn_ack(s))
		return false;
	return s->sender == entry->client || !entry->isn_known[CLIENT] ||
	       !accepts(s, entry->isn[CLIENT], entry->syn_payload);
}

static void
look_at_syn(struct entry *entry, const struct segment *s)
{
	if (entry->closing && is_syn(s))
		entry->syn_again = true;
	if (!entry->closing || !entry->syn_again || !is_syn_ack(s))
		return;
	entry->closing = entry->reset = entry->syn_again = false;
	entry->fin[0] = entry->fin[1] = false;
	entry->isn_known[SERVER] = false;
}

static int64_t
apart(uint32_t a, uint32_t b)
{
	return llabs((long long)(int32_t)(a - b));
}

static bool
out_of_window(const struct entry *entry, int which, const struct segment *s)
{
	if (has(s, TCP_ACK) && entry->isn_known[!which] &&
	    (int32_t)(s->acknowledgement - entry->isn[!which]) < 0)
		return true;
	return (entry->sent[which] || entry->acknowledged) &&
	       apart(s->sequence, entry->follows[which]) > METER_RESET_WINDOW;
}

/* Any segment but a reset moves its side on. */
static void
follow_sequence(struct entry *entry, int which, const struct segment *s)
{
	uint32_t end =
	    s->sequence + s->payload_octets + has(s, TCP_SYN) + has(s, TCP_FIN);

	if (which == SERVER && has(s, TCP_SYN) &&
	    (!entry->isn_known[SERVER] || entry->isn[SERVER] != s->sequence)) {
		entry->isn[SERVER] = s->sequence;
		entry->isn_known[SERVER] = true;
		entry->follows[SERVER] = end;
	} else if (!entry->sent[which] ||
	           (int32_t)(end - entry->follows[which]) > 0)
		entry->follows[which] = end;
	entry->sent[which] = true;
	if (!entry->sent[!which] && has(s, TCP_ACK)) {
		entry->follows[!which] = s->acknowledgement;
		entry->acknowledged = true;
	}
}

static void
count_in_part(struct entry *entry, int which, const struct segment *s)
{
	struct exchange_side *side = &entry->exchange.side[which];

	if (part_empty(entry))
		entry->part_start = s->now;
	if (side->packets == 0) {
		side->first = side->last = s->time;
		side->initial_flags = s->tcp_flags;
		side->tos = s->tos;
	}
	side->first = timestamp_min(side->first, s->time);
	side->last = timestamp_max(side->last, s->time);
	side->packets++;
	side->ip_octets += s->ip_octets;
	side->payload_octets += s->payload_octets;
	side->data_packets += s->payload_octets > 0;
	for (int bit = 0; bit < TCP_FLAG_COUNT; bit++)
		side->flag_packets[bit] += s->tcp_flags >> bit & 1;
}

static void
close_tcp(struct model *model, struct entry *entry, int which,
    const struct segment *s)
{
	if (which == SERVER || has(s, TCP_ACK))
		entry->answered = true;
	if (s->later_fragment)
		return;
	if (has(s, TCP_RST) && out_of_window(entry, which, s)) {
		model->ledger.resets_out_of_window += !entry->left_out;
		return;
	}
	if (!has(s, TCP_RST))
		follow_sequence(entry, which, s);
	entry->fin[which] |= has(s, TCP_FIN);
	if (!entry->closing && entry->fin[0] && entry->fin[1])
		entry->closing = true;
	else if (!entry->closing && has(s, TCP_RST))
		entry->closing = entry->reset = true;
	if (entry->closing && entry->closed == 0)
		entry->closed = ++model->events;
	if (!entry->closing)
		entry->closed = 0;
}

static void
count(struct model *model, struct entry *entry, const struct segment *s)
{
	int which = s->sender == entry->client ? CLIENT : SERVER;

	count_in_part(entry, which, s);
	entry->last = entry->heard[which] = s->now;
	if (is_tcp(s))
		close_tcp(model, entry, which, s);
	else
		entry->answered |= which == (entry->guessed ? CLIENT : SERVER);
	if (entry->left_out)
		model->ledger.unmatched[entry->reason]++;
	else
		model->ledger.packets_in_exchanges++;
}

/* The exchange that the segment's key has, after what came before it. */
static struct entry *
entry_of(struct model *model, const struct segment *s)
{
	struct entry *entry = find(model, &s->key);
	struct waiter *waiter = is_tcp(s) ? find_waiter(model, &s->key) : NULL;
	bool may_open = midstream(model) ||
	                (entry == NULL && find_ended(model, &s->key) != NULL);

	if (waiter != NULL && may_open && !is_its_syn(&waiter->segment, s) &&
	    (entry == NULL || entry->closing)) {
		struct segment syn_ack = stop_waiting(model, waiter);

		if (entry != NULL)
			end(model, entry, closing_end(entry), 3);
		entry = open_by_syn_ack(model, &syn_ack);
		count(model, entry, &syn_ack);
	}
	if (entry != NULL && is_over(entry, s)) {
		if (entry->closing)
			end(model, entry, closing_end(entry), 3);
		else
			end(model, entry, END_REPLACED, 4);
		entry = NULL;
	}
	return entry;
}

void
model_segment(struct model *model, const struct segment *s)
{
	struct entry *entry;
	struct waiter *waiter;

	model_advance(model, s->now);
	for (entry = model->entries; entry != NULL; entry = entry->next)
		entry->fresh = false;
	entry = entry_of(model, s);
	if (is_syn_ack(s) && (entry == NULL || is_too_early(entry, s))) {
		wait_for_syn(model, s);
		return;
	}
	if (entry != NULL) {
		look_at_syn(entry, s);
		count(model, entry, s);
		return;
	}
	entry = open_entry(model, s);
	if (entry == NULL)
		return;
	count(model, entry, s);
	waiter = is_tcp(s) ? find_waiter(model, &s->key) : NULL;
	if (waiter != NULL && is_its_syn(&waiter->segment, s)) {
		struct segment syn_ack = stop_waiting(model, waiter);

		syn_ack.now = s->now;
		count(model, entry, &syn_ack);
	}
}

void
model_advance(struct model *model, timestamp now)
{
	if (model->settled && now.ns <= model->now.ns)
		return;
	model->now = timestamp_max(model->now, now);
	expire(model);
	decide_due(model);
	expire(model);
	model->settled = true;
}

void
model_step(struct model *model, timestamp from, timestamp to)
{
	duration by = timestamp_since(to, from);

	model_advance(model, timestamp_max(from, to));
	if (by.ns >= 0)
		return;
	model->now = to;
	for (struct entry *e = model->entries; e != NULL; e = e->next) {
		e->part_start = timestamp_shift(e->part_start, by);
		for (int i = 0; i < 2; i++)
			e->heard[i] =
			    e->left_out ? timestamp_shift(e->heard[i], by) : to;
		e->last = e->left_out ? timestamp_shift(e->last, by) : to;
	}
	for (struct ended *e = model->ended; e != NULL; e = e->next)
		e->at.ns += (uint64_t)by.ns;
	for (struct waiter *w = model->waiting; w != NULL; w = w->next)
		w->segment.now = timestamp_shift(w->segment.now, by);
}

void
model_finish(struct model *model)
{
	while (model->waiting != NULL)
		decide_alone(model, model->waiting);
	while (model->entries != NULL) {
		struct entry *e = model->entries;

		if (e->closing)
			end(model, e, closing_end(e), 3);
		else
			end(model, e, END_SHUTDOWN, 4);
	}
	while (model->ended != NULL)
		forget(model, model->ended);
}

struct model *
model_new(const struct meter_options *options)
{
	struct model *model = calloc(1, sizeof(*model));

	if (model == NULL)
		abort();
	model->options = *options;
	/* SYN-ACKs wait for a share of the exchanges; a power of two. */
	for (model->room = 16;
	     model->room < options->max_exchanges / 8 && model->room < 65536;)
		model->room *= 2;
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
	while (model->ended != NULL)
		forget(model, model->ended);
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
		if (!e->left_out)
			rows_add(rows, &standing);
	}
}

void
model_load(const struct model *model, struct meter_load *load)
{
	*load = (struct meter_load){ .live = model->ledger.exchanges_live };
	for (struct entry *e = model->entries; e != NULL; e = e->next)
		load->remembered += e->left_out;
	for (struct ended *e = model->ended; e != NULL; e = e->next)
		load->resumable++;
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
