/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "schedule.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/octets.h"

#define SECONDS_MAX 15 /* of the processor, for all seeds */
#define BEGIN_MS 1700000000000
#define PATH_SIZE 512
#define FILE_MAX ((size_t)1 << 20)

struct schedule_disk schedule_disk;

static uint64_t seed_now;
static _Atomic uint64_t now_ms;
static char folder[64], copy[80];
/* Names do not change while the folder is copied for a kill. */
static pthread_mutex_t names = PTHREAD_MUTEX_INITIALIZER;

/* Each thread takes chances of its own, so that they do not depend on turns. */
static _Thread_local uint64_t state, state_seed = UINT64_MAX;
static _Thread_local bool in_fixture; /* its own calls do not fail */

/* --- chance and time */

void
schedule_begin(uint64_t seed)
{
	seed_now = state_seed = seed;
	state = seed * 0x9e3779b97f4a7c15u + 1;
	now_ms = BEGIN_MS;
	schedule_disk = (struct schedule_disk){ 0 };
	for (int i = 0; i < 4; i++)
		(void)schedule_random(2);
}

/* xorshift64* */
uint32_t
schedule_random(uint32_t n)
{
	if (state_seed != seed_now) {
		state_seed = seed_now;
		state = ~(seed_now * 0x9e3779b97f4a7c15u);
	}
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return n == 0 ? 0 : (uint32_t)(state * 0x2545f4914f6cdd1du >> 32) % n;
}

bool
schedule_chance(uint32_t thousandths)
{
	return schedule_random(1000) < thousandths;
}

uint64_t
schedule_now(void)
{
	return now_ms;
}

void
schedule_advance(uint64_t ms)
{
	now_ms += ms;
}

static bool
schedule_more(uint64_t seed, uint64_t most)
{
	if (seed < most && clock() < (clock_t)SECONDS_MAX * CLOCKS_PER_SEC)
		return true;
	printf("%ju schedules\n", (uintmax_t)seed);
	return false;
}

_Noreturn void
schedule_fail(const char *what, uint64_t a, uint64_t b)
{
	printf("seed %ju: not so: %s: %ju, %ju\n", (uintmax_t)seed_now, what,
	    (uintmax_t)a, (uintmax_t)b);
	fflush(stdout);
	_exit(1);
}

uint64_t __wrap_clock_ms(void);
void __wrap_clock_sleep_us(uint64_t microseconds);
time_t __wrap_time(time_t *at);

uint64_t
__wrap_clock_ms(void)
{
	return now_ms;
}

void
__wrap_clock_sleep_us(uint64_t microseconds)
{
	now_ms += microseconds / 1000;
}

time_t
__wrap_time(time_t *at)
{
	if (at != NULL)
		*at = (time_t)(now_ms / 1000);
	return (time_t)(now_ms / 1000);
}

ssize_t __wrap_getrandom(void *octets, size_t n, unsigned flags);
int __wrap_getentropy(void *octets, size_t n);

int
__wrap_getentropy(void *octets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)octets)[i] = (uint8_t)schedule_random(256);
	return 0;
}

ssize_t
__wrap_getrandom(void *octets, size_t n, unsigned flags)
{
	(void)flags;
	(void)__wrap_getentropy(octets, n);
	return (ssize_t)n;
}

/* --- the log, which would fill disks */

void __wrap_log_error(const char *format, ...);
void __wrap_log_warning(const char *format, ...);
void __wrap_log_info(const char *format, ...);

void
__wrap_log_error(const char *format, ...)
{
	(void)format;
}

void
__wrap_log_warning(const char *format, ...)
{
	(void)format;
}

void
__wrap_log_info(const char *format, ...)
{
	(void)format;
}

/* --- the folder */

