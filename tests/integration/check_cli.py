#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""The command line: exit statuses, messages, inputs and outputs.

0: all went well; 1: something failed in the run; 2: usage or configuration.
A message names the place and says what was expected.
"""
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time

import harness
import netspace

CHECKS = harness.Checks()
SPACE = harness.workspace()
NET = ("-n", harness.OWN_NETWORKS)


def capture(name):
    return os.path.join(harness.OWN_CAPTURES, name)


def fresh(name):
    return os.path.join(SPACE, name)


def says(what, result, code, *words):
    """Exit status, and each of the words in the messages."""
    CHECKS.equal(result.trouble(), None, what)
    CHECKS.equal(result.code, code, what + ": exit status\n" + result.err)
    for word in words:
        CHECKS.check(word in result.err, "%s: %r not in: %s" % (
            what, word, result.err))


def tables(what, *arguments, **how):
    """Both tables of a good run, sorted, and its statistics."""
    folder = fresh(what)
    stats = fresh(what + ".json")
    result = harness.exflow("-q", *NET, "-o", "csv:" + folder, "--stats",
                            stats, *arguments, **how)
    says(what, result, 0)
    return [sorted(harness.read_lines(os.path.join(folder, table)))
            for table in harness.TABLES], harness.read_stats(stats)


def usage_errors():
    talk = ("-r", capture("talk.pcap"))
    for what, arguments, words in (
            ("no input", (), ("FILE", "-i")),
            ("unknown letter", talk + ("-Z",), ("-Z",)),
            ("unknown option", talk + ("--nonsense",), ("--nonsense",)),
            ("missing value", ("-r",), ("-r",)),
            ("a filter as an argument", ("-i", "lo", "tcp", "port", "80"),
             ("tcp", "-f")),
            ("misspelled option", talk + ("--outptu", "x"), ("--output",)),
            ("wrong CIDR", talk + ("-n", "10.0.0.0/33"), ("10.0.0.0/33",)),
            ("no CIDR", talk + ("-n", "tree"), ("tree",)),
            ("host bits", talk + ("-n", "10.0.0.1/8"), ("10.0.0.1/8",)),
            ("one of two", talk + ("-n", "10.0.0.0/8,::1/129"), ("::1/129",)),
            ("unknown setting", talk + ("--set", "tcp_lingre=5"),
             ("tcp_lingre", "tcp_linger")),
            ("no setting", talk + ("--set", "tcp_linger"), ("tcp_linger",)),
            ("no number", talk + ("--set", "tcp_linger=soon"),
             ("tcp_linger", "soon", "86400")),
            ("out of range", talk + ("--set", "tcp_linger=86401"),
             ("tcp_linger", "86401", "86400")),
            ("negative", talk + ("--set", "udp_idle_timeout=-1"),
             ("udp_idle_timeout", "-1")),
            ("wrong word", talk + ("--set", "udp_idle=neither"),
             ("udp_idle", "neither", "both", "either")),
            ("wrong tunnel", talk + ("--set", "decapsulate=rabbit"),
             ("decapsulate", "rabbit", "vxlan")),
            ("unknown output", talk + ("-o", "tape:x"), ("tape:x", "udp://")),
            ("no port", talk + ("-o", "udp://127.0.0.1:tree"), ("tree",)),
            ("no configuration", talk + ("-c", fresh("none.conf")),
             ("none.conf",))):
        result = harness.exflow(*arguments)
        says(what, result, 2, "exflow: ", *words)
        CHECKS.equal(result.out, "", what + ": standard output")


def configuration_file():
    path = fresh("bad.conf")
    for text, words in (("tcp_linger = 5\nudp_idel = \"both\"\n",
                         ("bad.conf:2", "udp_idel")),
                        ("\n\ntcp_linger = 90000\n",
                         ("bad.conf:3", "tcp_linger", "86400")),
                        ("networks = {\"10.0.0.0/40\"}\n",
                         ("bad.conf:1", "10.0.0.0/40"))):
        with open(path, "w") as file:
            file.write(text)
        says("configuration " + text.strip(), harness.exflow(
            "-t", "-c", path), 2, *words)
    with open(path, "w") as file:
        file.write("tcp_linger = 7\nnetworks = {\"10.0.0.0/24\"}\n")
    says("-t with a good file", harness.exflow("-t", "-c", path), 0)
    shipped = os.path.join(harness.SOURCE, "conf", "exflow.conf")
    says("-t with the shipped file", harness.exflow("-t", "-c", shipped), 0)
    says("-t with a bad --set", harness.exflow(
        "-t", "--set", "workers=0"), 2, "workers")


def help_and_version():
    for flag in ("--help", "-h"):
        result = harness.exflow(flag)
        says(flag, result, 0)
        CHECKS.check("usage: exflow" in result.out, flag + ": " + result.out)
        wide = [n for n in result.out.splitlines() if len(n) > 80]
        CHECKS.equal(wide, [], flag + ": lines over 80 columns")
    for flag in ("--version", "-V"):
        result = harness.exflow(flag)
        says(flag, result, 0)
        CHECKS.check(result.out.startswith("exflow "), flag)


def inputs_that_fail():
    csv = "csv:" + fresh("fail")
    says("missing file", harness.exflow(
        "-q", "-r", fresh("none.pcap"), "-o", csv), 1, "none.pcap",
        "No such file")
    os.mkdir(fresh("empty-folder"))
    says("an empty folder", harness.exflow(
        "-q", "-r", fresh("empty-folder"), "-o", csv), 2, "empty-folder",
        "no file")
    for name, octets in (("empty.pcap", b""), ("text.pcap", b"hello, there\n"
                                               * 9)):
        with open(fresh(name), "wb") as file:
            file.write(octets)
        says(name, harness.exflow("-q", "-r", fresh(name), "-o", csv), 1,
             name)
    says("cut", harness.exflow("-q", "-r", capture("cut.pcap"), "-o", csv),
         1, "cut.pcap")
    says("unknown link type", harness.exflow(
        "-q", "-r", capture("unknown-link.pcap"), "-o", csv), 1,
        "unknown-link.pcap", "147", "Ethernet")
    says("a filter that does not compile", harness.exflow(
        "-q", "-r", capture("talk.pcap"), "-f", "prot 80", "-o", csv), 2,
        "prot 80", "pcap-filter(7)")
    says("a filter for another link type", harness.exflow(
        "-q", "-r", capture("talk.pcap"), "-f", "type mgt", "-o", csv), 1,
        "type mgt", "802.11")
    if os.geteuid() != 0:
        locked = fresh("locked.pcap")
        shutil.copy(capture("talk.pcap"), locked)
        os.chmod(locked, 0)
        says("unreadable", harness.exflow("-q", "-r", locked, "-o", csv), 1,
             "locked.pcap", "Permission denied")


def one_bad_of_two():
    """What the good input gave is delivered, the run has failed."""
    folder = fresh("one-bad")
    result = harness.exflow("-q", *NET, "-r", capture("talk.pcap"), "-r",
                            fresh("none.pcap"), "-o", "csv:" + folder)
    says("one bad input of two", result, 1, "none.pcap")
    CHECKS.equal(len(harness.read_lines(os.path.join(
        folder, "tcp_flows.csv"))), 3, "rows of the good input")


def inputs_that_work():
    plain, stats = tables("plain", "-r", capture("talk.pcap"))
    CHECKS.equal(stats["packets_read"], 22, "packets of talk.pcap")
    CHECKS.equal([len(table) for table in plain], [3, 3], "rows of talk")
    with open(capture("talk.pcap"), "rb") as file:
        octets = file.read()
    plain_only = harness.without_zstd()
    for what, name in (("stdin", "talk.pcap"), ("stdin-gz", "talk.pcap.gz"),
                       ("stdin-zst", "talk.pcap.zst"),
                       ("stdin-pcapng", "talk.pcapng")):
        if plain_only and "zst" in name:
            continue
        with open(capture(name), "rb") as file:
            data = file.read()
        CHECKS.equal(tables(what, "-r", "-", data=data)[0], plain, what)
    for what, source, name in (("gz", "talk.pcap.gz", "a.zst"),
                               ("zst", "talk.pcap.zst", "b.pcap"),
                               ("pcap", "talk.pcap", "c.gz"),
                               ("pcapng", "talk.pcapng", "d.pcap")):
        if plain_only and "zst" in source:
            continue
        shutil.copy(capture(source), fresh(name))
        CHECKS.equal(tables(what, "-r", fresh(name))[0], plain,
                     "%s named %s" % (what, name))
    with open(fresh("first.pcap"), "wb") as file:
        file.write(octets[:24])
    CHECKS.equal(tables("no packets", "-r", fresh("first.pcap"))[1]
                 ["packets_read"], 0, "a capture without packets")


def several_inputs():
    """One stream in the order of time, or with merge=no in the order given:
    an exchange goes on in the next file."""
    with open(capture("talk.pcap"), "rb") as file:
        octets = file.read()
    header, records, at = octets[:24], [], 24
    while at < len(octets):
        size = 16 + int.from_bytes(octets[at + 8:at + 12], "little")
        records.append(octets[at:at + size])
        at += size
    for name, part in (("one.pcap", records[:5]), ("two.pcap", records[5:])):
        with open(fresh(name), "wb") as file:
            file.write(header + b"".join(part))
    both, _ = tables("both", "-r", fresh("one.pcap"), "-r",
                     fresh("two.pcap"))
    plain, _ = tables("whole", "-r", capture("talk.pcap"))
    CHECKS.equal(both, plain, "two halves in their order")
    merged, _ = tables("merged", "-r", fresh("two.pcap"), "-r",
                       fresh("one.pcap"))
    CHECKS.equal(merged, plain, "two halves in any order")
    swapped, stats = tables("swapped", "-r", fresh("two.pcap"), "-r",
                            fresh("one.pcap"), "--set", "merge=no")
    CHECKS.check(swapped != plain, "two halves in the wrong order agree")
    CHECKS.check(stats["unmatched"]["tcp_midstream"] > 0,
                 "wrong order: nothing in midstream")
    mixed, _ = tables("links", "-r", capture("talk-sll.pcap"), "-f", "udp",
                      "-r", capture("tcp-idle.pcap"))
    CHECKS.equal([len(t) for t in mixed], [1, 3], "files of two link types")
    mixed, _ = tables("mixed", "-r", capture("mixed.pcapng"))
    CHECKS.equal(mixed, plain, "a file that describes two link types")


def captures_without_an_option():
    """As a shell's * names them; and a folder of them."""
    folder = fresh("captures")
    os.mkdir(folder)
    os.mkdir(os.path.join(folder, "below"))
    for name in ("two.pcap", "one.pcap"):
        shutil.copy(fresh(name), folder)
    for name in (".hidden", "below/three.pcap"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"no capture")
    plain, _ = tables("named by -r", "-r", capture("talk.pcap"))
    for what, arguments in (
            ("one", (capture("talk.pcap"),)),
            ("two", (fresh("one.pcap"), fresh("two.pcap"))),
            ("folder", (folder,)), ("folder by -r", ("-r", folder + "/")),
            ("folder unmerged", (folder, "--set", "merge=no"))):
        CHECKS.equal(tables("without -r, " + what, *arguments)[0], plain,
                     "without -r: " + what)


