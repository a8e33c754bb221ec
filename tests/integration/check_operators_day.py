#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""An operator's day: install the package, configure it by what it brings along,
run it on a router, follow, rotate, reload, fill a disk, kill it, upgrade and
remove it.

usage: check_operators_day.py [-v | TRANSCRIPT]

Every step is checked.  What was typed and what came back is a transcript for
people: -v prints it, a file name keeps it.  There is no systemd: the probe is
started as its unit would start it, with the unit's command, user and
capability, and its messages are kept where journalctl(1) would show them.
"""
import gzip
import json
import os
import re
import shlex
import signal
import subprocess
import sys

import harness
import netspace
import packages
import router

CHECKS = harness.Checks()
CONF = "/etc/exflow.conf"
RECORDS = "/var/lib/exflow/exchanges.json"
PUT_ASIDE = "/var/lib/exflow/exchanges.1.json"
SMALL = "/var/lib/exflow/small"
PATIENCE = 60
WIDTH = 132
FLOOD = 1500    # records, of more than 1 MB

SERVER = """
import socket, threading
def answer(one):
    while one.recv(65536):
        one.sendall(b"x" * 20000)
    one.close()
def datagrams():
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.bind(("10.2.0.2", 53))
    while True:
        _, peer = u.recvfrom(2048)
        u.sendto(b"y" * 80, peer)
threading.Thread(target=datagrams, daemon=True).start()
s = socket.create_server(("10.2.0.2", 80))
while True:
    one, _ = s.accept()
    threading.Thread(target=answer, args=(one,), daemon=True).start()
"""
# Pages are fetched one after the other, then names are asked for.
CLIENT = """
import socket, sys
for _ in range(int(sys.argv[1])):
    with socket.create_connection(("10.2.0.2", 80)) as s:
        s.sendall(b"GET /")
        left = 20000
        while left > 0:
            left -= len(s.recv(65536))
kept = []       # so that no port is chosen twice
for _ in range(int(sys.argv[2])):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(60)
    s.sendto(b"q" * 40, ("10.2.0.2", 53))
    s.recvfrom(2048)
    kept.append(s)
"""
# One connection that stays open until its standard input ends.
HOLD = """
import socket, sys
with socket.create_connection(("10.2.0.2", 80)) as s:
    s.sendall(b"GET /")
    s.recv(65536)
    sys.stdin.read()
