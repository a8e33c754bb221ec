/* SPDX-License-Identifier: BSD-2-Clause */
#include "../text_fixture.h"

static const char *const log_files[] = { "log_tcp_complete",
	"log_tcp_nocomplete", "log_udp_complete", NULL };

struct run {
	char *folder, *spec;
	struct destination *destination;
};

static struct run
run_start(const struct destination_options *options)
{
	struct run run = { .folder = fixture_folder() };

	run.spec = malloc(strlen(run.folder) + 8);
	assert_non_null(run.spec);
	snprintf(run.spec, strlen(run.folder) + 8, "tstat:%s", run.folder);
	run.destination = fixture_destination(run.spec, options);
	assert_int_equal(run.destination->ops->start(run.destination), 0);
	return run;
}

static void
run_end(struct run *run)
{
	destination_free(&run->destination);
	free(run->spec);
	fixture_remove(run->folder, log_files);
}

static char *
run_read(const struct run *run, const char *name)
{
	char *path = fixture_path(run->folder, name);
	char *text = fixture_read(path);

	free(path);
	return text;
}

/* A column by its name, and its value in the exchange of this test. */
struct expected {
	const char *name, *value;
};

static const struct expected core[] = {
	{ "c_ip", "10.0.0.5" },
	{ "c_port", "51234" },
	{ "c_pkts_all", "100" },
	{ "c_rst_cnt", "112" },
	{ "c_ack_cnt", "114" },
	{ "c_ack_cnt_p", "1021" },
	{ "c_bytes_uniq", "61" },
	{ "c_pkts_data", "102" },
	{ "c_bytes_all", "101" },
	/* spurious, fast, timeout, other; duplicated, window probe */
	{ "c_pkts_retx", "6037" },
	{ "c_bytes_retx", "40" },
	{ "c_pkts_ooo", "1005" },
	{ "c_syn_cnt", "111" },
	{ "c_fin_cnt", "110" },
	{ "s_ip", "93.184.216.34" },
	{ "s_port", "443" },
	{ "s_pkts_all", "200" },
	{ "s_rst_cnt", "212" },
	{ "s_ack_cnt", "214" },
	{ "s_ack_cnt_p", "2021" },
	{ "s_bytes_uniq", "161" },
	{ "s_pkts_data", "202" },
	{ "s_bytes_all", "201" },
	{ "s_pkts_retx", "12037" },
	{ "s_bytes_retx", "40" },
	{ "s_pkts_ooo", "2005" },
	{ "s_syn_cnt", "211" },
	{ "s_fin_cnt", "210" },
	{ "first", "1704164645123.456789" },
	{ "last", "1704164647124.456789" },
	{ "durat", "2001.000000" },
	{ "c_first", "10.000001" },
	{ "s_first", "20.000001" },
	{ "c_last", "1010.000002" },
	{ "s_last", "1020.000002" },
	{ "c_first_ack", "5.000003" },
	{ "s_first_ack", "15.000003" },
	{ "c_isint", "1" },
	{ "s_isint", "0" },
	{ "c_iscrypto", "0" },
	{ "s_iscrypto", "0" },
	{ "con_t", "0" },
	{ "p2p_t", "0" },
	{ "http_t", "0" },
};

