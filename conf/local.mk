# SPDX-License-Identifier: BSD-2-Clause
# The configuration is the user's once it is edited: scripts/conffile keeps it.
# The copy tells whether it was.
EXTRA_DIST += conf/exflow.conf
conffile = '$(DESTDIR)$(sysconfdir)/exflow.conf'
conffile_copy = '$(DESTDIR)$(pkgdatadir)/exflow.conf'

# The elements of records for other programs, made by "make fields"; a
# dashboard and alerts.
dist_pkgdata_DATA = conf/clickhouse-exflow.sql \
	conf/clickhouse-exflow-queries.sql \
	conf/exflow-elements.xml \
	conf/exflow-goflow2.yaml \
	conf/exflow-libfds.xml \
	conf/exflow-logstash.yaml \
	conf/exflow-nprobe.txt \
	conf/exflow-pmacct.primitives \
	conf/exflow.iespec \
	conf/grafana-exflow.json \
	conf/prometheus-exflow.rules

# bash loads what has the name of the program, zsh what begins with "_".
EXTRA_DIST += conf/completion/exflow.bash
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = conf/completion/_exflow

# For systemd; configure says where to, and "no" leaves one out.  A plain @bindir@
# would be replaced in this rule, too, when configure makes the Makefile.
conf/exflow.service: conf/exflow.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && sed -e 's,[@]bindir@,$(bindir),' \
	    -e 's,[@]sysconfdir@,$(sysconfdir),' \
	    $(top_srcdir)/conf/exflow.service.in >$@.new && mv $@.new $@

EXTRA_DIST += conf/exflow.service.in conf/exflow.sysusers conf/exflow.tmpfiles
CLEANFILES += conf/exflow.service
noinst_DATA = conf/exflow.service
if INSTALL_SYSTEMDSYSTEMUNITDIR
systemdsystemunit_DATA = conf/exflow.service
endif

# systemd wants names that end with .conf.
install-data-local:
	@$(SHELL) $(srcdir)/scripts/conffile install \
	    $(srcdir)/conf/exflow.conf $(conffile_copy) $(conffile)
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)'
	for program in exflow exflowctl exflowdump; do \
		$(INSTALL_DATA) $(srcdir)/conf/completion/exflow.bash \
		    "$(DESTDIR)$(bashcompletiondir)/$$program" || exit 1; \
	done
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
	@$(SHELL) $(srcdir)/scripts/conffile uninstall $(conffile_copy) \
	    $(conffile)
	for program in exflow exflowctl exflowdump; do \
		rm -f "$(DESTDIR)$(bashcompletiondir)/$$program"; \
	done
	rm -f '$(DESTDIR)$(sysusersdir)/exflow.conf' \
	    '$(DESTDIR)$(tmpfilesdir)/exflow.conf'