def filters():
    rows, stats = tables("filter", "-r", capture("talk.pcap"), "-f",
                         "udp and ip")
    CHECKS.equal(stats["packets_read"], 2, "packets that pass the filter")
    CHECKS.equal([len(table) for table in rows], [1, 2], "-f udp and ip")


def quiet_and_summary():
    talk = ("-r", capture("talk.pcap"), "-o", "csv:" + fresh("loud"))
    result = harness.exflow("-q", *NET, *talk)
    CHECKS.equal((result.out, result.err), ("", ""), "-q")
    result = harness.exflow(*NET, *talk)
    says("summary", result, 0, "22")
    CHECKS.equal(result.out, "", "the summary is not on standard output")
    result = harness.exflow(*talk)
    says("no networks", result, 0, "22")
    CHECKS.check("in exchanges" in result.err and
                 "inbound" not in result.err, "without -n: " + result.err)
    result = harness.exflow("-q", *NET, "-r", capture("talk.pcap"))
    CHECKS.check("198.51.100.1" in result.out, "table is the default")
    wide = [n for n in result.out.splitlines() if len(n) > 80]
    CHECKS.equal(wide, [], "table: lines over 80 columns")
    result = harness.exflow("-q", *NET, "-r", capture("talk.pcap"), "-o",
                            "json:-")
    CHECKS.equal(len(result.out.splitlines()), 4, "lines of json:-")


