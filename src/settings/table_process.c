/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings: what the program is to the system. */
#include <config.h>

#include "table.h"

#include "exflow/status/status.h"

static const struct setting process[] = {
	{ .name = "user",
	    TOP,
	    .type = &setting_text,
	    .restart = true,
	    INTO(user),
	    .expected = "a name of passwd(5)",
	    .value = "name",
	    .example = "exflow",
	    .none = "which stands for the user exflow where there is one; else "
	            "root stays root, with a warning",
	    .help = "to become when started by root",
	    .text =
	        "If root starts exflow(8) to capture on an interface, it "
	        "becomes this user as soon as interfaces and `pid_file` are "
	        "open.",
	    .more = "See SECURITY there.  With `root` it stays root, without "
	            "capabilities." },
	{ .name = "group",
	    TOP,
	    .type = &setting_text,
	    .restart = true,
	    INTO(group),
	    .expected = "a name of group(5)",
	    .value = "name",
	    .example = "exflow",
	    .none = "the user's own",
	    .help = "to become; none: that of user",
	    .text = "The group that it becomes with `user`." },
	{ .name = "seccomp",
	    TOP,
	    SWITCH("yes"),
	    .restart = true,
	    INTO(seccomp),
	    .help = "forbid system calls that are not needed",
	    .text = "Forbid all system calls but those that are needed, see "
	            "SECURITY in exflow(8)." },
	{ .name = "pid_file",
	    TOP,
	    .type = &setting_text,
	    .restart = true,
	    INTO(pid_file),
	    .expected = "a file",
	    .value = "file",
	    .example = "/run/exflow.pid",
	    .help = "file with the process id, locked",
	    .text =
	        "While exflow captures on an interface, it holds a lock on "
	        "this file and keeps its process id there.  A second exflow "
	        "with the same file refuses to start.",
	    .more = "A file that a killed process left is taken over." },
	{ .name = "stats_interval",
	    TOP,
	    COUNT(STATS_INTERVAL_DEFAULT, 1, 86400),
	    .unit = "seconds",
	    .zero = "never",
	    INTO(stats_interval),
	    .help = "statistics to collectors, live",
	    .text =
	        "While exflow captures on an interface, it sends its "
	        "statistics to collectors this often, as options records of "
	        "observation domain 0.",
	    .more = "See exflow-records(5)." },
	{ .name = "metrics",
	    TOP,
	    .type = &setting_metrics,
	    .restart = true,
	    INTO(metrics),
	    .expected = "an address and a port",
	    .value = "address:port",
	    .example = "\"127.0.0.1:9100\"",
	    .help = "metrics page for Prometheus, read-only",
	    .text = "While exflow captures on an interface, it serves its "
	            "statistics at this address and port over HTTP, for "
	            "Prometheus.  There is no password: whoever reaches the "
	            "address can read the page.",
	    .more = "`/metrics` is in the text format of Prometheus or of "
	            "OpenMetrics, as the client asks; `/health` says whether "
	            "exflow runs.  An IPv6 address stands in brackets." },
	{ .name = "status_page",
	    TOP,
	    SWITCH("no"),
	    .restart = true,
	    INTO(status_page),
	    .help = "a page of live exchanges beside the metrics",
	    .text = "Whether `/status` at the address of `metrics` is a page "
	            "that shows the 50 live exchanges that send most, again "
	            "every 5 seconds.  Without `metrics` there is none.",
	    .more = "It shows who talks to whom, to everybody who reaches the "
	            "address.  `/status?by=octets`, `packets`, `rate` or `age` "
	            "says the order." },
	{ .name = "control",
	    TOP,
	    .type = &setting_text,
	    .restart = true,
	    INTO(control),
	    .expected = "a file",
	    .value = "file",
	    .example = "/run/exflow/control",
	    .help = "socket for exflowctl",
	    .text = "While exflow captures on an interface, it answers "
	            "exflowctl(1) on this socket.  Its user and its group can "
	            "use the socket (mode 0660)." },
	{ .name = "log",
	    TOP,
	    .type = &setting_word,
	    .restart = true,
	    .initial = "stderr",
	    .words = { "stderr", "syslog", "journal" },
	    INTO(log),
	    .help = "where messages go",
	    .text = "Where messages go.",
	    .more =
	        "After exflow(8) has gone into the background (`-d`), "
	        "`stderr` means `syslog`.  If systemd has connected standard "
	        "error to its journal, each line carries its severity." },
	{ .name = "log_level",
	    TOP,
	    .type = &setting_word,
	    .initial = "warning",
	    .words = { "error", "warning", "info", "debug" },
	    INTO(log_level),
	    .help = "which messages; -q and -v override it",
	    .text = "Which messages are logged: those of this level and of the "
	            "levels before it.  `-q` and `-v` override it." },
};

const struct setting_part setting_part_process = PART("Process", process);
