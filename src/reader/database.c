/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All rows are one transaction without a journal: a file that is not complete
 * never gets its name, so there is nothing to roll back to.
 */
#include <config.h>

#include "database.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exflow/base/publish.h"
#include "exflow/base/text.h"

#ifdef HAVE_SQLITE
#include <sqlite3.h>

struct database {
	sqlite3 *file;
	sqlite3_stmt *insert;
	const struct report *report;
	char *path, *temporary;
	char error[DATABASE_ERROR_SIZE];
};

static int
fail(struct database *database, const char *why)
{
	g_snprintf(database->error, sizeof(database->error), "%s: %s",
	    database->path, why);
	return -1;
}

static int
fail_sqlite(struct database *database)
{
	return fail(database, sqlite3_errmsg(database->file));
}

static const char *
type_of(enum report_kind kind)
{
	switch (kind) {
	case REPORT_TEXT:
	case REPORT_TIME:
		return "text";
	case REPORT_SPAN:
	case REPORT_SHARE:
		return "real";
	default:
		return "integer";
	}
}

/* Names are those that somebody has typed: in quotes. */
static int
make_table(struct database *database)
{
	const struct report *report = database->report;
	GString *create = g_string_new(
	    "pragma journal_mode = off; pragma synchronous = off; begin; "
	    "create table flows (");
	GString *insert = g_string_new("insert into flows values (");
	int result;

	for (size_t i = 0; i < report->column_count; i++) {
		const char *comma = i > 0 ? ", " : "";
		char *name = sqlite3_mprintf("%s\"%w\" %s", comma,
		    report->columns[i].name, type_of(report->columns[i].kind));

		g_string_append(create, name);
		g_string_append_printf(insert, "%s?", comma);
		sqlite3_free(name);
	}
	g_string_append(create, ")");
	g_string_append(insert, ")");
	result = sqlite3_exec(database->file, create->str, NULL, NULL, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_prepare_v2(
		    database->file, insert->str, -1, &database->insert, NULL);
	g_string_free(create, TRUE);
	g_string_free(insert, TRUE);
	return result == SQLITE_OK ? 0 : fail_sqlite(database);
}

static int
make_file(struct database *database)
{
	int fd = publish_create(database->path, &database->temporary);

	if (fd < 0)
		return fail(database, g_strerror(errno));
	close(fd);
	if (sqlite3_open(database->temporary, &database->file) != SQLITE_OK)
		return fail_sqlite(database);
	return make_table(database);
}

struct database *
database_new(const char *path, const struct report *report,
    char error[DATABASE_ERROR_SIZE])
{
	struct database *database = g_new0(struct database, 1);

	database->path = g_strdup(path);
	database->report = report;
	if (make_file(database) == 0)
		return database;
	g_strlcpy(error, database->error, DATABASE_ERROR_SIZE);
	database_free(&database);
	return NULL;
}

static void
close_file(struct database *database)
{
	sqlite3_finalize(database->insert);
	sqlite3_close(database->file);
	database->insert = NULL;
	database->file = NULL;
}

void
database_free(struct database **pointer)
{
	struct database *database = *pointer;

	*pointer = NULL;
	if (database == NULL)
		return;
	close_file(database);
	if (database->temporary != NULL)
		unlink(database->temporary);
	free(database->temporary);
	g_free(database->path);
	g_free(database);
}

static void
bind_time(sqlite3_stmt *insert, int at, uint64_t ns)
{
	char text[TEXT_TIME_SIZE];
	char *end = text_time(text, (timestamp){ ns }, 6);

	sqlite3_bind_text(
	    insert, at, text, (int)(end - text), SQLITE_TRANSIENT);
}

static void
bind_cell(sqlite3_stmt *insert, int at, enum report_kind kind,
    const struct report_cell *cell)
{
	if (!cell->known)
		sqlite3_bind_null(insert, at);
	else if (kind == REPORT_TEXT)
		sqlite3_bind_text(insert, at, cell->text, -1, SQLITE_TRANSIENT);
	else if (kind == REPORT_TIME)
		bind_time(insert, at, cell->number);
	else if (kind == REPORT_SPAN)
		sqlite3_bind_double(
		    insert, at, (double)cell->number / (double)NS_PER_SECOND);
	else if (kind == REPORT_SHARE)
		sqlite3_bind_double(insert, at, cell->share);
	else
		sqlite3_bind_int64(insert, at, (sqlite3_int64)cell->number);
}

int
database_add(struct database *database, const struct report_row *row)
{
	const struct report *report = database->report;

	for (size_t i = 0; i < report->column_count; i++)
		bind_cell(database->insert, (int)i + 1, report->columns[i].kind,
		    &row->cells[i]);
	if (sqlite3_step(database->insert) != SQLITE_DONE ||
	    sqlite3_reset(database->insert) != SQLITE_OK)
		return fail_sqlite(database);
	return 0;
}

int
database_finish(struct database *database)
{
	char *name;

	if (sqlite3_exec(database->file, "commit", NULL, NULL, NULL) !=
	    SQLITE_OK)
		return fail_sqlite(database);
	close_file(database);
	name = publish_file(database->temporary, database->path, NULL);
	if (name == NULL)
		return fail(database, g_strerror(errno));
	publish_tell(database->path, name);
	publish_sync_folder(name);
	free(name);
	free(database->temporary);
	database->temporary = NULL;
	return 0;
}

const char *
database_error(const struct database *database)
{
	return database->error;
}

#else /* without SQLite */

struct database {
	char unused;
};

struct database *
database_new(const char *path, const struct report *report,
    char error[DATABASE_ERROR_SIZE])
{
	(void)report;
	g_snprintf(error, DATABASE_ERROR_SIZE,
	    "--sqlite %s: this build is without SQLite", path);
	return NULL;
}

void
database_free(struct database **database)
{
	*database = NULL;
}

int
database_add(struct database *database, const struct report_row *row)
{
	(void)database;
	(void)row;
	return -1;
}

int
database_finish(struct database *database)
{
	(void)database;
	return -1;
}

const char *
database_error(const struct database *database)
{
	(void)database;
	return "";
}

#endif
