#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""exflowctl top --watch, on a pseudo-terminal and without one."""
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time

import harness
import netspace

CHECKS = harness.Checks()
FOLDER = harness.workspace()
CONTROL = os.path.join(FOLDER, "control")
CTL = os.path.join(os.path.dirname(harness.EXFLOW), "exflowctl")
BOUND = 60      # seconds, for what hangs
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"


class Terminal:
    """exflowctl on a terminal of its own, and what it draws there."""

    def __init__(self, *arguments, rows=24, columns=80, path=CONTROL,
                 kind="xterm"):
        self.leader, self.follower = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.follower)
        self.text = b""
        self.process = subprocess.Popen(
            [CTL, "-s", path, *arguments], stdin=self.follower,
            stdout=self.follower, stderr=self.follower,
            start_new_session=True,
            env=dict(harness.ENVIRONMENT, TERM=kind))

    def resize(self, rows, columns):
        fcntl.ioctl(self.follower, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        while select.select([self.leader], [], [], 0)[0]:
            self.text += os.read(self.leader, 65536)
        return self.text

    def screen(self):
        """The lines of the last whole picture."""
        pictures = self.read().split(b"\x1b[H")
        whole = [p for p in pictures[1:] if re.search(rb"\x1b\[\d+;1H", p)]
        if not whole:
            return []
        text = re.sub(rb"\x1b\[\d+;1H", b"\r\n", whole[-1])
        text = re.sub(rb"\x1b\[[?0-9;]*[A-Za-z]", b"", text)
        return text.decode().split("\r\n")

    def shows(self, *parts):
        """Until a picture has all of them."""
        if not netspace.until(lambda: all(
                any(part in line for line in self.screen())
                for part in parts), BOUND):
            CHECKS.check(False, "%r is not in %r" % (parts, self.screen()))

    def key(self, octets):
        os.write(self.leader, octets)

    def end(self):
        """The exit status; the terminal is as it was before."""
        netspace.until(lambda: self.read() and
                       self.process.poll() is not None, BOUND)
        if self.process.poll() is None:
            self.process.kill()
        status = self.process.wait()
        self.read()
        CHECKS.equal(termios.tcgetattr(self.follower), self.before,
                     "the terminal's settings")
        CHECKS.equal(self.text.count(ENTER), self.text.count(LEAVE),
                     "the other screen is left")
        if ENTER in self.text:
            CHECKS.check(self.text.rstrip().endswith(LEAVE),
                         "the end: %r" % self.text[-60:])
        os.close(self.leader)
        os.close(self.follower)
        return status


# Of the probe: one exchange has most packets, one most octets.
TRAFFIC = """
import socket, time
many = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
large = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(60):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.sendto(b"x", ("127.0.0.2", 9000 + i))
for i in range(10):
    large.sendto(b"x" * 20000, ("127.0.0.3", 7001))
for i in range(400):
    many.sendto(b"x", ("127.0.0.4", 7002))
"""


def rows_of(lines):
    return [line for line in lines if " > " in line and "SERVER" not in line]


def first_row(terminal):
    return (rows_of(terminal.screen()) or [""])[0]


def leads(terminal, endpoint, why):
    if not netspace.until(lambda: endpoint in first_row(terminal), BOUND):
        CHECKS.check(False, "%s: %r" % (why, terminal.screen()))


def check_keys():
    terminal = Terminal("top", "--watch", "1", "udp")
    terminal.shows("top by rate, every 1 s: udp", "q quit",
                   " live exchanges")
    leads(terminal, "127.0.0.3:7001", "by rate")
    screen = terminal.screen()
    CHECKS.equal(len(rows_of(screen)), 18,
                 "rows of 24 lines: %r" % screen)
    CHECKS.check(max(map(len, screen)) <= 80, "80 columns: %r" % screen)
    CHECKS.check(len(screen) <= 24, "24 lines: %d" % len(screen))
    for key, order, endpoint in ((b"p", "packets", "127.0.0.4:7002"),
                                 (b"o", "octets", "127.0.0.3:7001"),
                                 (b"a", "age", " > "),
                                 (b"r", "rate", "127.0.0.3:7001")):
        terminal.key(key)
        terminal.shows("top by %s, every" % order, "(top by %s" % order)
        leads(terminal, endpoint, order)
    terminal.key(b"n")
    terminal.shows("top by name, every", "EXCHANGES", "127.0.0.2")
    terminal.key(b"\x1b[A")     # an arrow is no key of ours
    terminal.key(b"q")
    CHECKS.equal(terminal.end(), 0, "q")


def check_filter_and_number():
    terminal = Terminal("-u", "top", "5", "by", "packets", "--watch=1", "port",
                        "7002", "and", "udp")
    terminal.shows("top by packets, every 1 s: port 7002 and udp",
                   "1 of 1 live exchanges", "UTC")
    leads(terminal, "127.0.0.4:7002", "the filter")
    terminal.key(b"q")
    CHECKS.equal(terminal.end(), 0, "with a filter")


def check_new_size():
    terminal = Terminal("top", "--watch", "3600", rows=12)
    terminal.shows("live exchanges")
    CHECKS.check(len(terminal.screen()) <= 12, "12 lines")
    terminal.resize(40, 200)
    os.kill(terminal.process.pid, signal.SIGWINCH)
    terminal.shows("LAST")
    CHECKS.check(len(terminal.screen()) > 24, "40 lines")
    terminal.resize(2, 20)
    os.kill(terminal.process.pid, signal.SIGWINCH)
    if not netspace.until(lambda: 0 < max(map(len, terminal.screen())) <= 20,
                          BOUND):
        CHECKS.check(False, "20 columns: %r" % terminal.screen())
    terminal.key(b"q")
    CHECKS.equal(terminal.end(), 0, "q after new sizes")


def check_signals():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP,
                   signal.SIGQUIT):
        terminal = Terminal("top", "--watch", "3600")
        terminal.shows("live exchanges")
        os.kill(terminal.process.pid, number)
        CHECKS.equal(terminal.end(), -number, "ended by %s" % number.name)


