# SPDX-License-Identifier: BSD-2-Clause
"""IPFIX messages, read without any library: an opinion of our own on the
octets that collectors and readers get."""
import socket
import struct

OWN, REVERSE, CERT = 32473, 29305, 6871
NTP_EPOCH = 2208988800
NAMES = {
    (0, 8): "sourceIPv4Address", (0, 12): "destinationIPv4Address",
    (0, 27): "sourceIPv6Address", (0, 28): "destinationIPv6Address",
    (0, 7): "sourceTransportPort", (0, 11): "destinationTransportPort",
    (0, 32): "icmpTypeCodeIPv4", (0, 139): "icmpTypeCodeIPv6",
    (0, 4): "protocolIdentifier", (0, 152): "flowStartMilliseconds",
    (0, 153): "flowEndMilliseconds", (0, 154): "flowStartMicroseconds",
    (0, 155): "flowEndMicroseconds", (0, 1): "octetDeltaCount",
    (0, 2): "packetDeltaCount", (0, 231): "initiatorOctets",
    (0, 232): "responderOctets", (0, 6): "tcpControlBits",
    (0, 136): "flowEndReason", (0, 239): "biflowDirection",
    (0, 148): "flowId", (0, 5): "ipClassOfService", (CERT, 21): "reverseFlowDeltaMilliseconds",
    (CERT, 41): "reverseFlowDeltaMicroseconds",
    (CERT, 14): "initialTCPFlags", (CERT, 15): "unionTCPFlags",
    (OWN, 1001): "dataPacketDeltaCount", (OWN, 1010): "exchangeEnd",
}
QUALITY = {
    1011: "handshakeRttMicroseconds", 1012: "rttMinimumMicroseconds",
    1013: "rttMeanMicroseconds", 1014: "rttMaximumMicroseconds",
    1015: "rttDeviationMicroseconds", 1016: "rttSampleCount",
    1017: "responseTimeMicroseconds", 1021: "retransmittedPacketDeltaCount",
    1022: "retransmittedOctetDeltaCount", 1023: "reorderedPacketDeltaCount",
    1024: "duplicatedPacketDeltaCount",
    1025: "spuriousRetransmissionDeltaCount",
    1026: "fastRetransmissionDeltaCount",
    1027: "timeoutRetransmissionDeltaCount",
    1028: "keepAlivePacketDeltaCount", 1029: "missedOctetDeltaCount",
    1030: "uniqueOctetDeltaCount", 1031: "maximumSegmentSize",
    1032: "windowScale", 1033: "windowMinimum", 1034: "windowMaximum",
    1035: "zeroWindowPacketDeltaCount", 1036: "inFlightMaximum",
    1037: "initialInFlight", 1038: "minimumTtl", 1039: "maximumTtl",
    1040: "tcpOptionsSeen", 1041: "sackPacketDeltaCount",
    1042: "pureAckPacketDeltaCount", 1043: "firstPayloadMicroseconds",
    1044: "lastPayloadMicroseconds", 1045: "payloadMinimum",
    1046: "payloadMaximum", 1047: "ectPacketDeltaCount",
    1048: "cePacketDeltaCount", 1049: "packetSizeBins",
    1050: "idleTimeMicroseconds",
}
NAMES.update({(OWN, number): name for number, name in QUALITY.items()})
# They have no reverse.
ONE_WAY = ((CERT, 21), (CERT, 41), (OWN, 1010), (OWN, 1017), (OWN, 1050))
for number, flag in enumerate(
        ("Ack", "Syn", "Rst", "Fin", "Urg", "Psh", "Ece", "Cwr"), 1002):
    NAMES[OWN, number] = "tcp%sPacketDeltaCount" % flag
for number, flag in enumerate(
        ("Syn", "Fin", "Rst", "Psh", "Ack", "Urg"), 218):
    NAMES[0, number] = "tcp%sTotalCount" % flag
for (pen, number), name in list(NAMES.items()):
    title = "reverse" + name[0].upper() + name[1:]
    if pen == 0:
        NAMES[REVERSE, number] = title
    elif (pen, number) not in ONE_WAY:
        NAMES[pen, number | 0x4000] = title

