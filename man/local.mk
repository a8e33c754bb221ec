# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += man/exflow.8 man/exflow.conf.5
dist_man_MANS += man/exflow-records.5 man/exflow-tstat.5 man/exflow-filter.7
dist_man_MANS += man/exflowctl.1 man/exflowdump.1
