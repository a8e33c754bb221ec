/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What exflow and its helper send each other, over sockets that keep messages
 * apart (SOCK_SEQPACKET).
 *
 *	request	struct request, then its texts, each with a NUL; with it goes
 *		the descriptor of the run's socket
 *	answer	a letter, then text without a NUL; on the run's socket, and
 *		once, at the start, on the helper's own
 */
#ifndef EXFLOW_SRC_COMMAND_WIRE_H
#define EXFLOW_SRC_COMMAND_WIRE_H

#include <stdint.h>

#include "exflow/command/helper.h"

/* The command's text, then the values in their order. */
#define REQUEST_TEXTS (1 + COMMAND_VALUES)
#define REQUEST_OCTETS_MAX 32768

struct request {
	uint32_t timeout_seconds;
	uint32_t octets; /* of the texts */
};

#define ANSWER_LINE 'L'
#define ANSWER_DONE 'D'   /* of the run; the helper is ready */
#define ANSWER_FAILED 'F' /* with the reason */

/* --- run.c */

/* In a process of its own: run the command, answer, and end. */
_Noreturn void run_serve(
    int connection, char **words, uint32_t timeout_seconds);
/* Send one answer; without waiting, if it is a line. */
void run_answer(int connection, char letter, const char *text);

/* --- server.c */

/* The helper's process: serve requests until exflow is gone. */
_Noreturn void server_run(int connection, const struct helper_options *options);

#endif
