/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * yaf_file FILE COUNT: an IPFIX file as yaf writes it, by libfixbuf itself, and
 * on standard output what is in it, a line a flow.
 *
 * The templates have yaf 2's elements in its order: counts and attributes of
 * both directions (reverse elements, 29305 and the bit of CERT's own), uniflows
 * with a template of their own, and a subTemplateMultiList (RFC 6313) with
 * TCP's flags and sequence numbers, hardware addresses, and a list of names in
 * one of its records.  An options record tells what yaf has done.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fixbuf/public.h>
#include <glib.h>

#define CERT 6871
#define START_MS UINT64_C(1700000000000)

/* Template ids as yaf has them: those of flows tell what they are of. */
#define ID_BIFLOW 0xb805
#define ID_UNIFLOW 0xb801
#define ID_TCP 0xc003
#define ID_MAC 0xc004
#define ID_NAMES 0xca0b
#define ID_STATISTICS 0xd000

static const struct {
	const char *name;
	uint16_t id, length;
	uint32_t flags;
} elements[] = {
	{ "initialTCPFlags", 14, 1, FB_IE_F_REVERSIBLE },
	{ "unionTCPFlags", 15, 1, FB_IE_F_REVERSIBLE },
	{ "reverseFlowDeltaMilliseconds", 21, 4, FB_IE_F_ENDIAN },
	{ "silkAppLabel", 33, 2, FB_IE_F_ENDIAN },
	{ "flowAttributes", 40, 2, FB_IE_F_ENDIAN | FB_IE_F_REVERSIBLE },
	{ "expiredFragmentCount", 100, 4, FB_IE_F_ENDIAN },
	{ "sslServerName", 294, FB_IE_VARLEN, 0 },
};

struct spec {
	const char *name;
	uint16_t length;
	uint32_t flags;
};

/* Elements with a flag are of biflows only. */
#define BIFLOW 1
static const struct spec flow_elements[] = { { "flowStartMilliseconds", 8, 0 },
	{ "flowEndMilliseconds", 8, 0 }, { "octetTotalCount", 8, 0 },
	{ "reverseOctetTotalCount", 8, BIFLOW }, { "packetTotalCount", 8, 0 },
	{ "reversePacketTotalCount", 8, BIFLOW }, { "sourceIPv4Address", 4, 0 },
	{ "destinationIPv4Address", 4, 0 }, { "sourceTransportPort", 2, 0 },
	{ "destinationTransportPort", 2, 0 }, { "flowAttributes", 2, 0 },
	{ "reverseFlowAttributes", 2, BIFLOW }, { "protocolIdentifier", 1, 0 },
	{ "flowEndReason", 1, 0 }, { "silkAppLabel", 2, 0 },
	{ "reverseFlowDeltaMilliseconds", 4, BIFLOW }, { "vlanId", 2, 0 },
	{ "reverseVlanId", 2, BIFLOW }, { "ingressInterface", 4, 0 },
	{ "egressInterface", 4, 0 }, { "paddingOctets", 4, 0 },
	{ "subTemplateMultiList", FB_IE_VARLEN, 0 }, FB_IESPEC_NULL };

struct flow {
	uint64_t start, end;
	uint64_t octets, reverse_octets;
	uint64_t packets, reverse_packets;
	uint32_t source, destination;
	uint16_t source_port, destination_port;
	uint16_t attributes, reverse_attributes;
	uint8_t protocol, reason;
	uint16_t application;
	uint32_t delta;
	uint16_t vlan, reverse_vlan;
	uint32_t ingress, egress;
	uint8_t padding[4];
	fbSubTemplateMultiList_t more;
};

static const struct spec tcp_elements[] = { { "tcpSequenceNumber", 4, 0 },
	{ "reverseTcpSequenceNumber", 4, 0 }, { "initialTCPFlags", 1, 0 },
	{ "unionTCPFlags", 1, 0 }, { "reverseInitialTCPFlags", 1, 0 },
	{ "reverseUnionTCPFlags", 1, 0 }, FB_IESPEC_NULL };

struct tcp {
	uint32_t sequence, reverse_sequence;
	uint8_t flags[4];
};

static const struct spec mac_elements[] = { { "sourceMacAddress", 6, 0 },
	{ "destinationMacAddress", 6, 0 }, FB_IESPEC_NULL };

static const struct spec name_elements[] = { { "basicList", FB_IE_VARLEN, 0 },
	FB_IESPEC_NULL };

static const struct spec statistics_elements[] = {
	{ "exportingProcessId", 4, 0 }, { "systemInitTimeMilliseconds", 8, 0 },
	{ "exportedFlowRecordTotalCount", 8, 0 }, { "packetTotalCount", 8, 0 },
	{ "droppedPacketTotalCount", 8, 0 }, { "expiredFragmentCount", 4, 0 },
	{ NULL, 0, 0 }
};

struct statistics {
	uint32_t process;
	uint64_t start, flows, packets, dropped;
	uint32_t expired;
} __attribute__((packed));

struct writer {
	fbInfoModel_t *model;
	fbSession_t *session;
	fBuf_t *buffer;
	fbTemplate_t *tcp, *mac, *names;
};

static void
must(gboolean good, GError *const *error, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "yaf_file: %s: %s\n", what,
	    *error == NULL ? "failed" : (*error)->message);
	exit(1);
}

