/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults for a program that does not know of it: preloaded, this library
 * stands before the system's calls and lets them fail as EXFLOW_FAULTS says,
 * a list of rules:
 *
 *	CALL=ERROR[@FIRST][+COUNT][/EVERY]
 *
 * Calls of that name from the FIRST on (1), COUNT of them (all), or one in
 * EVERY, fail with that errno; SHORT lets reads and writes move one octet
 * less than half of what was asked.
 *
 *	alloc=STACK[+]
 *
 * The first allocation that comes from this stack of callers fails; with a
 * plus sign all that follow do, too.  With EXFLOW_FAULTS_RECORD instead,
 * every different stack is written to that file at the end, one a line, with
 * where its callers are.
 *
 * Where the program crashes in its first thread, a line on standard error names
 * the library that did: the innermost caller that is not the C library.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <unwind.h>

/* --- rules */

#define RULES 8
#define SHORT -1

struct rule {
	char call[24];
	int error; /* an errno, or SHORT */
	unsigned first, count, every;
	atomic_uint calls;
};

static struct rule rules[RULES];
static size_t rule_count;
static uint64_t failing_stack; /* 0: none */
static bool failing_on;        /* from there on */
static atomic_bool failing;
static const char *record_path;
static bool ready;

static const struct {
	const char *name;
	int error;
} errors[] = {
	{ "SHORT", SHORT },
	{ "EINTR", EINTR },
	{ "EAGAIN", EAGAIN },
	{ "ENOSPC", ENOSPC },
	{ "EIO", EIO },
	{ "EMFILE", EMFILE },
	{ "ENOMEM", ENOMEM },
	{ "ENOBUFS", ENOBUFS },
	{ "EINVAL", EINVAL },
	{ "ENOSYS", ENOSYS },
	{ "EACCES", EACCES },
	{ "ECONNRESET", ECONNRESET },
};

static void
give_up(const char *text)
{
	fprintf(stderr, "faults: cannot make anything of \"%s\"\n", text);
	abort();
}

static int
error_number(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strlen(errors[i].name) == length &&
		    strncmp(errors[i].name, name, length) == 0)
			return errors[i].error;
	give_up(name);
	return 0;
}

static void
parse_call(const char *name, size_t length, const char *value)
{
	struct rule *rule = &rules[rule_count++];
	size_t word = strcspn(value, "@+/,");
	const char *at = value + word;

	if (rule_count == RULES || length >= sizeof(rule->call))
		give_up(name);
	memcpy(rule->call, name, length);
	rule->error = error_number(value, word);
	rule->first = rule->every = 1;
	rule->count = UINT32_MAX;
	while (*at != '\0' && *at != ',') {
		char *end;
		unsigned number = (unsigned)strtoul(at + 1, &end, 10);

		*(*at == '@'     ? &rule->first
		    : *at == '+' ? &rule->count
		                 : &rule->every) = number;
		if (end == at + 1 || number == 0)
			give_up(value);
		at = end;
	}
}

static void
parse(const char *text)
{
	while (text != NULL && *text != '\0') {
		size_t name = strcspn(text, "=");
		const char *value = text + name + 1;

		if (text[name] == '\0')
			give_up(text);
		if (name == 5 && strncmp(text, "alloc", 5) == 0) {
			char *end;

			failing_stack = strtoull(value, &end, 16);
			failing_on = *end == '+';
		} else {
			parse_call(text, name, value);
		}
		text = strchr(value, ',');
		text = text == NULL ? NULL : text + 1;
	}
}

static struct rule *
rule_of(const char *call)
{
	for (size_t i = 0; ready && i < rule_count; i++) {
		struct rule *rule = &rules[i];
		unsigned n;

		if (strcmp(rule->call, call) != 0)
			continue;
		n = atomic_fetch_add(&rule->calls, 1) + 1;
		if (n >= rule->first && n - rule->first < rule->count &&
		    (n - rule->first) % rule->every == 0)
			return rule;
	}
	return NULL;
}

/* Does this call fail?  Sets errno.  Short ones do not. */
static bool
fails(const char *call)
{
	const struct rule *rule = rule_of(call);

	if (rule == NULL || rule->error == SHORT)
		return false;
	errno = rule->error;
	return true;
}

/* What a thread wakes another one with does not fail. */
static bool
is_wake_up(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && !S_ISREG(status.st_mode) &&
	       !S_ISSOCK(status.st_mode);
}

/* The same for calls that move octets: how many may move. */
static bool
fails_moving(const char *call, int fd, size_t *size)
{
	const struct rule *rule = is_wake_up(fd) ? NULL : rule_of(call);

	if (rule == NULL)
		return false;
	if (rule->error == SHORT) {
		*size = *size > 3 ? *size / 2 - 1 : *size > 0;
		return false;
	}
	errno = rule->error;
	return true;
}