static int
remove_one(
    const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static void
remove_all(const char *path)
{
	in_fixture = true;
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	in_fixture = false;
}

static void
remove_folders(void)
{
	remove_all(folder);
	remove_all(copy);
}

const char *
schedule_folder(void)
{
	if (folder[0] != '\0')
		return folder;
	snprintf(folder, sizeof(folder), "%s/exflow-schedule-XXXXXX",
	    access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(folder) == NULL)
		schedule_fail("a folder can be made", (uint64_t)errno, 0);
	snprintf(copy, sizeof(copy), "%s.copy", folder);
	atexit(remove_folders);
	return folder;
}

void
schedule_empty_folder(void)
{
	remove_all(schedule_folder());
	(void)mkdir(folder, 0700);
}

static size_t
read_whole(const char *path, uint8_t *octets)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW);
	ssize_t n = fd < 0 ? 0 : read(fd, octets, FILE_MAX);

	if (fd >= 0)
		close(fd);
	if (n < 0 || (size_t)n == FILE_MAX)
		schedule_fail("a file can be read", (uint64_t)errno, 0);
	return (size_t)n;
}

struct visitor {
	void (*visit)(void *context, const char *path, const uint8_t *octets,
	    size_t length);
	void *context;
};

static void
visit_folder(const char *path, const struct visitor *visitor)
{
	DIR *list = opendir(path);
	struct dirent *entry;

	while (list != NULL && (entry = readdir(list)) != NULL) {
		static uint8_t octets[FILE_MAX];
		char below[PATH_SIZE];

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR)
			visit_folder(below, visitor);
		else if (entry->d_type == DT_REG)
			visitor->visit(visitor->context, below, octets,
			    read_whole(below, octets));
	}
	if (list != NULL)
		closedir(list);
}

void
schedule_each_file(void (*visit)(void *context, const char *path,
                       const uint8_t *octets, size_t length),
    void *context)
{
	const struct visitor visitor = { visit, context };
	bool before = in_fixture;

	in_fixture = true;
	visit_folder(schedule_folder(), &visitor);
	in_fixture = before;
}

static void
make_folders(char *path)
{
	for (char *at = strchr(path + 1, '/'); at != NULL;
	     at = strchr(at + 1, '/')) {
		*at = '\0';
		(void)mkdir(path, 0700);
		*at = '/';
	}
}

static void
copy_one(void *context, const char *path, const uint8_t *octets, size_t length)
{
	char to[PATH_SIZE];
	int fd;

	(void)context;
	snprintf(to, sizeof(to), "%s%s", copy, path + strlen(folder));
	make_folders(to);
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || write(fd, octets, length) != (ssize_t)length)
		schedule_fail("a file can be copied", (uint64_t)errno, 0);
	close(fd);
}

void
schedule_kill(void)
{
	if (schedule_disk.killed)
		return;
	pthread_mutex_lock(&names);
	remove_all(copy);
	(void)mkdir(copy, 0700);
	schedule_each_file(copy_one, NULL);
	schedule_disk.killed = true;
	pthread_mutex_unlock(&names);
	if (schedule_disk.at_kill != NULL)
		schedule_disk.at_kill();
}

void
schedule_restore(void)
{
	remove_all(folder);
	in_fixture = true;
	if (rename(copy, folder) != 0)
		schedule_fail("the copy can be restored", (uint64_t)errno, 0);
	in_fixture = false;
}

/* --- damage */

struct choice {
	const char *suffix;
	unsigned count;
	char path[PATH_SIZE];
	size_t length;
};

static void
choose_one(
    void *context, const char *path, const uint8_t *octets, size_t length)
{
	struct choice *choice = context;
	size_t name = strlen(path), end = strlen(choice->suffix);

	(void)octets;
	if (length == 0 || name < end ||
	    strcmp(path + name - end, choice->suffix) != 0)
		return;
	if (schedule_random(++choice->count) == 0) {
		snprintf(choice->path, sizeof(choice->path), "%s", path);
		choice->length = length;
	}
}

/* Flip a bit, or overwrite a piece. */
static void
damage_octets(uint8_t *octets, size_t length)
{
	size_t at = schedule_random((uint32_t)length);
	size_t piece = schedule_random(400);

	if (schedule_chance(600)) {
		octets[at] ^= (uint8_t)(1 << schedule_random(8));
		return;
	}
	if (piece > length - at)
		piece = length - at;
	memset(octets + at, schedule_chance(500) ? 0 : 0xff, piece);
}