def state(pid):
    with open("/proc/%d/stat" % pid) as file:
        return file.read().rsplit(") ", 1)[1][0]


def check_stop_and_continue():
    terminal = Terminal("top", "--watch", "3600")
    terminal.shows("live exchanges")
    os.kill(terminal.process.pid, signal.SIGTSTP)
    stopped = netspace.until(lambda: state(terminal.process.pid) == "T", BOUND)
    CHECKS.check(stopped, "it stops")
    CHECKS.check(terminal.read().rstrip().endswith(LEAVE),
                 "stopped: the screen is left")
    CHECKS.equal(termios.tcgetattr(terminal.follower), terminal.before,
                 "stopped: the terminal's settings")
    os.kill(terminal.process.pid, signal.SIGCONT)
    again = netspace.until(lambda: b"live exchanges" in
                           terminal.read().split(ENTER)[-1] and
                           terminal.read().count(ENTER) == 2, BOUND)
    CHECKS.check(again, "it goes on")
    terminal.key(b"q")
    CHECKS.equal(terminal.end(), 0, "q after a stop")


def check_mistakes():
    """They are told before the screen is opened."""
    for arguments, status, expected in (
            (("--watch", "udp", "xor"), 2, b"expected and, or"),
            (("--watch", "by", "size"), 2, b"expected octets, packets"),
            (("--watch=0",), 2, b"seconds from 1 to 3600"),
            (("--watch", "3601"), 2, b"seconds from 1 to 3600"),
            (("--watch=",), 2, b"seconds from 1 to 3600"),
            (("--watch=2s",), 2, b"seconds from 1 to 3600"),
            (("--watch",) + ("word",) * 300, 2, b"too long")):
        terminal = Terminal("top", *arguments)
        CHECKS.equal(terminal.end(), status, "%s" % (arguments[:3],))
        CHECKS.check(expected in terminal.text and
                     ENTER not in terminal.text,
                     "%s: %r" % (arguments[:3], terminal.text))
    terminal = Terminal("top", "--watch", path=FOLDER + "/none")
    CHECKS.equal(terminal.end(), 1, "no probe")
    CHECKS.check(b"No such file" in terminal.text, "%r" % terminal.text)


def stream(*arguments, until, **options):
    """What it prints into a pipe, until there is that much."""
    text = b""
    with subprocess.Popen([CTL, "-s", CONTROL, *arguments],
                          stdout=subprocess.PIPE, **options) as process:
        while not until(text):
            part = os.read(process.stdout.fileno(), 65536)
            if not part:
                break
            text += part
        process.terminate()
    return text.decode()


def check_without_a_terminal():
    text = stream("top", "3", "--watch", "1",
                  until=lambda text: text.count(b"live exchanges\n") >= 2)
    tables = text.split("\n\n")
    CHECKS.check("\x1b" not in text, "escapes: %r" % text)
    CHECKS.check(len(tables) >= 2 and all(
        "(top by rate, UTC)" in table and len(rows_of(table.splitlines())) == 3
        for table in tables[:2]), "tables: %r" % text)
    lines = stream("-j", "top", "2", "by", "packets", "--watch", "1",
                   until=lambda text: text.count(b'"shown"') >= 2)
    rows = [json.loads(line) for line in lines.splitlines()]
    CHECKS.equal([row.get("shown") for row in rows[:6]],
                 [None, None, 2, None, None, 2], "JSON")
    terminal = Terminal("-j", "top", "1", "--watch", "1")
    CHECKS.check(netspace.until(lambda: terminal.read().count(b'"shown"') > 1,
                                BOUND), "JSON on a terminal")
    terminal.process.terminate()
    terminal.end()
    CHECKS.check(ENTER not in terminal.text, "JSON has no screen")
    terminal = Terminal("top", "1", "--watch", "1", kind="dumb")
    CHECKS.check(netspace.until(lambda: terminal.read().count(
        b"live exchanges") > 1, BOUND), "a dumb terminal")
    terminal.process.terminate()
    terminal.end()
    CHECKS.check(b"\x1b" not in terminal.text, "escapes on a dumb terminal")