SERVER_NAMES = {
    (CERT, 33): "silkAppLabel", (OWN, 1101): "serverName",
    (OWN, 1102): "serverNameSource", (OWN, 1103): "tlsVersionOffered",
    (OWN, 1104): "tlsVersionChosen", (OWN, 1105): "alpnOffered",
    (OWN, 1106): "alpnChosen", (OWN, 1107): "tlsFlags",
    (OWN, 1108): "tlsCertificateName", (OWN, 1109): "quicVersion",
    (OWN, 1110): "ja4", (OWN, 1111): "dnsResponseCode",
    (OWN, 1112): "dnsResolutionMicroseconds", (CERT, 294): "sslServerName",
    (0, 457): "httpStatusCode", (0, 459): "httpRequestMethod",
    (0, 460): "httpRequestHost", (0, 461): "httpRequestTarget",
    (CERT, 179): "dnsQName", (CERT, 175): "dnsQRType",
    (CERT, 18): "payload", (CERT, 0x4000 | 18): "reversePayload",
}
NAMES.update(SERVER_NAMES)
TEXTS = {"serverName", "sslServerName", "alpnOffered", "alpnChosen",
         "tlsCertificateName", "ja4", "httpRequestHost", "httpRequestMethod",
         "httpRequestTarget", "dnsQName"}


def microseconds(ntp):
    """NTP time, truncated as careless readers do."""
    if not ntp:
        return 0
    return ((ntp >> 32) - NTP_EPOCH) * 1000000 + (
        (ntp & 0xffffffff) * 1000000 >> 32)


def value(name, octets):
    if name.endswith("Address"):
        return socket.inet_ntop(
            socket.AF_INET if len(octets) == 4 else socket.AF_INET6, octets)
    if name in TEXTS:
        return octets.decode()
    if name.endswith("ayload"):
        return "0x" + octets.hex()
    number = int.from_bytes(octets, "big")
    if name.endswith("SizeBins"):
        return struct.unpack(">8I", octets)
    if name.endswith("PayloadMicroseconds") and number == 2 ** 64 - 1:
        return number  # not known
    return microseconds(number) if name.endswith(
        ("StartMicroseconds", "EndMicroseconds",
         "PayloadMicroseconds")) else number


def templates(body, options):
    """(id, [(name or None, length)]) of each template in a set."""
    at = 0
    while at + 4 <= len(body):
        ident, count = struct.unpack_from(">HH", body, at)
        at += 6 if options else 4
        fields = []
        for _ in range(count):
            number, length = struct.unpack_from(">HH", body, at)
            at += 4
            owner = 0
            if number & 0x8000:
                owner, = struct.unpack_from(">I", body, at)
                at += 4
            fields.append((NAMES.get((owner, number & 0x7fff)), length))
        yield ident, fields


def data(body, fields):
    """The records of a set: name -> value, unknown elements left out."""
    at, least = 0, sum(1 if n == 0xffff else n for _, n in fields)
    while at + least <= len(body):
        record = {}
        for name, length in fields:
            if length == 0xffff:
                length, at = body[at], at + 1
                if length == 255:
                    length, = struct.unpack_from(">H", body, at)
                    at += 2
            if name:
                record[name] = value(name, body[at:at + length])
            at += length
        yield record


def stream(checks, octets):
    """The data records in a row of messages, sequence numbers checked."""
    known, options, records, sequence, at = {}, set(), [], {}, 0
    while at < len(octets):
        version, length, _, number, domain = struct.unpack_from(
            ">HHIII", octets, at)
        checks.equal(version, 10, "version of the message at %d" % at)
        checks.equal(number, sequence.get(domain, 0),
                     "sequence number of the message at %d" % at)
        end, at = at + length, at + 16
        while at < end:
            ident, length = struct.unpack_from(">HH", octets, at)
            body = octets[at + 4:at + length]
            at += length
            if ident in (2, 3):
                for name, fields in templates(body, ident == 3):
                    known[domain, name] = fields
                    if ident == 3:
                        options.add((domain, name))
                continue
            if not checks.check((domain, ident) in known,
                                "set %d comes before its template" % ident):
                return records
            found = list(data(body, known[domain, ident]))
            sequence[domain] = sequence.get(domain, 0) + len(found)
            if (domain, ident) not in options:
                records += found
    return records
