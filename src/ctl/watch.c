/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "watch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "exflow/daemon/control.h"

#include "screen.h"

#define OPTION "--watch"
#define WORDS_MAX 256 /* CONTROL_LINE_MAX has room for no more */
#define ANSWER_MS 30000
#define BLOCK ((size_t)65536)
/* Title, heading of two lines, a date, the count, keys. */
#define LINES_BESIDE_ROWS 6
#define ROWS_MAX 1000 /* what the probe allows */

static const struct {
	char key;
	const char *order;
} keys[] = {
	{ 'o', "octets" },
	{ 'p', "packets" },
	{ 'r', "rate" },
	{ 'a', "age" },
	{ 'n', "name" },
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

struct watch {
	const char *path;
	const struct request_form *form;
	int64_t period_ms;
	const char *number;            /* of rows; NULL: as many as fit */
	const char *order;             /* as "rate" */
	const char *filter[WORDS_MAX]; /* its words, and NULL */
	bool screen;                   /* a terminal, not a stream */
	bool opened;  /* the screen is, after the first answer */
	int fd;       /* -1: no answer is on its way */
	char *answer; /* what has come of it, and a '\0' */
	size_t length, size;
	char *shown;       /* the last good answer, NULL: none */
	int64_t due_ms;    /* the next request; or the end of the patience */
	char trouble[512]; /* why there is no newer answer, or "" */
	int status;        /* to exit with, once done */
	bool done;
};

static int64_t
now_ms(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the command line */

static bool
is_option(const char *word)
{
	size_t length = strlen(OPTION);

	return strncmp(word, OPTION, length) == 0 &&
	       (word[length] == '\0' || word[length] == '=');
}

bool
watch_wanted(const char *const *words)
{
	if (strcmp(*words, "top") != 0)
		return false;
	while (*++words != NULL)
		if (is_option(*words))
			return true;
	return false;
}

static bool
is_number(const char *word)
{
	return word != NULL && *word != '\0' &&
	       word[strspn(word, "0123456789")] == '\0';
}

static bool
parse_period(struct watch *watch, const char *word)
{
	unsigned long seconds = is_number(word) ? strtoul(word, NULL, 10) : 0;

	if (seconds < 1 || seconds > WATCH_SECONDS_MAX)
		return false;
	watch->period_ms = (int64_t)seconds * 1000;
	return true;
}

/* Take the option, and its number, out of the words. */
static bool
take_option(struct watch *watch, const char *const *words, const char **rest,
    size_t *count)
{
	watch->period_ms = (int64_t)WATCH_SECONDS * 1000;
	for (*count = 0; *words != NULL; words++) {
		const char *value = *words + strlen(OPTION);

		if (!is_option(*words)) {
			rest[(*count)++] = *words;
			continue;
		}
		if (*value == '\0' && !is_number(words[1]))
			continue;
		if (!parse_period(watch, *value == '=' ? value + 1 : *++words))
			return false;
	}
	rest[*count] = NULL;
	return true;
}

static int
parse(struct watch *watch, const char *const *words)
{
	const char *rest[WORDS_MAX], **at = rest;
	size_t count = 0;

	while (words[count] != NULL)
		count++;
	if (count > WORDS_MAX)
		return request_usage("the request is too long", "");
	if (!take_option(watch, words + 1, rest, &count))
		return request_usage(
		    OPTION ": expected a number of seconds from 1 to 3600", "");
	watch->order = "rate";
	if (is_number(*at))
		watch->number = *at++;
	if (*at != NULL && strcmp(*at, "by") == 0) {
		at++;
		watch->order = *at != NULL ? *at++ : "";
	}
	memcpy(
	    watch->filter, at, (count + 1 - (size_t)(at - rest)) * sizeof(*at));
	return EXIT_OK;
}

/* --- the request */

static void
put_words(char *out, size_t size, const char *const *words)
{
	size_t used = 0;

	out[0] = '\0';
	for (; *words != NULL && used < size; words++)
		used += (size_t)snprintf(out + used, size - used, "%s%s",
		    used > 0 ? " " : "", *words);
}

static bool
write_request(struct watch *watch, char *line, size_t size)
{
	const char *words[WORDS_MAX + 5] = { "top" };
	char number[16];
	size_t count = 1;
	unsigned height = screen_height(), rows;

	rows = height > LINES_BESIDE_ROWS ? height - LINES_BESIDE_ROWS : 1;
	snprintf(
	    number, sizeof(number), "%u", rows < ROWS_MAX ? rows : ROWS_MAX);
	if (watch->number != NULL)
		words[count++] = watch->number;
	else if (watch->screen)
		words[count++] = number;
	words[count++] = "by";
	words[count++] = watch->order;
	for (const char **word = watch->filter; *word != NULL; word++)
		words[count++] = *word;
	words[count] = NULL;
	return request_write(line, size, watch->form, words);
}

/* Not on a screen: end with this status. */
static void
trouble(struct watch *watch, int status, const char *what, const char *why)
{
	snprintf(watch->trouble, sizeof(watch->trouble), "exflowctl: %s%s%s",
	    what, *what != '\0' ? ": " : "", why);
	if (watch->opened)
		return;
	fprintf(stderr, "%s\n", watch->trouble);
	watch->status = status;
	watch->done = true;
}

static void
drop_request(struct watch *watch)
{
	if (watch->fd != -1)
		close(watch->fd);
	watch->fd = -1;
	watch->length = 0;
}

static void
ask(struct watch *watch)
{
	char line[CONTROL_LINE_MAX];

	drop_request(watch);
	watch->due_ms = now_ms() + watch->period_ms;
	if (!write_request(watch, line, sizeof(line))) {
		watch->status = request_usage("the request is too long", "");
		watch->done = true;
		return;
	}
	watch->fd = request_connect(watch->path, SOCK_NONBLOCK);
	/* The socket's buffer is empty: the line fits. */
	if (watch->fd != -1 && send(watch->fd, line, strlen(line),
	                           MSG_NOSIGNAL) == (ssize_t)strlen(line)) {
		watch->due_ms = now_ms() + ANSWER_MS;
		return;
	}
	trouble(watch, EXIT_FAILED, watch->path, strerror(errno));
	drop_request(watch);
}

/* --- the answer */

static void
draw(struct watch *watch)
{
	char title[CONTROL_LINE_MAX + 64], filter[CONTROL_LINE_MAX];

	put_words(filter, sizeof(filter), watch->filter);
	snprintf(title, sizeof(title), "top by %s, every %" PRId64 " s%s%s",
	    watch->order, watch->period_ms / 1000,
	    filter[0] != '\0' ? ": " : "", filter);
	screen_draw(title, watch->shown != NULL ? watch->shown : "",
	    watch->trouble[0] != '\0'
	        ? watch->trouble
	        : "o octets  p packets  r rate  a age  n name  space now  "
	          "q quit");
}

static void
print(struct watch *watch, const char *text)
{
	static const char gap[] = "\n";

	if (watch->shown != NULL && !watch->form->json)
		fputs(gap, stdout);
	fputs(text, stdout);
	if (fflush(stdout) == 0)
		return;
	watch->status = request_fail("standard output", strerror(errno));
	watch->done = true;
}

/* All of it is there: the first line, and what is to be shown. */
static void
take_answer(struct watch *watch)
{
	char *end = strchr(watch->answer, '\n');
	const char *why;
	int status;

	if (end == NULL) {
		trouble(watch, EXIT_FAILED, watch->path, "no answer");
		return;
	}
	*end = '\0';
	status = request_status_of(watch->answer, &why);
	if (status != EXIT_OK) {
		trouble(watch, status, "", why);
		return;
	}
	if (!watch->screen)
		print(watch, end + 1);
	memmove(watch->answer, end + 1, strlen(end + 1) + 1);
	free(watch->shown);
	watch->shown = watch->answer;
	watch->answer = NULL;
	watch->size = 0;
	watch->trouble[0] = '\0';
	watch->opened = watch->screen;
	if (watch->screen)
		screen_open();
}

static bool
make_room(struct watch *watch)
{
	char *grown;

	if (watch->size - watch->length > BLOCK)
		return true;
	grown = realloc(watch->answer, watch->size + 2 * BLOCK);
	if (grown == NULL)
		return false;
	watch->answer = grown;
	watch->size += 2 * BLOCK;
	return true;
}

static void
receive(struct watch *watch)
{
	ssize_t n = -1;

	if (make_room(watch))
		n = recv(watch->fd, watch->answer + watch->length, BLOCK, 0);
	else
		errno = ENOMEM;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		watch->length += (size_t)n;
		return;
	}
	if (n < 0) {
		trouble(watch, EXIT_FAILED, watch->path, strerror(errno));
	} else {
		watch->answer[watch->length] = '\0';
		take_answer(watch);
	}
	drop_request(watch);
	watch->due_ms = now_ms() + watch->period_ms;
	if (watch->opened)
		draw(watch);
}

/* --- the loop */

static void
take_key(struct watch *watch)
{
	char key = screen_key();

	if (key == 'q') {
		watch->done = true;
		return;
	}
	for (size_t i = 0; i < KEYS; i++)
		if (keys[i].key == key)
			watch->order = keys[i].order;
	if (key != 0)
		ask(watch);
}

static void
late(struct watch *watch)
{
	trouble(watch, EXIT_FAILED, watch->path, "no answer");
	drop_request(watch);
	watch->due_ms = now_ms() + watch->period_ms;
}

static void
step(struct watch *watch)
{
	int64_t wait_ms = watch->due_ms - now_ms();
	unsigned events;

	events = screen_wait(watch->fd, wait_ms > 0 ? wait_ms : 0);
	if (events & SCREEN_KEY)
		take_key(watch);
	else if (events & SCREEN_READABLE)
		receive(watch);
	else if (!(events & SCREEN_CHANGED) && watch->due_ms > now_ms())
		return;
	else if (!(events & SCREEN_CHANGED) && watch->fd != -1)
		late(watch);
	else
		ask(watch);
	if (watch->opened && !watch->done && watch->trouble[0] != '\0')
		draw(watch);
}

int
watch_run(
    const char *path, const struct request_form *form, const char *const *words)
{
	struct watch watch = { .path = path, .form = form, .fd = -1 };
	int status = parse(&watch, words);

	if (status != EXIT_OK)
		return status;
	watch.screen = !form->json && screen_possible();
	if (watch.screen)
		screen_signals();
	ask(&watch);
	while (!watch.done)
		step(&watch);
	screen_close();
	drop_request(&watch);
	free(watch.answer);
	free(watch.shown);
	return watch.status;
}