def what_is_left_out_is_explained():
    """One line, with the setting in both forms, where a run made nothing of
    its packets; none where it did, where the setting is there, or with -q."""
    demo = ("-r", capture("demo.pcap"))
    bare = demo + ("-f", "tcp[tcpflags] & tcp-syn == 0")
    outside = demo + ("-n", "192.0.2.0/24", "-f", "net 192.0.2.0/24")
    ours = ("-n", "10.0.0.0/24,fd00:10::/64")
    for what, arguments, words in (
            ("midstream", bare + ours,
             ("139 of 139 packets", "tcp_midstream",
              "meter = {outbound, local_tcp, midstream}",
              "--set meter=outbound,local_tcp,midstream")),
            ("inbound", outside,
             ("meter = {outbound, local_tcp, inbound}",
              "--set meter=outbound,local_tcp,inbound")),
            ("foreign", demo + ("-n", "203.0.113.0/24"),
             ("foreign", "networks = {", "-n PREFIX"))):
        arguments += ("-o", "json:/dev/null")
        result = harness.exflow(*arguments)
        says("nothing but " + what, result, 0, *words)
        CHECKS.equal(result.err.count("are in no exchange"), 1,
                     what + ": lines that explain")
        CHECKS.equal(harness.exflow("-q", *arguments).err, "",
                     what + " with -q")
    for what, arguments in (
            ("most is in exchanges", demo + ours),
            ("midstream is taken", bare + ours +
             ("--set", "meter=outbound,midstream")),
            ("inbound is taken", outside + ("--set", "meter=inbound")),
            ("all is taken", bare),
            ("no setting would help", demo + ours + ("-f", "not ip"))):
        result = harness.exflow(*arguments, "-o", "json:/dev/null")
        says(what, result, 0)
        CHECKS.check("are in no exchange" not in result.err,
                     what + ": " + result.err)


