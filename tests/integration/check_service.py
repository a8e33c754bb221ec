#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The unit file under systemd itself: an instance of its own, the first
process of name spaces of its own, with nothing but exflow to run.

The unit's user, its capability, its folders and its filters are those that
systemd makes of conf/; what is replaced are the folders that it would change.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time

import harness
import netspace

CHECKS = harness.Checks()
SYSTEMD = "/lib/systemd/systemd"
# Of the run within; a tmpfs hides what systemd or exflow would change.
BOOT = """set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /sys/fs/cgroup
if [ %(cgroup)s = /sys/fs/cgroup/systemd ]; then
	mkdir /sys/fs/cgroup/systemd
	mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
else
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
cp -a /etc %(folder)s/etc
mount --bind %(folder)s/etc /etc
for hidden in /var/lib /var/spool /usr/local/bin; do
	mount -t tmpfs tmpfs $hidden
done
cp -r %(folder)s/bin/* /usr/local/bin
mkdir -p /run/systemd/system /etc/sysusers.d /etc/tmpfiles.d
cp %(folder)s/exflow.service %(folder)s/inside.service /run/systemd/system
cp %(folder)s/exflow.conf /etc/exflow.conf
cp %(conf)s/exflow.sysusers /etc/sysusers.d/exflow.conf
cp %(conf)s/exflow.tmpfiles /etc/tmpfiles.d/exflow.conf
ip link set lo up
exec env container=exflow-test %(systemd)s --system --unit=inside.service \\
    --log-target=console --log-level=notice --show-status=no
"""
# A control group of its own: others may run this, too.
ENTER = """set -e
mkdir %(group)s
echo $$ >%(group)s/cgroup.procs
exec unshare --pid --fork --kill-child --mount --net --uts --ipc --cgroup \\
    sh -c "$1"
"""
INSIDE = """[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
Environment=%(environment)s
ExecStart=%(python)s %(script)s --inside %(folder)s
StandardOutput=file:%(folder)s/said
StandardError=inherit
"""
CONFIG = """interfaces = {lo}
networks = {127.0.0.1}
filter = "udp port 99"
udp_idle_timeout = 1
workers = 2
pin = yes
log_level = info
control = /run/exflow/control
collector "c" {
    address = "tcp://127.0.0.1:1"
    spool_dir = /var/spool/exflow
    shutdown_timeout = 1
}
archive "a" { path = "/var/lib/exflow/%H%M%S.ipfix" }
"""
RAW = 1 << 13   # CAP_NET_RAW


# --- within

def run(*command, good=True):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    CHECKS.check((done.returncode == 0) == good, "%s: %d, %s" % (
        " ".join(command), done.returncode, done.stdout))
    return done.stdout


def show(name):
    return run("systemctl", "show", "-P", name, "exflow").strip()


def status_of(process):
    with open("/proc/%s/status" % process) as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file
                    if ":\t" in line)


def statistics():
    return json.loads(run("exflowctl", "--json", "stats"))


