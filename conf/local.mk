# SPDX-License-Identifier: BSD-2-Clause
dist_sysconf_DATA = conf/exflow.conf

# The project's own elements, for other readers; made by "make fields".
dist_pkgdata_DATA = conf/exflow-elements.xml
