/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files for modules that open them by their path.  They lie in TMPDIR, or in
 * /dev/shm where the system has that, so that no disk is waited for.
 */
#ifndef EXFLOW_TESTS_SCRATCH_H
#define EXFLOW_TESTS_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

/*
 * A path behind which these octets are, until the next call.  The file has no
 * name of its own and ends with the process.
 */
const char *scratch_file(const uint8_t *octets, size_t size);
/* The same octets behind a pipe; as many as fit into it at once. */
const char *scratch_pipe(const uint8_t *octets, size_t size);
#define SCRATCH_PIPE_MAX 65536

/* A folder of this process; it is removed, empty or not, when that exits. */
const char *scratch_folder(void);
/* Write a file; name stands behind the folder's. */
void scratch_write(const char *name, const uint8_t *octets, size_t size);

/* End the process, as fuzzers want it, unless the condition holds. */
#define scratch_expect(condition)                                              \
	((condition) ? (void)0 : scratch_fail(__FILE__, __LINE__, #condition))
_Noreturn void scratch_fail(const char *file, int line, const char *what);

#endif
