/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "screen.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "exflow/base/terminal.h"

#define HEIGHT_DEFAULT 24
#define HEIGHT_MIN 4 /* title, a line, the last one, bottom */
#define WIDTH_DEFAULT 80
#define CUT "  (not all fit here)"
/* The other screen, no cursor, no lines that wrap; and the reverse. */
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[2J"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"

static volatile sig_atomic_t ending, stopping, changed;

/* Of the program's only screen. */
static struct {
	bool open, keys;
	struct termios before;
} screen;

bool
screen_possible(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && terminal != NULL && *terminal != '\0' &&
	       strcmp(terminal, "dumb") != 0;
}

unsigned
screen_height(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0
	           ? size.ws_row
	           : HEIGHT_DEFAULT;
}

/* --- signals */

static void
on_signal(int number)
{
	if (number == SIGTSTP)
		stopping = 1;
	else if (number == SIGWINCH || number == SIGCONT)
		changed = 1;
	else
		ending = number;
}

void
screen_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
		SIGPIPE, SIGTSTP, SIGCONT, SIGWINCH };
	struct sigaction action = { .sa_handler = on_signal }, before;
	sigset_t set;

	sigemptyset(&set);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaction(numbers[i], NULL, &before);
		if (before.sa_handler == SIG_IGN)
			continue;
		sigaction(numbers[i], &action, NULL);
		sigaddset(&set, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* End as the signal would have ended the program. */
static void
end_by(int number)
{
	sigset_t set;

	screen_close();
	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	kill(getpid(), number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* SIGSTOP, as a handler has taken SIGTSTP's place. */
static void
stop(void)
{
	bool was_open = screen.open;

	screen_close();
	kill(getpid(), SIGSTOP);
	if (was_open)
		screen_open();
}

/* --- the terminal */

void
screen_open(void)
{
	struct termios keys;

	if (screen.open)
		return;
	screen.open = true;
	screen.keys = tcgetattr(STDIN_FILENO, &screen.before) == 0;
	if (screen.keys) {
		keys = screen.before;
		keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		keys.c_cc[VMIN] = 1;
		keys.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSADRAIN, &keys);
	}
	fputs(ENTER, stdout);
	fflush(stdout);
}

void
screen_close(void)
{
	if (!screen.open)
		return;
	screen.open = false;
	fputs(LEAVE, stdout);
	fflush(stdout);
	if (screen.keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &screen.before);
}

/* Signals come within ppoll only: none is lost between a test and the wait. */
unsigned
screen_wait(int fd, int64_t ms)
{
	struct pollfd polled[] = {
		{ screen.open && screen.keys ? STDIN_FILENO : -1, POLLIN, 0 },
		{ fd, POLLIN, 0 },
	};
	const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
	sigset_t none;
	int n;

	sigemptyset(&none);
	n = ppoll(polled, 2, &time, &none);
	if (ending != 0)
		end_by(ending);
	if (stopping != 0) {
		stopping = 0;
		stop();
		changed = 1;
	}
	if (changed != 0) {
		changed = 0;
		return SCREEN_CHANGED;
	}
	if (n <= 0)
		return 0;
	return (polled[0].revents != 0 ? SCREEN_KEY : 0) |
	       (polled[1].revents != 0 ? SCREEN_READABLE : 0);
}

/* Behind ESC: "[" and all up to a letter, "O" and another one, or one. */
static size_t
sequence_length(const char *keys, size_t n)
{
	size_t i = 1;

	if (i < n && keys[i] == 'O')
		return i + 2;
	if (i < n && keys[i] == '[')
		for (i++; i < n && (keys[i] < '@' || keys[i] > '~');)
			i++;
	return i + 1;
}

char
screen_key(void)
{
	char keys[256], key = 0;
	ssize_t got = read(STDIN_FILENO, keys, sizeof(keys));
	size_t n = got > 0 ? (size_t)got : 0;

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		return 'q';
	for (size_t i = 0; i < n;) {
		if (keys[i] == '\033') {
			i += sequence_length(keys + i, n - i);
			continue;
		}
		key = keys[i++];
		if (key == 'q')
			break;
	}
	return key;
}

/* --- drawing */

/*
 * Until the end of the line; the place behind it.  Only ASCII is shown, so that
 * an octet is a column, and none steers the terminal.
 */
static const char *
put_line(const char *text, unsigned width)
{
	const char *end = text + strcspn(text, "\n");

	for (; text < end && width > 0; text++, width--)
		putchar(*text >= ' ' && *text <= '~' ? *text : '?');
	fputs("\033[K", stdout);
	return *end == '\n' ? end + 1 : end;
}

/* The text's last line. */
static const char *
last_line(const char *text)
{
	const char *end = text + strlen(text), *at;

	for (at = end; at > text && (at == end || at[-1] != '\n');)
		at--;
	/* The text ends with a line feed. */
	if (at == end - 1 && at > text)
		for (at--; at > text && at[-1] != '\n';)
			at--;
	return at;
}

void
screen_draw(const char *title, const char *text, const char *bottom)
{
	unsigned width = terminal_width(STDOUT_FILENO);
	unsigned height = screen_height(), row = 1;
	const char *last = last_line(text);

	width = width == 0 ? WIDTH_DEFAULT : width;
	height = height < HEIGHT_MIN ? HEIGHT_MIN : height;
	fputs("\033[H\033[7m", stdout);
	put_line(title, width);
	fputs("\033[m", stdout);
	for (; text < last && row + 3 <= height; row++) {
		putchar('\n');
		text = put_line(text, width);
	}
	putchar('\n');
	put_line(last, width);
	if (text < last && strlen(last) + sizeof(CUT) <= width)
		fputs(CUT, stdout);
	fprintf(stdout, "\033[J\033[%u;1H", height);
	put_line(bottom, width);
	fflush(stdout);
}
