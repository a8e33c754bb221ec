#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Collectors over UDP: what arrives and what is counted as lost is what was
sent, and none of them holds up another output.

nfcapd is stopped and started while records come.  What it had not read yet is
lost with it, and nobody can tell: it is stopped when it has read all.
"""
import glob
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from collectors import PATIENCE, Daemon, free_port, udp_queue, wait_until
from delivery import FULL, Collector, Run, identities, identity
from harness import (ENVIRONMENT, Checks, has_read, need_exflow,
                     need_program, read_stats, unbalanced, workspace)

EXCHANGES = 200000 if FULL else 20000
RESTARTS = 10 if FULL else 2
SLACK = 1       # seconds that the machine may do something else


def books(checks, run, what):
    stats = read_stats(run.stats)
    checks.check(stats, what + ": exflow left no statistics")
    checks.check(stats and not unbalanced(stats),
                 what + ": its books do not balance")
    return stats["outputs"] if stats else []


class Nfcapd(Daemon):
    """Each one in a folder of its own: it names files by the clock."""

    def __init__(self, above, port):
        self.folder = tempfile.mkdtemp(dir=above)
        super().__init__(
            ["nfcapd", "-b", "127.0.0.1", "-p", str(port), "-w", self.folder,
             "-t", "300", "-B", "8000000"], port, self.folder + ".log")

    def quiet(self):
        """It has read all, and for a while nothing has come."""
        since = None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if udp_queue(self.port):
                since = None
            elif since is None:
                since = time.monotonic()
            elif time.monotonic() - since > 1.5:
                return
            time.sleep(0.02)
        raise TimeoutError("nfcapd is not quiet")


def flows(above):
    """Source addresses and ports that nfcapd kept, of all folders."""
    found = []
    for name in glob.glob(above + "/*/nfcapd.2*"):
        text = subprocess.run(
            ["nfdump", "-q", "-r", name, "-o", "fmt:%sa %sp"],
            env=ENVIRONMENT, stdout=subprocess.PIPE, timeout=PATIENCE,
            check=True).stdout.decode()
        found += re.findall(r"(10\.[0-9.]+) +([0-9]+)", text)
    return found


def restarted(checks):
    """Stopped and started again and again, during one run."""
    above, port = workspace(), free_port("127.0.0.1")
    step = EXCHANGES // 10 // (RESTARTS + 1)
    run, sent = None, 0
    for turn in range(RESTARTS + 1):
        with Nfcapd(above, port) as nfcapd:
            if run is None:
                run = Run(above + ".stats", "-o", nfcapd_url(port))
            run.write(sent, sent + step)
            sent += step
            if turn == RESTARTS:
                run.process.stdin.close()
                run.process.wait(PATIENCE)
            else:
                nfcapd.quiet()
        if turn < RESTARTS:
            run.write(sent, sent + step)
            sent += step
            has_read(run.process)
            time.sleep(1.2)     # messages go out after a second
    run.process.stdin = None
    code, errors = run.end()
    output, = books(checks, run, "restarted")
    found = flows(above)
    lost = sum(output["lost"].values())
    checks.equal(code, 1 if lost else 0, "restarted: exit, " + errors)
    checks.equal(output["records_due"], sent, "restarted: due")
    checks.equal(len(found) + lost, sent, "restarted: arrived and lost")
    checks.equal(len(set(found)), len(found), "restarted: records twice")
    checks.check(0 < lost < step * RESTARTS / 2,
                 "restarted: %d lost of %d" % (lost, sent))
    checks.check(output["errors"].get("ECONNREFUSED", 0) >= RESTARTS,
                 "restarted: errors %r" % output["errors"])
    checks.check("Connection refused" in errors, "restarted: " + errors)
    print("nfcapd restarted %d times: of %d exchanges %d arrived, %d counted "
          "as lost" % (RESTARTS, sent, len(found), lost))


def nfcapd_url(port):
    return "udp://127.0.0.1:%d" % port


class Sink:
    """A collector over UDP whose buffer never overflows; counts messages."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)  # by force
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(PATIENCE)
        self.url = nfcapd_url(self.socket.getsockname()[1])
        self.messages = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        for octets in iter(lambda: self.socket.recv(65536), b"end"):
            self.messages.append(octets)

    def end(self, gaps=None):
        """What it got, as a Counter of exchanges."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", self.socket.getsockname())
        self.thread.join(PATIENCE)
        self.socket.close()
        return identities(b"".join(self.messages), gaps)


def seconds_alone(checks, *beside):
    """How long the live one of these collectors takes for everything."""
    folder, sink, gaps = workspace(), Sink(), []
    run = Run(folder + "/stats", *beside, "-o", sink.url, "--set",
              "udp_rate=0", "--set", "connect_timeout=1", "--set",
              "queue_octets=67108864")
    started = time.monotonic()
    run.write(0, EXCHANGES)
    run.process.stdin.close()
    run.process.stdin = None
    enough = (EXCHANGES - 100) * 80  # octets, of fewer than a record has
    wait_until(lambda: sum(map(len, sink.messages)) > enough, "records")
    seconds = time.monotonic() - started
    code, errors = run.end()
    checks.equal(code, 1 if beside else 0, "one dead: exit, " + errors)
    found = sink.end(gaps)
    checks.equal(len(found), EXCHANGES, "one dead: the live one got")
    checks.equal(sum(found.values()), EXCHANGES, "one dead: records twice")
    checks.equal(gaps, [], "one dead: gaps")
    outputs = books(checks, run, "one dead")
    if beside:
        checks.equal(sum(outputs[0]["lost"].values()), EXCHANGES,
                     "one dead: lost")
    return seconds


def one_dead(checks):
    """Nobody listens at one: the other gets everything, as fast as alone."""
    dead = nfcapd_url(free_port("127.0.0.1"))
    alone = beside = None
    for _ in range(3):
        alone = min(seconds_alone(checks), alone or PATIENCE)
        beside = min(seconds_alone(checks, "-o", dead), beside or PATIENCE)
        if beside < 1.5 * alone + SLACK:
            break
    checks.check(beside < 1.5 * alone + SLACK,
                 "one dead: %.2f s, alone %.2f s" % (beside, alone))


def paced(checks):
    """One over UDP that is slow on purpose holds up no other one."""
    folder, sink = workspace(), Sink()
    with Collector(folder + "/c").start() as collector:
        run = Run(folder + "/stats", "-o", sink.url, "-o", collector.url(),
                  "--set", "udp_rate=500")
        run.write(0, EXCHANGES)
        run.process.stdin.close()
        run.process.stdin = None
        size = 80 * (EXCHANGES - 2000)
        wait_until(lambda: collector.octets() > size, "the one over TCP")
        by_then = sum(map(len, sink.messages))
        code, errors = run.end()
        found = collector.found()
    octets = sum(map(len, sink.messages))
    checks.equal(code, 0, "paced: exit, " + errors)
    books(checks, run, "paced")
    checks.equal(len(found), EXCHANGES, "paced: over TCP")
    checks.equal(len(sink.end()), EXCHANGES, "paced: over UDP")
    checks.check(by_then < 0.8 * octets, "paced: %d of %d octets were sent "
                 "when the other one had all" % (by_then, octets))


def main():
    need_exflow()
    for program in "nfcapd", "nfdump":
        need_program(program)
    checks = Checks()
    for part in restarted, one_dead, paced:
        started = time.monotonic()
        part(checks)
        print("%s: %.1f s" % (part.__name__, time.monotonic() - started),
              flush=True)
    checks.end()


if __name__ == "__main__":
    main()
