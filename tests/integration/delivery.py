# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of reliable export share: many small exchanges, a collector
that can be killed, and a quick reader of what it kept.

An exchange is one datagram from an address and port of its own, so that pair
tells which exchanges a file of IPFIX messages holds.
"""
import collections
import contextlib
import glob
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from collectors import PATIENCE, free_port, wait_until
from harness import ENVIRONMENT, EXFLOW

STALL_OCTETS = 2000000  # of the first connection, in mode stall
FULL = bool(os.environ.get("EXFLOW_FULL"))
HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)


def datagram(number):
    """A packet record of one exchange; a millisecond after the last one."""
    source = struct.pack(">I", 0x0a000000 + number // 50000)
    udp = struct.pack(">HHHH", 1024 + number % 50000, 53, 12, 0) + b"ping"
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17,
                     0, source, bytes((192, 0, 2, 1)))
    frame = bytes(12) + b"\x08\x00" + ip + udp
    at = 1700000000000 + number
    return struct.pack("<IIII", at // 1000, at % 1000 * 1000, len(frame),
                       len(frame)) + frame


def datagrams(first, behind):
    return b"".join(map(datagram, range(first, behind)))


def identity(number):
    return (0x0a000000 + number // 50000, 1024 + number % 50000)


def messages(octets):
    """Whole messages; a torn one at the end is left out."""
    at = 0
    while at + 16 <= len(octets):
        version, length = struct.unpack_from(">HH", octets, at)
        assert version == 10 and length >= 16, "no message at %d" % at
        if at + length > len(octets):
            return
        yield octets[at:at + length]
        at += length


def places(body):
    """Of a template: its record's length, where address and port are."""
    ident, count = struct.unpack_from(">HH", body)
    at, offset, found = 4, 0, {}
    for _ in range(count):
        element, length = struct.unpack_from(">HH", body, at)
        own = element & 0x8000
        if not own:
            found[element] = offset
        at, offset = at + (8 if own else 4), offset + length
    return ident, (offset, found.get(8), found.get(7))


def identities(octets, gaps=None):
    """A Counter of the exchanges in a row of messages.  To gaps is appended
    how many records the sequence numbers say are missing."""
    found, known, expected = collections.Counter(), {}, None
    for message in messages(octets):
        sequence, records, at = struct.unpack_from(">I", message, 8)[0], 0, 16
        while at < len(message):
            ident, length = struct.unpack_from(">HH", message, at)
            body, at = message[at + 4:at + length], at + length
            if ident == 2:
                name, place = places(body)
                known[name] = place
            elif ident in known and known[ident][1] is not None:
                size, address, port = known[ident]
                for i in range(0, len(body) - size + 1, size):
                    records += 1
                    found[struct.unpack_from(">I", body, i + address)[0],
                          struct.unpack_from(">H", body, i + port)[0]] += 1
        if records:
            if expected is not None and gaps is not None \
                    and sequence != expected:
                gaps.append((sequence - expected) & 0xffffffff)
            expected = sequence + records
    return found


class Collector:
    """Keeps each connection's octets in a file of its own."""

    def __init__(self, folder, mode="read", port=None, tls=()):
        self.folder, self.mode = folder, mode
        self.port = port or free_port("127.0.0.1", socket.SOCK_STREAM)
        self.tls = list(tls)
        self.process = None
        os.makedirs(folder, exist_ok=True)

    def start(self, mode=None):
        self.mode = mode or self.mode
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), self.folder,
             str(self.port), self.mode] + self.tls,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            env=ENVIRONMENT)
        assert self.process.stdout.readline() == b"ready\n"
        return self

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def files(self):
        return sorted(glob.glob(self.folder + "/*.ipfix"))

    def octets(self):
        return sum(map(os.path.getsize, self.files()))

    def found(self, gaps=None):
        found = collections.Counter()
        for name in self.files():
            with open(name, "rb") as file:
                found += identities(file.read(), gaps)
        return found

    def url(self, scheme="tcp"):
        return "%s://127.0.0.1:%d" % (scheme, self.port)


class Run:
    """exflow reading packets that the test writes when it likes."""

    def __init__(self, stats, *arguments, environment=None):
        self.stats = stats
        self.process = subprocess.Popen(
            [EXFLOW, "-q", "-r", "-", "-n", "10.0.0.0/8", "--stats", stats,
             "--set", "udp_idle_timeout=0.5"] + list(arguments),
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=dict(ENVIRONMENT, **(environment or {})))
        self.process.stdin.write(HEADER)
        self.process.stdin.flush()

    def write(self, first, behind):
        self.process.stdin.write(datagrams(first, behind))
        self.process.stdin.flush()

    def end(self, timeout=PATIENCE):
        """Exit status and what it said."""
        try:
            errors = self.process.communicate(timeout=timeout)[1]
        finally:
            self.process.kill()
            self.process.wait()
        return self.process.returncode, errors.decode()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stderr.close()


# --- the collector's own process

def serve(connection, path, mode, number):
    with contextlib.suppress(ConnectionError):
        keep(connection, path, mode, number)
    connection.close()


def keep(connection, path, mode, number):
    if mode == "hang":
        time.sleep(PATIENCE * 10)
    with open(path, "ab", buffering=0) as file:
        for part in iter(lambda: connection.recv(16384), b""):
            file.write(part)
            if mode == "reset" and number % 4 != 3:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                      struct.pack("ii", 1, 0))
                break
            if mode == "stall" and number == 0 and file.tell() > STALL_OCTETS:
                time.sleep(PATIENCE * 10)
            if mode == "slow":
                time.sleep(0.01)


def main():
    folder, port, mode = sys.argv[1:4]
    server = socket.create_server(("127.0.0.1", int(port)), backlog=4)
    if mode == "hang":
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    print("ready", flush=True)
    number = 0
    while True:
        connection, _ = server.accept()
        path = os.path.join(folder, "%d-%06d.ipfix" % (
            time.monotonic_ns(), number))
        threading.Thread(target=serve, daemon=True,
                         args=(connection, path, mode, number)).start()
        number += 1


if __name__ == "__main__":
    main()
