/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of settings that are sets of words, each of them a bit of a mask. */
#include <config.h>

#include "types.h"

#include <stdio.h>
#include <string.h>

#include "exflow/decode/decode.h"
#include "exflow/names/names.h"

/* --- tunnels: a mask */

static void
expected_tunnels(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; tunnel_name(i) != NULL && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i > 0 ? ", " : "", tunnel_name(i));
	if (used < size)
		snprintf(text + used, size - used, " or all");
}

static int
take_tunnel(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	unsigned tunnel = tunnel_from_name(text);

	if (tunnel == 0)
		return setting_refuse(setting, text, error, " is unknown");
	settings->tunnels |= tunnel;
	return 0;
}

static void
clear_tunnels(struct settings *settings)
{
	settings->tunnels = 0;
}

static bool
same_tunnels(const struct setting *setting, const struct settings *a,
    const struct settings *b)
{
	(void)setting;
	return a->tunnels == b->tunnels;
}

const struct setting_type setting_tunnels = { .take = take_tunnel,
	.clear = clear_tunnels,
	.same = same_tunnels,
	.expected = expected_tunnels };

/* --- kinds of exchanges */

static void
expected_kinds(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; meter_kind_name(i) != NULL && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i == 0                           ? ""
		    : meter_kind_name(i + 1) == NULL ? " or "
		                                     : ", ",
		    meter_kind_name(i));
}

static int
take_kind(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	unsigned kind = meter_kind_from_name(text);

	if (kind == 0)
		return setting_refuse(setting, text, error, " is unknown");
	settings->meter.kinds |= kind;
	return 0;
}

static void
clear_kinds(struct settings *settings)
{
	settings->meter.kinds = 0;
}

const struct setting_type setting_kinds = {
	.take = take_kind, .clear = clear_kinds, .expected = expected_kinds
};

/* --- names: a mask */

static const char *const names_words[] = { "tls", "quic", "http", "dns",
	"ja4" };
#define NAMES_WORDS (sizeof(names_words) / sizeof(names_words[0]))
_Static_assert(NAMES_TLS == 1 << 0 && NAMES_QUIC == 1 << 1 &&
                   NAMES_HTTP == 1 << 2 && NAMES_DNS == 1 << 3 &&
                   NAMES_FINGERPRINT == 1 << 4,
    "words stand in the order of the bits");

static void
expected_names(char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < NAMES_WORDS && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
		    i == 0                 ? ""
		    : i + 1 == NAMES_WORDS ? " or "
		                           : ", ",
		    names_words[i]);
}

static int
take_names(const struct setting *setting, struct settings *settings,
    const char *text, char *error)
{
	for (unsigned i = 0; i < NAMES_WORDS; i++) {
		if (strcmp(text, names_words[i]) != 0)
			continue;
		if (1u << i == NAMES_QUIC && !names_have_quic())
			return setting_refuse(setting, text, error,
			    " needs OpenSSL, which this build does without");
		settings->meter.names.kinds |= 1u << i;
		return 0;
	}
	return setting_refuse(setting, text, error, " is unknown");
}

static void
clear_names(struct settings *settings)
{
	settings->meter.names.kinds = 0;
}

const struct setting_type setting_names = {
	.take = take_names, .clear = clear_names, .expected = expected_names
};
