/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "pages.h"

#include <stdint.h>
#include <sys/mman.h>

void
pages_huge(void *pages, size_t octets)
{
#ifdef MADV_HUGEPAGE
	(void)madvise(pages, octets, MADV_HUGEPAGE);
#else
	(void)pages;
	(void)octets;
#endif
}

void *
pages_new(size_t octets, bool huge)
{
	/* Ask for one huge page more, and give back what is not aligned. */
	char *all = mmap(NULL, octets + HUGE_PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;

	if (all == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)all & (HUGE_PAGE - 1);
	if (before > 0)
		munmap(all, before);
	munmap(all + before + octets, HUGE_PAGE - before);
	if (huge)
		pages_huge(all + before, octets);
	return all + before;
}

void
pages_forget(void *pages, size_t octets)
{
	(void)madvise(pages, octets, MADV_DONTNEED);
}

void
pages_free(void *pages, size_t octets)
{
	if (pages != NULL)
		munmap(pages, octets);
}
