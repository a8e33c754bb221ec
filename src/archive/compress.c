/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See compress.h.  The file is read block by block and compressed into a
 * temporary file beside its final name; only when that one is synced and has
 * its name is the plain file removed, so that a kill at any time leaves one of
 * them complete.  Where both are there, the compressed one has the plain one's
 * time, by which the next start knows that only its removal is left.  The plain
 * file is locked meanwhile, so that no text output opens it again.
 */
#include <config.h>

#include "compress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "exflow/base/publish.h"

#define BLOCK_OCTETS ((size_t)1 << 17)

static ssize_t
read_block(int from, uint8_t *block)
{
	ssize_t n;

	do {
		n = read(from, block, BLOCK_OCTETS);
	} while (n < 0 && errno == EINTR);
	return n;
}

static int
write_all(int to, const uint8_t *octets, size_t length)
{
	while (length > 0) {
		ssize_t n = write(to, octets, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		octets += n;
		length -= (size_t)n;
	}
	return 0;
}

static int
compress_gzip(int from, int to, uint8_t *in, uint8_t *out)
{
	z_stream z = { 0 };
	ssize_t n = 1;
	int result = 0;

	/* 15: the largest window; + 16: a gzip header instead of zlib's. */
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
	        Z_DEFAULT_STRATEGY) != Z_OK) {
		errno = ENOMEM;
		return -1;
	}
	while (result == 0 && n > 0) {
		n = read_block(from, in);
		if (n < 0) {
			result = -1;
			break;
		}
		z.next_in = in;
		z.avail_in = (uInt)n;
		do {
			z.next_out = out;
			z.avail_out = (uInt)BLOCK_OCTETS;
			deflate(&z, n == 0 ? Z_FINISH : Z_NO_FLUSH);
			result = write_all(to, out, BLOCK_OCTETS - z.avail_out);
		} while (result == 0 && z.avail_out == 0);
	}
	deflateEnd(&z);
	return result;
}

#ifdef HAVE_ZSTD

/* Compress one block; one of length 0 ends the frame. */
static int
compress_zstd_block(
    ZSTD_CCtx *zstd, int to, const uint8_t *in, size_t length, uint8_t *out)
{
	ZSTD_inBuffer input = { in, length, 0 };
	size_t left;

	do {
		ZSTD_outBuffer output = { out, BLOCK_OCTETS, 0 };

		left = ZSTD_compressStream2(zstd, &output, &input,
		    length == 0 ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left)) {
			errno = ENOMEM;
			return -1;
		}
		if (write_all(to, out, output.pos) != 0)
			return -1;
	} while (length == 0 ? left > 0 : input.pos < input.size);
	return 0;
}

static int
compress_zstd(int from, int to, uint8_t *in, uint8_t *out)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	ssize_t n = 1;
	int result = 0;

	if (zstd == NULL) {
		errno = ENOMEM;
		return -1;
	}
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1);
	while (result == 0 && n > 0) {
		n = read_block(from, in);
		result =
		    n < 0 ? -1
		          : compress_zstd_block(zstd, to, in, (size_t)n, out);
	}
	ZSTD_freeCCtx(zstd);
	return result;
}

#else

/* Not reached: the check of the settings refuses zstd in such a build. */
static int
compress_zstd(int from, int to, uint8_t *in, uint8_t *out)
{
	(void)from;
	(void)to;
	(void)in;
	(void)out;
	errno = ENOTSUP;
	return -1;
}

#endif

/* Compress, copy the times of the plain file, and sync. */
static int
compress_into(int from, int to, enum archive_compression compression)
{
	uint8_t *blocks = malloc(2 * BLOCK_OCTETS);
	struct timespec times[2];
	struct stat status;
	int result;

	if (blocks == NULL)
		return -1;
	if (compression == ARCHIVE_GZIP)
		result = compress_gzip(from, to, blocks, blocks + BLOCK_OCTETS);
	else
		result = compress_zstd(from, to, blocks, blocks + BLOCK_OCTETS);
	free(blocks);
	if (result == 0 && fstat(from, &status) == 0) {
		times[0] = status.st_atim;
		times[1] = status.st_mtim;
		futimens(to, times);
	}
	return result == 0 ? publish_sync(to) : -1;
}

static int
compress_beside(
    int from, const char *compressed, enum archive_compression compression)
{
	char *temporary;
	int to = publish_create(compressed, &temporary), result, code;

	if (to < 0)
		return -1;
	result = compress_into(from, to, compression);
	code = errno;
	if (close(to) != 0 && result == 0) {
		result = -1;
		code = errno;
	}
	if (result == 0 && publish_rename(temporary, compressed) != 0) {
		result = -1;
		code = errno;
	}
	if (result != 0)
		unlink(temporary);
	free(temporary);
	errno = code;
	return result;
}

/* Whether it begins as compressed files do. */
static bool
begins_compressed(int fd)
{
	static const uint8_t gzip[] = { 0x1f, 0x8b },
	                     zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };
	uint8_t begin[sizeof(zstd)];

	return pread(fd, begin, sizeof(begin), 0) == (ssize_t)sizeof(begin) &&
	       (memcmp(begin, gzip, sizeof(gzip)) == 0 ||
	           memcmp(begin, zstd, sizeof(zstd)) == 0);
}

/* Whether a run that was killed had only to remove the plain file. */
static bool
is_done(int from, const char *compressed)
{
	int fd =
	    open(compressed, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat plain, there;
	bool done = fd >= 0 && fstat(from, &plain) == 0 &&
	            fstat(fd, &there) == 0 && S_ISREG(there.st_mode) &&
	            plain.st_mtim.tv_sec == there.st_mtim.tv_sec &&
	            plain.st_mtim.tv_nsec == there.st_mtim.tv_nsec &&
	            begins_compressed(fd);

	if (fd >= 0)
		close(fd);
	return done;
}

char *
compressed_name(const char *path, enum archive_compression compression)
{
	char *name;

	if (asprintf(&name, "%s%s", path,
	        compression == ARCHIVE_GZIP ? ".gz" : ".zst") == -1)
		return NULL;
	return name;
}

int
compress_file(const char *path, enum archive_compression compression)
{
	int from, result = -1, code;
	char *compressed = compressed_name(path, compression);

	if (compressed == NULL)
		return -1;
	from = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	code = errno;
	if (from >= 0 && (result = publish_lock(from)) == 0 &&
	    !is_done(from, compressed))
		result = compress_beside(from, compressed, compression);
	if (from >= 0)
		code = errno;
	if (result == 0) {
		publish_sync_folder(compressed);
		unlink(path);
	}
	if (from >= 0)
		close(from);
	free(compressed);
	errno = code;
	return result;
}
