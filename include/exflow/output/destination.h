/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destinations: where records go.  One ops table, one file each; a
 * destination takes either whole IPFIX messages (file, udp, tcp) or
 * exchanges (csv, json, table).  All calls come from the export thread.
 */
#ifndef EXFLOW_OUTPUT_DESTINATION_H
#define EXFLOW_OUTPUT_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfix/message.h"
#include "exflow/meter/exchange.h"
#include "exflow/record/record.h"

#define DESTINATION_ERROR_SIZE 512
#define DESTINATION_STATUS_MS 500 /* counts are at most so old */

#define IPFIX_PORT_DEFAULT "4739" /* RFC 7011, 11.  */
#define IPFIX_TLS_PORT_DEFAULT "4740"
#define UDP_MESSAGE_OCTETS 1420
#define UDP_RATE_DEFAULT 2000 /* messages a second: fits nfcapd's buffer */
#define FILE_MESSAGE_OCTETS 8192
#define TCP_MESSAGE_OCTETS 8192
#define FILE_MEMORY_OCTETS ((size_t)16 << 20) /* wait while a disk is full */
#define QUEUE_OCTETS_DEFAULT (16 << 20)
#define QUEUE_OCTETS_MIN (1 << 20)
#define SPOOL_OCTETS_DEFAULT (1 << 30)
#define SPOOL_OCTETS_MIN (1 << 20)
#define TEMPLATE_REFRESH_DEFAULT 300 /* seconds */
#define TEMPLATE_REFRESH_MESSAGES_DEFAULT 1000
#define CONNECT_TIMEOUT_DEFAULT 10  /* seconds */
#define SEND_TIMEOUT_DEFAULT 30     /* seconds */
#define GIVE_UP_DEFAULT 60          /* seconds */
#define SHUTDOWN_TIMEOUT_DEFAULT 30 /* seconds */

/* Why a record was lost. */
enum loss {
	LOSS_ENCODE,  /* could not be encoded */
	LOSS_QUEUE,   /* a full queue, live */
	LOSS_CONNECT, /* no connection */
	LOSS_SEND,    /* the peer or the kernel refused it */
	LOSS_WRITE,   /* the file system refused it */
	LOSS_SPOOL,   /* the oldest in a full spool, or too old */
	LOSS_COUNT
};
const char *loss_name(enum loss reason);

/* Errors of a kind, over UDP: how often there was one. */
#define DESTINATION_ERRORS 8
struct destination_error {
	int code; /* errno; 0: none, and none behind it */
	uint64_t count;
};

/* Equation 3: due + recovered = delivered + waiting + lost. */
struct destination_counts {
	uint64_t records_due;
	uint64_t recovered; /* of an earlier run, in the spool at the start */
	uint64_t delivered; /* to a collector: acknowledged, if it does that */
	uint64_t waiting;   /* in memory and in the spool */
	uint64_t lost[LOSS_COUNT];
	uint64_t messages; /* that went out, repeated ones too */
	uint64_t octets;
	uint64_t files;         /* archive: that got their name */
	uint64_t files_removed; /* archive: by retention */
	/* Collectors only. */
	uint64_t sent;         /* repeated ones count again */
	uint64_t replayed;     /* of these */
	uint64_t acknowledged; /* by the collector's kernel, never over UDP */
	uint64_t connects;     /* over UDP: sockets */
	struct destination_error errors[DESTINATION_ERRORS];
	/* Collectors over TCP and TLS only. */
	uint64_t in_spool; /* of those that wait */
	uint64_t spool_octets;
	uint64_t spooled; /* ever written to the spool */
};
bool destination_balanced(const struct destination_counts *counts);
uint64_t destination_lost(const struct destination_counts *counts);

enum archive_compression {
	ARCHIVE_PLAIN,
	ARCHIVE_GZIP,
	ARCHIVE_ZSTD,
};

enum archive_clock {
	ARCHIVE_CLOCK_AUTO,    /* the system's when live, else the capture's */
	ARCHIVE_CLOCK_CAPTURE, /* the greatest end of a record so far */
	ARCHIVE_CLOCK_SYSTEM,
};

#define ARCHIVE_ROTATE_DEFAULT 300
#define ARCHIVE_MEMORY_DEFAULT 16777216

struct archive_options {
	uint32_t rotate_seconds; /* 1 … 86400; 0: never by time */
	uint64_t rotate_octets;  /* 0: never by size */
	enum archive_compression compression;
	enum archive_clock clock;
	bool local_time;         /* names and midnight; else UTC */
	uint32_t retention_days; /* 0: files of any age */
	uint64_t retention_octets;
	uint64_t memory_octets; /* that wait while a disk is full */
};

