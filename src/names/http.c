/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request is recognised by its method and confirmed by the version at the
 * end of its first line, so that nothing is said of RTSP, SIP or ICAP, whose
 * first lines differ there only.
 */
#include <config.h>

#include "http.h"

#include <string.h>

#define HTTP_VERSION "HTTP/1."

/* IANA's registry of methods, those that are in use, and UPnP's; by letter. */
static const char *const methods['Z' - 'A' + 1] = {
	['A' - 'A'] = "ACL ",
	['B' - 'A'] = "BIND ",
	['C' - 'A'] = "CONNECT COPY CHECKOUT CHECKIN ",
	['D' - 'A'] = "DELETE ",
	['G' - 'A'] = "GET ",
	['H' - 'A'] = "HEAD ",
	['L' - 'A'] = "LOCK LINK ",
	['M' - 'A'] = "MKCOL MKCALENDAR MKACTIVITY MOVE MERGE ",
	['N' - 'A'] = "NOTIFY ",
	['O' - 'A'] = "OPTIONS ",
	['P' - 'A'] = "POST PUT PATCH PROPFIND PROPPATCH PURGE ",
	['R' - 'A'] = "REPORT ",
	['S' - 'A'] = "SEARCH SUBSCRIBE ",
	['T' - 'A'] = "TRACE ",
	['U' - 'A'] = "UNLOCK UNLINK UNSUBSCRIBE ",
};

/* As far as there are octets. */
static bool
begins_with(struct span octets, const char *text, size_t length)
{
	if (length > octets.length)
		length = octets.length;
	return memcmp(octets.octets, text, length) == 0;
}

bool
http_looks_like_request(struct span octets)
{
	unsigned letter = octets.length == 0 ? 0 : octets.octets[0];
	const char *method;

	if (letter < 'A' || letter > 'Z')
		return false;
	method = methods[letter - 'A'];
	while (method != NULL && *method != '\0') {
		size_t length = strcspn(method, " ") + 1;

		if (begins_with(octets, method, length))
			return true;
		method += length;
	}
	return false;
}

bool
http_looks_like_answer(struct span octets)
{
	return begins_with(octets, HTTP_VERSION, strlen(HTTP_VERSION));
}

/* The next line without its end, which is taken; false: it is not whole. */
static bool
take_line(struct span *rest, struct span *line)
{
	const uint8_t *end = memchr(rest->octets, '\n', rest->length);

	if (end == NULL)
		return false;
	*line = (struct span){ rest->octets, (size_t)(end - rest->octets) };
	rest->octets += line->length + 1;
	rest->length -= line->length + 1;
	if (line->length > 0 && line->octets[line->length - 1] == '\r')
		line->length--;
	return true;
}

/* "GET /path?query HTTP/1.1"; false: the line is another protocol's. */
static bool
read_request_line(struct span line, struct http_request *request)
{
	const size_t version = sizeof(HTTP_VERSION); /* and the minor number */
	const uint8_t *space = memchr(line.octets, ' ', line.length);
	const uint8_t *query;
	size_t method;

	if (space == NULL)
		return false;
	method = (size_t)(space - line.octets);
	if (line.length < method + 3 + version ||
	    line.octets[line.length - version - 1] != ' ' ||
	    memcmp(&line.octets[line.length - version], HTTP_VERSION,
	        version - 1) != 0)
		return false;
	request->method = (struct span){ line.octets, method };
	request->target =
	    (struct span){ space + 1, line.length - method - 2 - version };
	query = memchr(request->target.octets, '?', request->target.length);
	if (query != NULL)
		request->target.length =
		    (size_t)(query - request->target.octets);
	return true;
}

static bool
is_blank(uint8_t octet)
{
	return octet == ' ' || octet == '\t';
}

/* The value of a header field of this name (lower case), or false. */
static bool
read_field(struct span line, const char *name, struct span *value)
{
	size_t length = strlen(name);

	if (line.length <= length || line.octets[length] != ':')
		return false;
	for (size_t i = 0; i < length; i++)
		if ((line.octets[i] | 0x20) != name[i])
			return false;
	line.octets += length + 1;
	line.length -= length + 1;
	while (line.length > 0 && is_blank(line.octets[0])) {
		line.octets++;
		line.length--;
	}
	while (line.length > 0 && is_blank(line.octets[line.length - 1]))
		line.length--;
	*value = line;
	return true;
}

/*
 * A request without Host says whose it is in its target, if it is a proxy that
 * it is sent to: "CONNECT a.example:443", "GET http://a.example/path".
 */
static struct span
host_of_target(const struct http_request *request)
{
	struct span host = request->target;
	const uint8_t *end;

	if (request->method.length == 7 &&
	    memcmp(request->method.octets, "CONNECT", 7) == 0)
		return host;
	if (host.length < 7 || memcmp(host.octets, "http://", 7) != 0)
		return (struct span){ 0 };
	host.octets += 7;
	host.length -= 7;
	end = memchr(host.octets, '/', host.length);
	if (end != NULL)
		host.length = (size_t)(end - host.octets);
	return host;
}

enum parsed
http_read_request(struct span octets, struct http_request *request)
{
	struct span line;

	memset(request, 0, sizeof(*request));
	if (!http_looks_like_request(octets))
		return PARSED_OTHER;
	if (!take_line(&octets, &line))
		return PARSED_MORE;
	if (!read_request_line(line, request))
		return PARSED_OTHER;
	while (take_line(&octets, &line)) {
		if (read_field(line, "host", &request->host))
			return PARSED_DONE;
		if (line.length == 0) {
			request->host = host_of_target(request);
			return PARSED_DONE;
		}
	}
	return PARSED_MORE;
}

static bool
is_digit(uint8_t octet)
{
	return octet >= '0' && octet <= '9';
}

/* "HTTP/1.1 200 OK", the reason may be missing. */
enum parsed
http_read_answer(struct span octets, uint16_t *status)
{
	const size_t at = sizeof(HTTP_VERSION) + 1; /* of the status */
	const uint8_t *digits = octets.octets + at;

	if (!http_looks_like_answer(octets))
		return PARSED_OTHER;
	if (octets.length < at + 4)
		return PARSED_MORE;
	if (digits[-1] != ' ' || digits[0] == '0' || !is_digit(digits[0]) ||
	    !is_digit(digits[1]) || !is_digit(digits[2]) ||
	    (digits[3] != ' ' && digits[3] != '\r' && digits[3] != '\n'))
		return PARSED_MALFORMED;
	*status = (uint16_t)((digits[0] - '0') * 100 + (digits[1] - '0') * 10 +
	                     digits[2] - '0');
	return PARSED_DONE;
}