static const struct expected beside_core[] = {
	/* The client's columns are the server half of the path. */
	{ "c_rtt_avg", "2.002000" },
	{ "c_rtt_min", "2.001000" },
	{ "c_rtt_max", "2.003000" },
	{ "c_rtt_std", "2.004000" },
	{ "c_rtt_cnt", "2006" },
	{ "c_ttl_min", "11" },
	{ "c_ttl_max", "12" },
	{ "s_rtt_avg", "1.002000" },
	{ "s_rtt_min", "1.001000" },
	{ "s_rtt_max", "1.003000" },
	{ "s_rtt_std", "1.004000" },
	{ "s_rtt_cnt", "1006" },
	{ "s_ttl_min", "21" },
	{ "s_ttl_max", "22" },
	{ "p2p_st", "0" },
	{ "ed2k_data", "0" },
	{ "ed2k_sig", "0" },
	{ "ed2k_c2s", "0" },
	{ "ed2k_c2c", "0" },
	{ "ed2k_chat", "0" },
	{ "c_f1323_opt", "1" },
	{ "c_tm_opt", "0" },
	{ "c_win_scl", "7" },
	{ "c_sack_opt", "1" },
	{ "c_sack_cnt", "1015" },
	{ "c_mss", "1007" },
	{ "c_mss_max", "1018" },
	{ "c_mss_min", "1017" },
	{ "c_win_max", "1009" },
	{ "c_win_min", "1008" },
	{ "c_win_0", "1010" },
	{ "c_cwin_max", "1012" },
	{ "c_cwin_min", "1011" },
	{ "c_cwin_ini", "1013" },
	{ "c_pkts_rto", "1008" },
	{ "c_pkts_fs", "1007" },
	{ "c_pkts_reor", "1004" },
	{ "c_pkts_dup", "1005" },
	{ "c_pkts_unk", "1009" },
	{ "c_pkts_fc", "1002" },
	{ "c_pkts_unrto", "3" },
	{ "c_pkts_unfs", "1003" },
	{ "c_syn_retx", "0" },
	{ "s_f1323_opt", "1" },
	{ "s_tm_opt", "1" },
	{ "s_win_scl", "8" },
	{ "s_sack_opt", "0" },
	{ "s_sack_cnt", "2015" },
	{ "s_mss", "2007" },
	{ "s_mss_max", "2018" },
	{ "s_mss_min", "2017" },
	{ "s_win_max", "2009" },
	{ "s_win_min", "2008" },
	{ "s_win_0", "2010" },
	{ "s_cwin_max", "2012" },
	{ "s_cwin_min", "2011" },
	{ "s_cwin_ini", "2013" },
	{ "s_pkts_rto", "2008" },
	{ "s_pkts_fs", "2007" },
	{ "s_pkts_reor", "2004" },
	{ "s_pkts_dup", "2005" },
	{ "s_pkts_unk", "2009" },
	{ "s_pkts_fc", "2002" },
	{ "s_pkts_unrto", "6" },
	{ "s_pkts_unfs", "2000" },
	{ "s_syn_retx", "0" },
	{ "http_req_cnt", "0" },
	{ "http_res_cnt", "0" },
	{ "http_res", "---" },
	{ "c_pkts_push", "0" },
	{ "s_pkts_push", "0" },
	{ "c_tls_SNI", "-" },
	{ "s_tls_SCN", "-" },
	{ "c_npnalpn", "0" },
	{ "s_npnalpn", "0" },
	{ "tls_session_stat", "0" },
	{ "c_last_handshakeT", "0.000000" },
	{ "s_last_handshakeT", "0.000000" },
	{ "c_appdataT", "0.000000" },
	{ "s_appdataT", "0.000000" },
	{ "c_appdataB", "0" },
	{ "s_appdataB", "0" },
	{ "fqdn", "-" },
	{ "dns_rslv", "-" },
	{ "req_tm", "0.0" },
	{ "res_tm", "0.0" },
	{ "http_hostname", "-" },
	{ "c_TLSvers", "-" },
	{ "s_TLSvers", "-" },
	{ "dns_enc", "0" },
};

static const struct expected udp[] = {
	{ "c_ip", "2001:db8::5" },
	{ "c_port", "51234" },
	{ "c_first_abs", "1704164645123.456789" },
	{ "c_durat", "2.000000" },
	{ "c_bytes_all", "101" },
	{ "c_pkts_all", "100" },
	{ "c_isint", "1" },
	{ "c_iscrypto", "0" },
	{ "c_type", "0" },
	{ "s_ip", "2001:db8:1:2:3:4:5:6" },
	{ "s_port", "443" },
	{ "s_first_abs", "1704164645124.456789" },
	{ "s_durat", "2.000000" },
	{ "s_bytes_all", "201" },
	{ "s_pkts_all", "200" },
	{ "s_isint", "0" },
	{ "s_iscrypto", "0" },
	{ "s_type", "0" },
	{ "fqdn", "-" },
	{ "quic_SNI", "-" },
	{ "quic_UA", "-" },
	{ "quic_c_vers", "-" },
	{ "quic_s_vers", "-" },
	{ "quic_zero_rtt", "0" },
	{ "quic_ech", "0" },
};

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

