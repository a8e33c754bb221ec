/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A main for fuzz targets built without libFuzzer: runs the target over the
 * files, and the files of the directories, named on the command line.
 * Options of libFuzzer are ignored, so that both are called alike.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
failed(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return -1;
}

static int
replay_file(const char *path, size_t size)
{
	FILE *stream = fopen(path, "rb");
	uint8_t *data;
	int result = 0;

	if (stream == NULL)
		return failed(path);
	/* Just its size, so that a sanitizer sees reads behind the end. */
	data = malloc(size + (size == 0));
	if (data == NULL || fread(data, 1, size, stream) != size)
		result = failed(path);
	else
		LLVMFuzzerTestOneInput(data, size);
	free(data);
	fclose(stream);
	return result;
}

static int replay(const char *path, size_t *files);

static int
replay_directory(const char *path, size_t *files)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int result = 0;

	if (directory == NULL)
		return failed(path);
	while ((entry = readdir(directory)) != NULL) {
		char inside[4096];
		int length = snprintf(
		    inside, sizeof(inside), "%s/%s", path, entry->d_name);

		if (entry->d_name[0] == '.' || length < 0 ||
		    (size_t)length >= sizeof(inside))
			continue;
		if (replay(inside, files) != 0)
			result = -1;
	}
	closedir(directory);
	return result;
}

static int
replay(const char *path, size_t *files)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return failed(path);
	if (S_ISDIR(status.st_mode))
		return replay_directory(path, files);
	(*files)++;
	return replay_file(path, (size_t)status.st_size);
}

int
main(int argc, char **argv)
{
	size_t files = 0;
	int result = 0;

	for (int i = 1; i < argc; i++)
		if (argv[i][0] != '-' && replay(argv[i], &files) != 0)
			result = -1;
	printf("%zu inputs replayed\n", files);
	return result == 0 && files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
