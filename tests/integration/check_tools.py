#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The command lines of exflowdump and exflowctl: what they take, what they
say when it is wrong, and what they do when the other side, or standard
output, is not what it should be.
"""
import contextlib
import json
import os
import pty
import re
import socket
import subprocess
import threading

import harness

CHECKS = harness.Checks()
SPACE = harness.workspace()
DUMP = os.path.join(os.path.dirname(harness.EXFLOW), "exflowdump")
CTL = os.path.join(os.path.dirname(harness.EXFLOW), "exflowctl")
RECORDS = os.path.join(SPACE, "talk.ipfix")
ELEMENTS = os.path.join(harness.SOURCE, "conf", "exflow-elements.xml")


# libfixbuf 2.4.1 leaks 128 octets for each file of elements.
LEAKING = dict(harness.ENVIRONMENT, ASAN_OPTIONS="detect_leaks=0:exitcode=99")


def run(program, *arguments, **more):
    more.setdefault("stdout", subprocess.PIPE)
    more.setdefault("env", harness.ENVIRONMENT)
    done = subprocess.run([program, *arguments], stderr=subprocess.PIPE,
                          timeout=60, **more)
    return harness.Result(done.returncode, (done.stdout or b"").decode(),
                          done.stderr.decode())


def says(what, result, code, text):
    """An exit status, and a word of the one line that says why."""
    CHECKS.equal(result.code, code, what + ": exit status")
    CHECKS.check(text in result.err, "%s: %r is not in %r" % (
        what, text, result.err))
    CHECKS.check(result.trouble() is None, what + ": " + result.err)


def write(name, octets):
    path = os.path.join(SPACE, name)
    with open(path, "wb") as file:
        file.write(octets)
    return path


# --- exflowdump

def make_records():
    done = harness.exflow(
        "-q", "-n", harness.OWN_NETWORKS, "-o", "ipfix:" + RECORDS,
        "-r", os.path.join(harness.OWN_CAPTURES, "talk.pcap"))
    CHECKS.equal(done.code, 0, "records for exflowdump: " + done.err)


def dump_usage():
    for what, arguments, text in (
            ("no file", (), "name of an IPFIX file"),
            ("unknown option", ("--nonsense", RECORDS), "nonsense"),
            ("number 0", ("--enterprise-number", "0", RECORDS),
             "1 to 4294967295"),
            ("number too great", ("--enterprise-number", "4294967296",
                                  RECORDS),
             "1 to 4294967295"),
            ("no number", ("--enterprise-number", "12x", RECORDS), "12x"),
            ("17 files of elements", ("-e", ELEMENTS) * 17 + (RECORDS,),
             "at most 16"),
            ("no file of elements", ("-e", SPACE + "/none.xml", RECORDS),
             "none.xml"),
            ("not a file of elements", ("-e", RECORDS, RECORDS),
             "element definitions")):
        says("exflowdump, " + what, run(DUMP, *arguments), 2, text)
    version, usage = run(DUMP, "-V"), run(DUMP, "--help")
    CHECKS.check(version.out.startswith("exflowdump "), "exflowdump -V")
    CHECKS.check("--enterprise-number" in usage.out, "exflowdump --help")
    CHECKS.equal((version.code, usage.code), (0, 0), "-V and --help")


def records(*arguments, **more):
    done = run(DUMP, "--json", *arguments, **more)
    CHECKS.equal(done.code, 0, "exflowdump --json: " + done.err)
    return [json.loads(line) for line in done.out.splitlines()]


def dump_modes():
    plain = records(RECORDS)
    CHECKS.check(len(plain) > 0, "no records")
    CHECKS.equal(records("-e", ELEMENTS, RECORDS, env=LEAKING), plain,
                 "with -e")
    with open(RECORDS, "rb") as file:
        done = run(DUMP, "--json", "-", stdin=file)
    CHECKS.equal(len(done.out.splitlines()), len(plain), "standard input")
    CHECKS.equal(len(records(RECORDS, RECORDS)), 2 * len(plain), "two files")
    # Of another number exflow's own elements are what the file calls them.
    other = records("--enterprise-number", "4711", RECORDS)
    CHECKS.equal(len(other), len(plain), "with another number")
    typed = records("--types", RECORDS)
    CHECKS.check(len(typed) > len(plain), "--types shows no more records")
    CHECKS.check(any("informationElementName" in r for r in typed),
                 "--types shows no names of elements")
    stats = run(DUMP, "--stats", RECORDS)
    CHECKS.check("messages" in stats.out, "--stats: " + stats.out)
    csv = run(DUMP, "--csv", RECORDS).out.splitlines()
    CHECKS.check("sourceIPv4Address" in csv[0], "--csv: header")


def on_a_terminal(*arguments):
    """What exflowdump prints there, east of Greenwich."""
    leader, follower = pty.openpty()
    text = b""
    with subprocess.Popen(
            [DUMP, *arguments], stdout=follower,
            env=dict(harness.ENVIRONMENT, TZ="EAST-5:30")) as process:
        os.close(follower)
        with contextlib.suppress(OSError):      # EIO is the end
            while part := os.read(leader, 4096):
                text += part
    os.close(leader)
    CHECKS.equal(process.returncode, 0, "on a terminal: exit status")
    return text.decode().replace("\r\n", "\n")


def dump_knows_the_time_of_the_terminal():
    """As exflow's table does; a part of this file is of 22:34:56 UTC."""
    file = SPACE + "/hour.ipfix"
    done = harness.exflow("-q", "-o", "ipfix:" + file, "-r", os.path.join(
        harness.OWN_CAPTURES, "demo.pcap"))
    CHECKS.equal(done.code, 0, "records: " + done.err)
    utc = run(DUMP, file).out
    for date, clock, text in (
            ("\n2026-11-22 UTC\n", "\n22:34:56.", utc),
            ("\n2026-11-23 EAST\n", "\n04:04:56.", on_a_terminal(file))):
        CHECKS.check(date in text and clock in text, text[:300])
    CHECKS.equal(on_a_terminal("-u", file), utc, "-u")
    CHECKS.equal(on_a_terminal("--json", file), run(DUMP, "--json", file).out,
                 "JSON is in UTC everywhere")


