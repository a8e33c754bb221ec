# SPDX-License-Identifier: BSD-2-Clause
dist_sysconf_DATA = conf/exflow.conf
