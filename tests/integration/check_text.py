#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Text that people follow, standard output, full disks, interrupted runs."""
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import time

import harness
import netspace

CHECKS = harness.Checks()
FOLDER = harness.workspace()
COUNT = 60000


def fresh(name):
    return os.path.join(FOLDER, name)


def records(first, count):
    """Packets of a pcap file: a datagram each, 2000 a second."""
    packed = []
    for i in range(first, first + count):
        frame = b"\0" * 12 + b"\x08\0" + struct.pack(
            ">BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0) + struct.pack(
            ">I", 0x0a000000 + i) + socket.inet_aton("192.0.2.1") + \
            struct.pack(">HHHH", 1024, 53, 8, 0)
        packed.append(struct.pack("<IIII", 1700000000 + i // 2000,
                                  i % 2000 * 500, len(frame), len(frame)))
        packed.append(frame)
    return b"".join(packed)


HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)


def capture():
    path = fresh("many.pcap")
    with open(path, "wb") as file:
        file.write(HEADER + records(0, COUNT))
    return path


def start(*arguments, **more):
    return subprocess.Popen([harness.EXFLOW, *arguments],
                            stderr=subprocess.PIPE, env=harness.ENVIRONMENT,
                            **more)


def dumped(path):
    """The records of an IPFIX file."""
    return subprocess.run([harness.EXFLOW + "dump", "--json", path],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env=harness.ENVIRONMENT,
                          check=False).stdout.splitlines()


def count(path):
    """Whole lines, while it grows."""
    try:
        with open(path, "rb") as file:
            return file.read().count(b"\n")
    except OSError:
        return 0


