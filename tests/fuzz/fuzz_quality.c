/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The quality of one TCP exchange, beside a naive model of it that keeps every
 * octet: whether it was seen, which segment opened its hole, when it was sent
 * last; and every mark, every retransmission, every SYN.
 *
 * Where the bounds of the state are met the two may differ, and only there:
 *
 * - With more than four holes, of both directions together, one was forgotten:
 *   what fills it is no fill.  From then on only what does not depend on it is
 *   compared: the classes new, gap, keep-alive and window probe, and the sum of
 *   all (`loose`).
 * - Of a side that was never acknowledged only eight samples are kept, and of
 *   these fewer where the other side has some (`loose`, too).
 * - When octets were sent last is only known of the last segment and of marks.
 *   Where neither has their time, fast, timeout and other are compared by their
 *   sum from then on (`doubt`).
 *
 * Seven octets of input are a segment.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/quality/quality.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

#define SEGMENT_OCTETS 7
#define ROOM 8192 /* octets of a direction */
#define MIDDLE 2048
#define MANY 256
#define LIFE (INT64_C(1) << 28) /* of a mark */

static const uint32_t steps[16] = { 0, 0, 10, 100, 900, 1000, 1001, 2900, 3100,
	10000, 40000, 150000, 210000, 1200000, 7000000, 4000000000 };
static const int32_t begins[16] = { 0, 0, 0, 0, 0, 10, 100, -1, -1, -10, -20,
	-30, -100, -110, 37, -1000 };
static const uint32_t payloads[8] = { 0, 0, 1, 10, 10, 20, 100, 1000 };
static const int32_t acks[8] = { 0, 0, 0, -10, -20, -100, 1, 50 };

struct octet {
	bool seen;
	int32_t opener; /* of its hole, number plus 1 */
	int64_t sent;   /* last, in µs; -1: never */
	uint32_t by;    /* the segment of this number */
};

struct opener {
	int64_t time;
	uint32_t stamp;
	uint16_t id;
	bool has_stamp, has_id;
};

struct mark {
	int64_t end, time;
	uint32_t number; /* counted from 1 */
};

struct repeat {
	int64_t begin, end;
	enum loss_class class;
	bool late, used;
	int side;
};

struct copy {
	int64_t time;
	uint32_t stamp;
	bool has_stamp;
};

struct model_side {
	bool begun, syn, handshake, has_acked, has_sacked, has_last, fin;
	bool window_known, ack_id_known, again, again_sent;
	bool never_selects; /* its SYN does not permit SACK */
	int64_t highest, acked, sacked, left;
	int64_t lowest; /* octet that was sent */
	int64_t last_begin, last_end, last_time;
	uint32_t last_stamp;
	uint16_t last_id, window, ack_id;
	bool last_has_stamp, last_has_id;
	unsigned duplicates;
	int64_t again_end, again_time;
	uint32_t again_stamp;
	struct octet *octets;
	struct mark marks[MANY];
	unsigned mark_count;
	struct copy copies[MANY];
	unsigned copy_count;
	uint32_t copies_since; /* number of the first one's mark */
	uint64_t classes[LOSS_CLASS_COUNT];
	uint64_t unique, retransmitted;
	/* Samples of this half. */
	uint64_t samples, sum;
	uint32_t minimum, maximum, handshake_rtt, last_sample;
};

struct model {
	struct model_side side[2];
	struct opener openers[MANY];
	unsigned opener_count;
	struct repeat repeats[MANY];
	unsigned repeat_count;
	uint32_t smoothed, variation;
	uint32_t number, marks;
	bool loose, doubt;
};

struct given {
	struct segment segment;
	struct segment_detail detail;
	int side;
	int64_t begin, end, payload_begin, payload_end, ack, time;
};

static void
expect(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "fuzz_quality: %s\n", what);
	abort();
}

static bool
has_stamp(const struct given *g)
{
	return g->detail.known & DETAIL_TIMESTAMPS;
}

static bool
has_id(const struct given *g)
{
	return g->detail.known & DETAIL_ID;
}

