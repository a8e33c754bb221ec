# SPDX-License-Identifier: BSD-2-Clause
dist_sysconf_DATA = conf/exflow.conf

# The elements of records, for other programs; made by "make fields".
dist_pkgdata_DATA = conf/exflow-elements.xml \
	conf/exflow-goflow2.yaml \
	conf/exflow-libfds.xml \
	conf/exflow-logstash.yaml \
	conf/exflow-nprobe.txt \
	conf/exflow-pmacct.primitives \
	conf/exflow.iespec

# For systemd; configure says where to, and "no" leaves one out.
conf/exflow.service: conf/exflow.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && sed -e 's,@bindir@,$(bindir),' \
	    -e 's,@sysconfdir@,$(sysconfdir),' \
	    $(top_srcdir)/conf/exflow.service.in >$@.new && mv $@.new $@

EXTRA_DIST += conf/exflow.service.in conf/exflow.sysusers conf/exflow.tmpfiles
CLEANFILES += conf/exflow.service
noinst_DATA = conf/exflow.service
if INSTALL_SYSTEMDSYSTEMUNITDIR
systemdsystemunit_DATA = conf/exflow.service
endif

# systemd wants names that end with .conf.
install-data-local:
if INSTALL_SYSUSERSDIR
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)'
	$(INSTALL_DATA) $(srcdir)/conf/exflow.sysusers \
	    '$(DESTDIR)$(sysusersdir)/exflow.conf'
endif
if INSTALL_TMPFILESDIR
	$(MKDIR_P) '$(DESTDIR)$(tmpfilesdir)'
	$(INSTALL_DATA) $(srcdir)/conf/exflow.tmpfiles \
	    '$(DESTDIR)$(tmpfilesdir)/exflow.conf'
endif

uninstall-local:
	rm -f '$(DESTDIR)$(sysusersdir)/exflow.conf' \
	    '$(DESTDIR)$(tmpfilesdir)/exflow.conf'