/* --- stacks of callers */

#define DEPTH 14
#define SKIP 2 /* this library's own */
#define MODULES 128
#define STACKS 16384

static struct module {
	uintptr_t base, start, end;
	char name[32];
} modules[MODULES];
static size_t module_count;

struct stack {
	unsigned count;
	uintptr_t pc[DEPTH + SKIP];
};

static struct seen {
	uint64_t hash;
	struct stack stack;
} * seen;
static size_t seen_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool inside __attribute__((tls_model("initial-exec"))) =
    false;

static int
add_module(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	(void)context;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		const char *slash = strrchr(info->dlpi_name, '/');
		struct module *module = &modules[module_count];

		if (header->p_type != PT_LOAD || !(header->p_flags & PF_X) ||
		    module_count == MODULES)
			continue;
		module->base = info->dlpi_addr;
		module->start = info->dlpi_addr + header->p_vaddr;
		module->end = module->start + header->p_memsz;
		snprintf(module->name, sizeof(module->name), "%s",
		    slash == NULL ? info->dlpi_name : slash + 1);
		module_count++;
	}
	return 0;
}

static const struct module *
module_of(uintptr_t pc)
{
	for (size_t i = 0; i < module_count; i++)
		if (pc >= modules[i].start && pc < modules[i].end)
			return &modules[i];
	return NULL;
}

static _Unwind_Reason_Code
add_frame(struct _Unwind_Context *context, void *argument)
{
	struct stack *stack = argument;

	if (stack->count == DEPTH + SKIP)
		return _URC_END_OF_STACK;
	stack->pc[stack->count++] = _Unwind_GetIP(context);
	return _URC_NO_REASON;
}

/* The same in each run, wherever the system has put the modules. */
static uint64_t
stack_hash(const struct stack *stack)
{
	uint64_t hash = 14695981039346656037u;

	for (unsigned i = SKIP; i < stack->count; i++) {
		const struct module *module = module_of(stack->pc[i]);

		hash ^= module == NULL ? 1 : stack->pc[i] - module->base;
		hash *= 1099511628211u;
		hash ^= hash >> 29;
	}
	return hash | 1;
}

static void
record(uint64_t hash, const struct stack *stack)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < seen_count; i++)
		if (seen[i].hash == hash) {
			pthread_mutex_unlock(&lock);
			return;
		}
	if (seen_count < STACKS)
		seen[seen_count++] = (struct seen){ hash, *stack };
	pthread_mutex_unlock(&lock);
}

static __attribute__((noinline)) bool
allocation_fails(void)
{
	struct stack stack = { 0 };
	bool result = false;
	uint64_t hash;

	if (!ready || inside || (failing_stack == 0 && record_path == NULL))
		return false;
	if (failing_on && atomic_load(&failing)) {
		errno = ENOMEM;
		return true;
	}
	inside = true;
	_Unwind_Backtrace(add_frame, &stack);
	hash = stack_hash(&stack);
	if (record_path != NULL)
		record(hash, &stack);
	else if (hash == failing_stack)
		result = !atomic_exchange(&failing, true);
	inside = false;
	if (result)
		errno = ENOMEM;
	return result;
}

/* --- crashes */

static _Unwind_Reason_Code
find_culprit(struct _Unwind_Context *context, void *argument)
{
	const struct module **found = argument;
	const struct module *module = module_of(_Unwind_GetIP(context));

	if (module == NULL || strncmp(module->name, "faults.so", 9) == 0 ||
	    strncmp(module->name, "libc.so", 7) == 0)
		return _URC_NO_REASON;
	*found = module;
	return _URC_END_OF_STACK;
}

static void
crashed(int number)
{
	const struct module *module = NULL;
	char line[96];
	int length;

	inside = true;
	_Unwind_Backtrace(find_culprit, &module);
	length =
	    snprintf(line, sizeof(line), "faults: signal %d in %s\n", number,
	        module == NULL            ? "?"
	        : module->name[0] == '\0' ? "exflow"
	                                  : module->name);
	(void)!write(STDERR_FILENO, line, (size_t)length);
}

/* On a stack of its own, as it may be the stack that ran out. */
static void
watch_crashes(void)
{
	static char octets[65536];
	const stack_t stack = { .ss_sp = octets, .ss_size = sizeof(octets) };
	const struct sigaction action = { .sa_handler = crashed,
		.sa_flags = SA_ONSTACK | SA_RESETHAND };
	static const int numbers[] = { SIGSEGV, SIGABRT, SIGBUS, SIGTRAP };

	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
}

