#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""The system says no: memory, files, sockets, clocks and threads that cannot
be had, calls that are interrupted or do half of what was asked.

tests/faults/faults.so stands before the system's calls.  Each run has six
outputs and has to come to a clear end: status 1 or 2 with a message, or 0 with
every record; no signal, no hang; the books balance, and every file that got
its name holds what is counted as delivered.

Memory: the first allocation of every different stack of callers fails once;
and, of a choice of them, all that follow do, too.  Some libraries do not live
through that themselves, at the start, before a packet is read: libseccomp,
whose stacks are left out; the parsers of libconfuse and of libpcap's filters;
glib where it wants a mutex, or memory to say that it has none; the C library
where it looks up a user.  faults.so says where it crashed.
EXFLOW_FAULTS_FULL=1 takes all stacks, and prints what became of each.  A probe
on the loopback interface is started in the same way, which takes root.  It has
a network of its own, so that the records are those of the test's datagrams.
"""
import concurrent.futures
import ctypes
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time

import harness
from collectors import free_port

PRELOAD = os.path.join(harness.BUILD, "tests", "faults", "faults.so")
EXFLOWDUMP = os.path.join(harness.BUILD, "src", "exflowdump")
CAPTURE = os.path.join(harness.OWN_CAPTURES, "demo.pcap")
AT_ONCE = 3 * (os.cpu_count() or 2) // 2
PATIENCE = 60
FULL = bool(os.environ.get("EXFLOW_FAULTS_FULL"))
AT_THE_START = ("libconfuse", "libpcap", "libglib-2.0", "libc")
CLONE_NEWNET = 0x40000000
DATAGRAMS = 3
checks = harness.Checks()
folder = harness.workspace()
numbers = iter(range(10 ** 6))

CONFIGURATION = """
networks = {10.0.0.0/24, "2001:db8:1::/64"}
give_up = 1
shutdown_timeout = 1
connect_timeout = 1
send_timeout = 1
filter = "ip or ip6"
outputs = {"json:%(folder)s/all.json", "ipfix:%(folder)s/all.ipfix",
           "csv:%(folder)s", "udp://127.0.0.1:%(udp)d"}
collector "sink" {
    address = "tcp://127.0.0.1:%(tcp)d"
    spool_dir = "%(folder)s/spool"
}
archive "store" {
    path = "%(folder)s/archive/%%Y/exflow-%%H%%M.ipfix"
    rotate = 60
    compress = gzip
    retention_days = 30000
}
"""


class Sink:
    """A collector: takes everything, over UDP and over TCP, and drops it."""

    def __init__(self):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.tcp = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.ports = {"udp": self.udp.getsockname()[1],
                      "tcp": self.tcp.getsockname()[1]}
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            taken = self.tcp.accept()[0]
            threading.Thread(target=self.drain, args=(taken,),
                             daemon=True).start()

    @staticmethod
    def drain(taken):
        try:
            while taken.recv(65536):
                pass
        except OSError:
            pass
        taken.close()


def program():
    with open(harness.EXFLOW, "rb") as file:
        return file.read()


def usable():
    """A program that the library can stand before."""
    octets = program()
    return octets[:4] == b"\x7fELF" and b"__asan_" not in octets and \
        b"__tsan_" not in octets and b"__ubsan_" not in octets


def counts_lines():
    """Then it wants memory at the end, for itself, and has no other way."""
    return b"__gcov_" in program()


def threads_of(pid):
    """State and ticks of each: does it wait, or get no processor?"""
    lines = []
    for path in glob.glob("/proc/%d/task/*/stat" % pid):
        fields = " ".join(harness.read_lines(path)).rpartition(")")[2].split()
        lines.append(" ".join([path] + fields[:1] + fields[11:13]))
    return "\n".join(lines)


class Run:
    """exflow over a capture, with faults, in a folder of its own."""
    outputs_that_hold = ("json", "ipfix", "csv", "store")

    def __init__(self, *arguments, faults=None, record=None):
        self.folder = os.path.join(folder, "run-%d" % next(numbers))
        self.stats_path = os.path.join(self.folder, "stats.json")
        os.makedirs(os.path.join(self.folder, "spool"))
        environment = dict(harness.ENVIRONMENT, LD_PRELOAD=PRELOAD,
                           MALLOC_PERTURB_="165") # what is freed is spoilt
        if faults is not None:
            environment["EXFLOW_FAULTS"] = faults
        if record is not None:
            environment["EXFLOW_FAULTS_RECORD"] = record
        self.what = "%s %s" % (faults, " ".join(arguments))
        with subprocess.Popen(
                [harness.EXFLOW, "--stats", self.stats_path, "-q"] +
                self.input() + list(arguments), env=environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE) as process:
            self.attend(process)
            try:
                self.err = process.communicate(timeout=PATIENCE)[1].decode(
                    "utf-8", "replace")
                self.code = process.returncode
            except subprocess.TimeoutExpired:
                self.code, self.err = "hang", threads_of(process.pid)
                process.kill()
        self.stats = harness.read_stats(self.stats_path)

    def input(self):
        path = os.path.join(self.folder, "exflow.conf")
        with open(path, "w") as file:
            file.write(CONFIGURATION % dict(sink.ports, folder=self.folder))
        return ["-r", CAPTURE, "-c", path]

    def attend(self, process):
        """While it runs."""

    def outputs(self):
        """Counts by kind: json, ipfix, csv, udp, sink, store."""
        kinds = {}
        for output in self.stats["outputs"]:
            name = output["name"].split(":")[0]
            kinds[name.split(".")[-1]] = output
        return kinds

    def close(self):
        shutil.rmtree(self.folder)


class Probe(Run):
    """The same on an interface, until it is told to end."""
    outputs_that_hold = ("json", "ipfix")

    def input(self):
        self.control = os.path.join(self.folder, "control")
        return ["-i", "lo", "-n", "127.0.0.0/8", "--set", "user=root",
                "--set", "meter=all",
                "--set", "control=" + self.control,
                "--set", "metrics=127.0.0.1:%d" % free_port(
                    "127.0.0.1", socket.SOCK_STREAM),
                "--set", "pid_file=" + os.path.join(self.folder, "pid"),
                "-o", "json:" + os.path.join(self.folder, "all.json"),
                "-o", "ipfix:" + os.path.join(self.folder, "all.ipfix")]

    def attend(self, process):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and process.poll() is None and \
                not os.path.exists(self.control):
            time.sleep(0.02)
        send_datagrams()
        time.sleep(0.1)
        if process.poll() is None:
            process.terminate()


def own_network():
    """This thread's, and that of the processes that it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def may_have_networks():
    """In a process of its own, as this one's threads need the sink's."""
    return os.geteuid() == 0 and shutil.which("ip") and subprocess.run(
        ["unshare", "--net", "ip", "link", "set", "lo", "up"],
        stderr=subprocess.DEVNULL).returncode == 0


