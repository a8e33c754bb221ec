#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""What strangers send, through the whole program: floods of fragments and of
openings against their bounds, forged resets, clocks that say 1970 and 2106.
Every bound has its counter in the statistics and in the summary."""
import json
import os
import struct
import subprocess
import sys

import harness

sys.path.insert(0, harness.OWN_CAPTURES)
import frames  # noqa: E402

CLIENT, SERVER = "10.0.0.1", "192.0.2.1"
checks = harness.Checks()
folder = harness.workspace()
EXFLOWDUMP = os.path.join(harness.BUILD, "src", "exflowdump")


def run(name, packets, *arguments, nano=False):
    """Statistics, summary and lines of JSON of a run over these packets."""
    path = os.path.join(folder, name + ".pcap")
    with open(path, "wb") as file:
        file.write(frames.pcap(packets, nano=nano))
    stats = os.path.join(folder, name + ".stats")
    result = harness.exflow("-r", path, "-n", "10.0.0.0/8", "-o",
                            "json:" + os.path.join(folder, name + ".json"),
                            "-o", os.path.join(folder, name + ".ipfix"),
                            "--stats", stats, *arguments)
    checks.equal(result.code, 0, name + ": exit status: " + result.err)
    found = harness.read_stats(stats)
    checks.equal(harness.unbalanced(found), None, name + ": books")
    rows = [json.loads(line) for line in harness.read_lines(
        os.path.join(folder, name + ".json"))]
    return found, result.err, rows


def datagram(n, data=b"x" * 16):
    return frames.udp(CLIENT, 1024 + n % 60000, SERVER, 53, data)


def fragment_floods_are_bounded_and_counted():
    packets = []
    for n in range(1000):
        first = frames.ip4(CLIENT, SERVER, 17, datagram(n), n, more=True)
        packets.append((frames.START + n, frames.ethernet(first)))
    for n in range(1000):
        later = frames.ip4(CLIENT, SERVER, 17, b"y" * 8, n, offset=24)
        packets.append((frames.START + 1000 + n, frames.ethernet(later)))
    stats, summary, _ = run("fragments", packets, "--set",
                            "fragment_table=16")
    checks.equal(stats["fragments_evicted"], 1000 - 16, "fragments evicted")
    # The last sixteen are remembered; their later fragments join.
    checks.equal(stats["unmatched"]["fragment"], 1000 - 16, "unmatched")
    checks.equal(stats["packets_in_exchanges"], 1016, "in exchanges")
    checks.check("984 fragmented datagrams forgotten" in summary,
                 "fragments are not in the summary:\n" + summary)


def resets(sequence):
    """An exchange in which the server has said numbers 7000 to 7100."""
    said = [(CLIENT, frames.SYN, 500, b""),
            (SERVER, frames.SYNACK, 6999, b""),
            (CLIENT, frames.ACK, 501, b""),
            (SERVER, frames.DATA, 7000, b"z" * 100),
            (SERVER, frames.RST, sequence, b"")]
    packets = []
    for n, (source, flags, number, data) in enumerate(said):
        dest = SERVER if source == CLIENT else CLIENT
        ports = (1500, 80) if source == CLIENT else (80, 1500)
        octets = frames.tcp(source, ports[0], dest, ports[1], flags,
                            seq=number, data=data)
        packets.append((frames.START + n, frames.ethernet(
            frames.ip4(source, dest, 6, octets))))
    return packets


def forged_resets_end_nothing_and_are_counted():
    stats, summary, rows = run("forged", resets(0x55555555))
    checks.equal(stats["resets_out_of_window"], 1, "forged reset")
    checks.equal(stats["exchanges"]["ended"]["reset"], 0, "forged: ends")
    checks.equal(rows[0]["exchangeEnd"], "shutdown", "forged: its record")
    checks.check("1 resets out of window" in summary,
                 "the reset is not in the summary:\n" + summary)
    stats, summary, _ = run("genuine", resets(7100))
    checks.equal(stats["resets_out_of_window"], 0, "genuine reset")
    checks.equal(stats["exchanges"]["ended"]["reset"], 1, "genuine: ends")
    checks.check("window" not in summary, "a genuine reset: " + summary)


def all_workers_together_keep_to_max_exchanges():
    packets = [(frames.START + n, frames.ethernet(
        frames.ip4(CLIENT, SERVER, 17, datagram(n)))) for n in range(5000)]
    for workers in (1, 4):
        stats, _, rows = run("flood", packets, "--set", "max_exchanges=64",
                             "--set", "workers=%d" % workers)
        ended = stats["exchanges"]["ended"]
        checks.equal(stats["exchanges"]["opened"], 5000, "opened")
        checks.equal(ended["evicted"], 5000 - 64, "%d workers" % workers)
        reasons = [row["flowEndReason"] for row in rows]
        checks.equal(reasons.count(5), 5000 - 64, "flowEndReason 5")


def dumped(name):
    """The records of an IPFIX file, as exflowdump says them."""
    done = subprocess.run([EXFLOWDUMP, "--json", os.path.join(
        folder, name + ".ipfix")], stdout=subprocess.PIPE, check=True,
        env=harness.ENVIRONMENT)
    return [json.loads(line) for line in done.stdout.splitlines()]


def times_from_1970_to_2106_come_out_as_they_went_in():
    times = {0: "1970-01-01T00:00:00",
             2 ** 31 - 1: "2038-01-19T03:14:07",
             2 ** 31: "2038-01-19T03:14:08",
             2085978495: "2036-02-07T06:28:15",   # the last of NTP's era
             2085978496: "2036-02-07T06:28:16",
             2 ** 32 - 1: "2106-02-07T06:28:15"}
    for seconds, text in times.items():
        name = "at-%d" % seconds
        when = seconds * frames.SECOND + 123456000
        stats, _, rows = run(name, [(when, frames.ethernet(
            frames.ip4(CLIENT, SERVER, 17, datagram(1))))])
        checks.equal(stats["packets_in_exchanges"], 1, name)
        for which, row in (("json", rows[0]), ("ipfix", dumped(name)[0])):
            checks.equal(row["flowStartMilliseconds"], text + ".123Z",
                         "%s: %s: milliseconds" % (which, name))
            checks.equal(row["flowStartMicroseconds"], text + ".123456Z",
                         "%s: %s: microseconds" % (which, name))
            checks.equal(row.get("reverseFlowStartMicroseconds"), None,
                         "%s: %s: the silent server's" % (which, name))


def pcapng(name, packets):
    """Microseconds, as nanoseconds of 64 bits end in 2554."""
    path = os.path.join(folder, name + ".pcapng")
    blocks = [frames.block(0x0a0d0d0a, struct.pack(
        "<IHHq", 0x1a2b3c4d, 1, 0, -1)),
        frames.block(1, struct.pack("<HHI", 1, 0, 0))]
    for micros, octets in packets:
        blocks.append(frames.block(6, struct.pack(
            "<IIIII", 0, micros >> 32, micros & 0xffffffff, len(octets),
            len(octets)) + octets + b"\0" * (-len(octets) % 4)))
    with open(path, "wb") as file:
        file.write(b"".join(blocks))
    return path


def after_2262(name, seconds, year):
    """Every output of one exchange at that second; what JSON says."""
    packet = frames.ethernet(frames.ip4(CLIENT, SERVER, 17, datagram(1)))
    path = pcapng(name, [(seconds * 1000000 + 123456, packet),
                         ((seconds + 1) * 1000000, packet)])
    base = os.path.join(folder, name)
    result = harness.exflow(
        "-r", path, "-o", "json:" + base + ".json", "-o", "csv:" + base,
        "-o", "ipfix:" + base + ".ipfix", "-o", "table", "-o",
        "archive:%s-%%Y-%%m.ipfix" % base)
    checks.equal(result.code, 0, "%s: %s" % (name, result.err))
    rows = [json.loads(line)
            for line in harness.read_lines(base + ".json")]
    row = harness.read_lines(base + "/udp_flows.csv")[1].split(",")
    checks.equal(row[7:9], [str(seconds * 1000000 + 123456),
                            str((seconds + 1) * 1000000)], name + ": csv")
    checks.check(year in result.out, name + ": table: " + result.out)
    checks.equal([file for file in os.listdir(folder)
                  if file.startswith(name + "-")],
                 ["%s-%s.ipfix" % (name, rows[0]["flowStartMilliseconds"][:7])],
                 name + ": the archive's name")
    for file in name, "%s-%s" % (name, rows[0]["flowStartMilliseconds"][:7]):
        checks.equal(dumped(file)[0]["flowStartMilliseconds"],
                     rows[0]["flowStartMilliseconds"], name + ": ipfix")
    return result, rows


def times_after_2106_and_2262_are_right():
    for name, seconds, text in (
            ("y2106", 2 ** 32, "2106-02-07T06:28:16"),
            ("y2172", 6380945791, "2172-03-15T12:56:31"),
            ("y2262", 2 ** 63 // 10 ** 9, "2262-04-11T23:47:16"),
            ("y2300", 10413792000, "2300-01-01T00:00:00"),
            ("y2554", 18444000000, "2554-06-20T05:20:00")):
        result, rows = after_2262(name, seconds, text[:10] + " UTC")
        checks.equal(len(rows), 1, name + ": one exchange")
        checks.equal(rows[0]["flowStartMilliseconds"], text + ".123Z",
                     name + ": milliseconds")
        checks.equal(rows[0]["flowStartMicroseconds"], text + ".123456Z",
                     name + ": microseconds")
        checks.check("warning" not in result.err, name + ": " + result.err)


def times_after_2554_are_held_there_and_told_once():
    packet = frames.ethernet(frames.ip4(CLIENT, SERVER, 17, datagram(1)))
    path = pcapng("y9999", [(2 ** 64 - 1, packet), (2 ** 64 - 1, packet)])
    out = os.path.join(folder, "y9999.json")
    result = harness.exflow("-r", path, "-o", "json:" + out)
    checks.equal(result.code, 0, "y9999: " + result.err)
    checks.equal(result.err.count("is dated after 2554-07-20"), 1,
                 "y9999: " + result.err)
    checks.equal([json.loads(line)["flowStartMilliseconds"]
                  for line in harness.read_lines(out)],
                 ["2554-07-20T19:47:53.709Z"], "y9999: start")


def time_zero_is_a_time_and_not_silence():
    stats, _, rows = run("zero", [(0, frames.ethernet(
        frames.ip4(CLIENT, SERVER, 17, datagram(1))))])
    checks.equal(stats["packets_in_exchanges"], 1, "time 0")
    checks.equal(rows[0]["flowStartMilliseconds"],
                 "1970-01-01T00:00:00.000Z", "time 0: milliseconds")
    checks.equal(rows[0]["flowStartMicroseconds"],
                 "1970-01-01T00:00:00.000000Z", "time 0: microseconds")


harness.need_exflow()
fragment_floods_are_bounded_and_counted()
forged_resets_end_nothing_and_are_counted()
all_workers_together_keep_to_max_exchanges()
times_from_1970_to_2106_come_out_as_they_went_in()
times_after_2106_and_2262_are_right()
times_after_2554_are_held_there_and_told_once()
time_zero_is_a_time_and_not_silence()
checks.end()
