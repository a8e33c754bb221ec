/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests and answers of HTTP/1, and labels of other protocols. */
#include <stdio.h>

#include "../../../src/names/http.h"

#include "visit.h"

static struct span
span_text(const char *text)
{
	return (struct span){ (const uint8_t *)text, strlen(text) };
}

static void
assert_span(struct span span, const char *text)
{
	assert_int_equal(span.length, strlen(text));
	assert_memory_equal(span.octets, text, span.length);
}

static void
a_request_has_method_target_and_host(void **state)
{
	struct http_request request;

	(void)state;
	assert_int_equal(
	    http_read_request(
	        span_text("GET /a/b?secret=1 HTTP/1.1\r\nAccept: */*\r\n"
	                  "hOsT:\t Www.Example:8080 \r\n\r\n"),
	        &request),
	    PARSED_DONE);
	assert_span(request.method, "GET");
	assert_span(request.target, "/a/b");
	assert_span(request.host, "Www.Example:8080");
}

static void
a_target_may_say_the_host(void **state)
{
	struct http_request request;

	(void)state;
	http_read_request(
	    span_text("CONNECT a.example:443 HTTP/1.1\r\n\r\n"), &request);
	assert_span(request.host, "a.example:443");
	http_read_request(
	    span_text("GET http://b.example/x HTTP/1.0\n\n"), &request);
	assert_span(request.host, "b.example");
	http_read_request(span_text("GET /x HTTP/1.0\r\n\r\n"), &request);
	assert_span(request.host, "");
	assert_span(request.target, "/x");
}

static void
other_protocols_are_not_http(void **state)
{
	static const char *const others[] = {
		"OPTIONS rtsp://a.example RTSP/1.0\r\n",
		"OPTIONS sip:a@b.example SIP/2.0\r\n",
		"GET key\r\n", /* memcached */
		"get / HTTP/1.1\r\n",
		"EHLO a.example\r\n",
		"GET /\r\n", /* HTTP/0.9 */
		"GET  HTTP/1.1",
		"POST\r\n",
	};
	struct http_request request;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_int_not_equal(
		    http_read_request(span_text(others[i]), &request),
		    PARSED_DONE);
	assert_int_equal(
	    http_read_request(span_text(others[0]), &request), PARSED_OTHER);
}

static void
an_answer_has_a_status(void **state)
{
	uint16_t status = 0;

	(void)state;
	assert_int_equal(
	    http_read_answer(span_text("HTTP/1.1 404 Not Found\r\n"), &status),
	    PARSED_DONE);
	assert_int_equal(status, 404);
	assert_int_equal(
	    http_read_answer(span_text("HTTP/1.0 200\r\n"), &status),
	    PARSED_DONE);
	assert_int_equal(status, 200);
	assert_int_equal(
	    http_read_answer(span_text("HTTP/1.1 20"), &status), PARSED_MORE);
	assert_int_equal(
	    http_read_answer(span_text("HTTP/1.1 2x0 OK"), &status),
	    PARSED_MALFORMED);
	assert_int_equal(http_read_answer(span_text("HTTP/1.1 2000 "), &status),
	    PARSED_MALFORMED);
}

static void
both_sides_are_read(void **state)
{
	struct visit visit;
	const struct exchange_names *names;

	(void)state;
	visit_begin(&visit, NAMES_HTTP);
	visit_text(&visit, CLIENT, 0,
	    "GET /?q HTTP/1.1\r\nHost: Www.Example:81\r\n\r\n");
	visit_text(&visit, SERVER, 0, "HTTP/1.1 301 Moved\r\n");
	names = visit_read(&visit);
	assert_text(names, NAMES_HTTP_HOST, "www.example:81");
	assert_text(names, NAMES_SERVER, "www.example");
	assert_text(names, NAMES_HTTP_METHOD, "GET");
	assert_text(names, NAMES_HTTP_TARGET, "/");
	assert_int_equal(names->source, NAME_SOURCE_HTTP);
	assert_int_equal(names->http_status, 301);
	assert_int_equal(names->application, APPLICATION_HTTP);
	assert_false(names_wants(visit.names, visit.state, CLIENT));
	assert_int_equal(names_counts(visit.names)->found[2], 1);
	visit_end(&visit);
}

