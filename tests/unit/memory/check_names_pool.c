/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exflow/memory/names_pool.h"
#include "exflow/memory/populate.h"

#define PLACES 10000

static void
fill(char name[NAMES_KEPT_MAX], size_t octets)
{
	for (size_t i = 0; i < octets; i++)
		name[i] = (char)('a' + (octets + i) % 26);
}

/* Names of every length, many times over: cells are used again. */
static void
a_name_is_kept_until_it_is_dropped(void **state)
{
	struct populate *populate = populate_new();
	char name[NAMES_KEPT_MAX], kept[NAMES_KEPT_MAX];
	struct names_pool pool;
	uint32_t used;

	(void)state;
	assert_int_equal(names_pool_init(&pool, PLACES, populate), 0);
	for (int round = 0; round < 20; round++) {
		for (uint32_t i = 1; i <= NAMES_KEPT_MAX; i++) {
			struct names_head *head =
			    names_pool_make_head(&pool, i);

			fill(name, i);
			assert_true(names_pool_keep(&pool, head, name, i));
		}
		for (uint32_t i = 1; i <= NAMES_KEPT_MAX; i++) {
			struct names_head *head = names_pool_head(&pool, i);

			fill(name, i);
			assert_int_equal(names_pool_kept(&pool, head, kept), i);
			assert_memory_equal(kept, name, i);
			names_pool_drop(&pool, head);
			assert_int_equal(names_pool_kept(&pool, head, kept), 0);
		}
		if (round == 0)
			used = pool.cells_used;
	}
	assert_int_equal(pool.cells_used, used);
	names_pool_clear(&pool);
	populate_free(&populate);
}

static void
without_cells_there_is_no_name(void **state)
{
	struct populate *populate = populate_new();
	char name[NAMES_KEPT_MAX];
	struct names_pool pool;
	uint32_t n = 0;

	(void)state;
	fill(name, sizeof(name));
	assert_int_equal(names_pool_init(&pool, 100, populate), 0);
	while (names_pool_keep(
	    &pool, names_pool_make_head(&pool, n), name, sizeof(name)))
		n++;
	assert_int_equal(n, 10); /* of ten cells each */
	assert_int_equal(names_pool_head(&pool, n)->hunted, 0);
	names_pool_drop(&pool, names_pool_head(&pool, 3));
	assert_true(names_pool_keep(
	    &pool, names_pool_make_head(&pool, n), name, sizeof(name)));
	assert_int_not_equal(names_pool_octets(&pool), 0);
	names_pool_clear(&pool);
	populate_free(&populate);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_kept_until_it_is_dropped),
		cmocka_unit_test(without_cells_there_is_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
