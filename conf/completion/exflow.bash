# SPDX-License-Identifier: BSD-2-Clause
# Completion of exflow, exflowctl and exflowdump for bash.  Options and settings
# are those that the program's --help prints.

# The options of --help that begin with the current word.
_exflow_options() {
	COMPREPLY=($(compgen -W "$("$1" --help 2>/dev/null |
	    sed -n 'h; s/^  *\(-[a-zA-Z], *\)\{0,1\}\(--[a-z-]*\).*/\2/p
	        g; s/^  \(-[a-zA-Z]\), .*/\1/p')" \
	    -- "$2"))
}

_exflow_files() {
	compopt -o filenames 2>/dev/null
	COMPREPLY=($(compgen -f -- "$1"))
}

_exflow() {
	local word=$2 previous=$3 settings

	case $previous in
	-i | --interface)
		COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null)" \
		    -- "$word"))
		return ;;
	-o | --output)
		compopt -o nospace 2>/dev/null
		COMPREPLY=($(compgen -f -W 'ipfix: archive: udp:// tcp://
		    tls:// kafka:// netflow9:// netflow5:// csv: json: tstat:
		    html: table' -- "$word"))
		return ;;
	--set)
		settings=$("$1" --help 2>/dev/null |
		    sed -n '/^Settings/,/^$/s/^  \([a-z_0-9]*\)  .*/\1=/p')
		compopt -o nospace 2>/dev/null
		COMPREPLY=($(compgen -W "$settings" -- "$word"))
		return ;;
	--html)
		_exflow_files "$word"
		return ;;
	--elements)
		COMPREPLY=($(compgen -W 'libfixbuf libfds pmacct goflow2
		    logstash nprobe iespec' -- "$word"))
		return ;;
	-n | --network | -f | --filter)
		return ;;
	esac
	case $word in
	-*) _exflow_options "$1" "$word" ;;
	*) _exflow_files "$word" ;;
	esac
}

_exflowctl() {
	local word=$2 previous=$3

	case $previous in
	-s | --socket)
		_exflow_files "$word"
		return ;;
	by)
		COMPREPLY=($(compgen -W 'octets packets rate age name' \
		    -- "$word"))
		return ;;
	top)
		COMPREPLY=($(compgen -W '--watch by tcp udp icmp icmp6 host net
		    port' -- "$word"))
		return ;;
	--watch | live | and | [0-9]* | octets | packets | rate | age | \
	    name)
		COMPREPLY=($(compgen -W 'by tcp udp icmp icmp6 host net port' \
		    -- "$word"))
		return ;;
	host | net | port)
		return ;;
	esac
	case $word in
	-*) _exflow_options "$1" "$word" ;;
	*) COMPREPLY=($(compgen -W 'stats top live reload rotate flush' \
	    -- "$word")) ;;
	esac
}

_exflowdump() {
	case $2 in
	-*) _exflow_options "$1" "$2" ;;
	*) _exflow_files "$2" ;;
	esac
}

complete -F _exflow exflow
complete -F _exflowctl exflowctl
complete -F _exflowdump exflowdump