static struct octet *
octet_at(struct model_side *side, int64_t position)
{
	expect(position >= -MIDDLE && position < ROOM - MIDDLE,
	    "an octet outside of the model");
	return &side->octets[position + MIDDLE];
}

/* --- time */

static void
smooth(struct model *m, int half, uint32_t sample)
{
	uint64_t whole, apart;

	m->side[half].last_sample = sample > 0 ? sample : 1;
	whole = (uint64_t)m->side[0].last_sample + m->side[1].last_sample;
	if (whole > UINT32_MAX)
		whole = UINT32_MAX;
	if (m->smoothed == 0) {
		m->smoothed = (uint32_t)whole;
		m->variation = (uint32_t)whole / 2;
		return;
	}
	apart = whole > m->smoothed ? whole - m->smoothed : m->smoothed - whole;
	m->variation = (uint32_t)((UINT64_C(3) * m->variation + apart) / 4);
	m->smoothed = (uint32_t)((UINT64_C(7) * m->smoothed + whole) / 8);
	if (m->smoothed == 0)
		m->smoothed = 1;
}

static void
sample(struct model *m, int half, int64_t took)
{
	struct model_side *side = &m->side[half];
	uint32_t us = (uint32_t)took;

	if (took < 0 || took >= UINT32_MAX)
		return;
	smooth(m, half, us);
	side->samples++;
	side->sum += us;
	if (us < side->minimum)
		side->minimum = us;
	if (us > side->maximum)
		side->maximum = us;
}

static uint64_t
timeout(const struct model *m)
{
	uint64_t rto = m->smoothed + UINT64_C(4) * m->variation;

	return m->smoothed == 0 ? 1000000 : rto < 200000 ? 200000 : rto;
}

static uint64_t
least(const struct model *m)
{
	uint64_t sum = 0;

	for (int i = 0; i < 2; i++) {
		const struct model_side *s = &m->side[i];
		uint32_t half = s->samples > 0 && s->minimum < s->handshake_rtt
		                    ? s->minimum
		                    : s->handshake_rtt;

		if (half == QUALITY_UNKNOWN)
			return 3000;
		sum += half;
	}
	return sum;
}

/* --- acknowledgements */

static void
end_handshake(struct model *m, const struct given *g)
{
	struct model_side *peer = &m->side[!g->side];
	int64_t time = -1;

	peer->handshake = false;
	for (unsigned i = 0; i < peer->copy_count; i++) {
		if (peer->copy_count > 1 &&
		    (!has_stamp(g) || !peer->copies[i].has_stamp ||
		        peer->copies[i].stamp != g->detail.timestamp_echo))
			continue;
		if (time != -1)
			return;
		time = peer->copies[i].time;
	}
	if (time == -1 || (g->side == 1 && !(g->segment.tcp_flags & TCP_SYN)))
		return;
	m->side[g->side].handshake_rtt = (uint32_t)(g->time - time);
	smooth(m, g->side, (uint32_t)(g->time - time));
}

/* Was one meant? */
static bool
take_marks(struct model *m, const struct given *g)
{
	struct model_side *peer = &m->side[!g->side];
	struct mark newest = { .end = INT64_MIN };
	unsigned kept = 0;
	bool clear;

	for (unsigned i = 0; i < peer->mark_count; i++) {
		if (peer->marks[i].end > g->ack)
			peer->marks[kept++] = peer->marks[i];
		else if (peer->marks[i].end == g->ack)
			newest = peer->marks[i];
	}
	peer->mark_count = kept;
	if (newest.end == INT64_MIN || g->time - newest.time >= LIFE)
		return false;
	clear = newest.end > peer->left;
	if (peer->again)
		clear |= newest.end < peer->again_end ||
		         (has_stamp(g) && peer->again_time > 0 &&
		             (int32_t)(g->detail.timestamp_echo -
		                       peer->again_stamp) < 0);
	if (clear)
		sample(m, g->side, g->time - newest.time);
	return clear;
}

