/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of a report as text, between print.c and print_cell.c. */
#ifndef EXFLOW_SRC_REPORT_PRINT_INTERNAL_H
#define EXFLOW_SRC_REPORT_PRINT_INTERNAL_H

#include "exflow/base/escape.h"
#include "exflow/report/report.h"

extern const char *const report_marks[]; /* by enum report_mark */

void report_append_escaped(
    GString *out, const char *text, enum escape_style style);
/* For programs. */
void report_append_raw(
    GString *out, enum report_kind kind, const struct report_cell *cell);
void report_append_human(GString *out, enum report_kind kind,
    const struct report_cell *cell, bool local);
/* What a row stands for is told where its first key would be. */
size_t report_first_unknown(
    const struct report *report, const struct report_row *row);

#endif
