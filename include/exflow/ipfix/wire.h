/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers of the wire format (RFC 7011, 3):
 *
 *	message header: version 2, length 2, export time 4, sequence number 4,
 *		observation domain 4
 *	set header: set id 2, length 2 (with the header)
 *	template: template id 2, fields 2, in options templates scope fields 2
 *	field: element id 2, length 2, with the enterprise bit its number 4
 */
#ifndef EXFLOW_IPFIX_WIRE_H
#define EXFLOW_IPFIX_WIRE_H

#define IPFIX_VERSION 10

/* Where in a message header the fields are. */
#define LENGTH_OFFSET 2
#define EXPORT_TIME_OFFSET 4
#define SEQUENCE_OFFSET 8
#define DOMAIN_OFFSET 12

#define SET_HEADER_OCTETS 4
#define TEMPLATE_SET 2
#define OPTIONS_TEMPLATE_SET 3
#define DATA_SET_MIN 256 /* set ids of records are ids of templates */

#define ENTERPRISE_BIT 0x8000u
#define VARIABLE_LENGTH 65535u
#define LONG_TEXT 255u /* two octets with its length follow (RFC 7011, 7) */

#endif
