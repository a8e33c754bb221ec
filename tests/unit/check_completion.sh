#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The completions offer what the programs' --help prints.
set -eu
src=${top_srcdir:-.}
build=${top_builddir:-.}

command -v bash >/dev/null || {
	echo "bash is missing"
	exit 77
}
"$build/src/exflow" --help >/dev/null 2>&1 || {
	echo "the programs do not run here"
	exit 77
}
bash -n "$src/conf/completion/exflow.bash"
if command -v zsh >/dev/null; then
	zsh -n "$src/conf/completion/_exflow"
fi

# complete PROGRAM WORD PREVIOUS : what bash would offer.
offered() {
	bash -c '. "$1"; _"${2##*/}" "$2" "$3" "$4"; printf "%s\n" \
	    "${COMPREPLY[@]}"' - "$src/conf/completion/exflow.bash" \
	    "$build/src/$1" "$2" "$3" 2>/dev/null | sort
}

expect() {
	what=$1
	shift
	for word; do
		offers=$(offered $what)
		printf '%s\n' "$offers" | grep -qxF -e "$word" || {
			printf '%s: expected %s in\n%s\n' "$what" "$word" \
			    "$offers"
			exit 1
		}
	done
}

expect 'exflow - exflow' -r --input --set --stats -u --utc --no-seccomp
expect 'exflow met --set' meter= metrics=
expect 'exflow c -o' csv:
expect 'exflow an -i' any
expect 'exflowctl t exflowctl' top
expect 'exflowctl o by' octets
expect 'exflowctl --w top' --watch
expect 'exflowctl b --watch' by
expect 'exflowctl --j exflowctl' --json
expect 'exflowdump --j exflowdump' --json

# Every option of --help, and no other.
for program in exflow exflowctl exflowdump; do
	"$build/src/$program" --help | sed -nE \
	    's/^ +(-[a-zA-Z], +)?(--[a-z-]+).*/\2/p' |
	    sort -u >completion-help.$$
	offered "$program" -- "$program" | sort -u >completion-offer.$$
	diff completion-help.$$ completion-offer.$$ || {
		rm -f completion-help.$$ completion-offer.$$
		exit 1
	}
done
rm -f completion-help.$$ completion-offer.$$
