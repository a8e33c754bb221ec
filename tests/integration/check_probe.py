#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The probe as a process: what it may, what it takes, how it detaches."""
import json
import os
import pwd
import signal
import subprocess
import sys

import harness
import netspace

CHECKS = harness.Checks()
FOLDER = harness.workspace()
USER = "nobody"
RAW = 1 << 13                   # CAP_NET_RAW
IDLE_OCTETS = 14 * 1000 * 1000  # of an idle probe, with librdkafka
EXCHANGE_OCTETS = 256           # of a live exchange
EXCHANGES = 65536
HUGE_PAGES = 4 * 2 * 1024 * 1024  # where they are rounded up to
CONTROL = os.path.join(FOLDER, "run", "control")
PID_FILE = os.path.join(FOLDER, "run", "pid")
CONFIG = os.path.join(FOLDER, "exflow.conf")


def status_of(process):
    with open("/proc/%d/status" % process) as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file
                    if ":\t" in line)


def resident(process):
    return int(status_of(process)["VmRSS"].split()[0]) * 1024


def write_config(text=""):
    with open(CONFIG, "w") as file:
        file.write('networks = {10.0.0.0/8}\ncontrol = "%s"\n'
                   'pid_file = "%s"\nuser = %s\nmax_exchanges = %d\n'
                   'outputs = {"udp://127.0.0.1:4739"}\n'
                   'udp_idle_timeout = 600\n%s\n'
                   % (CONTROL, PID_FILE, USER, EXCHANGES, text))
    os.chmod(CONFIG, 0o644)


def ctl(*arguments):
    return subprocess.run(
        [os.path.join(os.path.dirname(harness.EXFLOW), "exflowctl"), "-s",
         CONTROL, *arguments], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=60, check=False, text=True)


def statistics():
    return json.loads(ctl("--json", "stats").stdout)


def start(space, *arguments, log):
    """In the background: the id of the process that stays."""
    with open(log, "wb") as err:
        process = space.start("one", harness.EXFLOW, "-v", "-c", CONFIG,
                              *arguments, stderr=err)
        code = process.wait(60)
    CHECKS.equal(code, 0, "the process that was started: " + read(log))
    pid = int(read(PID_FILE).strip() or 0)
    CHECKS.check(pid > 1 and pid != process.pid, "process %d" % pid)
    return pid


def read(path):
    with open(path, errors="replace") as file:
        return file.read()