def send_datagrams():
    """Each from a port of its own: so many exchanges."""
    for port in range(20000, 20000 + DATAGRAMS):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.1", port))
            sender.sendto(b"x", ("127.0.0.1", 9))


def records(path):
    """How many an IPFIX file holds, or why it cannot be read."""
    done = subprocess.run([EXFLOWDUMP, "--json", path],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=harness.ENVIRONMENT)
    if done.returncode != 0:
        return done.stderr.decode()
    return sum(b"flowId" in line for line in done.stdout.splitlines())


def archived(run):
    """Records of all files of the archive that have their name."""
    total = 0
    for place, _, names in os.walk(os.path.join(run.folder, "archive")):
        for name in names:
            if name.startswith("."):
                continue
            # Both are there while one is made of the other.
            if name.endswith(".gz") and name[:-3] in names:
                continue
            count = records(os.path.join(place, name))
            if not isinstance(count, int):
                return count
            total += count
    return total


def lines(path):
    """Whole lines of a file; 0 where there is none."""
    try:
        with open(path) as file:
            text = file.read()
    except FileNotFoundError:
        return 0
    if text and not text.endswith("\n"):
        return "the last line is cut"
    return text.count("\n")


def held(run, kind):
    """What an output's files hold, by their own word."""
    if kind == "ipfix":
        path = os.path.join(run.folder, "all.ipfix")
        return records(path) if os.path.exists(path) else 0
    if kind == "json":
        path = os.path.join(run.folder, "all.json")
        for line in harness.read_lines(path):
            json.loads(line)
        return lines(path)
    if kind == "csv":
        counts = [lines(os.path.join(run.folder, name))
                  for name in harness.TABLES]
        return sum(max(count - 1, 0) for count in counts)
    return archived(run)


def wrong_with_files(run):
    """Files against counts, as a list of sentences."""
    wrong = []
    for kind, output in run.outputs().items():
        if kind in run.outputs_that_hold:
            count = held(run, kind)
            if count != output["delivered"]:
                wrong.append("%s holds %r, %d are delivered" % (
                    output["name"], count, output["delivered"]))
    return wrong


def torn_files(run):
    """Files that have their name and are not whole, as a list of sentences."""
    wrong = []
    for kind in run.outputs_that_hold:
        try:
            count = held(run, kind)
        except ValueError as error: # no JSON
            count = str(error)
        if not isinstance(count, int):
            wrong.append("%s: %s" % (kind, count))
    return wrong


