/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of the fragment table: entries found by their key, ordered by
 * when they end, each with a list of the pieces that wait in it.
 */
#ifndef EXFLOW_SRC_DECODE_FRAGMENT_STORE_H
#define EXFLOW_SRC_DECODE_FRAGMENT_STORE_H

#include "fragment.h"

#define FRAGMENT_NONE UINT32_MAX
#define FRAGMENT_RANGES 24

/*
 * Nanoseconds that only go forward, whatever capture time does.  They may
 * wrap: only differences count, and those are within minutes.
 */
typedef uint64_t ticks;

enum fragment_state {
	FRAGMENT_HEADLESS, /* the first has not come */
	FRAGMENT_TINY,     /* it has, but TCP's flags have not */
	FRAGMENT_SEGMENT,  /* later ones join a segment */
	FRAGMENT_UNWANTED, /* later ones are unmatched */
};

enum fragment_queue {
	QUEUE_OPEN, /* until FRAGMENT_TIMEOUT_SECONDS after its first piece */
	QUEUE_COMPLETE, /* until FRAGMENT_COPY_SECONDS after its last one */
	QUEUE_COUNT
};

/* Octets of the datagram that have come, in units of eight. */
struct fragment_range {
	uint16_t begin, end;
};

/* What the first fragment said. */
struct fragment_first {
	struct flow_key flow;
	uint32_t octets;        /* of its IP packet */
	uint32_t header_octets; /* see fragment_table_first, _tiny */
	uint32_t sequence, acknowledgement;
	uint8_t tcp_flags;
	uint8_t sender;
	enum unmatched reason; /* of an unwanted one */
};

struct fragment_entry {
	struct fragment_key key;
	struct fragment_first first;
	ticks end;      /* when it is forgotten */
	ticks first_at; /* when the first fragment came */
	uint32_t chain; /* next in the bucket, or next of the unused */
	uint32_t older, newer;
	uint32_t waiting_older, waiting_newer; /* of those with pieces */
	uint32_t head, tail;                   /* pieces that wait */
	uint8_t state;                         /* enum fragment_state */
	uint8_t queue;                         /* enum fragment_queue */
	uint8_t ranges; /* FRAGMENT_RANGES + 1: more than are told apart */
	uint16_t total; /* units of the whole datagram, 0: not known */
	struct fragment_range range[FRAGMENT_RANGES];
};

struct fragment_waiting {
	struct fragment_piece piece;
	uint32_t next;
};

struct fragment_list {
	uint32_t oldest, newest;
};

struct fragment_store {
	struct fragment_entry *entries; /* NULL until the first fragment */
	uint32_t *buckets;              /* index of an entry, or NONE */
	struct fragment_waiting *pieces;
	uint32_t capacity, piece_capacity;
	uint32_t mask;          /* number of buckets - 1 */
	uint32_t unused;        /* chain of entries to take */
	uint32_t unused_pieces; /* chain likewise */
	struct fragment_list queue[QUEUE_COUNT];
	struct fragment_list waiting;
	uint64_t secret; /* of the hash: nobody outside can aim collisions */
	struct decode_counts counts;
};

/* 0, or -1 with errno. */
int fragment_store_init(struct fragment_store *store, size_t capacity);
void fragment_store_clear(struct fragment_store *store);

/* Memory comes with the first fragment; -1 where there is none. */
int fragment_store_allocate(struct fragment_store *store);

struct fragment_entry *fragment_store_find(
    struct fragment_store *store, const struct fragment_key *key);

/*
 * A new entry, the newest of QUEUE_OPEN.  Where all are in use it takes the
 * place of a complete one, else of the oldest, which is counted; one that
 * stays headless only that of the oldest with pieces that wait, and NULL
 * where there is none.
 */
struct fragment_entry *fragment_store_insert(struct fragment_store *store,
    const struct fragment_key *key, ticks now, bool headless);

/* Forget an entry; pieces that wait in it are unmatched for the reason. */
void fragment_store_drop(struct fragment_store *store,
    struct fragment_entry *entry, enum unmatched reason);
void fragment_store_expire(struct fragment_store *store, ticks now);

/* All of the datagram has come: QUEUE_COMPLETE from now on, or anew. */
void fragment_store_complete(
    struct fragment_store *store, struct fragment_entry *entry, ticks now);

/*
 * Make sure that a piece can wait: where all places are taken, the entries
 * that wait longest are forgotten and counted.
 */
void fragment_store_reserve(struct fragment_store *store);
/* Let a piece wait, in front of the others or behind them. */
void fragment_store_wait(struct fragment_store *store,
    struct fragment_entry *entry, const struct fragment_piece *piece,
    bool in_front);
/* All pieces that wait in an entry, as a list that is the caller's now. */
uint32_t fragment_store_take(
    struct fragment_store *store, struct fragment_entry *entry);
/* The first piece of such a list; *list is the next. */
struct fragment_piece fragment_store_pop(
    struct fragment_store *store, uint32_t *list);

/* The packets of such a list are unmatched for the reason. */
void fragment_store_give_up(
    struct fragment_store *store, uint32_t list, enum unmatched reason);

/* Note which octets have come; true where that is all of the datagram. */
bool fragment_entry_cover(
    struct fragment_entry *entry, const struct fragment_piece *piece);

#endif