"""


class Day:
    """The machines, what is typed on them, and the transcript."""

    def __init__(self, space, root, transcript):
        self.space, self.root, self.transcript = space, root, transcript
        self.log = os.path.join(harness.workspace(), "journal")
        self.shown = 0
        self.probe = None

    def write(self, text):
        self.transcript.write(text)

    def step(self, text):
        self.write("\n=== %s\n\n" % text)

    def remark(self, text):
        self.write("# %s\n" % text)

    def show(self, text, most=40, width=WIDTH):
        lines = text.rstrip("\n").split("\n") if text.strip() else []
        for line in lines[:most]:
            self.write((line if len(line) <= width else
                        line[:width - 2] + " …") + "\n")
        if len(lines) > most:
            self.write("… (%d more lines)\n" % (len(lines) - most))

    def type(self, line, status=0, most=40):
        """A line for the router's shell; what it printed."""
        self.write("router# %s\n" % line)
        done = subprocess.run(
            self.space.within("router") + self.root.within("sh", "-c", line),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            stdin=subprocess.DEVNULL, errors="replace", cwd="/",
            env=self.environment(), timeout=60)
        self.show(done.stdout, most)
        if done.returncode != 0:
            self.write("(exit status %d)\n" % done.returncode)
        CHECKS.equal(done.returncode, status, "%s: %s" % (line, done.stdout))
        return done.stdout

    @staticmethod
    def environment():
        return {"PATH": packages.DEFAULT_PATH, "LC_ALL": "C.UTF-8",
                "DEBIAN_FRONTEND": "noninteractive", "COLUMNS": "80"}

    def edit(self, text, what):
        """The configuration, as an editor leaves it."""
        before = self.root.read(CONF).splitlines()
        self.root.write(CONF, text)
        self.write("router# vi %s\n" % CONF)
        self.remark(what)
        for line in text.splitlines():
            if line not in before:
                self.write("    %s\n" % line)

    # --- the probe, as its unit starts it

    def unit(self, name):
        return re.search("(?m)^%s=(.*)$" % name, self.root.read(
            "/lib/systemd/system/exflow.service")).group(1)

    def as_unit(self, command):
        user, group = self.unit("User"), self.unit("Group")
        raw = self.unit("AmbientCapabilities").lower().replace("cap_", "-all,+")
        CHECKS.equal(self.unit("CapabilityBoundingSet"),
                     self.unit("AmbientCapabilities"), "capabilities")
        return self.space.within("router") + self.root.within(
            "setpriv", "--reuid", user, "--regid", group, "--init-groups",
            "--inh-caps", raw, "--ambient-caps", raw, "--bounding-set", raw,
            "--no-new-privs", *shlex.split(command))

    def check_unit(self, status=0):
        """What the unit does first; what it said."""
        done = subprocess.run(
            self.as_unit(self.unit("ExecStartPre")), cwd="/", check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=self.environment())
        CHECKS.equal(done.returncode, status,
                     "ExecStartPre: " + done.stdout)
        return done.stdout

    def start(self):
        self.write("router# systemctl start exflow\n")
        self.check_unit()
        with open(self.log, "ab") as log:
            self.probe = subprocess.Popen(
                self.as_unit(self.unit("ExecStart")), stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, env=self.environment(), cwd="/")
        self.space.running.append(self.probe)
        self.says("capturing on r0", show=False)

    def stop(self, number=signal.SIGTERM):
        return netspace.stop(self.probe, number)

    def journal(self):
        with open(self.log, errors="replace") as file:
            return file.read()[self.shown:]

    def tell(self):
        """Its messages since the last time."""
        text = self.journal()
        self.shown += len(text)
        self.write("router# journalctl -u exflow\n")
        self.show(text, width=300)
        return text

    def says(self, text, show=True):
        """Wait for a message."""
        CHECKS.check(netspace.until(lambda: text in self.journal(), PATIENCE),
                     "the log says %r: %s" % (text, self.journal()[-2000:]))
        return self.tell() if show else None

    # --- what there is

    def statistics(self):
        done = subprocess.run(
            self.space.within("router") + self.root.within(
                "exflowctl", "-j", "stats"), stdout=subprocess.PIPE,
            check=True, cwd="/", env=self.environment())
        return json.loads(done.stdout)

    def records(self, path=RECORDS):
        if not self.root.has(path):
            return []
        return [json.loads(line) for line in
                self.root.read(path).splitlines() if line.endswith("}")]

    def archived(self):
        """How many records the files of the archive have."""
        names = self.root.run("find", "/var/lib/exflow", "-name",
                              "[!.]*.ipfix*").split()
        return [len(self.root.run("exflowdump", "--json", name).splitlines())
                for name in names]

    def wait(self, condition, what):
        CHECKS.check(netspace.until(condition, PATIENCE), what)

    def traffic(self, pages, names):
        self.write("client$ # fetch %d pages, ask for %d names\n" % (pages,
                                                                    names))
        self.space.run("client", sys.executable, "-c", CLIENT, str(pages),
                       str(names))


# --- the morning

def installs_it(day, deb):
    day.step("Install the package")
    said = day.type("dpkg -i " + day.root.copy(deb))
    CHECKS.check("Setting up exflow" in said, said)
    day.type("getent passwd exflow")
    day.type("zcat -f /usr/share/doc/exflow/README.Debian")
    CHECKS.check(not any("start" in line for line in day.root.asked()),
                 "it was started")


