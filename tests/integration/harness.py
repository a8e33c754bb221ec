# SPDX-License-Identifier: BSD-2-Clause
"""What the integration tests share: where things are, and running exflow.

make check sets top_srcdir and top_builddir.  By hand, the sources are found
from the place of this file, the build is the current folder, and EXFLOW may
name the program.
"""
import atexit
import fcntl
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("top_srcdir") or os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("top_builddir") or os.getcwd()
EXFLOW = os.environ.get("EXFLOW") or os.path.join(BUILD, "src", "exflow")
OWN_CAPTURES = os.path.join(SOURCE, "tests", "captures")
OWN_NETWORKS = "10.0.0.0/24,2001:db8:1::/64"   # of the own captures
ANY = "0.0.0.0/0,::/0"
TABLES = ("tcp_flows.csv", "udp_flows.csv")
ENVIRONMENT = dict(os.environ, LC_ALL="C", TZ="UTC",
                   ASAN_OPTIONS="detect_leaks=1:exitcode=99",
                   UBSAN_OPTIONS="print_stacktrace=1")

# A shell starts what runs in the background with SIGINT and SIGQUIT ignored,
# nohup with SIGHUP; programs inherit that, and some tests send them these.
for number, handler in ((signal.SIGINT, signal.default_int_handler),
                        (signal.SIGQUIT, signal.SIG_DFL),
                        (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def need_exflow():
    if not os.access(EXFLOW, os.X_OK):
        skip(EXFLOW + " is not built (EXFLOW or top_builddir names it)")


def need_program(name):
    if not shutil.which(name):
        skip(name + " is not installed")


def sanitized():
    """Whether exflow was built with sanitizers, and needs more memory."""
    with open(os.path.join(BUILD, "config.h"), encoding="utf-8") as file:
        return "#define EXFLOW_SANITIZERS 1" in file.read()


def without_zstd():
    """Whether exflow was built without zstd."""
    return "none, gzip or zstd" not in exflow("--help").out


def foreign_captures():
    """The folder of captures from elsewhere, or None."""
    folder = os.environ.get("EXFLOW_CAPTURES")
    return folder if folder and os.path.isdir(folder) else None


def workspace():
    """A folder that is removed when the test ends."""
    folder = tempfile.mkdtemp(prefix="exflow-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def trouble(self):
        """A sanitizer's report or a signal, else None."""
        if self.code < 0:
            return "ended by signal %d" % -self.code
        for line in self.err.splitlines():
            if "Sanitizer" in line or "runtime error:" in line:
                return line
        return "sanitizer's exit status" if self.code == 99 else None


def exflow(*arguments, stdin=subprocess.DEVNULL, data=None, timeout=60,
           environment=None, stdout=subprocess.PIPE):
    """Run exflow to its end; standard input is a file, or the octets data."""
    source = {"input": data} if data is not None else {"stdin": stdin}
    try:
        done = subprocess.run([EXFLOW] + [str(a) for a in arguments],
                              stdout=stdout, stderr=subprocess.PIPE,
                              timeout=timeout,
                              env=dict(ENVIRONMENT, **(environment or {})),
                              **source)
    except subprocess.TimeoutExpired:
        return Result(-9, "", "no end within %d s" % timeout)
    return Result(done.returncode, (done.stdout or b"").decode(
        "utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def has_read(process):
    """Wait until a process has read all that is in its standard input, or
    ended."""
    end = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end and struct.unpack(
            "i", fcntl.ioctl(process.stdin, termios.FIONREAD, bytes(4)))[0]:
        time.sleep(0.02)


def read_lines(path):
    try:
        with open(path) as file:
            return file.read().splitlines()
    except OSError:
        return []


def read_stats(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def unbalanced(stats):
    """Which of the three sums does not balance, None if all do."""
    unmatched = sum(stats["unmatched"].values())
    if stats["packets_read"] != (stats["packets_in_exchanges"] + unmatched +
                                 stats["undecided"]):
        return "packets do not balance"
    exchanges = stats["exchanges"]
    ended = sum(exchanges["ended"].values())
    if exchanges["opened"] != ended + exchanges["live"]:
        return "exchanges do not balance"
    for output in stats["outputs"]:
        done = output["delivered"] + output["waiting"]
        due = output["records_due"] + output["recovered"]
        if due != done + sum(output["lost"].values()):
            return "records of %s do not balance" % output["name"]
    return None


class Checks:
    """Counts checks and prints those that fail; end() exits with 1 then."""

    def __init__(self):
        self.made = self.failed = 0

    def check(self, good, message):
        self.made += 1
        if not good:
            self.failed += 1
            print("FAILED: " + message)
        return bool(good)

    def equal(self, got, expected, message):
        return self.check(got == expected, "%s: got %r, expected %r" % (
            message, got, expected))

    def end(self):
        print("%d checks, %d failed" % (self.made, self.failed))
        sys.exit(1 if self.failed or not self.made else 0)
