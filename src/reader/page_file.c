/* SPDX-License-Identifier: BSD-2-Clause */
#include "page_file.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <unistd.h>

#include "exflow/base/publish.h"

struct page_file {
	struct page *page;
	FILE *stream;
	char *path, *temporary;
	char error[QUERY_ERROR_SIZE];
};

struct page_file *
page_file_new(const char *path, const struct page_options *options,
    char error[QUERY_ERROR_SIZE])
{
	struct page_file *file = g_new0(struct page_file, 1);
	int fd;

	file->path = g_strdup(path);
	file->page = page_new(options, error, QUERY_ERROR_SIZE);
	if (file->page != NULL) {
		fd = publish_create(path, &file->temporary);
		file->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
		if (file->stream == NULL)
			g_snprintf(error, QUERY_ERROR_SIZE, "%s: %s", path,
			    g_strerror(errno));
	}
	if (file->stream == NULL)
		page_file_free(&file);
	return file;
}

void
page_file_free(struct page_file **pointer)
{
	struct page_file *file = *pointer;

	*pointer = NULL;
	if (file == NULL)
		return;
	if (file->stream != NULL)
		fclose(file->stream);
	if (file->temporary != NULL)
		unlink(file->temporary);
	free(file->temporary);
	page_free(&file->page);
	g_free(file->path);
	g_free(file);
}

unsigned
page_file_parts(const struct page_file *file)
{
	return page_parts(file->page);
}

int
page_file_add(struct page_file *file, const struct subject *subject)
{
	return page_add(file->page, subject, file->error, sizeof(file->error));
}

/* Written, synced and closed: 0, or -1 with errno. */
static int
write_page(struct page_file *file)
{
	GString *text = page_text(file->page);
	FILE *stream = file->stream;
	int result = 0;

	if (fwrite(text->str, 1, text->len, stream) != text->len ||
	    fflush(stream) != 0 || publish_sync(fileno(stream)) != 0)
		result = -1;
	g_string_free(text, TRUE);
	if (fclose(stream) != 0)
		result = -1;
	file->stream = NULL;
	return result;
}

int
page_file_finish(struct page_file *file)
{
	char *name = NULL;

	if (write_page(file) == 0)
		name = publish_file(file->temporary, file->path, NULL);
	if (name == NULL) {
		g_snprintf(file->error, sizeof(file->error), "%s: %s",
		    file->path, g_strerror(errno));
		return -1;
	}
	publish_tell(file->path, name);
	publish_sync_folder(name);
	free(name);
	free(file->temporary);
	file->temporary = NULL;
	return 0;
}

const char *
page_file_error(const struct page_file *file)
{
	return file->error;
}
