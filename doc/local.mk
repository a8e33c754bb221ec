# SPDX-License-Identifier: BSD-2-Clause
doc_pages = doc/build.md doc/collectors.md doc/design.md doc/limits.md \
	doc/performance.md doc/probe.md doc/scale.md
dist_doc_DATA = NEWS README.md SECURITY.md $(doc_pages)
EXTRA_DIST += doc/folders
