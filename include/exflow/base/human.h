/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers, spans of time and TCP flags in few columns, for people. */
#ifndef EXFLOW_BASE_HUMAN_H
#define EXFLOW_BASE_HUMAN_H

#include <stdint.h>

#include "exflow/base/timestamp.h"

#define HUMAN_SIZE 32
#define HUMAN_NUMBER_WIDTH 4
#define HUMAN_TIME_WIDTH 5

/* "999", "1.2k", "12k", "3.4M" (SI), at most four columns. */
void human_number(char text[HUMAN_SIZE], uint64_t value);
/* "0", "123us", "123ms", "1.23s", "12.3s", "12m34", "12h34", "123d". */
void human_time(char text[HUMAN_SIZE], duration span);
/* "CEUAPRSF", a dot for each flag that was not seen; "" for none. */
void human_flags(char text[HUMAN_SIZE], uint8_t flags);

#endif