static void
take_again(struct model *m, const struct given *g, bool taken)
{
	struct model_side *peer = &m->side[!g->side];

	if (peer->again && peer->again_sent && has_stamp(g) &&
	    g->ack >= peer->again_end) {
		peer->again_sent = false;
		if (!taken && g->detail.timestamp_echo == peer->again_stamp)
			sample(m, g->side, g->time - peer->again_time);
	}
	if (g->ack >= peer->left)
		peer->again = peer->again_sent = false;
}

static void
spurious(struct model *m, int side, int64_t left, int64_t right)
{
	unsigned first = m->repeat_count > 4 ? m->repeat_count - 4 : 0;

	for (unsigned i = first; i < m->repeat_count; i++) {
		struct repeat *r = &m->repeats[i];

		if (r->used || r->side != side || r->end <= left ||
		    right <= r->begin)
			continue;
		r->used = true;
		m->side[side].classes[r->class]--;
		m->side[side].classes[LOSS_SPURIOUS]++;
		if (right <= r->end)
			break;
		left = r->end;
	}
}

static uint16_t
ack_id(const struct given *g)
{
	return has_id(g) ? g->detail.ip_id
	                 : (uint16_t)g->detail.timestamp_value;
}

/* A pure ACK that a mirror copied: by its id, else by its TSval. */
static bool
is_copied_ack(const struct model *m, const struct given *g)
{
	const struct model_side *own = &m->side[g->side];

	if (g->begin != g->end || !own->ack_id_known)
		return false;
	if (!has_id(g) &&
	    (!has_stamp(g) || g->detail.sack_blocks > 0 ||
	        m->side[0].never_selects || m->side[1].never_selects))
		return false;
	return (uint16_t)(own->ack_id - ack_id(g)) < 64;
}

static bool
take_sack(struct model *m, const struct given *g, const int64_t *blocks)
{
	struct model_side *peer = &m->side[!g->side];
	unsigned n = g->detail.sack_blocks;
	bool twice = blocks[1] <= g->ack || (n > 1 && blocks[0] >= blocks[2] &&
	                                        blocks[1] <= blocks[3]);

	if (!peer->begun)
		return twice;
	if (twice && !is_copied_ack(m, g))
		spurious(m, !g->side, blocks[0], blocks[1]);
	for (unsigned i = twice; i < n; i++)
		if (!peer->has_sacked || blocks[2 * i + 1] > peer->sacked) {
			peer->sacked = blocks[2 * i + 1];
			peer->has_sacked = true;
		}
	return twice;
}

static void
acknowledge(struct model *m, const struct given *g, const int64_t *blocks)
{
	struct model_side *own = &m->side[g->side];
	struct model_side *peer = &m->side[!g->side];
	bool twice = g->detail.sack_blocks > 0 && take_sack(m, g, blocks);
	bool pure = g->begin == g->end;
	bool moves = peer->has_acked ? g->ack > peer->acked
	                             : !peer->syn || g->ack >= peer->acked;
	bool copy = is_copied_ack(m, g);

	if (moves) {
		peer->has_acked = true;
		peer->acked = g->ack;
		peer->duplicates = 0;
		if (peer->begun && peer->handshake) {
			end_handshake(m, g);
		} else if (peer->begun) {
			take_again(m, g, take_marks(m, g));
		}
	} else if (g->ack == peer->acked && !twice && pure && peer->begun &&
	           peer->highest > peer->acked && !copy &&
	           peer->duplicates < UINT8_MAX &&
	           (g->detail.sack_blocks > 0 ||
	               (own->window_known &&
	                   own->window == g->detail.window))) {
		peer->duplicates++;
	}
	if (!pure || copy)
		return;
	own->ack_id_known = has_id(g) || has_stamp(g);
	own->ack_id = ack_id(g);
}

/* --- the table, row by row */