def example(day):
    """The configuration to begin with, of the page that is installed."""
    path = day.root.inside("/usr/share/doc/exflow/probe.md.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        page = file.read()
    block = re.search(r"A configuration to begin with:\n\n((?:    .*\n)+)",
                      page).group(1)
    return re.sub("(?m)^    ", "", block)


def configures_it(day):
    day.step("Configure it by its manual alone")
    day.remark("of /usr/share/doc/exflow/probe.md.gz, with our network and a "
               "file a day")
    text = example(day).replace("192.0.2.0/24", "10.1.0.0/24").replace(
        "/%H%M.ipfix", ".ipfix")
    day.edit(text, "a configuration to begin with:")
    day.remark("the unit checks it first:")
    said = day.type("exflow -t -c %s" % CONF, status=2)
    CHECKS.check("eth0" in said, "it names the interface: " + said)
    day.type("exflow -D")
    text = text.replace("eth0", "r0") + (
        'outputs = {"json:%s"}\n' % RECORDS +
        "udp_idle_timeout = 1\ntcp_linger = 500ms\n")
    day.edit(text, "the interface is r0; and JSON, to follow it:")
    said = day.type("exflow -t -c %s" % CONF)
    CHECKS.check("configuration is valid" in said, said)
    CHECKS.check("valid" in day.check_unit(), "as the unit checks it")


def follows_it(day):
    day.step("Start it, and follow its records")
    day.start()
    said = day.tell()
    CHECKS.check("exflow" in said, said)
    with open("/proc/%d/status" % day.probe.pid) as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file
                      if ":\t" in line)
    for name in ("CapEff", "CapPrm", "CapBnd"):
        CHECKS.equal(int(status[name], 16), 1 << 13, name + ": CAP_NET_RAW")
    CHECKS.equal(status["Seccomp"], "2", "a seccomp filter")
    day.write("router# tail -F %s &\n" % RECORDS)
    followed = os.path.join(harness.workspace(), "followed")
    with open(followed, "wb") as file:
        tail = subprocess.Popen(day.root.within("tail", "-n", "+1", "-F",
                                                RECORDS),
                                stdout=file, stderr=subprocess.DEVNULL)
    day.space.running.append(tail)
    day.traffic(3, 2)
    day.wait(lambda: len(harness.read_lines(followed)) == 5, "tail shows 5 "
             "lines: %r" % harness.read_lines(followed))
    day.show("\n".join(harness.read_lines(followed)))
    netspace.stop(tail)
    records = [json.loads(line) for line in harness.read_lines(followed)]
    CHECKS.equal(sorted(r["destinationTransportPort"] for r in records),
                 [53, 53, 80, 80, 80], "the servers' ports")
    CHECKS.equal([r["responderOctets"] for r in records
                  if r["destinationTransportPort"] == 80], [20000] * 3,
                 "the pages' payload")
    CHECKS.equal({r["sourceIPv4Address"] for r in records}, {"10.1.0.2"},
                 "the client")


def asks_it(day):
    day.step("Ask it")
    day.write("client$ # a connection that stays open\n")
    held = day.space.start("client", sys.executable, "-c", HOLD,
                           stdin=subprocess.PIPE)
    day.wait(lambda: day.statistics()["exchanges"]["live"] == 1,
             "a live exchange")
    said = day.type("exflowctl top by octets")
    CHECKS.check("10.2.0.2:80" in said, said)
    day.type("exflowctl live port 53")
    said = day.type("exflowctl stats")
    CHECKS.check(re.search(r"\b5 delivered", said), said)
    said = day.type("curl -s http://127.0.0.1:9100/metrics | grep -v '^#' | "
                    "grep -E 'packets_read|exchanges_(live|opened)|balanced'")
    CHECKS.check("exflow_books_balanced 1" in said, said)
    held.stdin.close()
    held.wait(10)
    day.wait(lambda: len(day.records()) == 6, "the record of it")