def dump_table_has_protocols_without_ports():
    file = SPACE + "/other.ipfix"
    done = harness.exflow(
        "-q", "--set", "meter=all,other", "-o", "ipfix:" + file, "-r",
        os.path.join(harness.OWN_CAPTURES, "other.pcap"))
    CHECKS.equal(done.code, 0, "records of other protocols: " + done.err)
    table = run(DUMP, file).out
    for line in (" icmp  10.0.0.1 > 198.51.100.1 ", " gre   10.0.0.1 > ",
                 " icmp6 2001:db8:1::1 > 2001:db8:2::1 ",
                 " sctp  10.0.0.2 > 203.0.113.7 ",
                 " udp   10.0.0.1:5000 > 198.51.100.1:9 "):
        CHECKS.check(line in table, "%r is not in %s" % (line, table))


def dump_goes_on_behind_what_is_broken():
    broken = write("broken.ipfix", b"\x00\x0a\x00\x20 cut")
    whole = len(records(RECORDS))
    done = run(DUMP, "--json", SPACE + "/none.ipfix", broken, RECORDS)
    says("a file that is not there", done, 1, "none.ipfix")
    says("a broken file", done, 1, "broken.ipfix")
    CHECKS.equal(len(done.out.splitlines()), whole, "behind broken files")
    empty = os.path.join(SPACE, "empty")
    os.mkdir(empty)
    says("a folder without a file", run(DUMP, empty), 1, empty)


def dump_says_what_it_was_given_instead():
    """Files without a message, and of other formats: status 1, by name."""
    says("an empty file", run(DUMP, write("empty.ipfix", b"")), 1,
         "empty.ipfix: octet 0: the file is empty")
    says("nothing on standard input", run(DUMP, "-", stdin=subprocess.DEVNULL),
         1, "standard input: octet 0: the file is empty")
    says("statistics of an empty file",
         run(DUMP, "--stats", SPACE + "/empty.ipfix"), 1, "is empty")
    for name, octets in (("NetFlow v9", b"\0\x09\0\1" + bytes(16)),
                         ("NetFlow v5", b"\0\x05\0\1" + bytes(20)),
                         ("nfcapd", b"\x0c\xa5\2\0" + bytes(36))):
        path = write("other", octets)
        says(name, run(DUMP, "--json", path), 1, name)
    says("a capture", run(DUMP, os.path.join(
        harness.OWN_CAPTURES, "talk.pcap")), 1, "a capture of packets")
    # A stream in which an exporter changed to v9.
    with open(RECORDS, "rb") as file:
        octets = file.read()
    done = run(DUMP, "--json", write("mixed", octets + b"\0\x09\0\1" +
                                     bytes(16)))
    says("v9 behind IPFIX", done, 1, "octet %d: a NetFlow v9" % len(octets))
    CHECKS.equal(len(done.out.splitlines()), len(records(RECORDS)),
                 "records before NetFlow v9")


