#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Archives: rotation in capture time, compression, a full disk, SIGHUP.

The capture is made here: one UDP exchange every tenth of a second over five
minutes, so that what belongs into which file can be said record by record.
"""
import calendar
import contextlib
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

from harness import ENVIRONMENT, EXFLOW, unbalanced, without_zstd

DUMP = os.path.join(os.path.dirname(EXFLOW), "exflowdump")
BEGIN = 1700000040  # 2023-11-14 22:14:00 UTC
MINUTES = 5
PATIENCE = 60
failures = []


def fail(message):
    failures.append(message)
    print("FAIL:", message)


def expect(condition, message):
    if not condition:
        fail(message)


def packet(moment, number):
    """A datagram of its own exchange, from 10.0.0.0/8 to 192.0.2.1."""
    udp = struct.pack(">HHHH", 1024 + number % 60000, 53, 28, 0) + b"x" * 20
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                     bytes((10, 1, number // 60000, 1)),
                     bytes((192, 0, 2, 1)))
    frame = b"\2" * 12 + b"\x08\0" + ip + udp
    return struct.pack("<IIII", int(moment), round(moment % 1 * 1e6),
                       len(frame), len(frame)) + frame


def capture(path, count):
    """`count` exchanges, evenly over the five minutes."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(count):
            file.write(packet(BEGIN + i * 60 * MINUTES / count, i))
    return path


def configuration(folder, pattern, *settings):
    path = os.path.join(folder, "exflow.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write("networks = {10.0.0.0/8}\n"
                   f'archive "office" {{\n\tpath = "{pattern}"\n')
        file.writelines(f"\t{setting}\n" for setting in settings)
        file.write("}\n")
    return path


def run(*arguments, **more):
    return subprocess.run([EXFLOW, *arguments], capture_output=True,
                          text=True, timeout=PATIENCE * 2, check=False,
                          env=ENVIRONMENT, **more)


def files(folder):
    """Relative paths, but for those of files that are not complete."""
    return sorted(os.path.relpath(os.path.join(base, name), folder)
                  for base, _, names in os.walk(folder)
                  for name in names if not name.startswith("."))


def flow_ids(path, **more):
    done = subprocess.run([DUMP, "--json", path], capture_output=True,
                          text=True, timeout=PATIENCE, check=False, **more)
    if done.returncode != 0 or done.stderr:
        fail(f"exflowdump {path}: {done.returncode} {done.stderr}")
    return [json.loads(line)["flowId"] for line in done.stdout.splitlines()]


def check_clean(path):
    """Our reader sees no gap, ipfixDump nothing to complain about."""
    stats = subprocess.run([DUMP, "--stats", path], capture_output=True,
                           text=True, timeout=PATIENCE, check=False).stdout
    expect(re.search(r"^ *sequence gaps +0$", stats, re.M),
           f"{path}: gaps in {stats}")
    if not shutil.which("ipfixDump") or not path.endswith(".ipfix"):
        return
    done = subprocess.run(["ipfixDump", "--rfc5610", "-i", path],
                          capture_output=True, text=True, errors="replace",
                          timeout=PATIENCE, check=False)
    expect(done.returncode == 0 and not done.stderr,
           f"ipfixDump {path}: {done.returncode} {done.stderr[:300]}")


def seconds(text):
    whole = calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    return whole + float("0" + text[19:].rstrip("Z"))


def expected_files(records, suffix):
    """name -> flowIds: a record goes where the greatest end so far lies."""
    result, now = {}, 0
    for record in records:
        now = max(now, seconds(record["flowEndMicroseconds"]))
        name = time.strftime("%Y/%m/%d/exflow-%H%M.ipfix",
                             time.gmtime(int(now)))
        result.setdefault(name + suffix, []).append(record["flowId"])
    return result


def check_rotation(folder):
    trace = capture(os.path.join(folder, "trace.pcap"), 3000)
    for compress, suffix in (("none", ""), ("gzip", ".gz"),
                             ("zstd", ".zst")):
        if compress == "zstd" and without_zstd():
            continue
        out = os.path.join(folder, compress)
        lines = os.path.join(folder, compress + ".json")
        config = configuration(
            folder, out + "/%Y/%m/%d/exflow-%H%M.ipfix", "rotate = 60",
            f"compress = {compress}")
        with open(config, "a", encoding="utf-8") as file:
            file.write(f'outputs = {{"json:{lines}"}}\n')
        stats = os.path.join(folder, "stats.json")
        done = run("-r", trace, "-c", config, "--stats", stats)
        expect(done.returncode == 0, f"{compress}: {done.stderr}")
        with open(lines, encoding="utf-8") as file:
            expected = expected_files(map(json.loads, file), suffix)
        expect(len(expected) == MINUTES, f"expected {sorted(expected)}")
        expect(files(out) == sorted(expected),
               f"{compress}: {files(out)}, not {sorted(expected)}")
        for name in files(out):
            path = os.path.join(out, name)
            expect(flow_ids(path) == expected.get(name),
                   f"{compress}: records of {name}")
            with open(path, "rb") as file:
                expect(flow_ids("-", stdin=file) == expected.get(name),
                       f"{compress}: records of {name} by standard input")
            check_clean(path)
        with open(stats, encoding="utf-8") as file:
            expect(json.load(file)["outputs"][1]["files"] == MINUTES,
                   f"{compress}: files in the statistics")