static const struct opener *
opener_of(struct model *m, const struct given *g, bool *whole)
{
	struct model_side *side = &m->side[g->side];
	int32_t first = 0;
	bool all = true;

	for (int64_t p = g->begin; p < g->end; p++) {
		const struct octet *o = octet_at(side, p);

		if (p >= side->highest || o->seen || o->opener == 0) {
			all = false;
			continue;
		}
		if (first == 0)
			first = o->opener;
		all &= o->opener == first;
	}
	*whole = all;
	return first == 0 ? NULL : &m->openers[first - 1];
}

static bool
older(const struct opener *opener, const struct given *g)
{
	if (opener->has_stamp && has_stamp(g))
		return (int32_t)(g->detail.timestamp_value - opener->stamp) < 0;
	return !opener->has_stamp && opener->has_id && has_id(g) &&
	       (int16_t)(g->detail.ip_id - opener->id) < 0;
}

/* The time of the mark of that end, which is not acknowledged; -1: none. */
static int64_t
marked(const struct model_side *side, int64_t end)
{
	if (side->handshake || (side->has_acked && end <= side->acked))
		return -1;
	for (unsigned i = 0; i < side->mark_count; i++)
		if (side->marks[i].end == end)
			return side->marks[i].time;
	return -1;
}

/* Others came between it and its copy. */
static bool
copied_before(const struct model_side *side, const struct given *g)
{
	uint16_t before = (uint16_t)(side->last_id - g->detail.ip_id);

	if (has_id(g) && side->last_has_id)
		return before > 0 && before <= 64;
	if (!has_stamp(g) || !side->last_has_stamp)
		return false;
	if (g->detail.timestamp_value != side->last_stamp)
		return (int32_t)(g->detail.timestamp_value - side->last_stamp) <
		       0;
	return side->duplicates == 0 && marked(side, g->end) != -1 &&
	       g->time - marked(side, g->end) <= 1000;
}

static bool
copied(const struct model_side *side, const struct given *g, bool in_hole)
{
	if (!side->has_last || g->time - side->last_time > 1000)
		return false;
	if (side->last_begin != g->begin || side->last_end != g->end)
		return !in_hole && copied_before(side, g);
	if (has_id(g) && side->last_has_id && g->detail.ip_id == side->last_id)
		return true;
	return has_stamp(g) && side->last_has_stamp &&
	       g->detail.timestamp_value == side->last_stamp &&
	       side->duplicates == 0;
}

/* How long ago the first octet was sent, or what opened its hole. */
static bool
late(struct model *m, const struct given *g, const struct opener *opener)
{
	struct model_side *side = &m->side[g->side];
	const struct octet *first = octet_at(side, g->begin);
	int64_t sent = opener != NULL ? opener->time : first->sent;

	if (opener == NULL && first->by + 1 != m->number &&
	    (sent == -1 || sent != marked(side, g->end)))
		m->doubt = true;
	return (uint64_t)(g->time - sent) > timeout(m);
}

static enum loss_class
classify(struct model *m, const struct given *g, bool *is_late)
{
	struct model_side *side = &m->side[g->side];
	const struct model_side *peer = &m->side[!g->side];
	bool plain = !(g->segment.tcp_flags & (TCP_SYN | TCP_FIN)), whole;
	uint32_t payload = g->segment.payload_octets;
	const struct opener *opener;

	*is_late = false;
	if (plain && payload == 1 && peer->window_known && peer->window == 0)
		return LOSS_WINDOW_PROBE;
	if (g->begin == side->highest)
		return LOSS_NONE;
	if (plain && payload <= 1 && g->begin == side->highest - 1)
		return LOSS_KEEP_ALIVE;
	if (g->begin > side->highest)
		return LOSS_GAP;
	opener = opener_of(m, g, &whole);
	if (opener != NULL && whole &&
	    ((uint64_t)(g->time - opener->time) <= least(m) ||
	        older(opener, g)))
		return LOSS_REORDERED;
	if (copied(side, g, opener != NULL))
		return LOSS_DUPLICATED;
	*is_late = late(m, g, opener);
	if (side->has_acked && g->end <= side->acked)
		return LOSS_SPURIOUS;
	if (*is_late)
		return LOSS_TIMEOUT;
	if ((side->duplicates >= 2 && g->begin <= side->acked) ||
	    (side->has_sacked && g->begin < side->sacked))
		return LOSS_FAST;
	return LOSS_OTHER;
}

