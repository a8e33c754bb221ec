/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Destinations: where records go.  Each kind of output fills one table of
 * operations.  A destination takes either whole IPFIX messages (file, udp,
 * tcp) or exchanges (netflow9, csv, json, tstat,
 * table).  The export thread makes all calls,
 * so no operation may wait for long; the kinds that would wait have a thread
 * of their own (message_queue.h, output_thread.h).
 */
#ifndef EXFLOW_OUTPUT_DESTINATION_H
#define EXFLOW_OUTPUT_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/filter/filter.h"
#include "exflow/ipfix/message.h"
#include "exflow/exchange/exchange.h"
#include "exflow/record/record.h"

#define DESTINATION_ERROR_SIZE 512
#define DESTINATION_STATUS_MS 500 /* counts are at most this old */

#define IPFIX_PORT_DEFAULT "4739" /* RFC 7011, 11.  */
#define IPFIX_TLS_PORT_DEFAULT "4740"
#define NETFLOW_PORT_DEFAULT "2055"
#define UDP_MESSAGE_OCTETS 1420
#define UDP_RATE_DEFAULT 2000 /* messages a second: fits nfcapd's buffer */
#define FILE_MESSAGE_OCTETS 8192
#define TCP_MESSAGE_OCTETS 8192
#define FILE_MEMORY_OCTETS ((size_t)16 << 20) /* kept while a disk is full */
#define QUEUE_OCTETS_DEFAULT (16 << 20)
#define QUEUE_OCTETS_MIN (1 << 20)
/* Linux's largest automatic receive buffer is 6 MB. */
#define RETRANSMISSION_WINDOW_DEFAULT (8 << 20)
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
	LOSS_ENCODE,    /* could not be encoded */
	LOSS_QUEUE,     /* a queue was full, live */
	LOSS_CONNECT,   /* there was no connection */
	LOSS_SEND,      /* the peer or the kernel refused it */
	LOSS_WRITE,     /* the file system refused it */
	LOSS_SPOOL,     /* the spool was full, or its records too old */
	LOSS_DAMAGED,   /* the spool's file was damaged */
	LOSS_NOT_V5,    /* NetFlow v5 has no place for IPv6 */
	LOSS_TOO_LARGE, /* Kafka refused the message for its size */
	LOSS_COUNT
};
const char *loss_name(enum loss reason);

/* Over UDP: how often an error of each kind came. */
#define DESTINATION_ERRORS 8
struct destination_error {
	int code; /* errno; 0: this entry and all behind it are free */
	uint64_t count;
};

/* Equation 3: due + recovered = delivered + waiting + lost. */
struct destination_counts {
	uint64_t records_due;
	uint64_t left_out;  /* by record_filter, or the kind has no place */
	uint64_t split;     /* uniflow: exchanges that are two records due */
	uint64_t parts;     /* records of parts that a kind with .whole skips */
	uint64_t sums;      /* records due that are the sums over such parts */
	uint64_t cut;       /* records whose texts did not fit in a message */
	uint64_t recovered; /* left in the spool by an earlier run */
	uint64_t delivered; /* over TCP: acknowledged by the peer's kernel */
	/*
	 * Over TCP, of these: no longer kept to be sent again, though the
	 * peer's program may not have read them.
	 */
	uint64_t unconfirmed;
	uint64_t waiting; /* in memory and in the spool */
	uint64_t lost[LOSS_COUNT];
	uint64_t messages; /* sent or written, retransmissions too */
	uint64_t octets;
	uint64_t files;         /* archive: published under their names */
	uint64_t files_removed; /* archive: by retention */
	/* The command for complete files, archive_options.after. */
	uint64_t after_done;     /* files that it took */
	uint64_t after_failed;   /* runs of it that failed */
	uint64_t after_waiting;  /* files that are still to be handed over */
	uint64_t after_given_up; /* files that will not be */
	/* Collectors only. */
	uint64_t sent;         /* retransmissions count again */
	uint64_t replayed;     /* of these: retransmissions */
	uint64_t acknowledged; /* by the collector's kernel, never over UDP */
	/*
	 * Kafka: sent again though a broker may have stored them; each record
	 * counts once.
	 */
	uint64_t maybe_twice;
	uint64_t connects; /* connections; over UDP: sockets */
	struct destination_error errors[DESTINATION_ERRORS];
	/* Collectors over TCP and TLS only. */
	uint64_t in_spool; /* of those that are waiting */
	uint64_t spool_octets;
	uint64_t spooled; /* ever written to the spool */
};
/* Whether Equation 3 holds. */
bool destination_balanced(const struct destination_counts *counts);
/* For all reasons together. */
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

