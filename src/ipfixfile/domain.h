/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Observation domains (RFC 7011, 2): the templates of each, and what the
 * reader counts of it.  The drawing is at the head of domain.c.
 */
#ifndef EXFLOW_SRC_IPFIXFILE_DOMAIN_H
#define EXFLOW_SRC_IPFIXFILE_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exflow/ipfixfile/reader.h"

#include <glib.h>

#include <fixbuf/public.h>

#include "part.h"

/* All domains that were met, and what they hold together. */
struct domains {
	GPtrArray *list;        /* struct domain, by first appearance */
	fbInfoModel_t *raw;     /* every element an octetArray */
	guint raw_count;        /* elements of raw at the start */
	size_t fields_held;     /* in all templates in force */
	size_t templates_seen;  /* of all domains, over time */
	GHashTable *layouts;    /* the fields of a template → its number */
	size_t layout_octets;   /* of all keys of layouts */
	uint64_t layout_number; /* the last one given */
	uint64_t layouts_made;  /* in all */
	char error[160];        /* why a template was refused; "": none */
};

struct domain {
	struct domains *domains;
	fBuf_t *buffer;    /* libfixbuf's, with a session for this domain */
	bool synced;       /* expected is known */
	uint32_t expected; /* sequence number of the next message */
	struct reader_domain_count count;
	GArray *templates;       /* struct reader_template_count, by id */
	GHashTable *in_force[2]; /* ids of templates, of options templates */
};

void domains_init(struct domains *domains);
void domains_free(struct domains *domains);

/* The domain of that number, new if need be; NULL: there are too many. */
struct domain *domains_find(struct domains *domains, uint32_t number);
/*
 * What the templates of all domains have asked for beyond the limits of
 * reader.h ("templates", …), or NULL.  After that no more should be read.
 */
const char *domains_exceeded(const struct domains *domains);

/* The counts of a template, new if need be; valid until the next new one. */
struct reader_template_count *domain_template(
    struct domain *domain, uint16_t id);
/*
 * The templates that are withdrawn are forgotten, and records of theirs are
 * sets without a template from then on.  What was never announced is ignored.
 */
void domain_withdraw(
    struct domain *domain, const struct withdrawal *withdrawal);
/* Count what is missing before a message with that sequence number. */
void domain_check_sequence(struct domain *domain, uint32_t sequence);
/* What is counted of a domain, for reader_domain(). */
struct reader_domain_count domain_count(const struct domain *domain);

#endif
