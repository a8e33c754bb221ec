/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Short texts of the command line: networks, outputs, tunnels, addresses,
 * settings.  The first octet selects which, the rest is the text.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exflow/base/log.h"
#include "exflow/config/load.h"
#include "exflow/decode/decode.h"
#include "exflow/export/kinds.h"
#include "exflow/network/network.h"
#include "exflow/output/destination.h"
#include "exflow/status/metrics.h"

#include "exflow/archive/pattern.h"
#include "exflow/base/publish.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_network(const char *text, bool list)
{
	struct network_set *set = network_set_new();
	char error[128] = "";
	uint8_t address[16] = { 10, 0, 0, 1 };
	int result;

	scratch_expect(set != NULL);
	result = list ? network_set_add_list(set, text, error, sizeof(error))
	              : network_set_add(set, text, error, sizeof(error));
	scratch_expect(result == 0 || error[0] != '\0');
	scratch_expect(result != 0 || list || network_set_count(set) == 1);
	network_set_freeze(set);
	(void)network_set_contains(set, address, 4);
	(void)network_set_contains(set, address, 6);
	scratch_expect(
	    network_set_name(set, address, 4) <= network_set_names(set));
	scratch_expect(
	    network_set_name(set, address, 6) <= network_set_names(set));
	/* What has a name is in the set. */
	scratch_expect(network_set_name(set, address, 4) == 0 ||
	               network_set_contains(set, address, 4));
	network_set_free(&set);
}

static void
fuzz_output(const char *text)
{
	struct destination_options options;
	char error[DESTINATION_ERROR_SIZE] = "";
	struct destination *one, *other;

	destination_options_init(&options);
	one = destination_new(text, &options, error);
	scratch_expect((one == NULL) == (error[0] != '\0'));
	if (one == NULL)
		return;
	scratch_expect(strcmp(one->name, text) == 0);
	other = destination_new(text, &options, error);
	scratch_expect(other != NULL && destination_same(one, other));
	destination_free(&other);
	destination_free(&one);
}

/* A name made of a pattern is one of the pattern's, also with a number. */
static void
fuzz_pattern(const char *text)
{
	char error[DESTINATION_ERROR_SIZE] = "", *name, *numbered;
	const char *part, *made;

	if (pattern_check(text, error, sizeof(error)) != 0) {
		scratch_expect(error[0] != '\0');
		return;
	}
	scratch_expect(pattern_constant(text) <= strlen(text));
	name = pattern_expand(text, 1700000000, false);
	scratch_expect(name != NULL);
	part = strrchr(text, '/');
	part = part == NULL ? text : part + 1;
	made = strrchr(name, '/');
	made = made == NULL ? name : made + 1;
	scratch_expect(pattern_matches(part, strlen(part), made, true));
	numbered = publish_inserted(made, "12");
	scratch_expect(numbered != NULL &&
	               pattern_matches(part, strlen(part), numbered, true));
	free(numbered);
	free(name);
}

static void
fuzz_setting(char *text)
{
	char *arguments[] = { (char *)"exflow", (char *)"-qr", (char *)"-",
		(char *)"--set", text, NULL };
	struct settings settings;

	log_init("fuzz_spec", LOG_LEVEL_ERROR);
	if (settings_load(&settings, 5, arguments) == SETTINGS_RUN)
		settings_free(&settings);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[256] = "", *text;

	if (size == 0)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	scratch_expect(text != NULL);
	switch (data[0] % 8) {
	case 0:
	case 1:
		fuzz_network(text, data[0] % 2 != 0);
		break;
	case 2:
		fuzz_output(text);
		break;
	case 3:
		fuzz_pattern(text);
		break;
	case 4:
		scratch_expect(metrics_check(text, error, sizeof(error)) == 0 ||
		               error[0] != '\0');
		break;
	case 5:
		(void)tunnel_from_name(text);
		break;
	default:
		fuzz_setting(text);
	}
	free(text);
	return 0;
}
