/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text from strangers, made safe to show: names of interfaces in a capture,
 * strings in IPFIX files, what a peer says.  Escaped are
 *
 *	U+0000–U+001F, U+007F–U+009F	control characters, which steer a terminal
 *	U+061C, U+200E, U+200F,		marks of direction, which make a text
 *	U+202A–U+202E, U+2066–U+2069	look like another one
 *	octets that are not UTF-8
 *
 * and what the style itself needs.
 */
#ifndef EXFLOW_BASE_ESCAPE_H
#define EXFLOW_BASE_ESCAPE_H

#include <stddef.h>

enum escape_style {
	ESCAPE_TEXT, /* for people: each octet as \x1b */
	ESCAPE_JSON, /* RFC 8259: \u001b, \", \\; not UTF-8: as of Latin-1 */
};

#define ESCAPE_SIZE 17 /* four octets as \xff, and the terminating 0 */

/*
 * Write the first character of text to out, itself or its escape.  n is the
 * octets of text, at least 1.  Returns how many of them the character has.
 */
size_t escape_character(
    const char *text, size_t n, enum escape_style style, char out[ESCAPE_SIZE]);

/*
 * Escape all of text (ESCAPE_TEXT) into out of size octets.  What does not fit
 * is left out, but never a part of a character.  size is at least 1.
 */
void escape_line(char *out, size_t size, const char *text);

/*
 * Replace each character of text that ESCAPE_TEXT would escape by '?', in
 * place: for names that are compared and shown in many places.
 */
void escape_replace(char *text);

#endif
