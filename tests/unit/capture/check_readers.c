/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exflow's reader and libpcap's, over every capture at hand: those of
 * tests/captures, those of EXFLOW_CAPTURES and EXFLOW_CASES, and two that are
 * made here so that packets of every length straddle what is read at once.
 */
#define _GNU_SOURCE
#include <config.h>

#include <ftw.h>
#include <sys/stat.h>

#include "image.h"
#include "second_opinion.h"

#define LARGE 12000000 /* octets of a file, many times what is read at once */

static unsigned files, disagreements;
static uint32_t random_state = 1;

static int
compare(const char *name, const struct stat *status, int type, struct FTW *ftw)
{
	struct opinion opinion;

	(void)status;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	if (!opinion_agrees(&opinion, name, false)) {
		print_error("%s: %s\n", name, opinion.wrong);
		disagreements++;
	}
	files += opinion.packets > 0;
	return 0;
}

/* Every file of a folder; at least so many must be captures. */
static void
compare_all(const char *top, unsigned least)
{
	files = disagreements = 0;
	assert_int_equal(nftw(top, compare, 16, FTW_PHYS), 0);
	assert_int_equal(disagreements, 0);
	assert_true(files >= least);
	print_message("%s: %u captures read twice\n", top, files);
}

static void
our_own_captures_are_read_alike(void **state)
{
	char top[512];

	(void)state;
	snprintf(top, sizeof(top), "%s/tests/captures",
	    getenv("top_srcdir") != NULL ? getenv("top_srcdir") : ".");
	compare_all(top, 30);
}

static void
captures_of_others_are_read_alike(void **state)
{
	const char *top = getenv("EXFLOW_CAPTURES");

	(void)state;
	if (top == NULL || top[0] == '\0')
		skip();
	compare_all(top, 100);
}

static void
cases_of_others_are_read_alike(void **state)
{
	const char *top = getenv("EXFLOW_CASES");

	(void)state;
	if (top == NULL || top[0] == '\0')
		skip();
	compare_all(top, 1);
}

static uint32_t
random_number(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

/* Mostly short, now and then as long as a packet may be. */
static uint32_t
random_length(void)
{
	uint32_t kind = random_number() % 64;

	if (kind == 0)
		return random_number() % 262145;
	return random_number() % (kind < 8 ? 65536 : 1600);
}

static void
put_random(struct image *image, uint32_t length)
{
	uint32_t word;

	for (uint32_t i = 0; i < length; i += sizeof(word)) {
		word = random_number();
		put(image, &word,
		    length - i < sizeof(word) ? length - i : sizeof(word));
	}
}

static void
agree_on(struct image image, unsigned packets)
{
	struct opinion opinion;
	size_t size = image.size;

	/* With every octet, and cut somewhere in the last packets. */
	for (size_t cut = 0; cut < size && cut < 3000000;
	     cut += 1 + 3 * cut / 2) {
		struct image copy = { 0 };

		put(&copy, image.data, size - cut);
		if (!opinion_agrees(&opinion, file_whole(copy), false))
			fail_msg("cut by %zu: %s", cut, opinion.wrong);
		if (cut == 0)
			assert_int_equal(opinion.packets, packets);
	}
	free(image.data);
}

static void
packets_that_straddle_reads_are_whole_in_pcap(void **state)
{
	struct image image = { 0 };
	unsigned packets = 0;

	(void)state;
	put_header(&image, MICRO, ETHERNET);
	memset(image.data + 16, 0, 4); /* no snap length */
	for (; image.size < LARGE; packets++) {
		uint32_t length = random_length();

		put32(&image, packets);
		put32(&image, packets % 1000000);
		put32(&image, length);
		put32(&image, length + 1);
		put_random(&image, length);
	}
	agree_on(image, packets);
}

static void
packets_that_straddle_reads_are_whole_in_pcapng(void **state)
{
	struct image image = { .big = true };
	unsigned packets = 0;

	(void)state;
	put_section(&image);
	put_interface(&image, ETHERNET, 6);
	memset(image.data + 28 + 12, 0, 4);
	for (; image.size < LARGE; packets++) {
		uint32_t length = random_length();
		uint32_t size = 32 + (length + 3) / 4 * 4;

		put32(&image, 6);
		put32(&image, size);
		put32(&image, 0);
		put32(&image, packets / 100);
		put32(&image, random_number());
		put32(&image, length);
		put32(&image, length + 1);
		put_random(&image, length);
		put(&image, "\0\0\0", (4 - length % 4) % 4);
		put32(&image, size);
	}
	agree_on(image, packets);
}

#define DLT_OF_NFLOG 239

static void
put_attribute(struct image *image, uint16_t type, uint16_t octets)
{
	put16(image, 4u + octets);
	put16(image, type);
	for (uint16_t i = 0; i < (octets + 3) / 4 * 4; i++)
		put_number(image, i + 1u, 1);
}

/*
 * Where the numbers of the writer's machine are the other way round, libpcap
 * turns the attributes' lengths and types: each lies where the length of the
 * one before says.
 */
static void
attributes_of_nflog_are_found_in_the_other_octet_order(void **state)
{
	struct image image = { .big = true };

	(void)state;
	put_header(&image, MICRO, DLT_OF_NFLOG);
	put32(&image, 1);
	put32(&image, 2);
	put32(&image, 4 + 8 + 12 + 28);
	put32(&image, 4 + 8 + 12 + 28);
	put(&image, "\2\0\0\0", 4);
	put_attribute(&image, 1, 4);
	put_attribute(&image, 10, 6);
	put_attribute(&image, 9, 24);
	agree_on(image, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_captures_are_read_alike),
		cmocka_unit_test(captures_of_others_are_read_alike),
		cmocka_unit_test(cases_of_others_are_read_alike),
		cmocka_unit_test(packets_that_straddle_reads_are_whole_in_pcap),
		cmocka_unit_test(
		    packets_that_straddle_reads_are_whole_in_pcapng),
		cmocka_unit_test(
		    attributes_of_nflog_are_found_in_the_other_octet_order),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