def dump_tells_of_sets_before_their_template():
    """The middle of a stream: not damage, but said and counted."""
    with open(RECORDS, "rb") as file:
        octets = file.read()
    messages, at = [], 0
    while at < len(octets):
        length = int.from_bytes(octets[at + 2:at + 4], "big")
        messages.append(octets[at:at + length])
        at += length
    # Templates and records may share a message: begin with a set alone.
    lone = b"\0\x0a\0\x16" + messages[0][4:16] + b"\1\0\0\6ab"
    done = run(DUMP, "--json", write("middle", lone + octets))
    says("a set before its template", done, 0, "came before: 1, ")
    CHECKS.check("warning: " in done.err, done.err)
    CHECKS.equal(len(done.out.splitlines()), len(records(RECORDS)),
                 "records behind a set without a template")
    CHECKS.check(re.search(r"sets without template +1\n", run(
        DUMP, "--stats", SPACE + "/middle").out), "--stats counts the set")


def dump_into_what_is_full():
    with open("/dev/full", "w") as full:
        says("exflowdump, full", run(DUMP, "--json", RECORDS, stdout=full), 1,
             "No space left")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = run(DUMP, "--json", RECORDS, stdout=pipe)
    CHECKS.equal((done.code, done.err), (1, ""), "nobody reads")


# --- exflowctl

def served(answer, *arguments, **more):
    """exflowctl against a probe that answers so; what it was asked, too."""
    path = os.path.join(SPACE, "control")
    asked = []

    def serve(listener):
        client, _ = listener.accept()
        with client:
            asked.append(client.makefile("rb").readline())
            with contextlib.suppress(BrokenPipeError):
                client.sendall(answer)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(1)
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        done = run(CTL, "-s", path, *arguments, **more)
        thread.join()
    os.unlink(path)
    return done, asked[0]


def ctl_usage():
    for what, arguments, text in (
            ("no command", (), "expected stats"),
            ("unknown option", ("-x",), "unknown option -x"),
            ("no socket", ("-s",), "expected SOCKET"),
            ("long request", ("live", "tcp and " * 2000), "too long")):
        says("exflowctl, " + what, run(CTL, *arguments), 2, text)
    CHECKS.check("live [FILTER]" in run(CTL, "--help").out, "exflowctl -h")
    CHECKS.check(run(CTL, "-V").out.startswith("exflowctl "), "exflowctl -V")
    says("nobody listens", run(CTL, "-s", SPACE + "/none", "stats"), 1,
         "/none: ")
    says("a path too long", run(CTL, "-s", "/" + 200 * "a", "stats"), 1,
         "too long")


def ctl_answers():
    done, asked = served(b"ok\n{}\n", "stats")
    CHECKS.equal((done.code, done.out, asked), (0, "{}\n", b"stats\n"), "ok")
    done, asked = served(b"ok\n", "-j", "top", "3")
    CHECKS.equal(asked, b"json top 3\n", "JSON")
    done, asked = served(b"ok\n", "live", env={"COLUMNS": "132"})
    CHECKS.equal(asked, b"width=132 live\n", "a wide terminal")
    says("a wrong request", served(b"usage: expected x\n", "top", "y")[0], 2,
         "expected x")
    done, asked = served(b"ok\n", "live", "tcp", "and", "port", "80")
    CHECKS.equal(asked, b"live tcp and port 80\n", "words of a filter")
    says("an error", served(b"error: busy\n", "reload")[0], 1, "busy")
    says("another answer", served(b"what?\n", "reload")[0], 1, "what?")
    says("no answer", served(b"", "stats")[0], 1, "no answer")


def ctl_lost_what_a_full_output_refused():
    """More than a buffer: it was refused before the end, and exit was 0."""
    with open("/dev/full", "w") as full:
        done, _ = served(b"ok\n" + 300000 * b"x", "live", stdout=full)
    says("exflowctl, full", done, 1, "standard output")


harness.need_exflow()
make_records()
dump_usage()
dump_modes()
dump_knows_the_time_of_the_terminal()
dump_table_has_protocols_without_ports()
dump_goes_on_behind_what_is_broken()
dump_says_what_it_was_given_instead()
dump_tells_of_sets_before_their_template()
dump_into_what_is_full()
ctl_usage()
ctl_answers()
ctl_lost_what_a_full_output_refused()
CHECKS.end()