static void
a_request_may_come_octet_by_octet(void **state)
{
	static const char text[] =
	    "PROPFIND /x HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n";
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_HTTP);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		visit_tcp(&visit, CLIENT, i, text + i, 1);
	assert_text(visit_read(&visit), NAMES_SERVER, "[2001:db8::1]");
	assert_int_equal(visit.names->buffers.live, 0);
	visit_end(&visit);
}

/* The first line says enough, though Host lies behind what is kept. */
static void
a_long_header_has_a_first_line(void **state)
{
	char text[6000] = "POST /form HTTP/1.1\r\nCookie: ";
	struct visit visit;

	(void)state;
	memset(text + strlen(text), 'a', 5000);
	snprintf(text + strlen(text), sizeof(text) - strlen(text),
	    "\r\nHost: a.example\r\n\r\n");
	visit_begin(&visit, NAMES_HTTP);
	visit_tcp(&visit, CLIENT, 0, text, 1400);
	visit_tcp(&visit, CLIENT, 1400, text + 1400, 1400);
	visit_tcp(&visit, CLIENT, 2800, text + 2800, 1400);
	assert_text(visit_read(&visit), NAMES_HTTP_METHOD, "POST");
	assert_text(visit_read(&visit), NAMES_HTTP_HOST, "");
	assert_int_equal(visit.names->buffers.live, 0);
	visit_end(&visit);
}

static void
what_was_not_captured_is_not_waited_for(void **state)
{
	static const char text[] = "GET /x HTTP/1.1\r\nHost: a.exa";
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_HTTP);
	visit_give(&visit, PROTOCOL_TCP, CLIENT, visit.first[CLIENT], text,
	    strlen(text), 400);
	assert_text(visit_read(&visit), NAMES_HTTP_TARGET, "/x");
	assert_text(visit_read(&visit), NAMES_HTTP_HOST, "");
	assert_false(names_wants(visit.names, visit.state, CLIENT));
	visit_end(&visit);
}

static void
ssh_has_a_label_whoever_speaks_first(void **state)
{
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS);
	visit_text(&visit, SERVER, 0, "SSH-2.0-OpenSSH_9.2\r\n");
	assert_int_equal(visit_read(&visit)->application, APPLICATION_SSH);
	visit_end(&visit);
}

/* 'S' may begin SEARCH of HTTP as well. */
static void
ssh_octet_by_octet_is_not_taken_for_http(void **state)
{
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_HTTP);
	visit_text(&visit, SERVER, 0, "S");
	visit_text(&visit, SERVER, 1, "SH-2.0-x\r\n");
	assert_int_equal(visit_read(&visit)->application, APPLICATION_SSH);
	assert_int_equal(visit.names->buffers.live, 0);
	visit_end(&visit);
}

static void
what_is_unknown_takes_no_state(void **state)
{
	struct visit visit;

	(void)state;
	visit_begin(&visit, NAMES_TLS | NAMES_HTTP | NAMES_DNS);
	visit_text(&visit, SERVER, 0, "220 mail.example ESMTP\r\n");
	visit_text(&visit, CLIENT, 0, "EHLO a.example\r\n");
	visit_text(&visit, CLIENT, 16, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(visit.names->states.live, 0);
	assert_false(names_wants(visit.names, visit.state, CLIENT));
	assert_false(names_wants(visit.names, visit.state, SERVER));
	assert_int_equal(names_counts(visit.names)->malformed, 0);
	visit_end(&visit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_has_method_target_and_host),
		cmocka_unit_test(a_target_may_say_the_host),
		cmocka_unit_test(other_protocols_are_not_http),
		cmocka_unit_test(an_answer_has_a_status),
		cmocka_unit_test(both_sides_are_read),
		cmocka_unit_test(a_request_may_come_octet_by_octet),
		cmocka_unit_test(a_long_header_has_a_first_line),
		cmocka_unit_test(what_was_not_captured_is_not_waited_for),
		cmocka_unit_test(ssh_has_a_label_whoever_speaks_first),
		cmocka_unit_test(ssh_octet_by_octet_is_not_taken_for_http),
		cmocka_unit_test(what_is_unknown_takes_no_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