/* --- what a segment leaves */

static void
cover(struct model *m, const struct given *g, enum loss_class class)
{
	struct model_side *side = &m->side[g->side];
	uint64_t repeated = 0;

	for (int64_t p = side->highest; p < g->begin; p++)
		octet_at(side, p)->opener = (int32_t)m->opener_count;
	for (int64_t p = g->begin; p < g->end; p++) {
		struct octet *o = octet_at(side, p);
		bool payload = p >= g->payload_begin && p < g->payload_end;
		/* What was before the first segment counts as seen. */
		bool hole = p < side->highest && !o->seen && o->opener != 0;
		bool again = p < side->highest && !hole;

		repeated += payload && again;
		o->by = m->number;
		o->sent = g->time;
		o->seen = true;
	}
	side->unique += g->segment.payload_octets - repeated;
	if (class >= LOSS_SPURIOUS)
		side->retransmitted += repeated;
}

static void
open_hole(struct model *m, const struct given *g)
{
	expect(m->opener_count < MANY, "too many holes for the model");
	m->openers[m->opener_count++] = (struct opener){
		.time = g->time,
		.stamp = g->detail.timestamp_value,
		.id = g->detail.ip_id,
		.has_stamp = has_stamp(g),
		.has_id = has_id(g),
	};
}

static void
note_behind(struct model_side *side, const struct given *g)
{
	uint32_t stamp = g->detail.timestamp_value;

	side->left = side->highest;
	if (side->handshake)
		return;
	if (!side->again) {
		side->again = true;
		side->again_end = g->end;
		side->again_stamp = stamp;
		side->again_time = has_stamp(g) ? g->time : 0;
		return;
	}
	if (!has_stamp(g)) {
		side->again_time = 0;
		side->again_sent = false;
	} else if ((int32_t)(stamp - side->again_stamp) < 0) {
		side->again_stamp = stamp;
		side->again_sent = false;
	}
	if (g->end < side->again_end) {
		side->again_end = g->end;
		side->again_sent = false;
	}
}

static void
note_again(struct model_side *side, const struct given *g)
{
	bool first = !side->again;

	note_behind(side, g);
	if (!first || g->segment.payload_octets == 0 || side->handshake ||
	    !has_stamp(g) || !side->last_has_stamp || !side->has_last ||
	    (int32_t)(g->detail.timestamp_value - side->last_stamp) <= 0)
		return;
	side->again_sent = true;
}

static bool
gave_way(const struct model *m, uint32_t number)
{
	return m->marks - number >= QUALITY_MARKS;
}

/*
 * Marks of a side that was never acknowledged give way to newer ones, and so do
 * those of SYNs that wait for their acknowledgement.
 */
static void
count_mark(struct model *m)
{
	m->marks++;
	for (int i = 0; i < 2; i++) {
		const struct model_side *side = &m->side[i];

		if ((!side->has_acked && side->mark_count > 0 &&
		        gave_way(m, side->marks[0].number)) ||
		    (side->handshake && side->copy_count > 1 &&
		        gave_way(m, side->copies_since)))
			m->loose = true;
	}
}

/* From the second copy on each has a mark, under its TSval. */
static void
note_syn(struct model *m, struct model_side *side, const struct given *g)
{
	side->handshake = true;
	side->copies[side->copy_count++] =
	    (struct copy){ g->time, g->detail.timestamp_value, has_stamp(g) };
	if (side->copy_count == 2)
		side->copies_since = m->marks + 1;
	if (side->copy_count == 2 && side->copies[0].has_stamp)
		count_mark(m);
	if (side->copy_count > 1 && has_stamp(g))
		count_mark(m);
}

static void
note_mark(struct model *m, struct model_side *side, const struct given *g)
{
	if (side->handshake || g->segment.payload_octets == 0)
		return;
	side->marks[side->mark_count++] =
	    (struct mark){ g->end, g->time, m->marks + 1 };
	count_mark(m);
}

