/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of settings, in the order of the manual: what joins its parts, and
 * what it is asked.  "make settings" makes conf/exflow.conf and the lists of
 * exflow.conf(5) from it.
 */
#include <config.h>

#include "table.h"

#include <string.h>

const struct setting_part *const setting_parts[SETTING_PARTS] = {
	&setting_part_interfaces,
	&setting_part_measuring,
	&setting_part_timeouts,
	&setting_part_bounds,
	&setting_part_process,
	&setting_part_outputs,
	&setting_part_ipfix,
	&setting_part_collectors,
	&setting_part_archives,
	&setting_part_kafka,
};

const struct setting_section setting_sections[SETTING_SECTIONS] = {
	{ "collector", SETTING_COLLECTOR, false,
	    "a collector with settings of its own" },
	{ "archive", SETTING_ARCHIVE, true, "IPFIX files one after the other" },
	{ "kafka", SETTING_KAFKA, true, "messages in a topic of Apache Kafka" },
};

const struct setting *
setting_at(size_t i)
{
	for (size_t part = 0; part < SETTING_PARTS; part++) {
		if (i < setting_parts[part]->count)
			return &setting_parts[part]->settings[i];
		i -= setting_parts[part]->count;
	}
	return NULL;
}

size_t
settings_table_count(void)
{
	size_t count = 0;

	for (size_t part = 0; part < SETTING_PARTS; part++)
		count += setting_parts[part]->count;
	return count;
}

size_t
setting_index(const struct setting *setting)
{
	size_t i = 0;

	while (setting_at(i) != setting)
		i++;
	return i;
}

const struct setting *
setting_next(unsigned where, size_t *i)
{
	const struct setting *setting;

	while ((setting = setting_at(*i)) != NULL) {
		(*i)++;
		if ((setting->where & where) != 0)
			return setting;
	}
	return NULL;
}

const struct setting *
setting_find(unsigned where, const char *name)
{
	const struct setting *setting;
	size_t i = 0;

	while ((setting = setting_next(where, &i)) != NULL)
		if (strcmp(setting->name, name) == 0)
			return setting;
	return NULL;
}