bool
schedule_damage(const char *suffix)
{
	static uint8_t octets[FILE_MAX];
	struct choice choice = { .suffix = suffix };
	size_t length;
	int fd;

	schedule_each_file(choose_one, &choice);
	if (choice.count == 0)
		return false;
	in_fixture = true;
	length = read_whole(choice.path, octets);
	damage_octets(octets, length);
	fd = open(choice.path, O_WRONLY | O_TRUNC);
	if (fd < 0 || write(fd, octets, length) != (ssize_t)length)
		schedule_fail("a file can be damaged", (uint64_t)errno, 0);
	close(fd);
	in_fixture = false;
	return true;
}

/* --- the system's calls */

bool
schedule_is_own(void)
{
	return in_fixture;
}

void
schedule_own(bool own)
{
	in_fixture = own;
}

bool
schedule_fails(int code)
{
	if (in_fixture || !schedule_chance(schedule_disk.fails))
		return false;
	errno = code;
	return true;
}

bool
schedule_is_full(void)
{
	if (now_ms < schedule_disk.full_until_ms)
		return true;
	if (!schedule_chance(schedule_disk.full))
		return false;
	schedule_disk.full_until_ms = now_ms + schedule_random(3000);
	return true;
}

ssize_t __real_pwrite(int fd, const void *octets, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *octets, size_t n, off_t at);
ssize_t __real_pread(int fd, void *octets, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *octets, size_t n, off_t at);
ssize_t __real___pread_chk(
    int fd, void *octets, size_t n, off_t at, size_t size);
ssize_t __wrap___pread_chk(
    int fd, void *octets, size_t n, off_t at, size_t size);
int __real_ftruncate(int fd, off_t length);
int __wrap_ftruncate(int fd, off_t length);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_renameat(int a, const char *from, int b, const char *to);
int __wrap_renameat(int a, const char *from, int b, const char *to);
int __real_renameat2(
    int a, const char *from, int b, const char *to, unsigned flags);
int __wrap_renameat2(
    int a, const char *from, int b, const char *to, unsigned flags);
int __wrap_nanosleep(const struct timespec *time, struct timespec *rest);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlinkat(int at, const char *name, int flags);
int __wrap_unlinkat(int at, const char *name, int flags);
int __real_openat(int at, const char *name, int flags, mode_t mode);
int __wrap_openat(int at, const char *name, int flags, ...);

bool
schedule_kill_is_due(void)
{
	return schedule_disk.kill_in > 0 && --schedule_disk.kill_in == 0;
}

/* A kill amid the write: the copy has a part of it. */
static void
kill_amid(int fd, const void *octets, size_t n, off_t at)
{
	if (!schedule_kill_is_due())
		return;
	n = schedule_random((uint32_t)n + 1);
	(void)!__real_pwrite(fd, octets, n, at);
	schedule_kill();
}

ssize_t
__wrap_pwrite(int fd, const void *octets, size_t n, off_t at)
{
	if (in_fixture)
		return __real_pwrite(fd, octets, n, at);
	kill_amid(fd, octets, n, at);
	if (schedule_is_full() || schedule_fails(EIO)) {
		errno = schedule_chance(800) ? ENOSPC : EIO;
		return -1;
	}
	if (n > 1 && schedule_chance(schedule_disk.fails))
		n = 1 + schedule_random((uint32_t)n - 1);
	return __real_pwrite(fd, octets, n, at);
}

static bool
cannot_read(void)
{
	if (in_fixture || !schedule_chance(schedule_disk.unreadable))
		return false;
	errno = EIO;
	return true;
}

ssize_t
__wrap_pread(int fd, void *octets, size_t n, off_t at)
{
	return cannot_read() ? -1 : __real_pread(fd, octets, n, at);
}

ssize_t
__wrap___pread_chk(int fd, void *octets, size_t n, off_t at, size_t size)
{
	return cannot_read() ? -1 : __real___pread_chk(fd, octets, n, at, size);
}

int
__wrap_ftruncate(int fd, off_t length)
{
	if (!schedule_fails(EIO))
		return __real_ftruncate(fd, length);
	schedule_disk.cut_failed = true;
	return -1;
}

int
__wrap_fdatasync(int fd)
{
	return schedule_fails(EIO) ? -1 : __real_fdatasync(fd);
}

