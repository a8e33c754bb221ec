/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/page/page_file.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exflow/base/publish.h"
#include "exflow/base/target.h"

struct page_file {
	struct page *page;
	FILE *stream;
	char *path, *temporary; /* temporary: NULL where it is no file */
	uint64_t octets;
	char error[PAGE_ERROR_SIZE];
};

struct page_file *
page_file_new(const char *path, const struct page_options *options,
    char error[PAGE_ERROR_SIZE])
{
	struct page_file *file = g_new0(struct page_file, 1);

	file->path = g_strdup(path);
	file->page = page_new(options, error, PAGE_ERROR_SIZE);
	if (file->page == NULL)
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

/* An error of the system, in errno. */
static int
fail(struct page_file *file)
{
	g_snprintf(file->error, sizeof(file->error), "%s: %s", file->path,
	    g_strerror(errno));
	return -1;
}

static int
open_target(struct page_file *file)
{
	switch (target_kind(file->path)) {
	case TARGET_FILE:
		return publish_create(file->path, &file->temporary);
	case TARGET_STANDARD_OUTPUT:
		/* Ours to close, as any other. */
		return dup(STDOUT_FILENO);
	default:
		return target_open_stream(file->path, false);
	}
}

int
page_file_open(struct page_file *file)
{
	int fd = open_target(file);

	file->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
	return file->stream != NULL ? 0 : fail(file);
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
	int result = 0, code = 0;

	if (text == NULL) {
		errno = ENOMEM; /* the stream is closed with the file */
		return -1;
	}
	if (fwrite(text->str, 1, text->len, stream) != text->len ||
	    fflush(stream) != 0 ||
	    (file->temporary != NULL && publish_sync(fileno(stream)) != 0)) {
		code = errno;
		result = -1;
	}
	file->octets = text->len;
	g_string_free(text, TRUE);
	file->stream = NULL;
	if (fclose(stream) != 0 && result == 0) {
		code = errno;
		result = -1;
	}
	errno = code;
	return result;
}

/* The name that it got, to be freed; NULL with errno. */
static char *
publish(struct page_file *file, bool replace)
{
	struct stat status;

	if (!replace)
		return publish_file(file->temporary, file->path, NULL);
	/* The rename would replace a device or a pipe by a file. */
	if (lstat(file->path, &status) == 0 && !S_ISREG(status.st_mode) &&
	    !S_ISLNK(status.st_mode)) {
		errno = EEXIST;
		return NULL;
	}
	return rename(file->temporary, file->path) == 0 ? strdup(file->path)
	                                                : NULL;
}

int
page_file_finish(struct page_file *file, bool replace)
{
	char *name;

	if (write_page(file) != 0)
		return fail(file);
	if (file->temporary == NULL)
		return 0;
	name = publish(file, replace);
	if (name == NULL)
		return fail(file);
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

uint64_t
page_file_octets(const struct page_file *file)
{
	return file->octets;
}
