/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers of the control socket that list live exchanges. */
#ifndef EXFLOW_SRC_RUN_LIVE_ANSWERS_H
#define EXFLOW_SRC_RUN_LIVE_ANSWERS_H

#include <stdbool.h>
#include <stdio.h>

#include "probe_run.h"

/*
 * How the client wants the answer.  It says so before the command:
 *
 *	request = *( "json" / "local" / "numbers" / "width=" NUMBER ) command
 */
struct answer_form {
	bool json;
	bool local;     /* times in the probe's time zone, instead of UTC */
	bool numbers;   /* addresses, no names */
	unsigned width; /* of the terminal; 0: 80 */
};

/*
 * live [FILTER]
 * top [NUMBER] [by octets|packets|rate|age|name] [FILTER]
 *
 * text is what stands behind the command; it may be NULL, and is changed.  The
 * result is a control_handler's; error has CONTROL_ERROR_SIZE octets.
 */
int answer_live(struct probe_run *run, const struct answer_form *form,
    char *text, FILE *stream, char *error);
int answer_top(struct probe_run *run, const struct answer_form *form,
    char *text, FILE *stream, char *error);

#endif
