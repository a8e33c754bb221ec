/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include <signal.h>
#include <unistd.h>

#include "exflow/base/log.h"
#include "exflow/base/terminal.h"
#include "exflow/config/settings.h"
#include "exflow/run/run.h"

int
main(int argc, char **argv)
{
	struct settings settings;
	int result;

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
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	settings.destination.terminal_width = terminal_width(STDOUT_FILENO);
	result = settings.interface_count > 0 ? run_probe(&settings, argc, argv)
	                                      : run_files(&settings);
	settings_free(&settings);
	return result;
}