class FakeProbe(threading.Thread):
    """Answers every request with the same octets."""

    def __init__(self, path, answer):
        super().__init__(daemon=True)
        self.answer = answer
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.requests = []
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                with client:
                    self.requests.append(client.recv(1000))
                    with contextlib.suppress(OSError):
                        client.sendall(self.answer)

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join()


def check_hostile_answer():
    """Not even a false probe's answer steers the terminal."""
    path = FOLDER + "/false"
    probe = FakeProbe(path, b"ok\nhead\n" + b"\x1b]0;x\x07evil\x9b2J\xc2\x9b2J\n" +
                      b"y" * 500 + b"\n" + b"row\n" * 100 +
                      b"9 of 9 live exchanges\n")
    terminal = Terminal("top", "--watch", "3600", path=path)
    terminal.shows("?]0;x?evil?2J??2J", "9 of 9 live exchanges  (not all fit here)")
    CHECKS.equal(terminal.text.count(b"y" * 80), 1, "a long line is cut")
    CHECKS.check(b"y" * 81 not in terminal.text, "a long line is cut")
    CHECKS.check(b"\x1b]0" not in terminal.text, "an escape is shown")
    CHECKS.check(probe.requests[0].startswith(b"width=80 local top 18 by rate"),
                 "the request: %r" % probe.requests)
    terminal.key(b"q")
    CHECKS.equal(terminal.end(), 0, "a false probe")
    probe.stop()


def check_probe_goes_and_comes():
    path = FOLDER + "/false"
    probe = FakeProbe(path, b"ok\nhead\n1 of 1 live exchanges\n")
    terminal = Terminal("top", "--watch", "1", path=path)
    terminal.shows("1 of 1 live exchanges", "q quit")
    probe.stop()
    terminal.shows("1 of 1 live exchanges", "Connection refused")
    probe = FakeProbe(path, b"ok\nhead\n2 of 2 live exchanges\n")
    terminal.shows("2 of 2 live exchanges", "q quit")
    probe.answer = b""
    terminal.shows("2 of 2 live exchanges", "no answer")
    probe.answer = b"error: out of memory\n"
    terminal.shows("2 of 2 live exchanges", "exflowctl: out of memory")
    terminal.key(b"q")
    CHECKS.equal(terminal.end(), 0, "q after all that")
    probe.stop()


def check_silent_probe():
    """Keys work while it is silent."""
    path = FOLDER + "/silent"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        terminal = Terminal("top", "--watch", path=path)
        with listener.accept()[0] as client:
            client.recv(1000)
            client.sendall(b"ok\n")
        terminal.shows("q quit")
        began = time.monotonic()
        client = netspace.until(
            lambda: select.select([listener], [], [], 1)[0], BOUND)
        CHECKS.check(client, "the next request")
        terminal.key(b"q")
        CHECKS.equal(terminal.end(), 0, "q beside a silent probe")
        print("q beside a silent probe: %.1f s" % (time.monotonic() - began))


def main():
    harness.need_exflow()
    netspace.need()
    check_hostile_answer()
    check_probe_goes_and_comes()
    check_silent_probe()
    with netspace.Space("one") as space:
        probe = space.start(
            "one", harness.EXFLOW, "-i", "lo", "-n", "127.0.0.1", "--set",
            "control=" + CONTROL, "--set", "udp_idle_timeout=600", "--set",
            "ring=16", "--filter", "udp", "-o",
            "ipfix:" + FOLDER + "/out.ipfix", stderr=subprocess.PIPE)
        if not CHECKS.check(netspace.until(lambda: os.path.exists(CONTROL)),
                            "the probe is up"):
            netspace.stop(probe)
            print(probe.stderr.read().decode())
            CHECKS.end()
        space.run("one", sys.executable, "-c", TRAFFIC)
        CHECKS.check(netspace.until(lambda: "62 of 62" in subprocess.run(
            [CTL, "-s", CONTROL, "top", "100"], stdout=subprocess.PIPE,
            text=True, check=False).stdout), "exchanges are live")
        check_keys()
        check_filter_and_number()
        check_new_size()
        check_signals()
        check_stop_and_continue()
        check_mistakes()
        check_without_a_terminal()
        netspace.stop(probe)
    CHECKS.end()


if __name__ == "__main__":
    main()