static unsigned
holes_of(struct model_side *side)
{
	int32_t before = 0;
	unsigned holes = 0;

	for (int64_t p = side->lowest; p < side->highest; p++) {
		const struct octet *o = octet_at(side, p);
		int32_t hole = o->seen ? 0 : o->opener;

		holes += hole != 0 && hole != before;
		before = hole;
	}
	return holes;
}

static void
follow(
    struct model *m, const struct given *g, enum loss_class class, bool is_late)
{
	struct model_side *side = &m->side[g->side];
	bool syn = g->segment.tcp_flags & TCP_SYN;

	if (class >= LOSS_SPURIOUS && syn && side->handshake)
		note_syn(m, side, g);
	if (class > LOSS_SPURIOUS)
		m->repeats[m->repeat_count++] = (struct repeat){ g->begin,
			g->end, class, is_late, false, g->side };
	if (g->end > side->highest) {
		side->highest = g->end;
		side->fin |= (g->segment.tcp_flags & TCP_FIN) != 0;
	}
	if ((class == LOSS_GAP || class == LOSS_NONE) && syn)
		note_syn(m, side, g);
	else if (class == LOSS_GAP || class == LOSS_NONE)
		note_mark(m, side, g);
	else if (class >= LOSS_SPURIOUS)
		note_again(side, g);
	else if (class != LOSS_DUPLICATED)
		note_behind(side, g);
}

static void
begin_side(struct model_side *side, const struct given *g)
{
	side->begun = true;
	side->handshake = side->has_sacked = side->again = false;
	side->again_sent = side->has_last = side->fin = false;
	side->highest = side->left = side->lowest = g->begin;
	side->mark_count = side->copy_count = 0;
	if (!(g->segment.tcp_flags & TCP_SYN))
		return;
	side->syn = true;
	if (!side->has_acked || side->acked <= g->begin) {
		side->has_acked = false;
		side->acked = g->begin + 1;
	}
}

static void
model_segment(struct model *m, const struct given *g, const int64_t *blocks)
{
	struct model_side *side = &m->side[g->side];
	enum loss_class class;
	bool is_late;

	m->number++;
	if (g->segment.tcp_flags & TCP_ACK)
		acknowledge(m, g, blocks);
	side->window = g->detail.window;
	side->window_known = true;
	if (g->segment.tcp_flags & TCP_SYN)
		side->never_selects =
		    !(g->detail.known & DETAIL_SACK_PERMITTED);
	if (g->begin == g->end &&
	    !(side->begun && g->begin == side->highest - 1)) {
		m->number--;
		return;
	}
	if (!side->begun)
		begin_side(side, g);
	class = classify(m, g, &is_late);
	side->classes[class]++;
	if (g->begin > side->highest)
		open_hole(m, g);
	cover(m, g, class);
	follow(m, g, class, is_late);
	if (class == LOSS_DUPLICATED)
		return;
	side->has_last = true;
	side->last_begin = g->begin;
	side->last_end = g->end;
	side->last_time = g->time;
	side->last_id = g->detail.ip_id;
	side->last_has_id = has_id(g);
	side->last_stamp = g->detail.timestamp_value;
	side->last_has_stamp = has_stamp(g);
	if (holes_of(&m->side[0]) + holes_of(&m->side[1]) > QUALITY_HOLES)
		m->loose = true;
}

/* --- comparing */

static uint64_t
missed(struct model_side *side)
{
	uint64_t count = 0;

	if (!side->begun || !side->has_acked)
		return 0;
	for (int64_t p = side->lowest; p < side->highest && p < side->acked;
	     p++) {
		const struct octet *o = octet_at(side, p);

		count += !o->seen && o->opener != 0;
	}
	return side->acked > side->highest + 1 ||
	               (side->acked > side->highest && side->fin)
	           ? count + (uint64_t)(side->acked - side->highest)
	           : count;
}

