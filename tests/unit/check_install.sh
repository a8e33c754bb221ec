#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is installed.  "make install" overwrote an edited exflow.conf, and "make
# uninstall" removed it: both leave it alone, and one that nobody edited follows
# the new version.  The unit named no program, but "@bindir@/exflow".
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES DESTDIR
root=$work/root
value() {
	printf 'value:\n\t@echo "$(%s)"\n' "$1" |
	    make -s --no-print-directory -C "$top_builddir" -f Makefile -f - \
	    value
}
conf=$root$(value sysconfdir)/exflow.conf
copy=$root$(value pkgdatadir)/exflow.conf
shipped=$top_srcdir/conf/exflow.conf

fail() {
	echo "$*" >&2
	exit 1
}
# make_it GOAL : below $root.
make_it() {
	make -C "$top_builddir" "$1" DESTDIR="$root" >"$work/said" 2>&1 || {
		cat "$work/said" >&2
		fail "make $1 failed"
	}
}
said() { grep -qF "$1" "$work/said" || fail "it did not say: $1"; }
quiet() { ! grep -F "$conf" "$work/said" || fail "it had nothing to say"; }
same() { cmp "$1" "$2" || fail "$3"; }
none() { [ ! -e "$1" ] && [ ! -L "$1" ] || fail "$1 is there"; }

# --- the real installation: install, edit, install again, uninstall
make_it install
quiet
same "$shipped" "$conf" "what is installed"
[ "$(stat -c %a "$conf")" = 644 ] || fail "mode"
unit=$(find "$root" -name exflow.service)
[ -z "$unit" ] || grep -qx \
    "ExecStart=$(value bindir)/exflow -c $(value sysconfdir)/exflow.conf" \
    "$unit" || fail "the unit does not start what is installed"
make_it install
quiet
echo 'interfaces = {eth7}' >>"$conf"
cp "$conf" "$work/edited"
make_it install
said "$conf: kept, because it was edited"
same "$work/edited" "$conf" "an edited file was overwritten"
none "$conf.new"
same "$shipped" "$copy" "the copy that tells edited files"
make_it uninstall
said "$conf: kept, because it was edited"
same "$work/edited" "$conf" "an edited file was removed or changed"
rm "$conf"
[ -z "$(find "$root" ! -type d)" ] || {
	find "$root" ! -type d >&2
	fail "files were left behind"
}

# --- what nobody edited goes, too
make_it install
make_it uninstall
none "$conf"

# --- a new version: the old one was another
root="$work/a root"
conf=$root/etc/exflow.conf
copy=$root/share/exflow.conf
# from NEW PRISTINE FILE : contents before; "-" is none
from() {
	rm -rf "$root"
	mkdir -p "$(dirname "$conf")" "$(dirname "$copy")"
	echo "$1" >"$work/new"
	[ "$2" = - ] || echo "$2" >"$copy"
	[ "$3" = - ] || echo "$3" >"$conf"
}
conffile() { sh "$top_srcdir/scripts/conffile" "$@" >"$work/said"; }
has() { [ "$(cat "$1")" = "$2" ] || fail "$1 is not $2: $(cat "$1")"; }

from two one one
conffile install "$work/new" "$copy" "$conf"
said "not edited"
has "$conf" two
has "$copy" two
none "$conf.new"

from two one mine
conffile install "$work/new" "$copy" "$conf"
said "the new one is $conf.new"
has "$conf" mine
has "$conf.new" two
has "$copy" two
# The same again says less, and takes nothing away.
conffile install "$work/new" "$copy" "$conf"
has "$conf" mine
has "$conf.new" two
conffile uninstall "$copy" "$conf"
has "$conf" mine
none "$conf.new"
none "$copy"

# An old installation left no copy: whether it was edited cannot be told.
from two - one
conffile install "$work/new" "$copy" "$conf"
has "$conf" one
has "$conf.new" two

# The user took the new version over.
from two one two
conffile install "$work/new" "$copy" "$conf"
[ ! -s "$work/said" ] || fail "it had nothing to say"
has "$conf" two

# A link is the user's, whatever it points to.
from two one -
echo one >"$work/elsewhere"
ln -s "$work/elsewhere" "$conf"
conffile install "$work/new" "$copy" "$conf"
[ -L "$conf" ] || fail "a link was replaced"
has "$work/elsewhere" one
has "$conf.new" two
conffile uninstall "$copy" "$conf"
[ -L "$conf" ] || fail "a link was removed"
from two one -
ln -s nowhere "$conf"
conffile install "$work/new" "$copy" "$conf"
[ "$(readlink "$conf")" = nowhere ] || fail "a dangling link was replaced"

# An edited file of which there is no copy stays when all else goes.
from two - mine
conffile uninstall "$copy" "$conf"
has "$conf" mine
from two one -
conffile uninstall "$copy" "$conf"
[ ! -s "$work/said" ] || fail "it had nothing to say"
