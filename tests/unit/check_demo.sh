#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# scripts/demo was silent while apt-get worked, for a minute or two.  It names
# the packages before, and shows what goes on: on a terminal one line that
# changes, without one a line now and then.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
	echo "$*" >&2
	cat "$work/said" >&2
	exit 1
}

# A tree in which apt-get and make only take their time.
mkdir -p "$work/scripts" "$work/bin"
cp "$top_srcdir/scripts/demo" "$work/scripts"
cat >"$work/scripts/install-deps" <<'END'
#!/bin/sh
if [ "$1" = -n ]; then
	echo "gcc libpcap-dev libfixbuf-dev"
	exit 0
fi
echo "Unpacking libpcap-dev"
sleep "$TAKES"
[ ! -e fails ] || { echo "Unable to fetch"; exit 1; }
END
cat >"$work/configure" <<'END'
#!/bin/sh
mkdir -p src
printf '#!/bin/sh\necho "$(basename "$0") ran"\n' >src/exflow
cp src/exflow src/exflowdump
chmod +x src/exflow src/exflowdump
echo 'all: ; @echo CC exflow' >Makefile
END
printf '#!/bin/sh\n' >"$work/bin/sudo"
chmod +x "$work/scripts/install-deps" "$work/configure" "$work/bin/sudo"
PATH=$work/bin:$PATH
export PATH
return_line=$(printf '\r')

export TAKES=6
"$work/scripts/demo" >"$work/said" 2>&1 || fail "exit status $?"
grep -q '^Installing with apt-get' "$work/said" || fail "no line before"
grep -q '^  gcc libpcap-dev libfixbuf-dev$' "$work/said" || fail "no names"
grep -q '^  *[0-9]* s  Unpacking libpcap-dev$' "$work/said" || fail "silence"
grep -q '^Building in build/' "$work/said" || fail "it does not build"
grep -q '^exflow ran$' "$work/said" || fail "exflow did not run"
grep -q '^With pictures:.*build/demo.html' "$work/said" || fail "no page"
! grep -q "$return_line" "$work/said" || fail "no terminal, but a line returns"

# On a terminal.
if command -v script >/dev/null; then
	rm -rf "$work/build"
	TAKES=2
	script -qec "$work/scripts/demo" "$work/typescript" </dev/null \
	    >"$work/said" 2>&1 || fail "on a terminal: exit status $?"
	grep -q "$return_line.*s  Unpacking libpcap-dev" "$work/said" ||
	    fail "silence on a terminal"
fi

# The reason of a failure is shown.
rm -rf "$work/build"
touch "$work/fails"
TAKES=0
! "$work/scripts/demo" >"$work/said" 2>&1 || fail "a failure was no error"
grep -q '^Unable to fetch$' "$work/said" || fail "no reason"
grep -q '^demo: failed: scripts/install-deps build; all of it is in' \
    "$work/said" || fail "no message"
