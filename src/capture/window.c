/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "window.h"

#include <stdlib.h>

#define PAGE 4096

static uint8_t *
first_page(const struct window *window)
{
	return window->memory + WINDOW_HEADROOM;
}

int
window_open(struct window *window, struct stream *stream)
{
	*window = (struct window){
		.stream = stream,
		.memory = aligned_alloc(PAGE, WINDOW_HEADROOM + WINDOW_SIZE),
		.read = stream_octets_read(stream), /* standard input's */
		.ask = WINDOW_FIRST,
	};
	if (window->memory == NULL)
		return -1;
	window->next = window->end = first_page(window);
	return 0;
}

void
window_close(struct window *window)
{
	free(window->memory);
	window->memory = NULL;
}

/* What is not used yet moves to where reading goes on behind it. */
static void
move_rest(struct window *window, size_t rest)
{
	uint8_t *page = first_page(window);

	memmove(page - rest, window->next, rest);
	window->next = page - rest;
	window->end = page;
}

static void
read_more(struct window *window)
{
	size_t room = (size_t)(first_page(window) + WINDOW_SIZE - window->end);
	ssize_t count = stream_read_octets(window->stream, window->end,
	    room < window->ask ? room : window->ask);

	window->ask = WINDOW_READ;
	if (count <= 0) {
		window->ended = true;
		return;
	}
	window->end += count;
	window->read += (uint64_t)count;
}

size_t
window_fill(struct window *window, size_t wanted)
{
	size_t rest = window_left(window);

	if (rest < wanted && !window->ended)
		move_rest(window, rest);
	while (window_left(window) < wanted && !window->ended)
		read_more(window);
	return window_left(window);
}

bool
window_cut(struct window *window, size_t kept, uint64_t count)
{
	size_t there = window_left(window) - kept;

	while (count > there) {
		count -= there;
		window->end = window->next + kept;
		if (window->ended)
			return false;
		move_rest(window, kept);
		read_more(window);
		there = window_left(window) - kept;
	}
	memmove(window->next + count, window->next, kept);
	window->next += count;
	return true;
}
