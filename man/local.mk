# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += man/exflowdump.1
dist_man_MANS += man/exflow-records.5