/* A template for both sides of the session, or for what is written alone. */
static fbTemplate_t *
add_template(struct writer *writer, uint16_t id, const struct spec *specs,
    uint32_t flags, bool internal)
{
	fbTemplate_t *template = fbTemplateAlloc(writer->model);
	GError *error = NULL;

	for (; specs->name != NULL; specs++) {
		char *name = g_strdup(specs->name);
		fbInfoElementSpec_t spec = { name, specs->length,
			specs->flags };

		must(fbTemplateAppendSpec(template, &spec, flags, &error),
		    &error, name);
		g_free(name);
	}
	if (id == ID_STATISTICS)
		fbTemplateSetOptionsScope(template, 1);
	must(fbSessionAddTemplate(
	         writer->session, FALSE, id, template, &error) != 0,
	    &error, "template");
	if (internal)
		must(fbSessionAddTemplate(
		         writer->session, TRUE, id, template, &error) != 0,
		    &error, "template");
	return template;
}

static void
add_elements(fbInfoModel_t *model)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		fbInfoElement_t element = { .ref.name = elements[i].name,
			.ent = CERT,
			.num = elements[i].id,
			.len = elements[i].length,
			.flags = elements[i].flags };

		fbInfoModelAddElement(model, &element);
	}
}

static void
open_file(struct writer *writer, const char *path)
{
	GError *error = NULL;

	writer->model = fbInfoModelAlloc();
	add_elements(writer->model);
	writer->session = fbSessionAlloc(writer->model);
	fbSessionSetDomain(writer->session, 7);
	add_template(writer, ID_BIFLOW, flow_elements, BIFLOW, true);
	add_template(writer, ID_UNIFLOW, flow_elements, 0, false);
	writer->tcp = add_template(writer, ID_TCP, tcp_elements, 0, true);
	writer->mac = add_template(writer, ID_MAC, mac_elements, 0, true);
	writer->names = add_template(writer, ID_NAMES, name_elements, 0, true);
	add_template(writer, ID_STATISTICS, statistics_elements, 0, true);
	writer->buffer =
	    fBufAllocForExport(writer->session, fbExporterAllocFile(path));
	must(fbSessionExportTemplates(writer->session, &error), &error,
	    "templates");
}

static void
append(struct writer *writer, uint16_t internal, uint16_t id, void *record,
    size_t size)
{
	GError *error = NULL;

	must(fBufSetInternalTemplate(writer->buffer, internal, &error), &error,
	    "record");
	must(fBufSetExportTemplate(writer->buffer, id, &error), &error,
	    "record");
	must(
	    fBufAppend(writer->buffer, record, size, &error), &error, "record");
}

