#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Complete files are handed to a command (after): each of them, none before it
is complete, also when the command fails, hangs or prints, when exflow or its
helper is killed, and when retention needs the space.

The command copies what it gets into a store, as people copy files elsewhere,
and does as the files in a folder say: "fail", "hang", "chatter".
"""
import os
import random
import re
import signal
import subprocess
import sys
import time

import harness
from check_archive import BEGIN, capture, flow_ids, packet

CHECKS = harness.Checks()
PATIENCE = 60
TAKE = """#!/bin/sh
# FILE NAME: as the files beside this one say.
here=${0%/*}
echo "$1" >>"$here/asked"
[ -e "$here/hang" ] && { echo $$ >"$here/pid"; exec sleep 1000; }
[ -e "$here/deaf" ] && { trap '' TERM; while :; do sleep 0.2; done; }
[ -e "$here/chatter" ] && seq 300
printf 'a\\033[31mred\\n' >&2
[ -e "$here/fail" ] && { echo "no store"; exit 3; }
cp "$1" "$here/store/$(echo "$2" | tr / -)" && echo "$1" >>"$here/taken"
"""


class Place:
    """A folder with a capture, a configuration, the command and its store."""

    def __init__(self, name, pattern, *settings):
        self.folder = os.path.join(harness.workspace(), name)
        self.tools = os.path.join(self.folder, "tools")
        os.makedirs(os.path.join(self.tools, "store"))
        self.take = os.path.join(self.tools, "take")
        with open(self.take, "w") as file:
            file.write(TAKE)
        os.chmod(self.take, 0o755)
        self.archive = os.path.join(self.folder, "archive")
        self.config = os.path.join(self.folder, "exflow.conf")
        self.stats_path = os.path.join(self.folder, "stats.json")
        self.configure(pattern, *settings)

    def configure(self, pattern, *settings):
        """With the command that takes a file and its name, or another."""
        if not any(s.startswith("after =") for s in settings):
            settings += ('after = "%s %%f %%r"' % self.take,)
        with open(self.config, "w") as file:
            file.write("networks = {10.0.0.0/8}\nshutdown_timeout = 2\n"
                       'archive "office" {\n\tpath = "%s"\n%s\n}\n' % (
                           pattern.replace("HERE", self.archive.replace(
                               "%", "%%").replace('"', '\\"')),
                           "\n".join("\t" + s for s in settings)))

    def mark(self, name, there=True):
        path = os.path.join(self.tools, name)
        if there:
            open(path, "w").close()
        elif os.path.exists(path):
            os.unlink(path)

    def lines(self, name):
        return harness.read_lines(os.path.join(self.tools, name))

    def files(self):
        """Those that have their names."""
        return sorted(os.path.join(base, name)
                      for base, _, names in os.walk(self.archive)
                      for name in names if not name.startswith("."))

    def left(self):
        """What the journals say."""
        left = []
        for base, _, names in os.walk(self.archive):
            for name in names:
                if name.startswith(".exflow-after"):
                    left += harness.read_lines(os.path.join(base, name))
        return left

    def run(self, trace, *more):
        done = harness.exflow("-r", trace, "-c", self.config, "--stats",
                              self.stats_path, *more, timeout=PATIENCE * 2)
        CHECKS.check(done.trouble() is None, "%s\n%s" % (
            done.trouble(), done.err[-3000:]))
        return done

    def output(self):
        stats = harness.read_stats(self.stats_path)
        if not CHECKS.check(stats, "statistics of " + self.folder):
            CHECKS.end()
        CHECKS.equal(harness.unbalanced(stats), None, "books")
        return stats["outputs"][0]

    def start(self, *more, **how):
        """exflow, which reads from a pipe."""
        return subprocess.Popen(
            [harness.EXFLOW, "-r", "-", "-c", self.config, "--stats",
             self.stats_path, *more], stdin=subprocess.PIPE,
            stderr=subprocess.PIPE, env=harness.ENVIRONMENT, **how)


def until(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return CHECKS.check(False, "waited in vain for " + what)


def trace_in(place, count=3000):
    return capture(os.path.join(place.folder, "trace.pcap"), count)


def helpers(pid):
    """The processes that this one has started."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % entry) as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except (OSError, IndexError):
            continue
        if fields[1] == str(pid) and fields[0] != "Z":
            found.append(int(entry))
    return found


def is_alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def check_success():
    """Every kind of compression; names that a shell would trip over."""
    for compress in ("none", "gzip", "zstd"):
        if compress == "zstd" and harness.without_zstd():
            continue
        place = Place("success", "HERE/x")
        place.archive = os.path.join(place.folder, "it's \"a\" $(rm) 100%")
        place.configure("HERE/%Y%m%d x'%H%M.ipfix", "rotate = 60",
                        "compress = " + compress,
                        'after = "%s %%f \\"%%u %%t.%%%%\\""' % place.take)
        done = place.run(trace_in(place), "-v")
        CHECKS.equal(done.code, 0, compress + ": " + done.err)
        CHECKS.equal(len(place.files()), 5, "files")
        CHECKS.equal(place.lines("taken"), place.files(), "handed over")
        output = place.output()
        CHECKS.equal([output[k] for k in (
            "after_done", "after_failed", "after_waiting",
            "after_given_up")], [5, 0, 0, 0], "counts")
        for i, path in enumerate(place.files()):
            begin = BEGIN + 60 * i
            copy = os.path.join(place.tools, "store", "%d %s.%%" % (
                begin, time.strftime("%Y%m%d%H%M", time.gmtime(begin))))
            with open(path, "rb") as a, open(copy, "rb") as b:
                CHECKS.check(a.read() == b.read(), copy + " is complete")
            CHECKS.equal(len(flow_ids(path)), 600, "records")
        CHECKS.equal(place.left(), [], "nothing is left in a journal")
        CHECKS.equal(done.err.count("output office: after: a"), 5,
                     "its output is in the log: " + done.err)
        CHECKS.check("\033" not in done.err, "escaped")


def check_failure():
    """A command that fails is tried again; then everything is handed over."""
    place = Place("fails", "HERE/%Y%m%d-%H%M.ipfix", "rotate = 60")
    trace = trace_in(place)
    place.mark("fail")
    with place.start("-v") as exflow:
        with open(trace, "rb") as file:
            exflow.stdin.write(file.read())
        exflow.stdin.flush()
        until(lambda: len(place.lines("asked")) >= 3, "three tries")
        CHECKS.equal(place.lines("taken"), [], "nothing is handed over")
        # One that fails holds up no other.
        CHECKS.check(len(set(place.lines("asked"))) > 1, "the same again")
        place.mark("fail", False)
        exflow.stdin.close()
        CHECKS.equal(exflow.wait(PATIENCE), 0, "exit status")
        log = exflow.stderr.read().decode()
    CHECKS.equal(sorted(place.lines("taken")), place.files(), "all")
    output = place.output()
    CHECKS.equal(output["after_done"], 5, "done")
    CHECKS.check(output["after_failed"] >= 3, "failed tries")
    CHECKS.check("exit status 3: no store" in log, "why: " + log)
    CHECKS.equal(log.count("it is tried again"), 1, "said once: " + log)
    CHECKS.check("succeeds again" in log, "and when it is over: " + log)
    CHECKS.check("no store" in output["last_error"], "the last error")


def check_left():
    """At the end it waits, but not for ever; the next start goes on."""
    place = Place("left", "HERE/%Y%m%d-%H%M.ipfix", "rotate = 60")
    trace = trace_in(place)
    place.mark("fail")
    done = place.run(trace)
    CHECKS.equal(done.code, 1, "left: " + done.err)
    CHECKS.check("files that are left for the next start: 5, given up: 0; "
                 "after: " in done.err, done.err)
    CHECKS.check("waiting 5" in done.err or "waiting 5" in done.out,
                 "the summary: " + done.err)
    CHECKS.equal(place.output()["after_waiting"], 5, "waiting")
    first = place.files()
    CHECKS.equal(len([l for l in place.left() if l[0] == "+"]), 5, "noted")
    place.mark("fail", False)
    done = place.run(trace)
    CHECKS.equal(sorted(place.lines("taken")), place.files(), "all of both")
    CHECKS.equal(place.lines("taken")[:5], first, "the old ones first")
    CHECKS.equal(place.output()["after_done"], 10, "done")
    CHECKS.equal(place.left(), [], "nothing is left")


def check_hanging():
    """What hangs is ended, whether it hears SIGTERM or not."""
    for how in ("hang", "deaf"):
        place = Place(how, "HERE/%Y%m%d-%H%M.ipfix", "rotate = 0",
                      "after_timeout = 1")
        place.mark(how)
        done = place.run(trace_in(place, 100))
        CHECKS.equal(done.code, 1, how + ": " + done.err)
        CHECKS.check("no end within 1 s" in done.err, how + ": " + done.err)
        CHECKS.equal(place.output()["after_waiting"], 1, how)
        for pid in place.lines("pid"):
            CHECKS.check(not is_alive(int(pid)), how + " has ended")
        place.mark(how, False)
        place.run(trace_in(place, 100))
        CHECKS.equal(sorted(place.lines("taken")), place.files(), how)


def check_chatter():
    """A command that prints much: the log has a part of it."""
    place = Place("chatter", "HERE/%Y%m%d-%H%M.ipfix", "rotate = 0")
    place.mark("chatter")
    done = place.run(trace_in(place, 100), "-v")
    CHECKS.check("and 201 lines more" in done.err, done.err[-500:])
    CHECKS.equal(done.err.count("office: after: "), 102, "lines")
    done = place.run(trace_in(place, 100))
    CHECKS.check("after: 1" not in done.err, "only with -v")


def check_environment():
    """What a command gets: no open file, /dev/null, default signals."""
    place = Place("environment", "HERE/%Y.ipfix", "rotate = 0")
    place.configure(
        "HERE/%Y.ipfix", "rotate = 0",
        "after = \"/bin/sh -c 'ls -l /proc/self/fd; grep ^Sig /proc/self/status;"
        " ps -o sid=,pgid= -p $$; env | grep -e ^KEY -e ^NOTIFY;"
        " readlink /proc/$$/cwd' %f\"")
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    done = subprocess.run(
        [harness.EXFLOW, "-r", trace_in(place, 100), "-c", place.config,
         "-v"], pass_fds=(writing,), stderr=subprocess.PIPE, text=True,
        cwd=place.folder, timeout=PATIENCE, check=False,
        env=dict(harness.ENVIRONMENT, NOTIFY_SOCKET="/nowhere", KEY="kept"))
    os.close(writing)
    os.close(reading)
    lines = [l.split("after: ", 1)[1] for l in done.stderr.splitlines()
             if "office: after: " in l]
    open_files = {m.group(1): m.group(2) for m in (
        re.search(r" (\d+) -> (.*)", l) for l in lines) if m}
    CHECKS.equal(sorted(open_files), ["0", "1", "2", "3"], "descriptors")
    CHECKS.equal(open_files.get("0"), "/dev/null", "input")
    CHECKS.check("/proc" in open_files.get("3", ""), "3 is ls's own")
    # 32 and 33 are the C library's own: no program can set them.
    own = 1 << 31 | 1 << 32
    for name in ("SigBlk", "SigIgn"):
        masks = [int(l.split("\\x09")[1], 16) for l in lines
                 if l.startswith(name + ":")]
        CHECKS.equal([mask & ~own for mask in masks], [0], name)
    CHECKS.check("KEY=kept" in lines, "environment")
    CHECKS.check(not any("NOTIFY_SOCKET" in l for l in lines), "NOTIFY_SOCKET")
    CHECKS.check(place.folder in lines, "working folder")


def check_killed():
    """exflow is killed while files wait and one is being handed over."""
    place = Place("killed", "HERE/%Y%m%d-%H%M.ipfix", "rotate = 60",
                  "compress = gzip")
    trace = trace_in(place)
    place.mark("hang")
    with place.start() as exflow:
        with open(trace, "rb") as file:
            exflow.stdin.write(file.read())
        exflow.stdin.flush()
        until(lambda: place.lines("pid") and len(place.files()) == 4,
              "a command that hangs, and others that wait")
        helper = helpers(exflow.pid)
        CHECKS.equal(len(helper), 1, "a helper")
        exflow.kill()
        exflow.wait(PATIENCE)
        until(lambda: not any(is_alive(p) for p in helper +
                              [int(p) for p in place.lines("pid")]),
              "the helper and the command to end")
    CHECKS.equal(place.lines("taken"), [], "nothing was taken")
    place.mark("hang", False)
    place.run(trace_in(place, 10))
    CHECKS.equal(sorted(place.lines("taken")), place.files(), "all of both")
    CHECKS.equal(place.left(), [], "nothing is left")


def check_killed_anywhere():
    """Killed at any moment: each file is handed over, once or twice."""
    place = Place("anywhere", "HERE/%Y%m%d-%H%M%S.ipfix", "rotate = 2",
                  "compress = gzip")
    trace = trace_in(place)
    number = random.SystemRandom().randrange(1 << 32)
    choice = random.Random(number)
    for _ in range(8):
        with place.start() as exflow:
            with open(trace, "rb") as file:
                exflow.stdin.write(file.read())
            exflow.stdin.flush()
            time.sleep(choice.uniform(0.02, 0.6))
            exflow.kill()
            exflow.wait(PATIENCE)
    time.sleep(0.5)     # a command that was cut off
    done = place.run(trace)
    CHECKS.equal(done.code, 0, done.err)
    taken = place.lines("taken")
    missing = set(place.files()) - set(taken)
    CHECKS.check(not missing, "seed %d: not handed over: %s" % (
        number, sorted(missing)[:5]))
    CHECKS.check(len(place.files()) >= 150, "%d files" % len(place.files()))
    CHECKS.check(len(taken) <= len(set(taken)) + 16, "%d times, %d files" % (
        len(taken), len(set(taken))))
    CHECKS.equal(place.left(), [], "nothing is left")


def check_many():
    """A thousand small files."""
    place = Place("many", "HERE/%H/%H%M%S.ipfix", "rotate = 1")
    place.configure("HERE/%H/%H%M%S.ipfix", "rotate = 1",
                    "after = \"/bin/cp %%f %s/store/\"" % place.tools)
    trace = os.path.join(place.folder, "trace.pcap")
    with open(trace, "wb") as file:
        with open(trace_in(place, 1), "rb") as head:
            octets = head.read(24)
        file.write(octets)
        for i in range(1000):
            file.write(packet(BEGIN + i, i))
    done = place.run(trace)
    CHECKS.equal(done.code, 0, done.err)
    output = place.output()
    CHECKS.equal(output["after_done"], output["files"], "all")
    stored = os.listdir(os.path.join(place.tools, "store"))
    CHECKS.equal(sorted(stored), [os.path.basename(f) for f in place.files()],
                 "stored")
    CHECKS.check(len(stored) > 900, "%d files" % len(stored))


def check_helper_killed():
    """Without its helper exflow goes on; the next start hands over."""
    place = Place("helper", "HERE/%Y%m%d-%H%M.ipfix", "rotate = 60")
    trace = trace_in(place)
    with place.start() as exflow:
        until(lambda: helpers(exflow.pid), "a helper")
        for pid in helpers(exflow.pid):
            os.kill(pid, signal.SIGTERM)     # it does not hear this one
        time.sleep(0.1)
        CHECKS.equal(len(helpers(exflow.pid)), 1, "SIGTERM is ignored")
        for pid in helpers(exflow.pid):
            os.kill(pid, signal.SIGKILL)
        with open(trace, "rb") as file:
            exflow.stdin.write(file.read())
        exflow.stdin.close()
        CHECKS.equal(exflow.wait(PATIENCE), 1, "exit status")
        log = exflow.stderr.read().decode()
    CHECKS.check("has ended, exflow needs a restart" in log, log)
    output = place.output()
    CHECKS.equal([output["after_done"], output["after_waiting"]], [0, 5],
                 "counts")
    CHECKS.check(output["after_failed"] > 0, "failures are counted")
    place.run(trace_in(place, 10))
    CHECKS.equal(sorted(place.lines("taken")), place.files(), "all")


def check_retention():
    """What waits stays beyond its age, but gives way to new files."""
    place = Place("retention", "HERE/%Y%m%d-%H%M.ipfix", "rotate = 60")
    place.mark("fail")
    for size, given_up in ((10 ** 9, 0), (120000, 3)):
        place.configure("HERE/%Y%m%d-%H%M.ipfix", "rotate = 60",
                        "retention_days = 1", "retention_octets = %d" % size)
        place.run(trace_in(place))
        for path in place.files():
            os.utime(path, (BEGIN, BEGIN))
        output = place.output()
        CHECKS.check(output["after_given_up"] >= given_up and
                     (given_up or not output["after_given_up"]),
                     "given up: %d of %d octets" % (
                         output["after_given_up"], size))
        CHECKS.check(given_up or len(place.files()) == 5, "all are there")
    kept = place.files()
    CHECKS.check(sum(map(os.path.getsize, kept)) <= 200000, "few are kept")
    place.mark("fail", False)
    # Retention may be faster than the command: so 1 is a good status, too.
    place.run(trace_in(place, 10))
    CHECKS.check(set(kept) & set(place.lines("taken")), "what stayed")


def check_text():
    """Lines, by time and by size, plain and compressed; two tables."""
    for spec, compress, count in (("json:HERE/%H%M.json", "none", 5),
                                  ("json:HERE/%H%M.json", "gzip", 5),
                                  ("json:HERE/all.json", "none", 10),
                                  ("csv:HERE/%H%M", "gzip", 5)):
        place = Place("text", spec)
        os.makedirs(place.archive)
        size = "rotate_octets = 65536" if "all" in spec else "rotate = 60"
        place.configure(spec, size, "compress = " + compress)
        done = place.run(trace_in(place))
        CHECKS.equal(done.code, 0, spec + done.err)
        CHECKS.equal(sorted(place.lines("taken")), place.files(), spec)
        CHECKS.check(len(place.files()) >= count, "%s: %d files" % (
            spec, len(place.files())))
        CHECKS.equal(place.output()["after_done"], len(place.files()), spec)
        CHECKS.equal(place.left(), [], spec)


def check_mistakes():
    """-t names the line, and what was expected."""
    place = Place("mistakes", "HERE/%H.ipfix")
    plain = os.path.join(place.folder, "plain")
    open(plain, "w").close()
    for command, expected in (
            ("/bin/cp %f %x", "%x stands for nothing in a command, expected"),
            ("/bin/cp %f 50%", "% stands for nothing"),
            ("", "the command is empty"),
            ("   ", "the command is empty"),
            ("cp %f /tmp", "no path from / on"),
            ("%f", "no path from / on"),
            ("/bin/%n", "no fixed name"),
            ("/bin/cp '%f", "a quote or a backslash has no end"),
            ("/no/such/program %f", "No such file or directory"),
            (plain + " %f", "it is no program"),
            (place.folder + " %f", "Is a directory"),
            ("/bin/cp %f /x/%t", "names that tell the day")):
        place.configure("HERE/%H.ipfix", "rotate = 60",
                        'after = "%s"' % command)
        done = harness.exflow("-t", "-c", place.config)
        CHECKS.equal(done.code, 2, command)
        CHECKS.check(re.search(
            r'exflow\.conf:\d+: archive "office": after: ', done.err) and
            expected in done.err, "%s: %s" % (command, done.err))
    place.configure("HERE/%H.ipfix", "after_timeout = 0",
                    'after = "/bin/cp %f /x"')
    done = harness.exflow("-t", "-c", place.config)
    CHECKS.check("1 to 86400 seconds" in done.err, done.err)
    place.configure("HERE/%H.ipfix", 'after = "/bin/cp %f \'/x/%r 5%%\'"')
    done = harness.exflow("-t", "-c", place.config)
    CHECKS.equal(done.code, 0, done.err)


def main():
    harness.need_exflow()
    wanted = sys.argv[1:]
    for name, check in sorted(globals().items()):
        if name.startswith("check_") and (not wanted or name in wanted):
            check()
    CHECKS.end()


if __name__ == "__main__":
    main()