def check_second_run(folder):
    """The same again: nothing is overwritten; then only so much is kept."""
    trace = capture(os.path.join(folder, "trace.pcap"), 3000)
    out = os.path.join(folder, "again")
    pattern = out + "/%Y%m%d-%H%M.ipfix"
    config = configuration(folder, pattern, "rotate = 60")
    for _ in range(2):
        expect(run("-r", trace, "-c", config, "-q").returncode == 0, "again")
    names = [f"20231114-22{14 + i}.ipfix" for i in range(MINUTES)]
    expect(files(out) == sorted(names + [name.replace(".", ".1.")
                                         for name in names]),
           f"again: {files(out)}")
    with open(os.path.join(out, "stranger.ipfix"), "wb") as file:
        file.write(b"x" * 1000000)
    config = configuration(folder, pattern, "rotate = 60",
                           "retention_octets = 300000")
    done = run("-r", trace, "-c", config, "-v")
    expect(done.returncode == 0 and "by size" in done.stderr,
           f"retention: {done.stderr}")
    total = sum(os.path.getsize(os.path.join(out, name))
                for name in files(out) if name != "stranger.ipfix")
    expect(0 < total <= 300000, f"retention: {total} octets are left")
    expect("stranger.ipfix" in files(out), "retention took a stranger's file")


def check_command_line(folder):
    trace = capture(os.path.join(folder, "trace.pcap"), 3000)
    out = os.path.join(folder, "line")
    done = run("-r", trace, "-n", "10.0.0.0/8", "-q",
               "-o", f"archive:{out}/%H%M.ipfix")
    expect(done.returncode == 0, f"command line: {done.stderr}")
    # Five minutes by default: 22:10 to 22:14, 22:15 to 22:18.
    expect(files(out) == ["2210.ipfix", "2215.ipfix"],
           f"command line: {files(out)}")
    done = run("-r", trace, "-n", "10.0.0.0/8", "-q",
               "-o", "archive:/proc/nowhere/%H%M.ipfix")
    expect(done.returncode == 1 and "/proc/nowhere" in done.stderr,
           f"a folder that cannot be: {done.stderr}")


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            fail("waited in vain for " + what)
            return
        time.sleep(0.05)


@contextlib.contextmanager
def running(*arguments, **more):
    """exflow, that ends with the test in any case."""
    with subprocess.Popen([EXFLOW, *arguments], env=ENVIRONMENT,
                          **more) as exflow:
        try:
            yield exflow
        finally:
            if exflow.poll() is None:
                exflow.kill()