def rotates(day):
    day.step("Rotate")
    day.type("exflowctl rotate")
    day.wait(lambda: day.root.has(PUT_ASIDE), "a file put aside")
    day.wait(lambda: day.archived() == [6], "the archive's file")
    files = day.type("find /var/lib/exflow -type f ! -name '.*'").split()
    archived = [name for name in files if name.endswith(".ipfix")]
    CHECKS.equal(len(archived), 1, "archives: %r" % files)
    said = day.type("exflowdump %s" % archived[0])
    CHECKS.check("10.2.0.2:80" in said, said)
    day.traffic(1, 0)
    day.wait(lambda: len(day.records()) == 1, "a new file of JSON")
    CHECKS.equal(len(day.records(PUT_ASIDE)), 6, "what was put aside")


# --- mistakes and accidents

def mistypes(day):
    day.step("Reload a wrong file, then a right one")
    good = day.root.read(CONF)
    day.edit(good.replace("tcp_linger", "tcp_lingre"), "a slip:")
    line = good.splitlines().index("tcp_linger = 500ms") + 1
    said = day.type("exflowctl reload", status=1)
    CHECKS.check("%s:%d" % (CONF, line) in said and "tcp_linger" in said,
                 "it names line %d: %s" % (line, said))
    day.tell()
    day.traffic(1, 0)
    day.wait(lambda: len(day.records()) == 2, "it goes on as it was")
    text = good + ('archive "small" {\n    path = "json:%s/all.json"\n}\n'
                   % SMALL)
    day.edit(text, "mended, and a copy for a small disk:")
    day.type("mkdir %s && mount -t tmpfs -o size=1m small %s && "
             "chown exflow: %s" % (SMALL, SMALL, SMALL))
    day.root.mounted.append(day.root.inside(SMALL))
    day.type("exflowctl reload")
    day.says("in force")
    CHECKS.equal(day.statistics()["reloads"], 1, "reloads")


def small(day):
    """The output on the small disk."""
    return next(output for output in day.statistics()["outputs"]
                if output["name"] == "small")


def fills_a_disk(day):
    day.step("Fill a disk of 1 MB")
    before = len(day.records())
    day.write("client$ # %d datagrams to a closed port\n" % FLOOD)
    router.datagrams(day.space, FLOOD, 9)
    day.wait(lambda: len(day.records()) == before + FLOOD,
             "the other file has all: %d" % len(day.records()))
    day.says("No space left")
    said = day.type("df -h %s; tail -c 60 %s/all.json" % (SMALL, SMALL))
    CHECKS.check("100%" in said and said.endswith("}\n"), said)
    day.wait(lambda: small(day)["waiting"] > 0, "records wait")
    day.type("exflowctl stats | sed -n '/^outputs/,$p'")
    CHECKS.equal(sum(small(day)["lost"].values()), 0, "records lost")
    day.remark("make room")
    day.type("mount -o remount,size=16m %s" % SMALL)
    day.wait(lambda: small(day)["waiting"] == 0, "it catches up")
    day.says("output small: writing again")
    day.wait(lambda: len(day.records(SMALL + "/all.json")) == FLOOD,
             "records on the small disk")
    day.type("wc -l %s/all.json" % SMALL)
    CHECKS.equal(sum(small(day)["lost"].values()), 0, "lost in the end")


