# SPDX-License-Identifier: BSD-2-Clause
"""Captures made by hand of what names are found in: hellos, requests, DNS."""
import ipaddress
import struct

ETHERNET = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
SYN, ACK, PSH, FIN = 2, 16, 8, 1


def extension(number, octets):
    return struct.pack("!HH", number, len(octets)) + octets


def client_hello(name, octets=0):
    """A record with a hello of TLS 1.3 for a name, padded to so many octets."""
    host = name.encode()
    inside = extension(0, struct.pack("!HBH", len(host) + 3, 0, len(host))
                       + host)
    inside += extension(43, b"\x04\x03\x04\x03\x03")
    inside += extension(16, b"\0\x0c\x02h2\x08http/1.1")
    head = b"\x03\x03" + bytes(32) + b"\x20" + bytes(32) + \
        struct.pack("!HHH", 4, 0x1301, 0x1302) + b"\x01\0"
    missing = octets - len(head) - len(inside) - 2 - 4 - 5
    if missing >= 4:
        inside += extension(21, bytes(missing - 4))
    body = head + struct.pack("!H", len(inside)) + inside
    shake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack("!H", len(shake)) + shake


def dns_name(name):
    return b"".join(bytes([len(part)]) + part.encode()
                    for part in name.split(".")) + b"\0"


def query(name, number=1):
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + \
        dns_name(name) + struct.pack("!HH", 1, 1)


def answer(name, address, ttl=60, number=1):
    packed = ipaddress.ip_address(address).packed
    kind = 1 if len(packed) == 4 else 28
    return struct.pack("!HHHHHH", number, 0x8180, 1, 1, 0, 0) + \
        dns_name(name) + struct.pack("!HH", kind, 1) + b"\xc0\x0c" + \
        struct.pack("!HHIH", kind, 1, ttl, len(packed)) + packed


class Capture:
    """Frames in the order of the calls; each call moves the clock on."""

    def __init__(self, start=1700000000.0, step=0.001):
        self.now, self.step, self.frames = start, step, []

    def _ip(self, source, target, protocol, octets):
        a, b = ipaddress.ip_address(source), ipaddress.ip_address(target)
        if a.version == 6:
            head = struct.pack("!IHBB", 6 << 28, len(octets), protocol, 64)
            kind = 0x86dd
        else:
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(octets), 0,
                               0x4000, 64, protocol, 0)
            kind = 0x0800
        self.frames.append((self.now, ETHERNET + struct.pack("!H", kind) +
                            head + a.packed + b.packed + octets))
        self.now += self.step

    def udp(self, source, port, target, to, octets):
        self._ip(source, target, 17, struct.pack(
            "!HHHH", port, to, 8 + len(octets), 0) + octets)

    def tcp(self, source, port, target, to, flags, sequence, ack, octets=b""):
        self._ip(source, target, 6, struct.pack(
            "!HHIIBBHHH", port, to, sequence & 0xffffffff, ack & 0xffffffff,
            0x50, flags, 8192, 0, 0) + octets)

    def write(self, path, snaplen=65535):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0,
                                   snaplen, 1))
            for now, frame in self.frames:
                file.write(struct.pack(
                    "<IIII", int(now), int(now % 1 * 1e6),
                    min(len(frame), snaplen), len(frame)) + frame[:snaplen])


class Talk:
    """A connection: its numbers, and who says what."""

    def __init__(self, capture, client, port, server, to, syn=True,
                 isn=0xfffffc00):
        self.capture = capture
        self.ends = (client, port, server, to)
        self.isn, self.server_isn = isn, 9000
        if syn:
            self.client(b"", SYN, at=-1)
            self.server(b"", SYN | ACK, at=-1)
            self.client(b"", ACK, at=0)

    def client(self, octets, flags=ACK | PSH, at=0):
        client, port, server, to = self.ends
        self.capture.tcp(client, port, server, to, flags, self.isn + 1 + at,
                         0 if flags == SYN else self.server_isn + 1, octets)

    def server(self, octets, flags=ACK | PSH, at=0):
        client, port, server, to = self.ends
        self.capture.tcp(server, to, client, port, flags,
                         self.server_isn + 1 + at, self.isn + 1, octets)

    def pieces(self, octets, size, order=None, side="client"):
        """In pieces of that size, in this order (by their numbers)."""
        ats = list(range(0, len(octets), size))
        for at in ats if order is None else [ats[n] for n in order]:
            getattr(self, side)(octets[at:at + size], at=at)