int
__wrap_fsync(int fd)
{
	return schedule_fails(EIO) ? -1 : __real_fsync(fd);
}

int
__wrap_renameat(int a, const char *from, int b, const char *to)
{
	int result;

	if (schedule_fails(EIO))
		return -1;
	pthread_mutex_lock(&names);
	result = __real_renameat(a, from, b, to);
	pthread_mutex_unlock(&names);
	return result;
}

int
__wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	int result;

	if (schedule_fails(EIO))
		return -1;
	pthread_mutex_lock(&names);
	result = __real_renameat2(a, from, b, to, flags);
	pthread_mutex_unlock(&names);
	return result;
}

/* Waiting for a disk takes no time. */
int
__wrap_nanosleep(const struct timespec *time, struct timespec *rest)
{
	(void)rest;
	now_ms +=
	    (uint64_t)time->tv_sec * 1000 + (uint64_t)time->tv_nsec / 1000000;
	return 0;
}

int
__wrap_rename(const char *from, const char *to)
{
	int result;

	if (schedule_fails(EIO))
		return -1;
	pthread_mutex_lock(&names);
	result = __real_rename(from, to);
	pthread_mutex_unlock(&names);
	return result;
}

int
__wrap_unlinkat(int at, const char *name, int flags)
{
	if (!schedule_fails(EIO))
		return __real_unlinkat(at, name, flags);
	schedule_disk.remove_failed = true;
	return -1;
}

int
__wrap_openat(int at, const char *name, int flags, ...)
{
	va_list arguments;
	mode_t mode = 0;

	va_start(arguments, flags);
	if (flags & O_CREAT)
		mode = (mode_t)va_arg(arguments, unsigned);
	va_end(arguments);
	return schedule_fails(EMFILE) ? -1
	                              : __real_openat(at, name, flags, mode);
}

/* --- records */

static uint32_t
check_of(uint32_t number)
{
	return (number * 2654435761u) ^ 0x5bd1e995u;
}

static void
put_header(uint8_t *octets, uint32_t length)
{
	memset(octets, 0, 16);
	put16(octets, 10);
	put16(octets + 2, (uint16_t)length);
	put32(octets + 12, 1);
}

uint32_t
schedule_template(uint8_t octets[SCHEDULE_MESSAGE_MAX])
{
	static const uint8_t set[] = { 0, 2, 0, 16, 1, 0, 0, 2, 0, 1, 0, 4, 0,
		2, 0, 4 };

	put_header(octets, 16 + sizeof(set));
	memcpy(octets + 16, set, sizeof(set));
	return 16 + sizeof(set);
}

uint32_t
schedule_message(
    uint8_t octets[SCHEDULE_MESSAGE_MAX], uint32_t first, uint32_t records)
{
	uint32_t length = 20 + records * SCHEDULE_RECORD_OCTETS;
	uint8_t *at = octets + 20;

	put_header(octets, length);
	put16(octets + 16, 256);
	put16(octets + 18, (uint16_t)(length - 16));
	for (uint32_t i = first; i < first + records; i++) {
		at = put32(at, i);
		at = put32(at, check_of(i));
	}
	return length;
}

size_t
schedule_records(const uint8_t *octets, size_t length,
    void (*visit)(void *context, uint32_t number), void *context)
{
	size_t at = 0;

	while (length - at >= 20) {
		size_t end = at + get16(octets + at + 2);

		if (get16(octets + at) != 10 || end < at + 20 || end > length)
			break;
		for (size_t r = at + 20;
		     get16(octets + at + 16) == 256 && r + 8 <= end; r += 8) {
			uint32_t number = get32(octets + r);

			visit(context, get32(octets + r + 4) == check_of(number)
			                   ? number
			                   : UINT32_MAX);
		}
		at = end;
	}
	return at;
}

int
schedule_main(
    int argc, char **argv, uint64_t seeds, void (*play)(uint64_t seed))
{
	uint64_t seed = 0;

	if (argc > 1) {
		play(strtoull(argv[1], NULL, 10));
		return 0;
	}
	for (; schedule_more(seed, seeds); seed++)
		play(seed);
	return 0;
}