def other_protocols_and_tunnels_are_explained():
    """Packets that are neither TCP nor UDP got no hint at all, so that a
    capture of a GRE tunnel looked empty."""
    tunnels = ("-r", capture("tunnels.pcap"))
    other = ("-r", capture("other.pcap"))
    for what, arguments, words in (
            ("GRE", tunnels + ("-f", "ip proto 47"),
             ("6 of 6 packets of IP", "not_tcp_udp", "most of them gre",
              "decapsulate = {gre} in", "--set decapsulate=gre,")),
            ("one tunnel of two", tunnels + ("--set", "decapsulate=gre"),
             ("most of them ipip", "decapsulate = {ipip, gre} in",
              "--set decapsulate=ipip,gre,")),
            ("ICMP and ESP", other + ("-f", "icmp or esp"),
             ("10 of 10 packets of IP", "not_tcp_udp",
              "meter = {all, other} in", "--set meter=all,other,")),
            ("more ICMP than GRE", other,
             ("16 of 19 packets of IP", "meter = {all, other}")),
            ("with networks", other + ("-n", "10.0.0.0/8"),
             ("meter = {outbound, local_tcp, other}",))):
        arguments += ("-o", "json:/dev/null")
        result = harness.exflow(*arguments)
        says("nothing but " + what, result, 0, *words)
        CHECKS.equal(result.err.count("are in no exchange"), 1,
                     what + ": lines that explain")
        CHECKS.equal(harness.exflow("-q", *arguments).err, "",
                     what + " with -q")
    for what, arguments in (
            ("some ICMP", ("-r", capture("demo.pcap"))),
            ("tunnels are opened", tunnels + ("--set", "decapsulate=all")),
            ("others are metered", other + ("--set", "meter=all,other"))):
        result = harness.exflow(*arguments, "-o", "json:/dev/null")
        CHECKS.check("are in no exchange" not in result.err,
                     what + ": " + result.err)