struct destination_options {
	struct record_options record;
	uint32_t udp_message_octets;
	uint32_t domain;                    /* observation domain */
	uint32_t template_refresh_seconds;  /* UDP; 0: only at the start */
	uint32_t template_refresh_messages; /* UDP; 0: by time only */
	uint32_t udp_rate;                  /* messages a second; 0: no limit */
	uint32_t connect_timeout_seconds;
	uint32_t send_timeout_seconds; /* no progress for so long: reconnect */
	/*
	 * A full queue: wait for a slow collector, but not for one to which
	 * nothing new came for so long; or never wait, and lose the oldest.
	 */
	bool wait;
	uint32_t give_up_seconds;
	uint32_t shutdown_timeout_seconds; /* at the end; see exflow.conf(5) */
	uint64_t queue_octets;             /* messages in memory */
	uint32_t tcp_message_octets;       /* of TCP and TLS */
	/*
	 * One of several among which exchanges are spread, instead of a copy
	 * to each: for kinds that take messages.
	 */
	bool balance;
	/* Strings are borrowed; a destination has copies.  NULL: none. */
	const char *label; /* its name instead of the -o argument */
	const char *source_address;
	const char *spool_dir;
	uint64_t spool_octets;
	uint32_t spool_age_seconds; /* 0: no limit */
	const char *tls_ca;         /* file or folder; NULL: the system's */
	const char *tls_certificate, *tls_key; /* our own */
	const char *tls_name; /* whose certificate; NULL: the host */
	bool tls_verify;
	bool types_udp, types_tcp, types_file; /* RFC 5610 records */
	bool extended_columns;                 /* columns = extended */
	unsigned terminal_width;               /* of table; 0: 80 */
	bool live;                             /* records of an interface */
	struct archive_options archive;
};
void destination_options_init(struct destination_options *options);

struct destination;

struct destination_ops {
	const char *scheme; /* "ipfix", "udp", "tcp", "csv", … */
	/* A file that is complete at the end; it cannot begin again. */
	bool once;
	/* Message size limit; 0: takes exchanges instead of messages. */
	uint32_t (*message_octets)(const struct destination *);
	/* Ready to take records: files created, sockets connected. */
	int (*start)(struct destination *);
	/*
	 * Templates and type information, before the first message.  They
	 * stay valid until finish has returned; the kind decides by its
	 * options whether it sends the types.
	 */
	void (*templates)(struct destination *, const struct message *templates,
	    size_t templates_count, const struct message *types,
	    size_t types_count);
	/*
	 * Where files are told apart by the time of records; may be NULL.
	 * The greatest end of a record so far is now: what was handed over
	 * before lies before it, what follows does not.  Returns the time
	 * that it wants to hear of next.  Called first before any record.
	 */
	timestamp (*turn)(struct destination *, timestamp now);
	void (*message)(struct destination *, const struct message *);
	/*
	 * A message of domain 0 that explains itself; not kept, and in no
	 * count.  NULL: the kind takes none.
	 */
	void (*statistics)(struct destination *, const struct message *);
	void (*exchanges)(
	    struct destination *, const struct exchange *, size_t n);
	/*
	 * Work that waits for time to pass: now_ms is of a clock that never
	 * jumps.  When it wants to be called next, 0: never; may be NULL.
	 */
	uint64_t (*tick)(struct destination *, uint64_t now_ms);
	/* Begin a new file, where there are files; may be NULL. */
	void (*rotate)(struct destination *);
	/*
	 * Nothing more will come: begin to finish, but do not wait; may be
	 * NULL.
	 */
	void (*ending)(struct destination *);
	/*
	 * Everything delivered, or counted as lost; files under their name.
	 * 0, or -1 where something was not delivered.
	 */
	int (*finish)(struct destination *);
	/* What the kind holds beside the struct; may be NULL. */
	void (*free)(struct destination *);
};

/* What every kind has; a kind's own state stands behind it. */
struct destination {
	const struct destination_ops *ops;
	char *name; /* the -o argument, or the label */
	char *spec; /* the -o argument, or an archive's pattern */
	struct destination_options options; /* with strings of its own */
	/* Another one takes over what is in its spool: finish at once. */
	bool succeeded;
	struct destination_counts counts;
	char error[DESTINATION_ERROR_SIZE]; /* the last one */
};

void destination_free(struct destination **destination);
/* Whether one can go on in place of the other: same name, spec, options. */
bool destination_same(const struct destination *a, const struct destination *b);

#endif