/* Add columns to the texts of a header and a row, from the n-th on. */
static size_t
expect_columns(FILE *header, FILE *row, size_t n, const struct expected *list,
    size_t count)
{
	for (size_t i = 0; i < count; i++, n++) {
		fprintf(
		    header, "%s%s:%zu", n > 0 ? " " : "", list[i].name, n + 1);
		fprintf(row, "%s%s", n > 0 ? " " : "", list[i].value);
	}
	return n;
}

/* The log has these columns and one row, or none. */
static void
expect_log(const struct run *run, const char *name, const char *mark,
    const struct expected *first, size_t first_count,
    const struct expected *second, size_t second_count, bool with_row)
{
	char *text = run_read(run, name), *header_text, *row_text;
	size_t header_size, row_size, length = strlen(mark);
	FILE *header = open_memstream(&header_text, &header_size);
	FILE *row = open_memstream(&row_text, &row_size);
	size_t n = expect_columns(header, row, 0, first, first_count);

	expect_columns(header, row, n, second, second_count);
	fprintf(header, "\n");
	fprintf(row, "\n");
	fclose(header);
	fclose(row);
	assert_memory_equal(text, mark, length);
	assert_memory_equal(text + length, header_text, header_size);
	assert_string_equal(
	    text + length + header_size, with_row ? row_text : "");
	free(header_text);
	free(row_text);
	free(text);
}

/* Each figure is another number, as those of fixture_exchange are. */
static void
fill_side(struct quality_side *side, uint32_t base)
{
	side->rtt_minimum = base + 1;
	side->rtt_mean = base + 2;
	side->rtt_maximum = base + 3;
	side->rtt_deviation = base + 4;
	side->rtt_samples = base + 6;
	side->hole_fills = base + 5;
	for (unsigned i = 0; i < LOSS_CLASS_COUNT; i++)
		side->segments[i] = base + i;
	side->spurious_late = base / 1000 * 3;
	side->unique_octets = base / 10 - 39;
	side->syn_retransmissions = base + 20;
	side->maximum_segment_size = (uint16_t)(base + 7);
	side->window_minimum = base + 8;
	side->window_maximum = base + 9;
	side->zero_window_packets = base + 10;
	side->in_flight_minimum = base + 11;
	side->in_flight_maximum = base + 12;
	side->initial_in_flight = base + 13;
	side->sack_packets = base + 15;
	side->pure_acks = base + 21;
	side->payload_minimum = (uint16_t)(base + 17);
	side->payload_maximum = (uint16_t)(base + 18);
	side->ttl_minimum = (uint8_t)(base / 100 + 1);
	side->ttl_maximum = (uint8_t)(base / 100 + 2);
}

static timestamp
after_first(int64_t ns)
{
	return (timestamp){ FIXTURE_TIME + ns };
}

static struct exchange_quality
fill_figures(void)
{
	struct exchange_quality figures;
	struct quality_side *client = &figures.side[CLIENT];
	struct quality_side *server = &figures.side[SERVER];

	quality_figures_init(&figures);
	fill_side(client, 1000);
	fill_side(server, 2000);
	client->window_scale = 7;
	server->window_scale = 8;
	client->tcp_options = QUALITY_WINDOW_SCALE | QUALITY_SACK_PERMITTED;
	server->tcp_options = QUALITY_WINDOW_SCALE | QUALITY_TIMESTAMPS;
	client->first_payload = after_first(10 * NS_PER_MS + 1);
	server->first_payload = after_first(20 * NS_PER_MS + 1);
	client->last_payload = after_first(1010 * NS_PER_MS + 2);
	server->last_payload = after_first(1020 * NS_PER_MS + 2);
	client->first_ack = after_first(5 * NS_PER_MS + 3);
	server->first_ack = after_first(15 * NS_PER_MS + 3);
	return figures;
}