struct helper; /* exflow/command/helper.h */

struct archive_options {
	uint32_t rotate_seconds; /* 1 … 86400; 0: never by time */
	uint64_t rotate_octets;  /* 0: never by size */
	enum archive_compression compression;
	enum archive_clock clock;
	bool local_time;         /* names and midnight; else UTC */
	uint32_t retention_days; /* 0: files of any age */
	uint64_t retention_octets;
	uint64_t memory_octets; /* kept while a disk is full */
	const char *after;      /* command for complete files; NULL: none */
	uint32_t after_timeout_seconds; /* of one run of it */
	const struct helper *helper;    /* that runs it; NULL: there is none */
};

/* Which times JSON has. */
enum text_times {
	TEXT_TIMES_BOTH,
	TEXT_TIMES_MILLISECONDS,
	TEXT_TIMES_MICROSECONDS,
};

/* What text has; see exflow.conf(5), columns and times. */
struct text_options {
	const char *columns; /* names of fields, "a,b"; NULL: all */
	bool extended;       /* columns of csv: all that is measured */
	enum text_times times;
};

/* What a message on Kafka is. */
enum kafka_format {
	KAFKA_JSON,  /* a line, or several */
	KAFKA_IPFIX, /* an IPFIX message with the templates it needs */
};

/* Which records keep their order, as they go to one partition. */
enum kafka_key {
	KAFKA_KEY_AUTO, /* json: exchange; ipfix: none */
	KAFKA_KEY_EXCHANGE,
	KAFKA_KEY_CLIENT,
	KAFKA_KEY_NONE,
};

enum kafka_compression {
	KAFKA_LZ4,
	KAFKA_ZSTD,
	KAFKA_GZIP,
	KAFKA_PLAIN,
};

#define KAFKA_BATCH_MAX 1000
#define KAFKA_PARTITIONS_MAX 1024

struct kafka_options {
	enum kafka_format format;
	enum kafka_key key;
	enum kafka_compression compression;
	uint32_t batch;         /* json: lines in a message, at most */
	uint32_t partitions;    /* that the topic has; 0: not told */
	const char *properties; /* "NAME=VALUE", a line each; NULL: none */
};

/* The page of html:FILE; see page/page.h. */
struct html_options {
	const char *by;  /* what its series is stacked by; NULL: protocol */
	uint64_t memory; /* octets of all groups; 0: the default */
};

struct destination_options {
	struct record_options record;
	uint32_t udp_message_octets;
	uint32_t domain;                    /* observation domain */
	uint32_t template_refresh_seconds;  /* UDP; 0: only at the start */
	uint32_t template_refresh_messages; /* UDP; 0: by time only */
	uint32_t udp_rate;                  /* messages a second; 0: no limit */
	uint32_t connect_timeout_seconds;
	uint32_t send_timeout_seconds; /* without progress: reconnect */
	/*
	 * Where a queue is full: wait for a slow collector, but not for one
	 * that has acknowledged nothing new for give_up_seconds (0: wait for
	 * any length of time); or never wait, and drop the oldest.
	 */
	bool wait;
	uint32_t give_up_seconds;
	uint32_t shutdown_timeout_seconds; /* at the end; see exflow.conf(5) */
	uint64_t queue_octets;             /* messages in memory */
	uint64_t retransmission_window;    /* TCP: kept when acknowledged */
	uint32_t tcp_message_octets;       /* TCP and TLS */
	/*
	 * One of several among which exchanges are spread, instead of a copy
	 * to each: for kinds that take messages.
	 */
	bool balance;
	/* Strings are borrowed; a destination has copies.  NULL: not set. */
	const char *label;         /* its name, instead of the -o argument */
	const char *record_filter; /* exflow-filter(7): takes only these */
	const char *source_address;
	const char *spool_dir;
	uint64_t spool_octets;
	uint32_t spool_age_seconds; /* 0: no limit */
	const char *tls_ca;         /* file or folder; NULL: the system's */
	const char *tls_certificate, *tls_key; /* our own */
	const char *tls_name; /* name in the certificate; NULL: the host */
	bool tls_verify;
	bool types_udp, types_tcp, types_file; /* RFC 5610 records */
	struct text_options text;
	unsigned terminal_width; /* of table; 0: 80 */
	bool local_time;         /* of table; else UTC */
	bool sort_start;         /* of table: sort = start */
	bool detailed;           /* of table: -v */
	bool numbers;            /* of table: -N, addresses, no names */
	bool live;               /* records of an interface */
	struct archive_options archive;
	struct kafka_options kafka;
	struct html_options html;
};
void destination_options_init(struct destination_options *options);