def wrong_with_messages(run):
    """Files against losses that were told, where statistics had no memory."""
    told = {name: (int(lost), int(due)) for name, lost, due in re.findall(
        r"output (\S+): (\d+) of (\d+) records were not delivered", run.err)}
    names = {"json": "json:%s/all.json" % run.folder, "store": "store",
             "ipfix": "ipfix:%s/all.ipfix" % run.folder,
             "csv": "csv:" + run.folder}
    wrong = []
    for due in {due for _, due in told.values()}:
        for kind in run.outputs_that_hold:
            lost = told.get(names[kind], (0, due))[0]
            if held(run, kind) != due - lost:
                wrong.append("%s holds %r of %d, %d were lost" % (
                    names[kind], held(run, kind), due, lost))
    return wrong


def wrong_with(run, must_be=None):
    """What is wrong with how it ended, as a list of sentences."""
    wrong = []
    if run.code not in (0, 1, 2):
        return ["no clear end: %s" % run.code]
    if run.code != 0 and not run.err.strip():
        wrong.append("no message, status %d, %s" % (
            run.code, run.stats and run.stats["outputs"]))
    if must_be is not None and run.code != must_be:
        wrong.append("status %d instead of %d" % (run.code, must_be))
    if run.stats is None:
        if run.code == 0:
            wrong.append("no statistics")
        return wrong + (torn_files(run) or wrong_with_messages(run))
    if harness.unbalanced(run.stats):
        wrong.append(harness.unbalanced(run.stats))
    wrong += wrong_with_files(run)
    lost = {o["name"]: o["lost"] for o in run.stats["outputs"]
            if sum(o["lost"].values()) or o["waiting"]}
    if run.code == 0 and lost:
        wrong.append("status 0, and lost %s" % lost)
    return wrong


def judge(run, must_be=None):
    wrong = wrong_with(run, must_be)
    checks.check(not wrong, "%s: %s\n%s" % (
        run.what, "; ".join(wrong), run.err[-2000:]))
    run.close()
    return run


# --- memory

def stacks(pool, make, *arguments):
    """One allocation of each stack of callers, and the callers."""
    path = os.path.join(folder, "stacks-%d" % next(numbers))
    run = pool.submit(make, *arguments, record=path).result()
    judge(run, 0)
    checks.check(run.stats["outputs"][0]["delivered"] >= DATAGRAMS,
                 "there was nothing to lose")
    checks.check(os.path.exists(path), "no stacks: " + run.err)
    return [line.split() for line in harness.read_lines(path)]


def library(stack):
    """Which one wanted the memory, if none of ours did."""
    if all(caller.startswith("libc.so") for caller in stack[1:5]):
        return "libc"
    for caller in stack[1:]:
        name = caller.split(".so")[0]
        if name not in ("libc", "ld-linux-x86-64"):
            return name if ".so" in caller else None
    return None


def crashed_in(run, stack):
    """The library that does not live through it at the start; or None."""
    where = re.search(r"faults: signal \d+ in (\S+)", run.err)
    if run.code not in (-5, -6, -11) or where is None:
        return None
    name = where.group(1).split(".so")[0]
    if "libConfuse documentation" in run.err: # of a default of ours
        name = "libconfuse"
    if name == "exflow" and library(stack) == "libc":
        name = "libc" # which it called
    if name == "exflow" and counts_lines():
        return "gcov"
    # It was called with memory.
    if name == "libglib-2.0" and not begins_with_glib(stack):
        return None
    return name if name in AT_THE_START else None


def wrong_with_crash(run):
    """Before a packet is read there is nothing to lose; nor is there when all
    is told, and glib wants memory to empty its tables."""
    if run.stats is not None:
        return wrong_with_files(run)
    return torn_files(run) + [name for name in os.listdir(run.folder)
                              if name.endswith(".ipfix")]


def an_allocation_fails(stack, make, arguments, on=""):
    run = make(*arguments, faults="alloc=" + stack[0] + on)
    if FULL:
        print(run.code, stack[0] + on, " ".join(stack[1:7]), run.err.strip())
    blame = crashed_in(run, stack)
    if blame is None:
        judge(run)
        return run.code
    checks.equal(wrong_with_crash(run), [], run.what)
    run.close()
    return blame


def fail_all(pool, found, make, arguments, on=""):
    ends = list(pool.map(lambda stack: an_allocation_fails(
        stack, make, arguments, on), found))
    print("%s: %d allocations%s failed: %s" % (
        make.__name__, len(found), " and all that follow" if on else "",
        ", ".join("%s %d" % (end, ends.count(end))
                  for end in sorted(set(ends), key=str))))
    checks.check(1 in ends, "no allocation failed")