static void
every_column_of_a_complete_connection(void **state)
{
	struct exchange_quality figures = fill_figures();
	struct exchange tcp = fixture_exchange(PROTOCOL_TCP, 4);
	struct run run = run_start(NULL);

	(void)state;
	tcp.quality = &figures;
	tcp.local = 1 << CLIENT;
	fixture_send(run.destination, &tcp);
	assert_int_equal(run.destination->counts.delivered, 0);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	assert_int_equal(run.destination->counts.delivered, 1);
	assert_int_equal(COUNT_OF(core), 44);
	assert_int_equal(COUNT_OF(core) + COUNT_OF(beside_core), 134);
	expect_log(&run, "log_tcp_complete", "#15#", core, COUNT_OF(core),
	    beside_core, COUNT_OF(beside_core), true);
	expect_log(&run, "log_tcp_nocomplete", "#15#", core, COUNT_OF(core),
	    NULL, 0, false);
	expect_log(
	    &run, "log_udp_complete", "#", udp, COUNT_OF(udp), NULL, 0, false);
	run_end(&run);
}

static void
udp_has_its_own_columns(void **state)
{
	struct exchange_quality figures = fill_figures();
	struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 6);
	struct run run = run_start(NULL);

	(void)state;
	exchange.quality = &figures;
	exchange.local = 1 << CLIENT;
	fixture_send(run.destination, &exchange);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	expect_log(
	    &run, "log_udp_complete", "#", udp, COUNT_OF(udp), NULL, 0, true);
	run_end(&run);
}

/* How many rows a log has. */
static unsigned
rows_of(const struct run *run, const char *name)
{
	char *text = run_read(run, name);
	unsigned n = 0;

	for (const char *at = text; *at != '\0'; at++)
		n += *at == '\n';
	free(text);
	return n - 1;
}

/* In which log an exchange is, by the flags that each side sent. */
static void
expect_complete(const uint8_t client[2], const uint8_t server[2],
    bool client_reset, bool complete)
{
	struct exchange tcp = fixture_exchange(PROTOCOL_TCP, 4);
	struct run run = run_start(NULL);

	for (int i = CLIENT; i <= SERVER; i++) {
		const uint8_t *flags = i == CLIENT ? client : server;

		tcp.side[i].flag_packets[FLAG_SYN] = flags[0];
		tcp.side[i].flag_packets[FLAG_FIN] = flags[1];
		tcp.side[i].flag_packets[FLAG_RST] =
		    i == CLIENT && client_reset;
	}
	fixture_send(run.destination, &tcp);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	assert_int_equal(rows_of(&run, "log_tcp_complete"), complete);
	assert_int_equal(rows_of(&run, "log_tcp_nocomplete"), !complete);
	run_end(&run);
}

static void
complete_is_a_handshake_and_an_end(void **state)
{
	const uint8_t both[] = { 1, 1 }, syn[] = { 1, 0 }, fin[] = { 0, 1 };

	(void)state;
	expect_complete(both, both, false, true);
	expect_complete(both, syn, false, false); /* half closed */
	expect_complete(syn, syn, true, true);    /* reset */
	expect_complete(syn, syn, false, false);  /* idle */
	expect_complete(fin, both, false, false); /* the SYN was missed */
	expect_complete(both, fin, true, false);  /* the SYN-ACK was missed */
}

static const char *
column_at(char *row, unsigned number)
{
	while (--number > 0)
		row = strchr(row, ' ') + 1;
	row[strcspn(row, " \n")] = '\0';
	return row;
}

/* The value of a column, by its number, of the only row. */
static void
expect_column(const struct run *run, const char *log, unsigned number,
    const char *expected)
{
	char *text = run_read(run, log);

	assert_string_equal(
	    column_at(strchr(text, '\n') + 1, number), expected);
	free(text);
}

/* Tstat writes 0 for what it does not know. */
static void
what_is_unknown_is_0(void **state)
{
	struct exchange_quality figures;
	struct exchange tcp = fixture_exchange(PROTOCOL_TCP, 4);

	(void)state;
	quality_figures_init(&figures);
	for (int with = 0; with < 2; with++) {
		struct run run = run_start(NULL);

		tcp.quality = with ? &figures : NULL;
		fixture_send(run.destination, &tcp);
		assert_int_equal(
		    run.destination->ops->finish(run.destination), 0);
		for (unsigned i = 32; i <= 37; i++)
			expect_column(&run, "log_tcp_complete", i, "0.000000");
		for (unsigned i = 45; i <= 48; i++)
			expect_column(&run, "log_tcp_complete", i, "0.000000");
		for (unsigned i = 49; i <= 51; i++)
			expect_column(&run, "log_tcp_complete", i, "0");
		for (unsigned i = 65; i <= 110; i++)
			expect_column(&run, "log_tcp_complete", i, "0");
		run_end(&run);
	}
}

