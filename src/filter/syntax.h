/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of a filter, between parse.c and filter.c. */
#ifndef EXFLOW_SRC_FILTER_SYNTAX_H
#define EXFLOW_SRC_FILTER_SYNTAX_H

#include <glib.h>

#include "exflow/filter/filter.h"

enum comparison {
	COMPARE_EQUAL,
	COMPARE_NOT_EQUAL,
	COMPARE_LESS,
	COMPARE_LESS_EQUAL,
	COMPARE_GREATER,
	COMPARE_GREATER_EQUAL,
	COMPARE_MATCH,
	COMPARE_NOT_MATCH,
	COMPARE_HAS
};

/* One value as it was written. */
struct item {
	uint64_t low, high;  /* a number: the range; flags: value, mask */
	uint8_t address[16]; /* an address or a hardware address … */
	uint8_t ip_version;
	uint8_t prefix; /* … and how many of its bits count */
	char *text;     /* a text or a pattern, in lower case */
};

struct test {
	struct attribute attribute;
	enum comparison comparison;
	GArray *items; /* struct item */
};

enum node_kind {
	NODE_AND,
	NODE_OR,
	NODE_NOT, /* of left */
	NODE_TEST
};

struct node {
	enum node_kind kind;
	struct node *left, *right;
	struct test *test;
};

/* A tree, or NULL: with error->text empty the filter is empty, too. */
struct node *syntax_parse(const char *text,
    const struct filter_options *options, struct filter_error *error);
void syntax_free(struct node *node);

/* --- words (word.c) */

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING, /* it was in quotes, which are not in it */
	TOKEN_SIGN    /* an comparison, a parenthesis, a brace, a comma */
};

struct token {
	enum token_kind kind;
	const char *at; /* in the filter */
	size_t length;
};

/*
 * The token at *at, and move *at behind it.  False where a string has no end:
 * the token is the rest then.
 */
bool token_next(const char **at, struct token *token);
bool token_is(const struct token *token, const char *text);

/* --- numbers (number.c) */

#define WORD_SIZE 128 /* of a value, but for texts */

/* 1.5M, 1Mi, 0x1f; 1h30m, in nanoseconds; 2026-11-22T22:34, -1h, @1700000000. */
bool number_count(const char *word, uint64_t *value);
bool number_span(const char *word, uint64_t *ns);
bool number_time(const char *word, timestamp now, uint64_t *ns);

/* --- values (value.c) */

/*
 * Parse a value of the attribute.  False with a message that says what was
 * expected.
 */
bool item_parse(struct item *item, const struct attribute *attribute,
    enum comparison comparison, const struct token *token, timestamp now,
    char *error, size_t error_size);

/* Whether text matches a pattern of *, ? and lower-case octets. */
bool wildcard_matches(const char *pattern, const uint8_t *text, size_t length);

#endif