struct destination;

/* `quality` is on where an output wants or needs it, unless it is set. */
enum destination_quality {
	DESTINATION_QUALITY_AS_SET, /* has them where there are some */
	DESTINATION_QUALITY_WANTED, /* shows them, and does without */
	DESTINATION_QUALITY_NEEDED  /* `quality = no` beside it is a mistake */
};

struct destination_ops {
	const char *scheme; /* "ipfix", "udp", "tcp", "csv", … */
	/* One file, complete at the end: it cannot be opened again. */
	bool once;
	/*
	 * It has no place for exchanges of protocols other than TCP and UDP:
	 * these are left out, not due, and exchanges() skips them.
	 */
	bool ports_only;
	/*
	 * It wants each exchange as a whole: of one that active_timeout has
	 * cut not the parts (EXTENT_PART), but the sums over them when it ends
	 * (EXTENT_SUM), which other kinds do not get.
	 */
	bool whole;
	/* What it does with the figures of an exchange's quality. */
	enum destination_quality quality;
	/* Limit of a message's octets; 0: it takes exchanges instead. */
	uint32_t (*message_octets)(const struct destination *);
	/*
	 * The name of the i-th file, or pattern of files, that it writes; NULL:
	 * there are no more.  So that no two outputs write to one file; may be
	 * NULL.
	 */
	const char *(*target)(const struct destination *, size_t i);
	/*
	 * Whether start would succeed, as far as that can be told without
	 * making, changing or connecting anything: folders, keys, addresses.
	 * 0, or -1 with the error set, and with errno where the system refused
	 * something, else 0.  Called instead of start.  NULL: start cannot
	 * fail.
	 */
	int (*check)(struct destination *);
	/* Open files, make queues.  0, or -1 with the error set. */
	int (*start)(struct destination *);
	/*
	 * Templates and type information, once, before the first message.
	 * They stay valid until finish has returned; the kind decides by its
	 * options whether it sends the types.
	 */
	void (*templates)(struct destination *, const struct message *templates,
	    size_t templates_count, const struct message *types,
	    size_t types_count);
	/*
	 * For files that follow each other by the time of the records; may be
	 * NULL.  The greatest end of a record so far has reached now: all
	 * records handed over before ended earlier.  Returns the time of
	 * which it wants to be told next.  Called once before any record.
	 */
	timestamp (*turn)(struct destination *, timestamp now);
	void (*message)(struct destination *, const struct message *);
	/*
	 * A statistics record: a message of observation domain 0 with its own
	 * template.  It is not retransmitted, and in no count.  NULL: the
	 * kind takes none.
	 */
	void (*statistics)(struct destination *, const struct message *);
	void (*exchanges)(
	    struct destination *, const struct exchange *, size_t n);
	/*
	 * Work that depends on time; now_ms is of clock_ms.  Returns when it
	 * wants to be called next, 0: never.  May be NULL.
	 */
	uint64_t (*tick)(struct destination *, uint64_t now_ms);
	/* End the current file and begin a new one; may be NULL. */
	void (*rotate)(struct destination *);
	/*
	 * SIGHUP, which also reads the configuration again: for a kind whose
	 * files keep their name unless somebody has moved them.  NULL: as
	 * rotate.
	 */
	void (*reopen)(struct destination *);
	/*
	 * Nothing more will come: begin to send the rest, but do not wait;
	 * may be NULL.
	 */
	void (*ending)(struct destination *);
	/*
	 * Deliver the rest or count it as lost; publish files.  0, or -1
	 * where something was not delivered.
	 */
	int (*finish)(struct destination *);
	/* Free what the kind holds beside the struct; may be NULL. */
	void (*free)(struct destination *);
};

/* The first member of every kind's own struct. */
struct destination {
	const struct destination_ops *ops;
	char *name; /* the -o argument, or the label */
	char *spec; /* the -o argument, or an archive's pattern */
	struct destination_options options; /* with strings of its own */
	struct filter *filter;              /* options.record_filter, or NULL */
	/* Nobody reads its pipe any more: to go on is of no use. */
	bool reader_gone;
	/* A successor takes over the spool: finish at once. */
	bool succeeded;
	struct destination_counts counts;
	char error[DESTINATION_ERROR_SIZE]; /* the last one */
};

/* With all that its kind holds.  Idempotent, sets NULL. */
void destination_free(struct destination **destination);
/* Same kind, name, spec and options: one can go on in place of the other. */
bool destination_same(const struct destination *a, const struct destination *b);

#endif
