/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exflow: packets become records of exchanges (RFC 5103 biflows), which go to
 * IPFIX collectors, files and archives.  This is the map of the sources.
 *
 *	capture ──► decode ──► meter ──► export ──► ipfix ──► outputs
 *	packets     a frame    table of  queue,     messages, collectors
 *	of files,   becomes a  live ex-  bounded,   encoded   archives, files
 *	interfaces  segment    changes,  drops are  once for  csv, json, table:
 *	                       timers    counted    a class   each is bounded
 *	└─ reading thread ──┘  └ meter ┘ └─ export thread ─┘  └ one each:
 *	                        threads                         collectors,
 *	└── workers of a probe ────────┘                        live outputs ┘
 *
 * Packets go in at the left and records come out at the right; nothing flows
 * back.  Each folder of src/ uses its own files and those of the folders above
 * it in this list (doc/folders, which scripts/check-layers checks).  Headers
 * that other folders use are in include/exflow/FOLDER: each is a contract.
 *
 *	base		log, clocks, threads, text, files that appear complete
 *	command		commands for complete files, run by a helper process
 *	network		local networks: prefixes, with names
 *	decode		frame to segment: link layers, tunnels, fragments
 *	quality		segments to round-trip times, losses, windows
 *	memory		the memory of live exchanges: pools, index, timers
 *	quic		Initial packets of QUIC: headers, keys, frames
 *	names		first octets to names: TLS, QUIC, HTTP, DNS
 *	exchange	the exchange as a value; the ledger that counts all
 *	meter		segments to exchanges: opening, counting, ending
 *	gate		payloads for the meter; what clients asked DNS for
 *	record		the one table of fields: name, element, length, value
 *	filter		the language that chooses exchanges
 *	report		exchanges counted by keys: top lists, series
 *	ipfix		messages by libfixbuf: templates, encoder
 *	ipfixfile	any IPFIX file, record by record
 *	netflow		exchanges to datagrams of NetFlow versions 9 and 5
 *	output		what outputs share: operations, counts, queue, thread
 *	spool		messages that wait on disk for a collector
 *	udp		collectors over UDP: IPFIX and NetFlow
 *	tcp		collectors over TCP and TLS
 *	archive		IPFIX files: rotation, compression, retention, recovery
 *	textfile	text that people follow as it grows
 *	text		csv, json, table
 *	tstat		the logs of Tstat
 *	page		a page with pictures and tables, for a browser
 *	kafka		messages of Apache Kafka, kept until delivered
 *	export		the export thread; the list of kinds of outputs
 *	capture		packets from files, pipes and interfaces
 *	status		the books: summary, JSON, metrics, progress
 *	settings	the one table of settings
 *	config		the command line and the configuration file
 *	daemon		privileges, seccomp, pid file, systemd, control socket
 *	offline		packets of capture files to the meters
 *	probe		packets of interfaces to the meters: the workers
 *	live		what a probe tells of its live exchanges
 *	ctl		exflowctl: requests to a running probe, top --watch
 *	run		the two runs, from settings to exit status
 *	input		IPFIX files found, records of any exporter, pairs
 *	reader		exflowdump's views of an IPFIX file
 *
 * Where to start reading:
 *
 *	a packet's way	src/offline/file_reader.c, decode/decoder.c, meter/meter.c
 *	a record's way	src/export/exporter.c, exflow/output/destination.h
 *	a live probe	src/run/probe_run.c, exflow/probe/probe.h
 *	a setting	src/settings/table.c, table_….c
 *	an element	exflow/record/fields.def
 *	the counts	exflow/exchange/ledger.h, exflow/status/status.h
 *
 * launcher.c is what users start as exflow, and becomes this program.  The
 * other two are exflowdump.c and exflowctl.c.
 */
#include <config.h>

#include <signal.h>
#include <unistd.h>

#include "exflow/base/log.h"
#include "exflow/base/terminal.h"
#include "exflow/config/load.h"
#include "exflow/run/run.h"

/*
 * The launcher has blocked the signals that have to wait.  Whoever starts this
 * program itself has them wait before the constructors of libraries run: the
 * loader calls what is in this section of the executable before them.  It is
 * ELF's; elsewhere, and under sanitizers, which are not ready by then, signals
 * wait from main on.
 */
#if defined(__ELF__) && defined(__GNUC__) && !defined(EXFLOW_SANITIZERS)
static void (*const hold_early)(void)
    __attribute__((section(".preinit_array"), used)) = run_hold_signals;
#endif

int
main(int argc, char **argv)
{
	struct settings settings;
	int result;

	run_hold_signals();
	log_init("exflow", LOG_LEVEL_WARNING);
	log_take_glib();
	switch (settings_load(&settings, argc, argv)) {
	case SETTINGS_DONE:
		return EXIT_OK;
	case SETTINGS_ERROR:
		return EXIT_USAGE;
	case SETTINGS_RUN:
		break;
	}
	/* A closed pipe and a file size limit are errors of write(2). */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	settings.destination.terminal_width = terminal_width(STDOUT_FILENO);
	settings.destination.local_time =
	    isatty(STDOUT_FILENO) && !settings.utc;
	if (settings.check_only)
		result = run_check(&settings);
	else if (settings.interface_count > 0)
		result = run_probe(&settings, argc, argv);
	else
		result = run_files(&settings);
	settings_free(&settings);
	if (result == EXIT_PIPE) { /* as it ends others */
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	return result;
}