/* Every kind of value, so that a wrong place of one shows in the sums. */
static struct flow
make_flow(uint32_t n)
{
	bool answered = n % 5 != 0;

	return (struct flow){ .start = START_MS + 37 * n,
		.end = START_MS + 37 * n + n % 1000,
		.octets = 40 + n * UINT64_C(17),
		.reverse_octets = answered ? 1000 + n * UINT64_C(1003) : 0,
		.packets = 1 + n % 90,
		.reverse_packets = answered ? 1 + n % 70 : 0,
		.source = 0x0a000000 + n % 251,
		.destination = 0xc0000200 + n % 23,
		.source_port = (uint16_t)(1024 + n),
		.destination_port = n % 3 == 0 ? 53 : 443,
		.attributes = 1,
		.reverse_attributes = 2,
		.protocol = n % 3 == 0 ? 17 : 6,
		.reason = (uint8_t)(1 + n % 4),
		.application = n % 3 == 0 ? 53 : 443,
		.delta = n % 40,
		.vlan = (uint16_t)(n % 7),
		.reverse_vlan = (uint16_t)(n % 7) };
}

/* TCP's part, the addresses, and sometimes a list of names. */
static void
add_lists(struct writer *writer, struct flow *flow, uint32_t n)
{
	static char name[] = "www.example.org";
	bool tcp = flow->protocol == 6, named = tcp && n % 4 == 1;
	fbSubTemplateMultiListEntry_t *entry = fbSubTemplateMultiListInit(
	    &flow->more, 3, (uint16_t)(1 + tcp + named));
	uint8_t *mac =
	    fbSubTemplateMultiListEntryInit(entry, ID_MAC, writer->mac, 1);

	memcpy(mac, "\x02\0\0\0\0\1\x02\0\0\0\0\2", 12);
	if (tcp) {
		struct tcp *part;

		entry = fbSubTemplateMultiListGetNextEntry(&flow->more, entry);
		part = fbSubTemplateMultiListEntryInit(
		    entry, ID_TCP, writer->tcp, 1);
		*part = (struct tcp){ n, 2 * n, { 2, 0x1b, 0x12, 0x1b } };
	}
	if (named) {
		fbBasicList_t *list;
		fbVarfield_t *text;

		entry = fbSubTemplateMultiListGetNextEntry(&flow->more, entry);
		list = fbSubTemplateMultiListEntryInit(
		    entry, ID_NAMES, writer->names, 1);
		text = fbBasicListInit(list, 3,
		    fbInfoModelGetElementByName(writer->model, "sslServerName"),
		    1);
		text->buf = (uint8_t *)name;
		text->len = sizeof(name) - 1;
	}
}

static void
write_flow(struct writer *writer, uint32_t n)
{
	struct flow flow = make_flow(n);

	add_lists(writer, &flow, n);
	append(writer, ID_BIFLOW,
	    flow.reverse_packets > 0 ? ID_BIFLOW : ID_UNIFLOW, &flow,
	    sizeof(flow));
	fbSubTemplateMultiListClear(&flow.more);
	printf("10.0.0.%u,%u,192.0.2.%u,%u,%u,%llu,%llu,%llu,%llu,%u,%u\n",
	    flow.source & 255, flow.source_port, flow.destination & 255,
	    flow.destination_port, flow.protocol,
	    (unsigned long long)flow.packets,
	    (unsigned long long)flow.reverse_packets,
	    (unsigned long long)flow.octets,
	    (unsigned long long)flow.reverse_octets, flow.vlan,
	    flow.application);
}

int
main(int argc, char **argv)
{
	struct writer writer;
	struct statistics told = { .process = 1, .start = START_MS - 5000 };
	uint32_t count = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
	GError *error = NULL;

	if (count == 0) {
		fputs("usage: yaf_file FILE COUNT\n", stderr);
		return 2;
	}
	open_file(&writer, argv[1]);
	for (uint32_t n = 0; n < count; n++)
		write_flow(&writer, n);
	told.flows = count;
	append(&writer, ID_STATISTICS, ID_STATISTICS, &told, sizeof(told));
	must(fBufEmit(writer.buffer, &error), &error, "file");
	fBufFree(writer.buffer);
	fbInfoModelFree(writer.model);
	return fflush(stdout) == 0 ? 0 : 1;
}