def outputs_at_once():
    result = harness.exflow(
        "-q", *NET, "-r", capture("talk.pcap"), "-o", "csv:" + fresh("all"),
        "-o", "json:" + fresh("all.json"), "-o", fresh("all.ipfix"), "-o",
        "ipfix:" + fresh("again"), "--stats", fresh("all.stats"))
    says("four outputs", result, 0)
    stats = harness.read_stats(fresh("all.stats"))
    CHECKS.equal([o["delivered"] for o in stats["outputs"]], [4] * 4,
                 "each output gets every record")
    for name in ("all.ipfix", "again"):
        with open(fresh(name), "rb") as file:
            CHECKS.equal(file.read(2), b"\0\x0a", name + ": IPFIX version")


def outputs_that_fail():
    talk = ("-q",) + NET + ("-r", capture("talk.pcap"))
    nowhere = os.path.join(fresh("none"), "deep", "x.ipfix")
    says("no such folder", harness.exflow(*talk, "-o", nowhere), 1, "none")
    with open(fresh("file"), "w"):
        pass
    says("csv into a file", harness.exflow(
        *talk, "-o", "csv:" + fresh("file")), 1, fresh("file"))
    says("statistics nowhere", harness.exflow(
        *talk, "-o", "csv:" + fresh("s"), "--stats", os.path.join(
            fresh("none"), "s")), 1, "none")
    # By a link: a rename over the name can then not reach the device.
    os.symlink("/dev/full", fresh("full"))
    for output in ("json:" + fresh("full"), "ipfix:" + fresh("full")):
        says("a full device, " + output, harness.exflow(
            *talk, "-o", output), 1, fresh("full"))
        CHECKS.check(os.path.islink(fresh("full")),
                     output + " was put in the place of a device")
        if not os.path.islink(fresh("full")):
            os.unlink(fresh("full"))
            os.symlink("/dev/full", fresh("full"))
    with open("/dev/full", "w") as full:
        says("full standard output", harness.exflow(
            *talk, "-o", "json:-", stdout=full), 1, "No space left")
    says("nobody listens", harness.exflow(
        *talk, "-o", "tcp://127.0.0.1:1"), 1, "127.0.0.1:1")


def incomplete_files_stay_away():
    """Under a file size limit: no IPFIX file under its name, books right."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
    path, stats = fresh("short.ipfix"), fresh("short.json")
    done = subprocess.run(
        [harness.EXFLOW, "-q", *NET, "-r", capture("talk.pcap"), "-o", path,
         "-o", "csv:" + fresh("short")], stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, timeout=60, preexec_fn=limit,
        env=harness.ENVIRONMENT)
    CHECKS.equal(done.returncode, 1, "file size limit: exit status %s"
                 % done.stderr)
    CHECKS.check(b"short.ipfix" in done.stderr, "file size limit: message")
    CHECKS.check(not os.path.exists(path), "an incomplete file has its name")
    left = [n for n in os.listdir(SPACE) if n.startswith("short.ipfix")
            or n.startswith(".short.ipfix")]
    CHECKS.equal(left, [], "temporary files left behind")
    CHECKS.check(not os.path.exists(stats), "no statistics were asked for")


def a_file_size_limit_is_no_signal():
    """The statistics, written at the end by the first thread."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    stats = fresh("limited.json")
    done = subprocess.run(
        [harness.EXFLOW, "-q", *NET, "-r", capture("talk.pcap"), "--stats",
         stats, "-o", "json:/dev/null"], stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, timeout=60, preexec_fn=limit,
        env=harness.ENVIRONMENT)
    CHECKS.equal(done.returncode, 1, "statistics under a limit: exit status")
    CHECKS.check(b"limited.json" in done.stderr,
                 "statistics under a limit: %r" % done.stderr)


