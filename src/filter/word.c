/* SPDX-License-Identifier: BSD-2-Clause */
/* A filter as words, strings and signs. */
#include <config.h>

#include <string.h>

#include "syntax.h"

#define SPACE " \t\r\n"
/* What ends a word. */
#define SIGNS SPACE "(){},=!<>~&|\"'"

static size_t
sign_length(const char *at)
{
	static const char *const doubled[] = { "==", "!=", "<=", ">=", "!~",
		"&&", "||" };

	for (size_t i = 0; i < sizeof(doubled) / sizeof(doubled[0]); i++)
		if (strncmp(at, doubled[i], 2) == 0)
			return 2;
	return 1;
}

static bool
take_string(const char **at, struct token *token)
{
	char quote = **at;
	const char *end = strchr(*at + 1, quote);

	token->kind = TOKEN_STRING;
	token->at = *at + 1;
	token->length =
	    end == NULL ? strlen(token->at) : (size_t)(end - token->at);
	*at = token->at + token->length + (end != NULL);
	return end != NULL;
}

bool
token_next(const char **at, struct token *token)
{
	*at += strspn(*at, SPACE);
	token->at = *at;
	if (**at == '\0') {
		token->kind = TOKEN_END;
		token->length = 0;
		return true;
	}
	if (**at == '"' || **at == '\'')
		return take_string(at, token);
	token->length = strcspn(*at, SIGNS);
	token->kind = token->length > 0 ? TOKEN_WORD : TOKEN_SIGN;
	if (token->length == 0)
		token->length = sign_length(*at);
	*at += token->length;
	return true;
}

bool
token_is(const struct token *token, const char *text)
{
	return (token->kind == TOKEN_WORD || token->kind == TOKEN_SIGN) &&
	       strlen(text) == token->length &&
	       strncmp(token->at, text, token->length) == 0;
}
