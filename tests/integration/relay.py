#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""A bad network in user space: relay.py DEVICE DEVICE CAPTURE SETTINGS

Two TAP devices are made in the namespace where this is started; whoever
started it moves them to where the client and the server are.  Each way has
two halves with a capture between them, as if a probe sat there: what arrives
is delayed, lost, reordered or duplicated, captured, and so again.  All is
decided by a seed.

    client - [ half 0 ] - capture - [ half 1 ] - server

Settings are JSON: "seed", and "delay", "jitter" (milliseconds), "loss",
"reorder", "copies" (chances) as lists of both halves.  On SIGTERM the capture
is written, and printed is how many retransmissions reached it, told by
sequence numbers where they came in, by port of the server; and how many
milliseconds the relay itself was late at most.  While
there is traffic it wakes every millisecond, and so knows what it read late.
"""
import fcntl
import heapq
import json
import os
import random
import select
import signal
import struct
import sys
import time

import harness

sys.path.insert(0, harness.OWN_CAPTURES)
import frames  # noqa: E402

TUNSETIFF, TAP, NO_INFORMATION = 0x400454ca, 0x0002, 0x1000
TCP = 6
MILLISECOND = 0.001
TRAFFIC = 0.1               # seconds from one packet to the next


def tap(name):
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", name.encode(),
                                             TAP | NO_INFORMATION))
    return file


def tcp_of(frame):
    """(ports, sequence, octets of the sequence) of a TCP packet, or None."""
    kind = struct.unpack("!H", frame[12:14])[0]
    if kind == 0x0800 and frame[23] == TCP:
        at = 14 + (frame[14] & 15) * 4
        end = 14 + struct.unpack("!H", frame[16:18])[0]
    elif kind == 0x86dd and frame[20] == TCP:
        at = 54
        end = 54 + struct.unpack("!H", frame[18:20])[0]
    else:
        return None
    sport, dport, sequence = struct.unpack("!HHI", frame[at:at + 8])
    header, flags = (frame[at + 12] >> 4) * 4, frame[at + 13]
    octets = end - at - header + (flags & 1) + (flags >> 1 & 1)
    return (sport, dport), sequence, octets


class Relay:
    def __init__(self, devices, settings):
        self.files = [tap(name) for name in devices]
        self.chance = random.Random(settings["seed"])
        self.settings = settings
        self.queue, self.order = [], 0
        self.last = {}          # (side, half): when the latest one leaves
        self.captured = []
        self.highest = {}       # (ports): behind the highest octet
        self.again = {}         # port of the server: retransmissions captured
        self.late = 0.0
        self.latest = 0.0       # when a packet came
        self.over = False

    def at(self, when, function, *arguments):
        self.order += 1
        heapq.heappush(self.queue, (when, self.order, function, arguments))

    def cross(self, side, half, now, function, *arguments):
        """Through a half of the way, or not."""
        def chosen(name):
            return self.chance.random() < self.settings[name][half]
        if chosen("loss"):
            return
        delay = self.settings["delay"][half] * MILLISECOND
        when = now + delay + (self.chance.random() * MILLISECOND *
                              self.settings["jitter"][half])
        if chosen("reorder"):
            self.at(when + delay * self.chance.uniform(0.3, 0.7), function,
                    side, *arguments)
            return
        when = max(when, self.last.get((side, half), 0))
        self.last[side, half] = when
        self.at(when, function, side, *arguments)
        if chosen("copies"):
            self.at(when + 0.05 * MILLISECOND, function, side, *arguments)

    def arrived(self, side, frame, now):
        self.cross(side, side, now, self.capture, frame,
                   self.is_again(frame))

    def is_again(self, frame):
        """The port of the server, of a retransmission."""
        found = tcp_of(frame)
        if found is None or not found[2]:
            return None
        ports, sequence, octets = found
        end = sequence + octets
        before = self.highest.get(ports)
        if before is None or (end - before) % 2 ** 32 < 2 ** 31:
            self.highest[ports] = end
        if before is None or (sequence - before) % 2 ** 32 < 2 ** 31:
            return None
        return min(ports)

    def capture(self, side, frame, again):
        now = time.time()
        self.captured.append((round(now * 1e9), frame))
        if again is not None:
            self.again[again] = self.again.get(again, 0) + 1
        self.cross(side, 1 - side, time.monotonic(), self.leave, frame)

    def leave(self, side, frame):
        try:
            os.write(self.files[1 - side], frame)
        except OSError:
            pass        # the device is down

    def run(self):
        while not self.over:
            now = time.monotonic()
            while self.queue and self.queue[0][0] <= now:
                due, _, function, arguments = heapq.heappop(self.queue)
                self.late = max(self.late, now - due)
                function(*arguments)
            before = time.monotonic()
            traffic = before < self.latest + TRAFFIC
            wait = MILLISECOND if traffic else 0.2
            if self.queue:
                wait = max(0, min(wait, self.queue[0][0] - before))
            ready, _, _ = select.select(self.files, [], [], wait)
            if traffic:
                self.late = max(self.late, time.monotonic() - before - wait)
            for file in ready:
                self.read(self.files.index(file))

    def read(self, side):
        try:
            frame = os.read(self.files[side], 65536)
        except OSError:
            return      # the device is down
        self.latest = time.monotonic()
        self.arrived(side, frame, self.latest)

    def stop(self, *_):
        self.over = True


def before_others():
    """On time on a busy machine, too, where that is allowed."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        pass


def main():
    before_others()
    relay = Relay(sys.argv[1:3], json.loads(sys.argv[4]))
    signal.signal(signal.SIGTERM, relay.stop)
    print("ready", flush=True)
    relay.run()
    with open(sys.argv[3], "wb") as file:
        file.write(frames.pcap(relay.captured, nano=True))
    print(json.dumps({"again": relay.again, "late": relay.late * 1000}),
          flush=True)


if __name__ == "__main__":
    main()