/* A scale counts where both sides have sent one (RFC 7323, 2.2). */
static void
no_window_scale_of_one_side_alone(void **state)
{
	struct exchange_quality figures = fill_figures();
	struct exchange tcp = fixture_exchange(PROTOCOL_TCP, 4);
	struct run run = run_start(NULL);

	(void)state;
	figures.side[SERVER].tcp_options = 0;
	tcp.quality = &figures;
	fixture_send(run.destination, &tcp);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	expect_column(&run, "log_tcp_complete", 65, "1");
	expect_column(&run, "log_tcp_complete", 67, "0");
	run_end(&run);
}

static void
a_server_that_never_spoke_has_zeros(void **state)
{
	struct exchange exchange = fixture_unanswered(PROTOCOL_UDP);
	struct run run = run_start(NULL);

	(void)state;
	fixture_send(run.destination, &exchange);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	expect_column(&run, "log_udp_complete", 12, "0.000000");
	expect_column(&run, "log_udp_complete", 13, "0.000000");
	expect_column(&run, "log_udp_complete", 15, "0");
	run_end(&run);
}

static void
other_protocols_are_in_no_log(void **state)
{
	struct exchange exchanges[] = { fixture_other(PROTOCOL_ICMP, 4),
		fixture_exchange(PROTOCOL_UDP, 4) };
	struct run run = run_start(NULL);
	struct destination *d = run.destination;

	(void)state;
	assert_true(d->ops->ports_only && d->ops->whole);
	assert_int_equal(d->ops->quality, DESTINATION_QUALITY_NEEDED);
	d->counts.records_due = d->counts.waiting = 1;
	d->ops->exchanges(d, exchanges, 2);
	assert_int_equal(d->ops->finish(d), 0);
	assert_int_equal(d->counts.delivered, 1);
	assert_true(destination_balanced(&d->counts));
	assert_int_equal(rows_of(&run, "log_tcp_nocomplete"), 0);
	assert_int_equal(rows_of(&run, "log_udp_complete"), 1);
	run_end(&run);
}

/* Live a log is appended to, and has one header. */
static void
a_live_log_goes_on(void **state)
{
	struct exchange exchange = fixture_exchange(PROTOCOL_UDP, 4);
	struct destination_options options;
	struct run run;

	(void)state;
	destination_options_init(&options);
	options.live = true;
	run = run_start(&options);
	fixture_send(run.destination, &exchange);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	destination_free(&run.destination);
	run.destination = fixture_destination(run.spec, &options);
	assert_int_equal(run.destination->ops->start(run.destination), 0);
	fixture_send(run.destination, &exchange);
	assert_int_equal(run.destination->ops->finish(run.destination), 0);
	assert_int_equal(rows_of(&run, "log_udp_complete"), 2);
	run_end(&run);
}

static void
expect_refused(const char *spec, const char *expected)
{
	char error[DESTINATION_ERROR_SIZE] = "";
	struct destination_options options;

	destination_options_init(&options);
	assert_null(destination_new(spec, &options, error));
	assert_string_equal(error, expected);
}

static void
a_folder_is_expected(void **state)
{
	(void)state;
	expect_refused(
	    "tstat:", "tstat:: a folder was expected, as in tstat:DIR");
	expect_refused("tstat:-",
	    "tstat:-: tstat writes three logs, which cannot share standard "
	    "output; expected tstat:DIR, or json:-");
	expect_refused("tstat:/dev/null",
	    "tstat:/dev/null: tstat writes three logs into a folder, and this "
	    "is a pipe or a device; expected tstat:DIR");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_column_of_a_complete_connection),
		cmocka_unit_test(udp_has_its_own_columns),
		cmocka_unit_test(complete_is_a_handshake_and_an_end),
		cmocka_unit_test(what_is_unknown_is_0),
		cmocka_unit_test(no_window_scale_of_one_side_alone),
		cmocka_unit_test(a_server_that_never_spoke_has_zeros),
		cmocka_unit_test(other_protocols_are_in_no_log),
		cmocka_unit_test(a_live_log_goes_on),
		cmocka_unit_test(a_folder_is_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
