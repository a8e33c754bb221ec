#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A probe's text files are followed, rotated, killed and reloaded."""
import json
import os
import re
import signal
import subprocess
import sys
import time

import harness
import netspace
from router import CHECKS, FOLDER, PATIENCE, Probe, datagrams, run

CTL = os.path.join(os.path.dirname(harness.EXFLOW), "exflowctl")
QUICK = ("--set", "udp_idle_timeout=0.3")


def lines(path):
    return harness.read_lines(path)


def whole(path):
    """Every line is an object, the last one has its end."""
    with open(path) as file:
        text = file.read()
    CHECKS.check(text.endswith("\n"), path + " ends in a line")
    return [json.loads(line) for line in text.splitlines()]


def grows_to(path, count, what):
    CHECKS.check(netspace.until(lambda: len(lines(path)) == count, PATIENCE),
                 "%s: %d lines, expected %d" % (what, len(lines(path)),
                                                count))


def check_kill(space):
    """What a kill -9 leaves is there, and the next run goes on behind it."""
    out, tables = os.path.join(FOLDER, "k.json"), os.path.join(FOLDER, "k")
    outputs = (*QUICK, "-o", "json:" + out, "-o", "csv:" + tables)
    rows = os.path.join(tables, "udp_flows.csv")
    probe = Probe(space, "router", *outputs)
    CHECKS.check(os.path.exists(out), "kill: the file is there at the start")
    datagrams(space, 20, 9)
    grows_to(out, 20, "kill")
    grows_to(rows, 21, "kill: table")
    probe.process.kill()
    probe.process.wait()
    with open(out, "a") as file:
        file.write('{"sourceIPv4Address":"10.')
    probe = Probe(space, "router", *outputs)
    probe.says("of a line in %s that was not complete" % out)
    datagrams(space, 5, 9)
    grows_to(out, 25, "kill: the next run")
    grows_to(rows, 26, "kill: the next run's table")
    probe.end("kill")
    CHECKS.equal(len(whole(out)), 25, "kill: lines")
    CHECKS.equal([n for n in os.listdir(FOLDER) if n.startswith(".")], [],
                 "kill: leftovers")


def check_other_header(space):
    """A table with other columns is refused, and the difference named."""
    tables = os.path.join(FOLDER, "k")
    process = space.start(
        "router", harness.EXFLOW, "-q", "-i", "r0", "-o", "csv:" + tables,
        "--set", "columns=extended", stderr=subprocess.PIPE)
    err = process.communicate()[1].decode()
    CHECKS.equal(process.returncode, 1, "header: exit status")
    CHECKS.check("column 27 is missing, expected octetDeltaCount" in err, err)


def check_logrotate(space):
    """Moved away and SIGHUP; then exflowctl rotate, without a move."""
    config, out = (os.path.join(FOLDER, n) for n in ("lr.conf", "lr.json"))
    control = os.path.join(FOLDER, "lr.control")
    with open(config, "w") as file:
        file.write('outputs = {"json:%s"}\ncontrol = "%s"\n'
                   'udp_idle_timeout = 0.3\n' % (out, control))
    probe = Probe(space, "router", "-c", config)
    datagrams(space, 3, 9)
    grows_to(out, 3, "logrotate")
    os.rename(out, out + "-20240101")
    datagrams(space, 2, 9)
    grows_to(out + "-20240101", 5, "logrotate: moved")
    probe.send(signal.SIGHUP)
    CHECKS.check(netspace.until(lambda: os.path.exists(out), PATIENCE),
                 "logrotate: opened anew")
    probe.says("reload: the configuration is in force")
    datagrams(space, 4, 9)
    grows_to(out, 4, "logrotate: anew")
    subprocess.run([CTL, "-s", control, "rotate"], check=True)
    aside = os.path.join(FOLDER, "lr.1.json")
    CHECKS.check(netspace.until(lambda: os.path.exists(aside), PATIENCE),
                 "rotate: put aside")
    datagrams(space, 1, 9)
    grows_to(out, 1, "rotate: anew")
    grows_to(aside, 4, "rotate: aside")
    stats = probe.end("logrotate")
    CHECKS.equal(stats["outputs"][0]["delivered"], 10, "logrotate: delivered")