def kills_it(day):
    day.step("kill -9, and start it again")
    before = len(day.records()) + 4
    day.traffic(2, 2)
    day.wait(lambda: len(day.records()) == before, "records")
    day.write("router# kill -9 %s\n" % "$(pidof exflow)")
    CHECKS.equal(day.stop(signal.SIGKILL), -signal.SIGKILL, "killed")
    whole = day.root.read(RECORDS)
    CHECKS.check(whole.endswith("\n"), "JSON ends with a whole line")
    day.remark("a crash of the machine may also leave half a line:")
    day.type("""printf '{"sourceIPv4Address":"10.1.0' >>%s""" % RECORDS)
    day.type("find /var/lib/exflow -type f")
    day.start()
    said = day.tell()
    CHECKS.check("of a line in %s that was not complete" % RECORDS in said,
                 said)
    CHECKS.equal(day.root.read(RECORDS), whole, "half a line stays")
    CHECKS.check(re.search(r"output flows: recovered .*\.ipfix", said),
                 "what became of the archive: " + said)
    day.traffic(1, 0)
    day.wait(lambda: len(day.records()) == before + 1, "it goes on behind")
    day.type("find /var/lib/exflow -type f -name '[!.]*.ipfix*'")
    # Before the flood 8 records; what waited in memory is lost.
    archived = day.archived()
    CHECKS.check(8 + FLOOD <= sum(archived) <= 8 + FLOOD + 5,
                 "archives have %r records" % archived)


# --- the evening

def upgrades_it(day, newer):
    day.step("Upgrade")
    mine = day.root.read(CONF)
    day.root.asked()
    day.type("dpkg --force-confdef --force-confold -i %s"
             % day.root.copy(newer))
    CHECKS.equal(day.root.read(CONF), mine, "the configuration")
    asked = day.root.asked()
    CHECKS.check(any("try-restart" in line for line in asked),
                 "systemd is asked to restart it: %r" % asked)
    day.remark("the package asked systemd: "
               + "; ".join(line for line in asked if "restart" in line))
    before = len(day.records())
    CHECKS.equal(day.stop(), 0, "it ends: " + day.journal())
    day.tell()
    day.start()
    day.tell()
    day.traffic(1, 0)
    day.wait(lambda: len(day.records()) == before + 1, "a record after it")
    day.type("dpkg-query -W exflow; ls %s*" % CONF)


def removes_it(day):
    day.step("Remove it")
    day.write("router# systemctl stop exflow\n")
    CHECKS.equal(day.stop(), 0, "it ends: " + day.journal())
    day.tell()
    day.type("dpkg -r exflow")
    CHECKS.check(day.root.has(CONF), "the configuration of a package that "
                 "was removed")
    said = day.type("dpkg -P exflow")
    CHECKS.check("/var/lib/exflow is not empty, and stays" in said, said)
    CHECKS.check(not day.root.has(CONF), "the configuration after a purge")
    said = day.type("find /var/lib/exflow -type f")
    CHECKS.check(RECORDS in said and ".ipfix" in said, "records: " + said)


def spend(deb, newer, transcript):
    with packages.Root() as root, netspace.Space(
            "client", "router", "server") as space:
        router.make_network(space)
        space.start("server", sys.executable, "-c", SERVER)
        router.listening(space, "server", "10.2.0.2:80")
        day = Day(space, root, transcript)
        installs_it(day, deb)
        configures_it(day)
        follows_it(day)
        asks_it(day)
        rotates(day)
        mistypes(day)
        fills_a_disk(day)
        kills_it(day)
        upgrades_it(day, newer)
        removes_it(day)


def main():
    packages.enter()
    netspace.need()
    for program in ("setpriv", "curl", "tail"):
        harness.need_program(program)
    wanted = sys.argv[1] if len(sys.argv) > 1 else None
    path = wanted if wanted and wanted != "-v" else os.path.join(
        harness.workspace(), "transcript")
    deb = packages.build()
    newer = packages.repack(deb, packages.version() + "+1",
                            lambda text: "# A new version's.\n" + text)
    try:
        with open(path, "w", encoding="utf-8") as transcript:
            spend(deb, newer, transcript)
    finally:
        if wanted == "-v" or CHECKS.failed:
            with open(path, encoding="utf-8") as file:
                print(file.read())
    CHECKS.end()


if __name__ == "__main__":
    main()
