/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of shapes, by their numbers: whose templates were sent, or are needed.
 * It begins zeroed.
 */
#ifndef EXFLOW_IPFIX_SHAPE_SET_H
#define EXFLOW_IPFIX_SHAPE_SET_H

#include <stdbool.h>
#include <stdint.h>

#define SHAPE_SET_SIZE 512 /* numbers are below this */
#define SHAPE_SET_WORDS (SHAPE_SET_SIZE / 64)

struct shape_set {
	uint64_t word[SHAPE_SET_WORDS];
};

static inline void
shape_set_add(struct shape_set *set, unsigned shape)
{
	set->word[shape / 64] |= UINT64_C(1) << shape % 64;
}

static inline bool
shape_set_has(const struct shape_set *set, unsigned shape)
{
	return (set->word[shape / 64] >> shape % 64 & 1) != 0;
}

static inline void
shape_set_add_all(struct shape_set *set, const struct shape_set *more)
{
	for (unsigned i = 0; i < SHAPE_SET_WORDS; i++)
		set->word[i] |= more->word[i];
}

static inline void
shape_set_remove_all(struct shape_set *set, const struct shape_set *less)
{
	for (unsigned i = 0; i < SHAPE_SET_WORDS; i++)
		set->word[i] &= ~less->word[i];
}

static inline bool
shape_set_empty(const struct shape_set *set)
{
	uint64_t any = 0;

	for (unsigned i = 0; i < SHAPE_SET_WORDS; i++)
		any |= set->word[i];
	return any == 0;
}

/* The lowest number in a set that is not empty. */
static inline unsigned
shape_set_lowest(const struct shape_set *set)
{
	unsigned i = 0;

	while (i < SHAPE_SET_WORDS - 1 && set->word[i] == 0)
		i++;
	return 64 * i + (unsigned)__builtin_ctzll(set->word[i]);
}

/* The same, and take it out. */
static inline unsigned
shape_set_take(struct shape_set *set)
{
	unsigned shape = shape_set_lowest(set);

	set->word[shape / 64] &= ~(UINT64_C(1) << shape % 64);
	return shape;
}

#endif
