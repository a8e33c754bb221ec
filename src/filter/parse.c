/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter as a tree, by recursive descent: one function for each line of the
 * grammar in filter.h.  The parser holds one token ahead.
 *
 * What goes wrong first is the error: later ones are not written over it, and
 * every function returns NULL from then on.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "exflow/base/human.h"

#include "syntax.h"

struct parser {
	const char *text;
	const char *rest; /* behind the token */
	struct token token;
	const struct filter_options *options;
	struct filter_error *error;
	unsigned depth, tests, values;
	/* The last test, for "port 80 or 443". */
	bool has_last;
	struct attribute last;
	enum comparison last_comparison;
};

static struct node *parse_or(struct parser *parser);
static struct node *parse_not(struct parser *parser);

static struct node *
fail_at(struct parser *parser, const struct token *token, const char *expected)
{
	struct filter_error *error = parser->error;

	if (error->text[0] != '\0')
		return NULL;
	snprintf(error->text, sizeof(error->text), "%s", expected);
	error->at = (size_t)(token->at - parser->text);
	error->length = token->length;
	return NULL;
}

static struct node *
fail(struct parser *parser, const char *expected)
{
	return fail_at(parser, &parser->token, expected);
}

static void
advance(struct parser *parser)
{
	if (!token_next(&parser->rest, &parser->token))
		fail(parser, "expected a quote at its end");
}

static bool
take(struct parser *parser, const char *word)
{
	if (!token_is(&parser->token, word))
		return false;
	advance(parser);
	return true;
}

static struct node *
node_new(enum node_kind kind, struct node *left, struct node *right)
{
	struct node *node = g_new0(struct node, 1);

	node->kind = kind;
	node->left = left;
	node->right = right;
	return node;
}

static void
test_free(struct test *test)
{
	if (test == NULL)
		return;
	for (guint i = 0; i < test->items->len; i++)
		g_free(g_array_index(test->items, struct item, i).text);
	g_array_unref(test->items);
	g_free(test);
}

void
syntax_free(struct node *node)
{
	if (node == NULL)
		return;
	syntax_free(node->left);
	syntax_free(node->right);
	test_free(node->test);
	g_free(node);
}

/* --- tests */

static struct node *
test_new(struct parser *parser, const struct attribute *attribute,
    enum comparison comparison)
{
	struct node *node;

	if (parser->tests++ == FILTER_TESTS_MAX)
		return fail(parser, "expected fewer tests: there are too many");
	node = node_new(NODE_TEST, NULL, NULL);
	node->test = g_new0(struct test, 1);
	node->test->attribute = *attribute;
	node->test->comparison = comparison;
	node->test->items = g_array_new(FALSE, FALSE, sizeof(struct item));
	return node;
}

static bool
is_value(const struct token *token)
{
	return token->kind == TOKEN_WORD || token->kind == TOKEN_STRING;
}

static bool
add_value(struct parser *parser, struct test *test)
{
	char expected[FILTER_ERROR_SIZE];
	struct item item;

	if (!is_value(&parser->token) ||
	    parser->values++ == FILTER_VALUES_MAX) {
		fail(parser, is_value(&parser->token)
		                 ? "expected fewer values: there are too many"
		                 : "expected a value");
		return false;
	}
	if (!item_parse(&item, &test->attribute, test->comparison,
	        &parser->token, parser->options->now, expected,
	        sizeof(expected))) {
		g_free(item.text);
		fail(parser, expected);
		return false;
	}
	g_array_append_val(test->items, item);
	advance(parser);
	return true;
}

/* "{" VALUE *( "," VALUE ) "}" */
static bool
add_set(struct parser *parser, struct test *test)
{
	do {
		if (!add_value(parser, test))
			return false;
	} while (take(parser, ","));
	if (take(parser, "}"))
		return true;
	fail(parser, "expected a comma or }");
	return false;
}

static struct node *
parse_values(struct parser *parser, const struct attribute *attribute,
    enum comparison comparison)
{
	struct node *node = test_new(parser, attribute, comparison);
	bool good;

	if (node == NULL)
		return NULL;
	if (!token_is(&parser->token, "{"))
		good = add_value(parser, node->test);
	else if (comparison >= COMPARE_LESS &&
	         comparison <= COMPARE_GREATER_EQUAL) {
		fail(parser, "expected one value, as < and > have no sets");
		good = false;
	} else {
		advance(parser);
		good = add_set(parser, node->test);
	}
	if (!good) {
		syntax_free(node);
		return NULL;
	}
	parser->has_last = true;
	parser->last = *attribute;
	parser->last_comparison = comparison;
	return node;
}

/* A test whose one value is a number that is known already. */
static struct node *
simple_test(struct parser *parser, const char *name, uint64_t number)
{
	struct item item = { .low = number, .high = number };
	struct attribute attribute;
	struct node *node;
	char error[FILTER_ERROR_SIZE];

	attribute_find(&attribute, name, strlen(name), ATTRIBUTE_BOTH, NULL,
	    error, sizeof(error));
	node = test_new(parser, &attribute, COMPARE_EQUAL);
	if (node != NULL)
		g_array_append_val(node->test->items, item);
	advance(parser);
	return node;
}

static enum comparison
parse_comparison(struct parser *parser)
{
	static const struct {
		const char *sign;
		enum comparison comparison;
	} operators[] = { { "=", COMPARE_EQUAL }, { "==", COMPARE_EQUAL },
		{ "in", COMPARE_EQUAL }, { "!=", COMPARE_NOT_EQUAL },
		{ "<", COMPARE_LESS }, { "<=", COMPARE_LESS_EQUAL },
		{ ">", COMPARE_GREATER }, { ">=", COMPARE_GREATER_EQUAL },
		{ "~", COMPARE_MATCH }, { "!~", COMPARE_NOT_MATCH } };

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (take(parser, operators[i].sign))
			return operators[i].comparison;
	return COMPARE_EQUAL;
}