def check_process():
    status = status_of(show("MainPID"))
    user = subprocess.run(["id", "-u", "exflow"], stdout=subprocess.PIPE,
                          text=True, check=True).stdout.strip()
    CHECKS.equal(status["Uid"].split(), [user] * 4, "its user")
    for name, value in (("CapEff", RAW), ("CapPrm", RAW), ("CapBnd", RAW),
                        ("CapInh", 0), ("CapAmb", 0)):
        CHECKS.equal(int(status[name], 16), value, name)
    CHECKS.equal((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"),
                 "no new privileges, and a filter")
    CHECKS.equal(show("StatusText"), "capturing on lo", "its status")


def check_traffic():
    import socket
    for port in range(20000, 20010):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", port))
            s.sendto(b"x", ("127.0.0.2", 99))
    CHECKS.check(netspace.until(
        lambda: statistics()["exchanges"]["ended"]["unanswered"]
        + statistics()["exchanges"]["ended"]["idle"] == 10), "exchanges")
    stats = statistics()
    CHECKS.equal((stats["exchanges"]["opened"], stats["balanced"]),
                 (10, True), "statistics: %r" % stats)


def check_reload():
    run("systemctl", "reload", "exflow")
    CHECKS.check(netspace.until(lambda: statistics()["reloads"] == 1),
                 "reloads")
    # Whoever can point it at another file learns nothing of that.
    os.rename("/etc/exflow.conf", "/etc/exflow.good")
    os.symlink("/etc/shadow", "/etc/exflow.conf")
    run("exflowctl", "reload", good=False)
    os.rename("/etc/exflow.good", "/etc/exflow.conf")
    CHECKS.equal(statistics()["reloads_failed"], 1, "reloads that failed")


def check_watchdog():
    """One that hangs is replaced."""
    before = show("MainPID")
    run("systemctl", "kill", "-s", "STOP", "exflow")
    CHECKS.check(netspace.until(lambda: show("NRestarts") == "1"
                                and show("ActiveState") == "active", 30),
                 "a new one: " + run("systemctl", "status", "exflow"))
    CHECKS.check(show("MainPID") != before, "another process")


def inside():
    run("systemd-sysusers")
    run("systemd-tmpfiles", "--create", "--prefix=/run/exflow",
        "--prefix=/var/lib/exflow", "--prefix=/var/spool/exflow")
    run("systemctl", "start", "exflow")
    check_process()
    check_traffic()
    check_reload()
    check_watchdog()
    check_traffic()     # the new one works
    run("systemctl", "stop", "exflow")
    # Records wait in the spool for a collector that is not there.
    CHECKS.equal((show("Result"), show("ExecMainStatus")),
                 ("exit-code", "1"), "its end")
    CHECKS.check(any(name.endswith(".ipfix") for name in
                     os.listdir("/var/lib/exflow")), "an archive")
    CHECKS.check(os.listdir("/var/spool/exflow"), "a spool")
    print("inside: done")


# --- without

def control_groups():
    """Where systemd keeps its own: version 1, or 2; or None."""
    for folder in ("/sys/fs/cgroup/systemd", "/sys/fs/cgroup"):
        if os.path.exists(os.path.join(folder, "cgroup.procs")):
            return folder
    return None


def forget(group):
    """Its processes are gone, or will be in a moment."""
    def gone():
        for folder, _, _ in os.walk(group, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                return False
        return True
    CHECKS.check(netspace.until(gone), "control groups: " + group)


def prepare(folder, cgroup):
    os.makedirs(os.path.join(folder, "bin", "libexec"))
    for program in ("exflow", "libexec/exflow", "exflowctl"):
        shutil.copy(os.path.join(os.path.dirname(harness.EXFLOW), program),
                    os.path.join(folder, "bin", program))
    conf = os.path.join(harness.SOURCE, "conf")
    with open(os.path.join(conf, "exflow.service.in")) as file:
        unit = file.read()
    unit = unit.replace("@bindir@", "/usr/local/bin").replace(
        "@sysconfdir@", "/etc")
    with open(os.path.join(folder, "exflow.service"), "w") as file:
        # Nothing is waited for but the watchdog, and that not for long.
        file.write(re.sub("(?m)^(After|Wants)=.*\n", "", unit).replace(
            "[Unit]\n", "[Unit]\nDefaultDependencies=no\n").replace(
            "WatchdogSec=60", "WatchdogSec=3").replace(
            "RestartSec=5", "RestartSec=0"))
    with open(os.path.join(folder, "exflow.conf"), "w") as file:
        file.write(CONFIG)
    values = {"folder": folder, "cgroup": cgroup, "conf": os.path.abspath(conf),
              "systemd": SYSTEMD, "python": sys.executable,
              "script": os.path.abspath(__file__),
              "environment": "top_builddir=%s top_srcdir=%s" % (
                  os.path.abspath(harness.BUILD),
                  os.path.abspath(harness.SOURCE))}
    with open(os.path.join(folder, "inside.service"), "w") as file:
        file.write(INSIDE % values)
    return BOOT % values


def exposure(folder):
    """What systemd-analyze makes of the unit."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20",
         os.path.join(folder, "exflow.service")], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False)
    print(done.stdout.strip().splitlines()[-1])
    CHECKS.equal(done.returncode, 0, "exposure of at most 2.0: "
                 + done.stdout[-300:])


def read(path):
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def main():
    harness.need_exflow()
    for program in (SYSTEMD, "systemd-analyze", "unshare", "ip"):
        harness.need_program(program)
    if os.geteuid() != 0:
        harness.skip("systemd's own name spaces need root")
    if harness.sanitized():
        harness.skip("the unit forbids what sanitizers do")
    if not netspace.root_is_a_mount_point():
        harness.skip("/ is no mount point (a chroot): systemd cannot give "
                     "its services mounts of their own")
    cgroup = control_groups()
    if cgroup is None:
        harness.skip("there are no control groups here")
    group = os.path.join(cgroup, "exflow-test-%d" % os.getpid())
    folder = harness.workspace()
    boot = prepare(folder, cgroup)
    os.chmod(folder, 0o755)
    exposure(folder)
    said = os.path.join(folder, "said")
    with open(os.path.join(folder, "console"), "wb") as console:
        process = subprocess.Popen(
            ["sh", "-c", ENTER % {"group": group}, "sh", boot],
            stdout=console, stderr=console, stdin=subprocess.DEVNULL,
            env=harness.ENVIRONMENT, start_new_session=True)
        end = time.monotonic() + 120
        while (time.monotonic() < end and process.poll() is None
               and "checks, " not in read(said)):
            time.sleep(0.2)
        process.kill()      # unshare; what it began goes with it
        process.wait()
    forget(group)
    console = read(os.path.join(folder, "console"))
    if not read(said) and "exflow" not in console:
        print(console)
        harness.skip("systemd does not run in name spaces here")
    print(read(said))
    if not CHECKS.check("inside: done" in read(said) and
                        re.search(r"\b0 failed", read(said)),
                        "the run under systemd"):
        print(console[-6000:])
    CHECKS.end()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside()
        CHECKS.end()
    main()