def runs(pid):
    """Neither gone nor waiting for somebody to ask how it ended."""
    try:
        return status_of(pid)["State"][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def end(pid):
    """By its id; what was detached is nobody's child."""
    os.kill(pid, signal.SIGTERM)
    CHECKS.check(netspace.until(lambda: not runs(pid), 30), "it ends")
    CHECKS.equal(os.path.exists(PID_FILE) and read(PID_FILE) != "", False,
                 "the pid file is gone")


def flood(space, count):
    """So many datagrams, each an exchange of its own."""
    space.run("one", sys.executable, "-c", """
import socket, struct, sys
count = int(sys.argv[1])
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("v1", 0))
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
head = b"\\x02" * 6 + b"\\x04" * 6 + b"\\x08\\0"
ip = struct.pack("!BBHHHBBH4s", 0x45, 0, 29, 1, 0, 64, 17, 0, b"\\x0a\\0\\0\\1")
for i in range(count):
    s.send(head + ip + struct.pack("!BBHHHHHB", 192, 0, 512 + (i >> 12),
                                   1024 + (i & 4095), 99, 9, 0, 0))
""", str(count), timeout=120)


def check_rights(pid):
    """Root's no more, and no way back."""
    status = status_of(pid)
    user = str(pwd.getpwnam(USER).pw_uid)
    CHECKS.equal(status["Uid"].split(), [user] * 4, "its user")
    CHECKS.equal(status["Groups"].split(), [], "its groups")
    kept = 0 if not keeps_raw() else RAW
    for name, value in (("CapEff", kept), ("CapPrm", kept), ("CapInh", 0),
                        ("CapAmb", 0)):
        CHECKS.equal(int(status[name], 16), value, name)
    CHECKS.equal(status["NoNewPrivs"], "1", "no new privileges")
    if "Seccomp" in status and has_seccomp():
        CHECKS.equal(status["Seccomp"], "2", "a filter")


def configured(name):
    """What config.h says of the build."""
    path = os.path.join(harness.BUILD, "config.h")
    return "#define %s 1" % name in read(path)


def keeps_raw():
    return configured("HAVE_LIBCAP_NG")


def has_seccomp():
    return configured("HAVE_SECCOMP")


def check_shadow(pid):
    """The configuration is read anew, and that is /etc/shadow: it cannot."""
    good = CONFIG + ".good"
    os.rename(CONFIG, good)
    os.symlink("/etc/shadow", CONFIG)
    CHECKS.check(os.path.getsize(CONFIG) > 0, "/etc/shadow is there")
    done = ctl("reload")
    CHECKS.check(done.returncode == 1 and "stays as it was" in done.stderr,
                 "reload: %r" % done)
    os.rename(good, CONFIG)
    CHECKS.equal(ctl("reload").returncode, 0, "reload of a good one")
    CHECKS.equal([statistics()[name] for name in (
        "reloads", "reloads_failed")], [1, 1], "reloads")
    CHECKS.check(runs(pid), "it goes on")


def check_memory(space, pid):
    for _ in range(3):
        ctl("stats"), ctl("live")
        if "metrics" in harness.exflow("--help").out:
            space.run("one", "curl", "-sS", "http://127.0.0.1:9100/metrics")
    idle = resident(pid)
    print("idle: %.2f MB" % (idle / 1e6))
    CHECKS.check(idle <= IDLE_OCTETS or harness.sanitized(),
                 "idle: %d octets" % idle)
    flood(space, EXCHANGES)
    CHECKS.check(netspace.until(
        lambda: statistics()["exchanges"]["opened"] == EXCHANGES),
        "exchanges: %r" % statistics())
    full = resident(pid)
    each = (full - idle) / EXCHANGES
    print("full: %.2f MB, %.0f octets each" % (full / 1e6, each))
    CHECKS.check(full - idle <= EXCHANGES * EXCHANGE_OCTETS + HUGE_PAGES,
                 "an exchange takes %.0f octets" % each)
    flood(space, 1)
    CHECKS.check(netspace.until(
        lambda: statistics()["packets_read"] > EXCHANGES), "one more")
    stats = statistics()
    CHECKS.check(stats["exchanges"]["live"] <= EXCHANGES, "the bound")


def check_second(space):
    """The same pid file: refused, and the first one's is as it was."""
    before = read(PID_FILE)
    done = subprocess.run(
        space.within("one") + [harness.EXFLOW, "-d", "-c", CONFIG, "-i",
                               "v0", "--set", "control="],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
        text=True, check=False)
    CHECKS.check(done.returncode == 1 and "exflow runs already, process "
                 + before.strip() in done.stderr, "a second one: %r" % done)
    CHECKS.equal(read(PID_FILE), before, "the pid file")


def check_silent(space):
    """Started without root, with the one capability; on any interface."""
    out = os.path.join(FOLDER, "run", "any.json")
    user = pwd.getpwnam(USER)
    log = os.path.join(FOLDER, "any.log")
    with open(log, "wb") as err:
        process = space.start(
            "one", "setpriv", "--reuid", str(user.pw_uid), "--regid",
            str(user.pw_gid), "--clear-groups", "--inh-caps", "+net_raw",
            "--ambient-caps", "+net_raw", "--bounding-set", "-all,+net_raw",
            harness.EXFLOW, "-v", "-i", "any", "-n", "10.0.0.0/8", "-o",
            "json:" + out, "--set", "workers=2", stderr=err)
        CHECKS.check(netspace.until(lambda: "capturing on any" in read(log)),
                     "ready: " + read(log))
    CHECKS.equal(int(status_of(process.pid)["CapEff"], 16),
                 RAW, "its capability")
    flood(space, 3)
    # v1 sends it, v0 takes it: "any" sees it on both.
    index = space.device("one", "v1")["ifindex"]
    netspace.until(lambda: False, 0.5)
    CHECKS.equal(netspace.stop(process), 0, "its end: " + read(log))
    records = [json.loads(line) for line in harness.read_lines(out)]
    CHECKS.equal([(r["packetDeltaCount"], r["ingressInterface"],
                   r.get("interfaceName")) for r in records],
                 [(2, index, "v1")] * 3, "records")


def check_drops(space):
    """What the ring had no room for is counted, and said."""
    stats_path, log = (os.path.join(FOLDER, name) for name in (
        "drops.stats", "drops.log"))
    with open(log, "wb") as err:
        process = space.start(
            "one", harness.EXFLOW, "-v", "-i", "v0", "-n", "10.0.0.0/8",
            "-o", "json:/dev/null", "--set", "ring=1", "--set", "user=root",
            "-f", "udp port 99", "--stats", stats_path, stderr=err)
        CHECKS.check(netspace.until(lambda: "capturing on v0" in read(log)),
                     "ready: " + read(log))
    process.send_signal(signal.SIGSTOP)
    flood(space, 30000)
    process.send_signal(signal.SIGCONT)
    CHECKS.check(netspace.until(lambda: "packets lost before" in read(log)),
                 "said: " + read(log))
    CHECKS.equal(netspace.stop(process), 0, "its end: " + read(log))
    stats = harness.read_stats(stats_path)
    interface = stats["interfaces"][0]
    CHECKS.check(interface["kernel_drops"] > 0, "drops: %r" % interface)
    CHECKS.equal(interface["packets"] + interface["kernel_drops"], 30000,
                 "packets read and lost")
    CHECKS.equal(stats["balanced"], True, "the books")
    CHECKS.check("kernel_drops" in read(log), "the summary: " + read(log))


def main():
    harness.need_exflow()
    for program in ("setpriv", "curl"):
        harness.need_program(program)
    if os.geteuid() != 0:
        harness.skip("only root can become somebody else")
    netspace.need()
    if pwd.getpwnam(USER).pw_uid == 0 or netspace.AGAIN in os.environ:
        harness.skip("there is no other user here")
    os.chmod(FOLDER, 0o755)
    os.mkdir(os.path.dirname(CONTROL))
    os.chown(os.path.dirname(CONTROL), pwd.getpwnam(USER).pw_uid, -1)
    metrics = "metrics" in harness.exflow("--help").out
    write_config('metrics = "127.0.0.1:9100"' if metrics else "")
    with netspace.Space("one") as space:
        space.link("one", "v0", None, "one", "v1", None)
        pid = start(space, "-d", "-i", "v0",
                    log=os.path.join(FOLDER, "log"))
        try:
            check_rights(pid)
            check_second(space)
            check_shadow(pid)
            check_memory(space, pid)
        finally:
            end(pid)
        check_silent(space)
        check_drops(space)
    CHECKS.end()


if __name__ == "__main__":
    main()
