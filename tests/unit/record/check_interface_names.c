/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "exflow/record/interface_names.h"

static void
a_number_has_the_name_that_it_was_given_last(void **state)
{
	struct interface_names *names = interface_names_new();
	const char *before;

	(void)state;
	assert_null(interface_names_find(names, 7));
	assert_int_equal(interface_names_add(names, 7, "eth0"), 0);
	assert_int_equal(interface_names_add(names, 7 + 1024, "eth1"), 0);
	before = interface_names_find(names, 7);
	assert_string_equal(before, "eth0");
	assert_int_equal(interface_names_add(names, 7, "lan"), 0);
	assert_string_equal(interface_names_find(names, 7), "lan");
	assert_string_equal(before, "eth0"); /* it stays valid */
	assert_string_equal(interface_names_find(names, 7 + 1024), "eth1");
	assert_int_equal(interface_names_add(names, 0, ""), 0);
	assert_string_equal(interface_names_find(names, 0), "");
	assert_int_equal(interface_names_add(NULL, 1, "nobody asks"), 0);
	interface_names_free(&names);
	assert_null(names);
	interface_names_free(&names);
}

static void
what_no_terminal_should_see_becomes_a_question_mark(void **state)
{
	struct interface_names *names = interface_names_new();

	(void)state;
	interface_names_add(names, 1, "a\x1b[2Jb\x7f\xff\xc3\xa9\xc3");
	assert_string_equal(
	    interface_names_find(names, 1), "a?[2Jb??\xc3\xa9?");
	interface_names_free(&names);
}

static void
the_table_has_a_bound_and_says_so(void **state)
{
	struct interface_names *names = interface_names_new();

	(void)state;
	for (uint32_t i = 0; i < INTERFACE_NAMES_MAX; i++)
		assert_int_equal(interface_names_add(names, i, "x"), 0);
	assert_int_equal(
	    interface_names_add(names, INTERFACE_NAMES_MAX, "x"), -1);
	assert_int_equal(errno, ENOSPC);
	assert_null(interface_names_find(names, INTERFACE_NAMES_MAX));
	assert_string_equal(
	    interface_names_find(names, INTERFACE_NAMES_MAX - 1), "x");
	interface_names_free(&names);
}

struct race {
	struct interface_names *names;
	_Atomic uint32_t added;
};

#define RACED 20000

static void *
reads(void *context)
{
	struct race *race = context;
	uint32_t added = 0, wrong = 0;

	while (added < RACED && wrong == 0) {
		added = atomic_load(&race->added);
		for (uint32_t i = added > 50 ? added - 50 : 0; i < added; i++) {
			const char *name = interface_names_find(race->names, i);
			unsigned number;

			if (name == NULL ||
			    sscanf(name, "if%u", &number) != 1 || number != i)
				wrong++;
		}
	}
	return wrong == 0 ? race : NULL;
}

/* The reading thread adds while the thread of an output looks names up. */
static void
a_name_that_was_added_is_found_whole_by_another_thread(void **state)
{
	struct race race = { .names = interface_names_new() };
	pthread_t reader;
	char name[16];
	void *result;

	(void)state;
	assert_int_equal(pthread_create(&reader, NULL, reads, &race), 0);
	for (uint32_t i = 0; i < RACED; i++) {
		snprintf(name, sizeof(name), "if%u", i);
		assert_int_equal(interface_names_add(race.names, i, name), 0);
		atomic_store(&race.added, i + 1);
	}
	pthread_join(reader, &result);
	assert_non_null(result);
	interface_names_free(&race.names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_has_the_name_that_it_was_given_last),
		cmocka_unit_test(
		    what_no_terminal_should_see_becomes_a_question_mark),
		cmocka_unit_test(the_table_has_a_bound_and_says_so),
		cmocka_unit_test(
		    a_name_that_was_added_is_found_whole_by_another_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