def check_reloads(space):
    """Taken out and in again under load: 0.1.0 lost up to 2,399 records."""
    config, out = (os.path.join(FOLDER, n) for n in ("rl.conf", "rl.json"))
    tables = os.path.join(FOLDER, "rl")
    control = os.path.join(FOLDER, "rl.control")

    def write(outputs):
        with open(config, "w") as file:
            file.write('outputs = {"json:-"%s}\ncontrol = "%s"\n'
                       'udp_idle_timeout = 0.1\ncolumns = flowId\n'
                       % (outputs, control))

    flipping = ', "json:%s", "csv:%s"' % (out, tables)
    write(flipping)
    probe = Probe(space, "router", "-c", config)
    sender = space.start("client", sys.executable, "-c", """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sent = 0
while True:
    for _ in range(40):
        sent += 1
        s.sendto(b"x", ("10.2.0.2", 1 + sent % 65000))
    time.sleep(0.01)
""")
    time.sleep(1)
    reloads = 0
    for _ in range(20):
        for outputs in ("", flipping):
            write(outputs)
            done = subprocess.run([CTL, "-s", control, "reload"],
                                  stderr=subprocess.PIPE, check=False)
            CHECKS.equal((done.returncode, done.stderr), (0, b""),
                         "reload under load: " + probe.log()[-500:])
            reloads += 1
            time.sleep(0.1)
    CHECKS.equal(sender.poll(), None, "it was sending all the time")
    netspace.stop(sender)
    time.sleep(1)
    stats = probe.end("reloads")
    ended = re.findall(r"output (json:/|csv:)\S+ ended, (\d+) of (\d+)",
                       probe.log())
    CHECKS.check(reloads > 10 and len(ended) >= reloads - 2,
                 "%d reloads, %d outputs ended" % (reloads, len(ended)))
    CHECKS.equal([e for e in ended if e[1] != e[2]], [], "records lost")
    last = {o["name"]: o["delivered"] for o in stats["outputs"]}
    for scheme, name, path, head in (
            ("json:/", "json:" + out, out, 0),
            ("csv:", "csv:" + tables, tables + "/udp_flows.csv", 1)):
        due = sum(int(e[2]) for e in ended if e[0] == scheme)
        CHECKS.equal(len(lines(path)) - head, due + last.get(name, 0),
                     name + ": lines")
    seen = [r["flowId"] for r in whole(out)]
    CHECKS.equal(len(set(seen)), len(seen), "a line twice")
    everything = {r["flowId"] for r in probe.records()}
    CHECKS.check(set(seen) <= everything, "lines that nobody else has")
    CHECKS.check(len(seen) > 1000, "only %d lines" % len(seen))
    print("%d reloads, %d of %d records in the file" % (
        reloads, len(seen), len(everything)))


def check_closed_pipe(space):
    """Nobody reads standard output any more: the others are finished."""
    tables = os.path.join(FOLDER, "cp")
    reader, writer = os.pipe()
    process = space.start("router", harness.EXFLOW, "-i", "r0", *QUICK, "-o",
                          "json:-", "-o", "csv:" + tables, stdout=writer,
                          stderr=subprocess.PIPE)
    os.close(writer)
    rows = os.path.join(tables, "udp_flows.csv")
    CHECKS.check(netspace.until(lambda: os.path.exists(rows), PATIENCE),
                 "closed pipe: started")
    time.sleep(0.5)
    datagrams(space, 3, 9)
    CHECKS.check(os.read(reader, 100), "closed pipe: a line")
    os.close(reader)
    datagrams(space, 3, 9)
    err = process.communicate(timeout=60)[1]
    err = [x for x in err.splitlines() if b"no user exflow" not in x]
    CHECKS.equal((process.returncode, err), (-signal.SIGPIPE, []),
                 "closed pipe")
    CHECKS.equal(len(lines(rows)), 7, "closed pipe: the table")


if __name__ == "__main__":
    run(("ss",), check_kill, check_other_header, check_logrotate,
        check_reloads, check_closed_pipe)
