/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types of settings: from a text to a place in struct settings, with the
 * message for a text that cannot go there.
 */
#ifndef EXFLOW_SRC_SETTINGS_TYPES_H
#define EXFLOW_SRC_SETTINGS_TYPES_H

#include "exflow/settings/setting.h"

/* --- types.c: types of values */

extern const struct setting_type setting_switch; /* bool */
extern const struct setting_type setting_count; /* uint16_t, uint32_t, size_t */
extern const struct setting_type setting_duration; /* duration */
extern const struct setting_type setting_choice;   /* bool: the second word */
extern const struct setting_type setting_word;     /* an enum: the index */
extern const struct setting_type setting_text;     /* char *, owned */
extern const struct setting_type setting_borrowed; /* const char * */

/* Put what is wrong with a text, and what was expected, into error: -1. */
__attribute__((format(printf, 4, 5))) int setting_refuse(
    const struct setting *setting, const char *text,
    char error[SETTING_ERROR_SIZE], const char *format, ...);
/* The index of a word; -1 with a message where it is none of them. */
int setting_word_find(const struct setting *setting, const char *text,
    char error[SETTING_ERROR_SIZE]);

/* There is no memory for a value: -1. */
int setting_no_memory(char error[SETTING_ERROR_SIZE]);

/* --- types_list.c, types_mask.c, types_checked.c */

extern const struct setting_type setting_networks;
extern const struct setting_type setting_interfaces;
extern const struct setting_type setting_columns;
extern const struct setting_type setting_kinds; /* of exchanges */
extern const struct setting_type setting_tunnels;
extern const struct setting_type setting_enterprise_number;
extern const struct setting_type setting_flag_counters;
extern const struct setting_type setting_type_information;
extern const struct setting_type setting_quality;
extern const struct setting_type setting_names;
extern const struct setting_type setting_filter;
extern const struct setting_type setting_record_filter;
extern const struct setting_type setting_metrics;
extern const struct setting_type setting_property; /* of librdkafka */

#endif
