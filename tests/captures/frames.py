# SPDX-License-Identifier: BSD-2-Clause
"""Headers and capture files from plain octets, the same ones every time."""
import ipaddress
import struct

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << n for n in range(8))
SYNACK, FINACK, DATA = SYN | ACK, FIN | ACK, PSH | ACK


def checksum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack("!%dH" % (len(octets) // 2), octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def packed(address):
    return ipaddress.ip_address(address).packed


def pseudo(source, dest, protocol, length):
    return packed(source) + packed(dest) + struct.pack(
        "!IHBB", length, 0, 0, protocol)


def tcp(source, sport, dest, dport, flags, seq=0, ack=0, data=b"",
        offset=None, options=b"", window=64240):
    words = 5 + len(options) // 4 if offset is None else offset
    header = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, words << 4,
                         flags, window, 0, 1 if flags & URG else 0) + options
    segment = header + data
    total = checksum(pseudo(source, dest, 6, len(segment)) + segment)
    return segment[:16] + struct.pack("!H", total) + segment[18:]


def udp(source, sport, dest, dport, data=b"", length=None):
    size = 8 + len(data) if length is None else length
    header = struct.pack("!HHHH", sport, dport, size, 0)
    total = checksum(pseudo(source, dest, 17, 8 + len(data)) + header + data)
    return header[:6] + struct.pack("!H", total or 0xffff) + data


def icmp(kind, code, ident, number, data=b""):
    header = struct.pack("!BBHHH", kind, code, 0, ident, number)
    total = checksum(header + data)
    return header[:2] + struct.pack("!H", total) + header[4:] + data


def icmp6(source, dest, kind, code, ident, number, data=b""):
    header = struct.pack("!BBHHH", kind, code, 0, ident, number)
    total = checksum(pseudo(source, dest, 58, 8 + len(data)) + header + data)
    return header[:2] + struct.pack("!H", total) + header[4:] + data


def ip4(source, dest, protocol, payload, ident=0, more=False, offset=0,
        total=None, options=b"", words=None, whole=False):
    words = 5 + len(options) // 4 if words is None else words
    if total is None:
        total = 20 + len(options) + len(payload)
    header = struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, total, ident,
                         (0x4000 if whole else 0) |
                         (0x2000 if more else 0) | offset // 8, 64, protocol,
                         0, packed(source), packed(dest)) + options
    return header[:10] + struct.pack("!H", checksum(header)) + \
        header[12:] + payload


def ip6(source, dest, upper, payload, length=None):
    length = len(payload) if length is None else length
    return struct.pack("!IHBB", 6 << 28, length, upper, 64) + \
        packed(source) + packed(dest) + payload


def extension(upper, payload, octets=8):
    """Hop-by-hop or destination options: padding only."""
    fill = octets - 4
    return bytes([upper, octets // 8 - 1, 1, fill]) + b"\0" * fill + payload


def routing(upper, payload):
    return bytes([upper, 2, 0, 0]) + b"\0" * 4 + packed("2001:db8:9::9") + \
        payload


def fragment6(upper, payload, offset, more, ident):
    return struct.pack("!BBHI", upper, 0, offset | more, ident) + payload


def authentication(upper, payload):
    return struct.pack("!BBHII", upper, 4, 0, 1, 1) + b"\0" * 12 + payload


ETHERNET = bytes.fromhex("020000000002020000000001")


def ethernet(payload, kind=None):
    if kind is None:
        kind = 0x0800 if payload[0] >> 4 == 4 else 0x86dd
    return ETHERNET + struct.pack("!H", kind) + payload


def kind_of(packet):
    return 0x0800 if packet[0] >> 4 == 4 else 0x86dd


def vlan(ident, payload, kind=None):
    kind = kind_of(payload) if kind is None else kind
    return struct.pack("!HH", ident, kind) + payload


def mpls(payload, *labels):
    stack = b""
    for i, label in enumerate(labels):
        bottom = i == len(labels) - 1
        stack += struct.pack("!I", label << 12 | bottom << 8 | 64)
    return stack + payload


def ppp_protocol(packet):
    return struct.pack("!H", 0x21 if packet[0] >> 4 == 4 else 0x57) + packet


def pppoe(packet):
    body = ppp_protocol(packet)
    return struct.pack("!BBHH", 0x11, 0, 1, len(body)) + body


# --- capture files: packets are (nanoseconds, octets[, length on the wire])

SECOND = 1000000000
START = 1600000000 * SECOND


def pcap(packets, link=1, order="<", nano=False, snaplen=262144):
    unit = 1 if nano else 1000
    out = [struct.pack(order + "IHHiIII",
                       0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0,
                       snaplen, link)]
    for packet in packets:
        time, octets = packet[:2]
        wire = packet[2] if len(packet) > 2 else len(octets)
        octets = octets[:snaplen]
        out.append(struct.pack(order + "IIII", time // SECOND,
                               time % SECOND // unit, len(octets), wire))
        out.append(octets)
    return b"".join(out)


def block(kind, body):
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def option(code, value):
    return struct.pack("<HH", code, len(value)) + value + \
        b"\0" * (-len(value) % 4)


def pcapng(packets, links=(1,), names=()):
    """Nanoseconds; a packet's fourth item is its interface."""
    out = [block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))]
    for number, link in enumerate(links):
        options = option(9, b"\x09") + option(0, b"")
        if number < len(names):
            options = option(2, names[number]) + options
        out.append(block(1, struct.pack("<HHI", link, 0, 0) + options))
    for packet in packets:
        time, octets = packet[:2]
        interface = packet[3] if len(packet) > 3 else 0
        out.append(block(6, struct.pack(
            "<IIIII", interface, time >> 32, time & 0xffffffff, len(octets),
            len(octets)) + octets + b"\0" * (-len(octets) % 4)))
    return b"".join(out)


def zstd(octets):
    """A zstd frame of uncompressed blocks (RFC 8878, 3.1.1)."""
    out = [struct.pack("<IBI", 0xfd2fb528, 0xa0, len(octets))]
    for at in range(0, len(octets), 65536):
        piece = octets[at:at + 65536]
        last = at + 65536 >= len(octets)
        out.append(struct.pack("<I", len(piece) << 3 | last)[:3] + piece)
    return b"".join(out)
