/* SPDX-License-Identifier: BSD-2-Clause */
/* html:FILE, where the machine has no memory for its groups. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/export/exporter.h"
#include "exflow/export/kinds.h"

#include "../export_fixture.h"

#define RECORDS 20000

static char folder[32];

/* From which call on; 0: never.  The linker has aligned_alloc() come here. */
static unsigned fails_from, calls;

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *
__wrap_aligned_alloc(size_t alignment, size_t size)
{
	calls++;
	return fails_from > 0 && calls >= fails_from
	           ? NULL
	           : __real_aligned_alloc(alignment, size);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/check_html.XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	return fixture_remove_folder(folder);
}

static struct destination *
output(const char *kind, const char *name)
{
	char spec[64];

	snprintf(spec, sizeof(spec), "%s:%s/%s", kind, folder, name);
	return fixture_destination(spec, NULL);
}

/* Each of a client of its own. */
static void
put_all(struct exporter *exporter)
{
	struct exporter_port *port = exporter_port_new(exporter);

	for (unsigned i = 0; i < RECORDS; i++) {
		struct exchange exchange = {
			.ip_version = 4,
			.protocol = 17,
			.flow_id = i,
			.end = END_IDLE,
			.end_reason = 1,
			.side = { [CLIENT] = { .packets = 1 } },
		};

		memcpy(exchange.address[CLIENT], &i, sizeof(i));
		exporter_put(port, &exchange);
	}
	exporter_port_free(&port);
}

/* A run with a page and a file beside it; the calls that were made. */
static unsigned
run(unsigned from, bool whole)
{
	struct destination *d[2] = { output("html", "page.html"),
		output("ipfix", "a.ipfix") };
	char error[DESTINATION_ERROR_SIZE], path[64];
	const struct destination *page;
	struct exporter *exporter;

	calls = 0;
	fails_from = from;
	exporter = exporter_new(d, 2, error, sizeof(error));
	assert_non_null(exporter);
	put_all(exporter);
	assert_int_equal(exporter_finish(exporter), whole ? 0 : -1);
	fails_from = 0;
	page = exporter_destination(exporter, 0);
	fixture_assert_finished(
	    page, whole ? RECORDS : 0, LOSS_WRITE, whole ? 0 : RECORDS);
	if (!whole && strstr(page->error, "memory") == NULL)
		fail_msg("\"%s\"", page->error);
	fixture_assert_finished(
	    exporter_destination(exporter, 1), RECORDS, LOSS_WRITE, 0);
	exporter_free(&exporter);
	snprintf(path, sizeof(path), "%s/page.html", folder);
	assert_int_equal(access(path, F_OK), whole ? 0 : -1);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/a.ipfix", folder);
	assert_int_equal(unlink(path), 0);
	return calls;
}

/* The program ended, and with it what others had not written yet. */
static void
a_page_without_memory_takes_nothing_with_it(void **state)
{
	unsigned all = run(0, true);

	(void)state;
	assert_in_range(all, 4, 100);
	for (unsigned i = 1; i <= all; i++)
		(void)run(i, false);
	(void)run(all + 1, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_page_without_memory_takes_nothing_with_it, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
