/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "exflow/daemon/resident.h"

#ifdef HAVE_DL_ITERATE_PHDR

#include <link.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whether the linker has written into read-only segments (DT_TEXTREL). */
static bool
is_relocated(const struct dl_phdr_info *object, const ElfW(Phdr) * dynamic)
{
	const ElfW(Dyn) *entry =
	    (const void *)(object->dlpi_addr + dynamic->p_vaddr);

	for (; entry->d_tag != DT_NULL; entry++)
		if (entry->d_tag == DT_TEXTREL ||
		    (entry->d_tag == DT_FLAGS &&
		        (entry->d_un.d_val & DF_TEXTREL) != 0))
			return true;
	return false;
}

/*
 * Drop the pages of a segment that is as in its file.  Segments that become
 * read-only after relocation are not passed in: their headers say writable.
 */
static void
release(uintptr_t address, size_t length)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = address & ~(page - 1);
	uintptr_t to = (address + length) & ~(page - 1);

	if (to > from)
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
}

static int
release_object(struct dl_phdr_info *object, size_t size, void *context)
{
	const ElfW(Phdr) *header = object->dlpi_phdr;

	(void)size;
	(void)context;
	for (unsigned i = 0; i < object->dlpi_phnum; i++)
		if (header[i].p_type == PT_DYNAMIC &&
		    is_relocated(object, &header[i]))
			return 0;
	for (unsigned i = 0; i < object->dlpi_phnum; i++)
		if (header[i].p_type == PT_LOAD &&
		    (header[i].p_flags & PF_W) == 0)
			release(object->dlpi_addr + header[i].p_vaddr,
			    header[i].p_memsz);
	return 0;
}

void
resident_trim(void)
{
#ifdef HAVE_MALLOC_TRIM
	(void)malloc_trim(0);
#endif
	(void)dl_iterate_phdr(release_object, NULL);
}

#else

void
resident_trim(void)
{
}

#endif