static void
compare_side(struct model *m, int which, const struct quality_side *is)
{
	struct model_side *should = &m->side[which];
	uint64_t sum = 0;

	for (int class = 0; class < LOSS_CLASS_COUNT; class ++)
		sum += should->classes[class];
	expect(sum == quality_segments(is), "classes do not add up");
	for (int class = 0; class <= LOSS_GAP; class ++)
		expect(is->segments[class] == should->classes[class],
		    "a class of what is new differs");
	if (m->loose)
		return;
	expect(
	    is->segments[LOSS_REORDERED] == should->classes[LOSS_REORDERED] &&
	        is->segments[LOSS_DUPLICATED] ==
	            should->classes[LOSS_DUPLICATED],
	    "reordered or duplicated ones differ");
	expect(is->segments[LOSS_SPURIOUS] == should->classes[LOSS_SPURIOUS],
	    "spurious ones differ");
	for (int class = LOSS_FAST; class < LOSS_CLASS_COUNT && !m->doubt;
	     class ++)
		expect(is->segments[class] == should->classes[class],
		    "a class of retransmissions differs");
	expect(is->unique_octets == should->unique, "unique octets differ");
	expect(is->retransmitted_octets == should->retransmitted,
	    "retransmitted octets differ");
	expect(is->missed_octets == missed(should), "missed octets differ");
	expect(is->handshake_rtt == should->handshake_rtt,
	    "the handshake differs");
	expect(is->rtt_samples == should->samples, "samples differ");
	if (should->samples == 0)
		return;
	expect(is->rtt_minimum == should->minimum &&
	           is->rtt_maximum == should->maximum &&
	           is->rtt_mean == should->sum / should->samples,
	    "round-trip times differ");
}

/* --- from the input to segments */

static bool
make(struct model *m, struct given *g, const uint8_t *o, int64_t time,
    const uint32_t isn[2], int64_t *blocks)
{
	const struct model_side *own, *peer;
	int64_t base;

	memset(g, 0, sizeof(*g));
	g->side = o[0] & 1;
	own = &m->side[g->side];
	peer = &m->side[!g->side];
	g->time = time;
	g->segment.payload_octets = payloads[o[1] & 7];
	if (o[0] & 2 && !own->begun)
		g->segment.tcp_flags |= TCP_SYN;
	if ((o[0] & 14) == 14 && own->begun && own->handshake &&
	    own->copy_count < QUALITY_MARKS)
		g->segment.tcp_flags |= TCP_SYN;
	if ((o[1] & 0xf0) == 0xf0)
		g->segment.tcp_flags |= TCP_FIN;
	if (!(o[2] & 1))
		g->segment.tcp_flags |= TCP_ACK;
	base = own->begun ? own->highest : 0;
	g->begin = base + (own->begun ? begins[o[1] >> 4] : 0);
	if (own->begun && g->segment.tcp_flags & TCP_SYN) {
		g->begin = 0;
		g->segment.payload_octets = 0;
	}
	g->payload_begin = g->begin + ((g->segment.tcp_flags & TCP_SYN) != 0);
	g->payload_end = g->payload_begin + g->segment.payload_octets;
	g->end = g->payload_end + ((g->segment.tcp_flags & TCP_FIN) != 0);
	base = peer->begun ? peer->highest : 0;
	g->ack = base + acks[o[2] >> 1 & 7];
	if (o[2] & 128 && (peer->has_acked || peer->syn))
		g->ack = peer->acked;
	if (g->begin < -MIDDLE + 1100 || g->end > ROOM - MIDDLE - 1200 ||
	    g->ack > ROOM - MIDDLE - 1200)
		return false;
	g->segment.sequence = isn[g->side] + (uint32_t)g->begin;
	g->segment.acknowledgement = isn[!g->side] + (uint32_t)g->ack;
	g->segment.ip_octets = 40 + g->segment.payload_octets;
	g->segment.time.ns = (uint64_t)time * 1000;
	g->detail.known = DETAIL_WINDOW | DETAIL_OPTIONS;
	if (o[3] & 1)
		g->detail.known |= DETAIL_SACK_PERMITTED;
	g->detail.window = o[3] & 3 ? 1000 : o[3] >> 2 & 1 ? 0 : 2000;
	if (o[3] & 8)
		g->detail.known |= DETAIL_ID;
	g->detail.ip_id = (uint16_t)(o[3] & 16 ? own->last_id : o[4] * 250);
	if (o[3] & 32) {
		g->detail.known |= DETAIL_TIMESTAMPS;
		g->detail.timestamp_value =
		    o[3] & 64 ? own->last_stamp : (uint32_t)(time / 1000);
		g->detail.timestamp_echo = o[3] & 128
		                               ? peer->last_stamp
		                               : (uint32_t)(time / 1000) - o[4];
	}
	g->detail.sack_blocks = (uint8_t)((o[5] & 3) % 3);
	for (unsigned i = 0; i < g->detail.sack_blocks; i++) {
		int64_t left = base - (o[5 + i] >> 2) * 5;

		blocks[2 * i] = left;
		blocks[2 * i + 1] = left + 10 * (1 + (o[6] >> 4 * i & 15));
		g->detail.sack[i] = (struct sack_block){
			isn[!g->side] + (uint32_t)blocks[2 * i],
			isn[!g->side] + (uint32_t)blocks[2 * i + 1],
		};
	}
	return true;
}