def begins_with_glib(stack):
    """One of hundreds that are alike: what libfixbuf wants at the start."""
    return library(stack) in ("libglib-2.0", "libfixbuf")


def allocations_fail(pool, make, *arguments):
    arguments += ("--no-seccomp",)
    found = stacks(pool, make, *arguments)
    checks.check(len(found) > 50, "only %d stacks" % len(found))
    every_allocation_fails_once(pool, found, make, arguments)
    if not counts_lines():
        no_memory_from_there_on(pool, found, make, arguments)


def every_allocation_fails_once(pool, found, make, arguments):
    fail_all(pool, found, make, arguments)


def no_memory_from_there_on(pool, found, make, arguments):
    """A clear end or a counted loss, whatever asks next."""
    alike = [stack for stack in found if begins_with_glib(stack)]
    others = [stack for stack in found if not begins_with_glib(stack)]
    some = others[::2] + alike[::10]
    fail_all(pool, found if FULL else some, make, arguments, "+")


# --- calls

WHOLE, ANY, FAILED = 0, None, 1
CALLS = [
    # Interrupted, or half done: nothing is lost.
    ("read=EINTR/2,pread=EINTR/2,recv=EINTR/2", WHOLE),
    ("read=SHORT,pread=SHORT", WHOLE),
    ("write=EINTR/2,pwrite=EINTR/2,send=EINTR/2,sendmmsg=EINTR/2", WHOLE),
    ("write=SHORT,pwrite=SHORT", WHOLE),
    ("send=EAGAIN/2,recv=EAGAIN/2,sendmmsg=EAGAIN/2", WHOLE),
    ("fsync=EINTR@1+1,fdatasync=EINTR@1+1", ANY),
    # A disk that is full or broken, at the start or for a while or for good.
    ("write=ENOSPC,pwrite=ENOSPC", FAILED),
    ("write=ENOSPC@2,pwrite=ENOSPC@2", FAILED),
    ("write=ENOSPC@2+2,pwrite=ENOSPC@2+2", ANY),
    ("write=EIO,pwrite=EIO", FAILED),
    ("write=EIO@3+1,pwrite=EIO@3+1", ANY),
    ("fsync=EIO,fdatasync=EIO", FAILED),
    ("ftruncate=EIO,write=ENOSPC@2,pwrite=ENOSPC@2", FAILED),
    ("rename=EIO,renameat=EIO,renameat2=EIO", FAILED),
    ("rename=EACCES,renameat=EACCES,renameat2=EACCES", FAILED),
    ("renameat2=EINVAL", ANY),
    ("read=EIO,pread=EIO", FAILED),
    # Nothing left to open anything with.
    ("open=EMFILE", FAILED),
    ("openat=EMFILE", ANY),
    ("fopen=EMFILE", 2),
    ("socket=EMFILE", ANY),
    ("mkostemp=EMFILE", FAILED),
    # The network.
    ("send=ENOBUFS/3,sendmmsg=ENOBUFS/3", ANY),
    ("sendmmsg=EACCES", FAILED),
    ("recvmsg=EIO", ANY),
    ("send=ECONNRESET@2+3", ANY),
    ("send=SHORT", ANY),
    ("recv=ECONNRESET@1", ANY),
    # Clocks, chance, threads.
    ("clock_gettime=EINVAL", FAILED),
    ("clock_gettime=EINVAL@20", FAILED),
    ("getrandom=ENOSYS", FAILED),
    ("getentropy=EIO", FAILED),
    ("mmap=ENOMEM", ANY),
] + [("open=EMFILE@%d+1" % n, ANY) for n in range(1, 16)] \
  + [("pthread_create=EAGAIN@%d+1" % n, ANY) for n in range(1, 8)]


def every_call_fails(pool):
    for run in pool.map(lambda case: judge(Run(faults=case[0]), case[1]),
                        CALLS):
        if FULL:
            print(run.code, run.what, run.err.strip())


harness.need_exflow()
if not os.path.exists(PRELOAD):
    harness.skip(PRELOAD + " is not built (make check does)")
if not usable():
    harness.skip("nothing can be preloaded before a sanitizer or a script")
sink = Sink()
with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as threads:
    judge(Run(), 0)
    every_call_fails(threads)
    if "calls" not in sys.argv:
        allocations_fail(threads, Run, "--set", "workers=2")
if "calls" not in sys.argv and may_have_networks():
    with concurrent.futures.ThreadPoolExecutor(
            AT_ONCE, initializer=own_network) as threads:
        allocations_fail(threads, Probe)
elif "calls" not in sys.argv:
    print("no probe was started: that takes root, and networks of its own")
checks.end()