static __attribute__((constructor)) void
begin(void)
{
	record_path = getenv("EXFLOW_FAULTS_RECORD");
	parse(getenv("EXFLOW_FAULTS"));
	/* Only the program itself, not what it may start. */
	unsetenv("LD_PRELOAD");
	if (record_path != NULL)
		seen = mmap(NULL, STACKS * sizeof(*seen),
		    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	dl_iterate_phdr(add_module, NULL);
	watch_crashes();
	ready = true;
}

static __attribute__((destructor)) void
end(void)
{
	FILE *file;

	ready = false;
	if (record_path == NULL || (file = fopen(record_path, "w")) == NULL)
		return;
	for (size_t i = 0; i < seen_count; i++) {
		const struct stack *stack = &seen[i].stack;

		fprintf(file, "%016lx", (unsigned long)seen[i].hash);
		for (unsigned j = SKIP; j < stack->count; j++) {
			const struct module *m = module_of(stack->pc[j]);

			fprintf(file, " %s+0x%lx", m == NULL ? "?" : m->name,
			    (unsigned long)(stack->pc[j] -
			                    (m == NULL ? 0 : m->base)));
		}
		fputc('\n', file);
	}
	fclose(file);
}

/* --- memory */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *
malloc(size_t size)
{
	return allocation_fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return allocation_fails() ? NULL : __libc_realloc(old, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return allocation_fails() ? NULL : __libc_memalign(alignment, size);
}

/* --- the other calls */

#define REAL(name)                                                             \
	static __typeof__(name) *real;                                         \
	if (real == NULL)                                                      \
		real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);

#define WRAP(result, name, parameters, arguments)                              \
	result name parameters                                                 \
	{                                                                      \
		REAL(name)                                                     \
		return fails(#name) ? (result)-1 : real arguments;             \
	}

#define WRAP_MOVING(name, parameters, arguments)                               \
	ssize_t name parameters                                                \
	{                                                                      \
		REAL(name)                                                     \
		return fails_moving(#name, fd, &size) ? -1 : real arguments;   \
	}

WRAP_MOVING(read, (int fd, void *octets, size_t size), (fd, octets, size))
WRAP_MOVING(
    write, (int fd, const void *octets, size_t size), (fd, octets, size))
WRAP_MOVING(pread, (int fd, void *octets, size_t size, off_t at),
    (fd, octets, size, at))
WRAP_MOVING(pwrite, (int fd, const void *octets, size_t size, off_t at),
    (fd, octets, size, at))
WRAP_MOVING(send, (int fd, const void *octets, size_t size, int flags),
    (fd, octets, size, flags))
WRAP_MOVING(recv, (int fd, void *octets, size_t size, int flags),
    (fd, octets, size, flags))
WRAP(int, sendmmsg,
    (int fd, struct mmsghdr *headers, unsigned count, int flags),
    (fd, headers, count, flags))
WRAP(ssize_t, recvmsg, (int fd, struct msghdr *header, int flags),
    (fd, header, flags))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, ftruncate, (int fd, off_t size), (fd, size))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, renameat, (int a, const char *from, int b, const char *to),
    (a, from, b, to))
WRAP(int, renameat2,
    (int a, const char *from, int b, const char *to, unsigned flags),
    (a, from, b, to, flags))
WRAP(
    int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))
WRAP(
    int, socket, (int family, int type, int protocol), (family, type, protocol))
WRAP(int, mkostemp, (char *template, int flags), (template, flags))
WRAP(int, getentropy, (void *octets, size_t size), (octets, size))
WRAP(ssize_t, getrandom, (void *octets, size_t size, unsigned flags),
    (octets, size, flags))

FILE *
fopen(const char *path, const char *mode)
{
	REAL(fopen)
	return fails("fopen") ? NULL : real(path, mode);
}

int
open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;
	REAL(open)

	va_start(arguments, flags);
	mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return fails("open") ? -1 : real(path, flags, mode);
}

int
openat(int folder, const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;
	REAL(openat)

	va_start(arguments, flags);
	mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return fails("openat") ? -1 : real(folder, path, flags, mode);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
    void *(*start)(void *), void *argument)
{
	REAL(pthread_create)
	/* It returns the error instead. */
	return fails("pthread_create")
	           ? errno
	           : real(thread, attributes, start, argument);
}

void *
mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	static __typeof__(mmap) *real;

	if (real == NULL)
		real = (__typeof__(mmap) *)dlsym(RTLD_NEXT, "mmap");
	if (fails("mmap") || allocation_fails())
		return MAP_FAILED;
	return real(at, size, protection, flags, fd, offset);
}
