# SPDX-License-Identifier: BSD-2-Clause
# What distributions build packages with; nothing of it is installed.
EXTRA_DIST += debian/README.Debian debian/changelog debian/clean \
	debian/control debian/copyright debian/exflow.lintian-overrides \
	debian/exflow.postrm \
	debian/exflow.prerm debian/rules debian/source/format \
	packaging/Containerfile packaging/exflow.spec \
	packaging/openwrt/exflow/Makefile \
	packaging/openwrt/exflow/files/exflow.init \
	packaging/openwrt/libfixbuf/Makefile