static bool
take_side(struct parser *parser, enum attribute_side *side)
{
	if (take(parser, "client") || take(parser, "src"))
		*side = ATTRIBUTE_CLIENT;
	else if (take(parser, "server") || take(parser, "dst"))
		*side = ATTRIBUTE_SERVER;
	else
		return false;
	return true;
}

/* "client 10.0.0.1", "server = …", "client {…}" */
static bool
is_bare_side(const struct token *token)
{
	return (token->kind == TOKEN_WORD &&
	           (memchr(token->at, ':', token->length) != NULL ||
	               (token->at[0] >= '0' && token->at[0] <= '9'))) ||
	       token_is(token, "{") || token_is(token, "=") ||
	       token_is(token, "==") || token_is(token, "!=") ||
	       token_is(token, "in");
}

/* [ side ] NAME */
static bool
parse_name(struct parser *parser, struct attribute *attribute)
{
	enum attribute_side side = ATTRIBUTE_BOTH;
	bool has_side = take_side(parser, &side);
	char expected[FILTER_ERROR_SIZE];
	struct token token = parser->token;

	if (has_side && is_bare_side(&token))
		return attribute_find(attribute, "host", 4, side, NULL,
		           expected, sizeof(expected)) == 0;
	if (token.kind != TOKEN_WORD) {
		fail(parser, token.kind == TOKEN_END
		                 ? "expected a test at the end"
		                 : "expected a test");
		return false;
	}
	if (attribute_find(attribute, token.at, token.length, side,
	        parser->options->resolver, expected, sizeof(expected)) == 0) {
		advance(parser);
		return true;
	}
	fail(parser, expected);
	return false;
}

/* "or 443" behind a test with a value: 443 is no name. */
static bool
is_more(const struct parser *parser)
{
	const struct token *token = &parser->token;

	return parser->has_last && token->kind == TOKEN_WORD &&
	       ((token->at[0] >= '0' && token->at[0] <= '9') ||
	           memchr(token->at, ':', token->length) != NULL);
}

static int
word_protocol(const struct token *token)
{
	char word[16];

	if (token->kind != TOKEN_WORD || token->length >= sizeof(word))
		return -1;
	memcpy(word, token->at, token->length);
	word[token->length] = '\0';
	return human_protocol_number(word);
}

static struct node *
parse_test(struct parser *parser)
{
	struct attribute attribute;
	int protocol = word_protocol(&parser->token);
	bool has;

	if (protocol >= 0)
		return simple_test(parser, "protocol", (uint64_t)protocol);
	if (token_is(&parser->token, "ip") || token_is(&parser->token, "ip4"))
		return simple_test(parser, "version", 4);
	if (token_is(&parser->token, "ip6"))
		return simple_test(parser, "version", 6);
	if (is_more(parser)) {
		attribute = parser->last;
		return parse_values(
		    parser, &attribute, parser->last_comparison);
	}
	has = take(parser, "has");
	if (!parse_name(parser, &attribute))
		return NULL;
	if (has)
		return test_new(parser, &attribute, COMPARE_HAS);
	return parse_values(parser, &attribute, parse_comparison(parser));
}

/* --- the tree */

static struct node *
parse_inner(struct parser *parser)
{
	struct node *node;

	if (take(parser, "not") || take(parser, "!")) {
		node = parse_not(parser);
		return node == NULL ? NULL : node_new(NODE_NOT, node, NULL);
	}
	if (!take(parser, "("))
		return parse_test(parser);
	node = parse_or(parser);
	if (node == NULL || take(parser, ")"))
		return node;
	syntax_free(node);
	return fail(parser, "expected and, or or )");
}

/* Every "not" and every parenthesis comes through here. */
static struct node *
parse_not(struct parser *parser)
{
	struct node *node;

	if (++parser->depth > FILTER_DEPTH_MAX)
		return fail(parser, "expected fewer parentheses");
	node = parse_inner(parser);
	parser->depth--;
	return node;
}

static struct node *
join(struct parser *parser, enum node_kind kind, const char *word,
    const char *sign, struct node *(*part)(struct parser *))
{
	struct node *node = part(parser), *right;

	while (node != NULL && (take(parser, word) || take(parser, sign))) {
		right = part(parser);
		if (right == NULL) {
			syntax_free(node);
			return NULL;
		}
		node = node_new(kind, node, right);
	}
	return node;
}

static struct node *
parse_and(struct parser *parser)
{
	return join(parser, NODE_AND, "and", "&&", parse_not);
}

static struct node *
parse_or(struct parser *parser)
{
	return join(parser, NODE_OR, "or", "||", parse_and);
}

struct node *
syntax_parse(const char *text, const struct filter_options *options,
    struct filter_error *error)
{
	struct parser parser = {
		.text = text, .rest = text, .options = options, .error = error
	};
	struct node *node = NULL;

	*error = (struct filter_error){ .text = "" };
	advance(&parser);
	if (parser.token.kind != TOKEN_END)
		node = parse_or(&parser);
	if (node != NULL && parser.token.kind != TOKEN_END)
		fail(&parser, "expected and, or or the end");
	if (error->text[0] == '\0')
		/* cppcheck-suppress returnDanglingLifetime */
		return node;
	syntax_free(node);
	return NULL;
}
