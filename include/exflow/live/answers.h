/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers of the control socket that list live exchanges. */
#ifndef EXFLOW_LIVE_ANSWERS_H
#define EXFLOW_LIVE_ANSWERS_H

#include <stdbool.h>
#include <stdio.h>

#include "exflow/daemon/control.h"
#include "exflow/record/interface_names.h"

#include "exflow/probe/probe.h"

/* Where live exchanges are, and the names of their interfaces. */
struct live_source {
	struct probe *probe;
	const struct interface_names *names;
};

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
int answer_live(const struct live_source *source,
    const struct answer_form *form, char *text, FILE *stream, char *error);
int answer_top(const struct live_source *source, const struct answer_form *form,
    char *text, FILE *stream, char *error);

#endif