def wait_for(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    CHECKS.check(condition(), what)


def size(path):
    try:
        return os.path.getsize(path)
    except OSError:
        return -1


def lines(path):
    """The lines of a file; all are whole, or it is a failure."""
    if not CHECKS.check(os.path.exists(path), path + " is not there"):
        return []
    with open(path, encoding="ascii") as file:
        text = file.read()
    CHECKS.check(text == "" or text.endswith("\n"), path + " ends in a line")
    return text.splitlines()


def a_kill_loses_what_came_in_the_last_second():
    """0.1.0 had files of 0 octets until the end, and a kill lost all."""
    out, tables = fresh("killed.json"), fresh("killed")
    run = start("-q", "-r", "-", "-o", "json:" + out, "-o", "csv:" + tables,
                stdin=subprocess.PIPE)
    # The exchanges of the first half minute end by udp_idle_timeout.
    run.stdin.write(HEADER + records(0, COUNT) +
                    records(10 * COUNT, COUNT // 60))
    run.stdin.flush()
    rows = os.path.join(tables, "udp_flows.csv")
    wait_for(lambda: count(out) >= COUNT // 2 and
             count(rows) == count(out) + 1, "killed: the files grow")
    time.sleep(2.5)
    seen = size(out)
    run.kill()
    run.wait()
    ours = lines(out)
    CHECKS.check(len(ours) >= COUNT // 2, "killed: %d lines" % len(ours))
    CHECKS.equal(size(out), seen, "killed: octets")
    CHECKS.equal(len(lines(rows)), len(ours) + 1, "killed: rows of the table")
    for line in ours:
        json.loads(line)
    CHECKS.equal([n for n in os.listdir(FOLDER) if n.startswith(".")], [],
                 "killed: leftovers")
    run.stdin.close()
    run.stderr.close()


def a_closed_pipe_ends_the_run_quietly(trace):
    """0.1.0 read the capture to its end and said that records were lost."""
    tables, ipfix = fresh("head"), fresh("head.ipfix")
    done = subprocess.run(
        ["sh", "-c", '"$0" "$@" | head -n 1; echo', harness.EXFLOW, "-r",
         trace, "-o", "json:-", "-o", "csv:" + tables, "-o", ipfix],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
        env=harness.ENVIRONMENT)
    CHECKS.equal(done.stderr, b"", "head: messages")
    CHECKS.check(done.stdout.startswith(b'{"source'), "head: the line")
    rows = lines(os.path.join(tables, "udp_flows.csv"))
    CHECKS.equal(len(dumped(ipfix)), len(rows) - 1,
                 "head: the other outputs")
    for output in ("json:-", "table", "ipfix:-", "json:/dev/stdout"):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            result = harness.exflow("-r", trace, "-o", output, stdout=pipe)
        CHECKS.equal((result.code, result.err), (-signal.SIGPIPE, ""),
                     "nobody reads " + output)


def ipfix_goes_to_standard_output(trace):
    path = fresh("piped.ipfix")
    with open(path, "wb") as out:
        result = harness.exflow("-q", "-r", trace, "-o", "ipfix:-",
                                stdout=out)
    CHECKS.equal((result.code, result.err), (0, ""), "ipfix:-")
    CHECKS.equal(len(dumped(path)), COUNT, "ipfix:-: records")


def two_outputs_on_one_target_are_refused():
    """0.1.0 mixed them, line by line."""
    a = fresh("same.json")
    for outputs in (("json:-", "table"), ("json:-", "ipfix:-"),
                    ("json:/dev/stdout", "json:-"),
                    ("json:" + a, "ipfix:" + a),
                    ("json:" + a, "json:" + os.path.join(
                        FOLDER, ".", "same.json")),
                    ("csv:" + FOLDER, "csv:" + FOLDER + "/")):
        options = [x for o in outputs for x in ("-o", o)]
        result = harness.exflow("-t", *options)
        CHECKS.equal(result.code, 2, "%s: exit status" % (outputs,))
        CHECKS.check("both write to" in result.err,
                     "%s: %s" % (outputs, result.err))
    result = harness.exflow("-t", "-o", "csv:-")
    CHECKS.equal(result.code, 2, "csv:-")
    CHECKS.check("cannot share standard output" in result.err, result.err)
    CHECKS.equal(size(a), -1, "the check made a file")


def a_column_that_is_none_is_refused():
    result = harness.exflow("-t", "--set", "columns=flowId,octetDeltaCont")
    CHECKS.equal(result.code, 2, "columns: exit status")
    CHECKS.check("did you mean octetDeltaCount" in result.err, result.err)
    result = harness.exflow("-t", "--set", "columns=flowId,flowId")
    CHECKS.equal(result.code, 2, "columns: twice")
    config = fresh("columns.conf")
    with open(config, "w") as file:
        file.write('columns = {flowId, vlanId}\n'
                   'archive "j" { path = "json:%s"\n columns = {flowIt} }\n'
                   % fresh("%H.json"))
    result = harness.exflow("-t", "-c", config)
    CHECKS.equal(result.code, 2, "columns of a section: exit status")
    CHECKS.check("columns.conf:3: " in result.err and
                 "did you mean flowId" in result.err, result.err)


def an_interrupted_run_says_so(trace):
    """0.1.0 ended with 0, and nobody knew that a part was missing."""
    with open(trace, "rb") as file:
        octets = file.read()
    fifo = fresh("slow.pcap")
    os.mkfifo(fifo)
    for number in (signal.SIGINT, signal.SIGTERM):
        out, ipfix = fresh(number.name + ".json"), fresh(
            number.name + ".ipfix")
        run = start("-r", fifo, "-o", "json:" + out, "-o", ipfix)
        with open(fifo, "wb") as writer:
            due = read_by(run) + 24 + 1000 * 58
            writer.write(octets[:24 + 1000 * 58])
            writer.flush()
            wait_for(lambda run=run, due=due: read_by(run) >= due,
                     number.name + ": the packets are read")
            netspace.settled(run)
            run.send_signal(number)
            err = run.communicate()[1].decode()
        CHECKS.equal(run.returncode, 128 + number, number.name)
        CHECKS.check("interrupted after 1000 packets\n" in err, err)
        CHECKS.equal(len(lines(out)), 1000, number.name + ": lines")
        CHECKS.check(size(ipfix) > 0, number.name + ": no IPFIX file")


FILES = 30


def read_by(process):
    """Octets that it has read, of whatever."""
    try:
        with open("/proc/%d/io" % process.pid) as file:
            return int(file.readline().split()[1])
    except (OSError, IndexError):
        return 0


def an_interrupted_file_has_its_share(trace):
    stopped = None
    for attempt in range(20):   # until it is caught amid the files
        run = start(*["-r", trace] * FILES, "--set", "merge=no", "-o",
                    "json:/dev/null")
        wait_for(lambda run=run: run.poll() is not None or
                 read_by(run) > (2 + attempt) * os.path.getsize(trace),
                 "amid the files")
        run.send_signal(signal.SIGINT)
        err = run.communicate()[1].decode()
        if run.returncode == 130 and "0 % of" not in err:
            stopped = err
            break
    if CHECKS.check(stopped, "never interrupted amid the file: " + err):
        packets = int(stopped.split("interrupted after ")[1].split()[0])
        share = int(stopped.split(" packets (")[1].split()[0])
        CHECKS.check(abs(share - 100 * packets / (FILES * COUNT)) < 10,
                     "%d packets are %d %%" % (packets, share))


def a_full_disk_keeps_what_fits_whole(trace):
    """0.1.0 lost the whole file and left nothing."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    folder = fresh("full")
    os.mkdir(folder)
    stats = fresh("full.stats")
    run = start("-r", trace, "-o", "json:%s/a.json" % folder,
                "-o", "csv:%s/t" % folder, "-o", folder + "/a.ipfix",
                "--stats", stats, preexec_fn=limit)
    err = run.communicate()[1].decode()
    CHECKS.equal(run.returncode, 1, "full: exit status")
    for name in ("a.incomplete.json", "a.incomplete.ipfix",
                 "udp_flows.incomplete.csv"):
        CHECKS.check(name + " has " in err, "full: %s in %s" % (name, err))
    CHECKS.equal(sorted(os.listdir(folder)),
                 ["a.incomplete.ipfix", "a.incomplete.json", "t"],
                 "full: files")
    kept = [len(lines(folder + "/a.incomplete.json")), len(lines(
        folder + "/t/udp_flows.incomplete.csv")) - 1]
    for line in lines(folder + "/a.incomplete.json"):
        json.loads(line)
    kept.append(len(dumped(folder + "/a.incomplete.ipfix")))
    CHECKS.check(all(500 < n < COUNT for n in kept), "full: %s" % kept)
    result = harness.read_stats(stats)
    CHECKS.equal([o["delivered"] for o in result["outputs"]], kept,
                 "full: delivered")
    CHECKS.equal(harness.unbalanced(result), None, "full: books")


def a_disk_that_is_full_for_a_while_loses_nothing(trace):
    """In a small file system, root only."""
    if os.geteuid() != 0:
        return
    folder = fresh("small")
    os.mkdir(folder)
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", """
mount -t tmpfs -o size=4m none "$1" || exit 77
dd if=/dev/zero of="$1/block" bs=1k count=3500 2>&-
"$0" -r "$2" -o "json:$1/a.json" --set columns=flowId 2>"$3" &
exflow=$!
for i in $(seq 100); do
	grep -q "lines wait" "$3" && break
	sleep 0.1
done
rm "$1/block"
wait $exflow
echo "status $?"
wc -l <"$1/a.json"
""", harness.EXFLOW, folder, trace, fresh("small.err")],
        stdout=subprocess.PIPE, timeout=90, env=harness.ENVIRONMENT)
    if done.returncode == 77:
        print("no file system can be mounted here")
        return
    with open(fresh("small.err")) as file:
        err = file.read()
    CHECKS.equal(done.stdout.decode().split(), ["status", "0", str(COUNT)],
                 "small: " + err)
    CHECKS.check("lines wait in memory" in err and "writing again" in err,
                 "small: " + err)


def files_follow_the_capture(trace):
    """By the pattern; a second run replaces what the first one made."""
    pattern = fresh("by/%M%S.json")
    for _ in range(2):
        result = harness.exflow("-q", "-r", trace, "-o", "json:" + pattern,
                                "--set", "udp_idle_timeout=1")
        CHECKS.equal((result.code, result.err), (0, ""), "pattern")
        if not CHECKS.check(os.path.isdir(fresh("by")), "pattern: folder"):
            return
        names = sorted(os.listdir(fresh("by")))
        CHECKS.equal(names, ["1000.json", "1500.json"][:len(names)],
                     "pattern: files")
        CHECKS.equal(sum(len(lines(fresh("by/" + n))) for n in names), COUNT,
                     "pattern: lines")


def exchange(seconds):
    """A query and its answer each second, between the same two ports."""
    packed = []
    for i in range(seconds):
        for n, (source, target, ports) in enumerate((
                ("10.0.0.1", "192.0.2.1", (1024, 53)),
                ("192.0.2.1", "10.0.0.1", (53, 1024)))):
            frame = b"\0" * 12 + b"\x08\0" + struct.pack(
                ">BBHHHBBH", 0x45, 0, 38, 0, 0, 64, 17, 0) + \
                socket.inet_aton(source) + socket.inet_aton(target) + \
                struct.pack(">HHHH", *ports, 18, 0) + b"x" * 10
            packed.append(struct.pack("<IIII", 1700000000 + i, n * 1000,
                                      len(frame), len(frame)) + frame)
    path = fresh("long.pcap")
    with open(path, "wb") as file:
        file.write(HEADER + b"".join(packed))
    return path


def a_row_is_whole_where_records_are_parts():
    """csv writes one row for an exchange that active_timeout cuts."""
    trace = exchange(35)
    rows, stats = {}, fresh("parts.stats")
    for name, timeout in (("whole", "0"), ("parts", "10")):
        result = harness.exflow(
            "-q", "-r", trace, "-o", "csv:" + fresh(name), "-o",
            "json:" + fresh(name + ".json"), "-o", fresh(name + ".ipfix"),
            "--set", "columns=extended", "--stats", stats, *(
                () if timeout == "0" else ("--set",
                                           "active_timeout=" + timeout)))
        CHECKS.equal((result.code, result.err), (0, ""), name)
        rows[name] = lines(fresh(name + "/udp_flows.csv"))
    CHECKS.equal(len(rows["whole"]), 2, "a head and a row")
    CHECKS.equal(rows["parts"], rows["whole"], "the row of four parts")
    records = [json.loads(line) for line in lines(fresh("parts.json"))]
    CHECKS.equal([r["packetDeltaCount"] for r in records], [10, 10, 10, 5],
                 "parts in JSON")
    CHECKS.equal(len(dumped(fresh("parts.ipfix"))), 4, "parts in IPFIX")
    books = harness.read_stats(stats)
    CHECKS.equal(harness.unbalanced(books), None, "the books")
    CHECKS.equal([(o["records_due"], o["parts"], o["sums"])
                  for o in books["outputs"]],
                 [(1, 4, 1), (4, 0, 0), (4, 0, 0)], "what was due")


harness.need_exflow()
TRACE = capture()
a_row_is_whole_where_records_are_parts()
a_kill_loses_what_came_in_the_last_second()
a_closed_pipe_ends_the_run_quietly(TRACE)
ipfix_goes_to_standard_output(TRACE)
two_outputs_on_one_target_are_refused()
a_column_that_is_none_is_refused()
an_interrupted_run_says_so(TRACE)
an_interrupted_file_has_its_share(TRACE)
a_full_disk_keeps_what_fits_whole(TRACE)
a_disk_that_is_full_for_a_while_loses_nothing(TRACE)
files_follow_the_capture(TRACE)
CHECKS.end()