def check_signal(folder):
    """SIGHUP, while the capture comes in by a pipe: a second file."""
    trace = capture(os.path.join(folder, "trace.pcap"), 6000)
    out = os.path.join(folder, "signal")
    config = configuration(folder, out + "/%Y.ipfix", "rotate = 0")
    with open(trace, "rb") as file:
        octets = file.read()
    with running("-r", "-", "-c", config, "-q",
                 stdin=subprocess.PIPE) as exflow:
        exflow.stdin.write(octets[:len(octets) // 2])
        exflow.stdin.flush()
        wait_for(lambda: os.path.isdir(out) and os.listdir(out),
                 "the first file to begin")
        exflow.send_signal(signal.SIGHUP)
        wait_for(lambda: files(out) == ["2023.ipfix"], "the first file")
        exflow.stdin.write(octets[len(octets) // 2:])
        exflow.stdin.close()
        expect(exflow.wait(PATIENCE) == 0, "signal: exit status")
    expect(files(out) == ["2023.1.ipfix", "2023.ipfix"],
           f"signal: {files(out)}")
    ids = [flow_ids(os.path.join(out, name)) for name in files(out)]
    expect(all(ids) and sum(map(len, ids)) == 6000 and
           len(set(ids[0] + ids[-1])) == 6000,
           f"signal: {list(map(len, ids))} records")
    for name in files(out):
        check_clean(os.path.join(out, name))


def check_killed(folder):
    """Killed while it writes: what was written is there after the next start,
    whole, beside what that writes, and compressed if that is asked for."""
    trace = capture(os.path.join(folder, "trace.pcap"), 20000)
    out, day = os.path.join(folder, "killed"), os.path.join(folder, "day")
    os.mkdir(day)
    config = configuration(folder, out + "/%Y/%m.ipfix", "rotate = 0",
                           "compress = gzip")
    with open(config, "a", encoding="utf-8") as file:
        file.write(f'outputs = {{"ipfix:{day}/d.ipfix"}}\n')
    with open(trace, "rb") as file:
        octets = file.read()
    with running("-r", "-", "-c", config, "-q",
                 stdin=subprocess.PIPE) as exflow:
        exflow.stdin.write(octets)
        exflow.stdin.flush()
        wait_for(lambda: all(left_octets(f) > 1000000 for f in (out, day)),
                 "two files that grow")
        exflow.kill()
    for name in left(out) + left(day):
        with open(name, "r+b") as file:  # a disk that lost the very end
            file.truncate(os.path.getsize(name) - 7)
    stats = os.path.join(folder, "stats.json")
    done = run("-r", trace, "-c", config, "--stats", stats)
    expect(done.returncode == 0, f"killed: {done.stderr}")
    expect(done.stderr.count("of a run that was killed") == 2,
           f"killed: {done.stderr}")
    with open(stats, encoding="utf-8") as file:
        result = json.load(file)
    expect(not unbalanced(result), f"killed: {unbalanced(result)}")
    expect(not left(out) and not left(day),
           f"killed: {left(out) + left(day)} is left")
    expect(files(out) == ["2023/11.1.ipfix.gz", "2023/11.ipfix.gz"],
           f"killed: {files(out)}")
    expect(files(day) == ["d.1.ipfix", "d.ipfix"], f"killed: {files(day)}")
    for output, names in zip(result["outputs"], (
            (day + "/d.ipfix", day + "/d.1.ipfix"),
            (out + "/2023/11.ipfix.gz", out + "/2023/11.1.ipfix.gz"))):
        counts = sorted(len(set(flow_ids(name))) for name in names)
        expect(counts == [output["recovered"], 20000] and
               output["recovered"] > 4000,
               f"killed: {counts}, {output['recovered']} recovered")
    for name in files(day):
        check_clean(os.path.join(day, name))


def left(folder):
    """Files under a temporary name."""
    return [os.path.join(base, name)
            for base, _, names in os.walk(folder)
            for name in names if name.startswith(".")]


def left_octets(folder):
    return sum(map(os.path.getsize, left(folder)))


def mount(folder):
    """A disk of 2 MB there; False where that is not allowed."""
    return os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder],
        stderr=subprocess.DEVNULL, timeout=PATIENCE,
        check=False).returncode == 0


def move_files(source, target):
    """What an operator does to free a full disk."""
    for name in files(source):
        shutil.move(os.path.join(source, name), os.path.join(target, name))


def full_disk(folder, disk):
    """3.6 MB for a disk of 2 MB that has something on it."""
    kept = os.path.join(folder, "kept")
    os.mkdir(kept)
    trace = capture(os.path.join(folder, "trace.pcap"), 20000)
    config = configuration(folder, disk + "/%H%M.ipfix", "rotate = 60")
    ballast = os.path.join(disk, ".ballast")
    with open(ballast, "wb") as file:
        file.write(b"x" * 1000000)
    stats = os.path.join(folder, "full.json")
    log = os.path.join(folder, "full.log")
    with open(log, "w+", encoding="utf-8") as errors, \
            running("-r", trace, "-c", config, "--stats", stats,
                    stderr=errors) as exflow:
        def text():
            with open(log, encoding="utf-8") as file:
                return file.read()
        wait_for(lambda: "No space left" in text(), "a full disk")
        # Twice as long as it takes to try again: it is said only once.
        time.sleep(0.5)
        expect(exflow.poll() is None, "full: it did not wait")
        expect(text().count("No space left") == 1, f"full: {text()}")
        os.unlink(ballast)
        end = time.monotonic() + PATIENCE
        while exflow.poll() is None and time.monotonic() < end:
            move_files(disk, kept)
            time.sleep(0.02)
        expect(exflow.wait(PATIENCE) == 0, f"full: {text()}")
        expect("writing again; 0 records were lost" in text(),
               f"full: {text()}")
    move_files(disk, kept)
    expect(os.listdir(disk) == [], f"full: {os.listdir(disk)} is left")
    expect(files(kept) == [f"22{14 + i}.ipfix" for i in range(MINUTES)],
           f"full: {files(kept)}")
    ids = []
    for name in files(kept):
        check_clean(os.path.join(kept, name))
        ids += flow_ids(os.path.join(kept, name))
    expect(len(ids) == 20000 and len(set(ids)) == 20000,
           f"full: {len(set(ids))} of 20000 records, {len(ids)} in all")
    with open(stats, encoding="utf-8") as file:
        result = json.load(file)
    wrong = unbalanced(result)
    expect(not wrong, f"full: {wrong}")
    expect(result["outputs"][0]["delivered"] == 20000, "full: delivered")


def check_full_disk(folder):
    disk = os.path.join(folder, "disk")
    os.mkdir(disk)
    if not mount(disk):
        print("skipped: a full disk needs a mount, which needs root")
        return False
    try:
        full_disk(folder, disk)
    finally:
        subprocess.run(["umount", disk], timeout=PATIENCE, check=False)
    return True


def main():
    complete = True
    for check in (check_rotation, check_second_run, check_command_line,
                  check_signal, check_killed, check_full_disk):
        with tempfile.TemporaryDirectory(prefix="exflow-archive.") as folder:
            complete &= check(folder) is not False
    if failures:
        sys.exit(1)
    sys.exit(0 if complete else 77)


if __name__ == "__main__":
    main()