static struct quality_mark_set sets[QUALITY_MARK_SETS];
static void *const chunks[] = { sets };
static bool spread; /* the last input used more than the first */

static void
run(struct model *m, const uint8_t *octets, size_t size)
{
	const uint32_t isn[2] = { UINT32_MAX - octets[0] * 16u,
		octets[1] * 0x01000000u };
	int64_t time = INT64_C(1700000000000000);
	struct exchange_quality figures;
	struct quality_stream stream;
	uint64_t evicted = 0;
	const struct quality_marks marks = {
		.chunks = chunks,
		.secret = UINT64_C(0x9e3779b97f4a7c15),
		.evicted = &evicted,
	};
	int64_t blocks[8] = { 0 };
	unsigned count = 0;

	/* Every input has the same time, to which marks of others belong. */
	memset(sets, 0, spread ? sizeof(sets) : sizeof(sets[0]));
	quality_stream_begin(
	    &stream, (timestamp){ (uint64_t)time * 1000 }, true);
	for (size_t i = 2; i + SEGMENT_OCTETS <= size && count < MANY;
	     i += SEGMENT_OCTETS, count++) {
		struct given g;

		time += steps[octets[i] >> 4];
		/* Times that no longer fit are forgotten by one of both. */
		if (octets[i] >> 4 == 15)
			m->loose = true;
		if (!make(m, &g, &octets[i], time, isn, blocks))
			continue;
		quality_stream_segment(
		    &stream, &marks, 0, g.side, &g.segment, &g.detail);
		model_segment(m, &g, blocks);
		quality_stream_read(&stream, &figures);
		compare_side(m, 0, &figures.side[0]);
		compare_side(m, 1, &figures.side[1]);
		expect(
		    stream.sequenced == quality_segments(&figures.side[0]) +
		                            quality_segments(&figures.side[1]),
		    "segments are not all classified");
	}
	expect(evicted == 0, "a sample gave way");
	spread = stream.marks_spread[0] || stream.marks_spread[1];
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
	struct model *m;

	if (size < 2)
		return 0;
	m = calloc(1, sizeof(*m));
	expect(m != NULL, "no memory");
	for (int i = 0; i < 2; i++) {
		m->side[i].octets = calloc(ROOM, sizeof(struct octet));
		expect(m->side[i].octets != NULL, "no memory");
		for (size_t p = 0; p < ROOM; p++)
			m->side[i].octets[p].sent = -1;
		m->side[i].minimum = UINT32_MAX;
		m->side[i].handshake_rtt = QUALITY_UNKNOWN;
	}
	run(m, octets, size);
	free(m->side[0].octets);
	free(m->side[1].octets);
	free(m);
	return 0;
}