def reader_goes_away():
    """exflow … | head is quiet and ends as others do, by SIGPIPE."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        result = harness.exflow("-q", *NET, "-r", capture("talk.pcap"), "-o",
                                "json:-", stdout=pipe)
    CHECKS.equal(result.code, -signal.SIGPIPE, "closed pipe: exit status")
    CHECKS.equal(result.err, "", "closed pipe: messages")


def signals_end_the_run():
    """SIGTERM and SIGINT while it waits for input: all is delivered."""
    with open(capture("talk.pcap"), "rb") as file:
        octets = file.read()
    for name in (signal.SIGTERM, signal.SIGINT):
        folder, stats = fresh(name.name), fresh(name.name + ".json")
        with subprocess.Popen(
                [harness.EXFLOW, "-q", *NET, "-r", "-", "-o", "csv:" + folder,
                 "--stats", stats], stdin=subprocess.PIPE,
                stderr=subprocess.PIPE, env=harness.ENVIRONMENT) as run:
            run.stdin.write(octets[:-1])
            run.stdin.flush()
            harness.has_read(run)
            netspace.settled(run)
            started = time.monotonic()
            run.send_signal(name)
            code = run.wait(60)
            CHECKS.check(time.monotonic() - started < 30,
                         "%s: it waited on" % name.name)
            CHECKS.equal((code, run.stderr.read()), (128 + name, b""),
                         name.name)
        CHECKS.check(harness.read_stats(stats)["exchanges"]["opened"] > 0,
                     "%s: nothing was metered" % name.name)
        CHECKS.equal(harness.unbalanced(harness.read_stats(stats)), None,
                     "%s: books" % name.name)


def query(second, client):
    """A pcap record: a DNS-like datagram from 10.0.0.<client>."""
    udp = struct.pack(">HHHH4x", 1000, 53, 12, 0)
    header = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 20 + len(udp), 0, 0, 64, 17,
                         0, 10, 0, 0, client, 192, 0, 2, 1)
    octets = header + udp
    return struct.pack("<IIII", second, 0, len(octets), len(octets)) + octets


def a_pipe_that_pauses():
    """What has ended goes out although the pipe stays open and says no more,
    and whichever worker has it: only one of them sees the last packet."""
    begin = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
    clients = range(7, 23)
    for workers in ("1", "2"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
            collector.bind(("127.0.0.1", 0))
            collector.settimeout(20)
            with subprocess.Popen(
                    [harness.EXFLOW, "-q", *NET, "-r", "-", "--set",
                     "workers=" + workers, "-o",
                     "udp://127.0.0.1:%d" % collector.getsockname()[1]],
                    stdin=subprocess.PIPE, env=harness.ENVIRONMENT) as run:
                run.stdin.write(begin + b"".join(
                    query(1000, client) for client in clients) +
                                query(2000, 99))
                run.stdin.flush()
                missing, received = clients, b""
                try:
                    while missing:
                        received += collector.recv(65535)
                        missing = [
                            client for client in clients if bytes(
                                (10, 0, 0, client, 192, 0, 2, 1))
                            not in received]
                except socket.timeout:
                    pass
                CHECKS.equal(list(missing), [], "%s workers, a pipe that "
                             "pauses: not received within 20 s" % workers)
                run.stdin.close()
                CHECKS.equal(run.wait(30), 0, "a pipe that pauses: status")


def main():
    harness.need_exflow()
    for part in (usage_errors, configuration_file, help_and_version,
                 inputs_that_fail, one_bad_of_two, inputs_that_work,
                 several_inputs, captures_without_an_option, filters, quiet_and_summary,
                 what_is_left_out_is_explained,
                 other_protocols_and_tunnels_are_explained, outputs_at_once,
                 outputs_that_fail, incomplete_files_stay_away,
                 a_file_size_limit_is_no_signal,
                 reader_goes_away, signals_end_the_run, a_pipe_that_pauses):
        part()
    CHECKS.end()


if __name__ == "__main__":
    main()
