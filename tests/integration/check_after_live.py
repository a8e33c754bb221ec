#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A probe hands complete files to a command, though it may start no program:
its helper does, as another user without privileges.  Reloads bring archives
with commands, take them away, and change the command.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time

import harness
import netspace

CHECKS = harness.Checks()
PATIENCE = 60
SENDER = """
import socket, time
for i in range(100000):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"x" * 40, ("127.0.0.1", 2000 + i % 50000))
    time.sleep(0.01)
"""


class Probe:
    def __init__(self, space, user=None):
        self.folder = harness.workspace()
        os.chmod(self.folder, 0o755)
        self.space, self.user, self.process = space, user, None
        self.starts = self.reloads = 0
        self.config = os.path.join(self.folder, "exflow.conf")
        self.log_path = os.path.join(self.folder, "log")
        for name in ("archive", "store", "other"):
            os.mkdir(os.path.join(self.folder, name))
            if user:
                subprocess.run(["chown", user, os.path.join(
                    self.folder, name)], check=True)

    def archive(self, name, after):
        return ('archive "%s" { path = "%s/archive/%s-%%H%%M%%S.ipfix"\n'
                "rotate = 1\nclock = system\n%s }\n" % (
                    name, self.folder, name,
                    'after = "%s"' % after if after else ""))

    def write(self, *archives):
        with open(self.config, "w") as file:
            file.write("udp_idle_timeout = 0.2\nshutdown_timeout = 4\n")
            file.write("outputs = {\"json:%s/other/all.json\"}\n" %
                       self.folder)
            file.writelines(archives)

    def start(self):
        with open(self.log_path, "a") as log:
            self.process = self.space.start(
                "a", harness.EXFLOW, "-i", "lo", "-v", "-c", self.config,
                "--stats", self.folder + "/other/stats.json",
                *(["--set", "user=" + self.user] if self.user else []),
                stderr=log)
        self.starts += 1
        self.says("exflow: capturing on lo", self.starts + self.reloads)

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def says(self, text, times=1):
        return CHECKS.check(netspace.until(
            lambda: self.log().count(text) >= times or
            self.process.poll() is not None, PATIENCE) and
            self.log().count(text) >= times,
            "the log says %s: %s" % (text, self.log()[-1500:]))

    def reload(self, turn):
        self.process.send_signal(signal.SIGHUP)
        self.says("reload: the configuration is in force", turn)
        self.reloads += 1

    def end(self, status=0):
        CHECKS.equal(netspace.stop(self.process), status,
                     "exit status: " + self.log()[-1500:])
        with open(self.folder + "/other/stats.json") as file:
            stats = json.load(file)
        CHECKS.equal(harness.unbalanced(stats), None, "books")
        return {o["name"]: o for o in stats["outputs"]}

    def names(self, folder):
        return sorted(n for n in os.listdir(os.path.join(self.folder, folder))
                      if not n.startswith("."))


def status_of(pid):
    with open("/proc/%d/status" % pid) as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file
                    if ":\t" in line)


def helper_of(pid):
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if status_of(int(entry))["PPid"] == str(pid):
                return int(entry)
        except (OSError, KeyError):
            pass
    return None


def check_confined(space, user):
    """Under the confinement, as another user, without capabilities."""
    probe = Probe(space, user)
    probe.write(probe.archive(
        "office", "/bin/sh -c 'cp %f ../store/ 2>&1 || cp %f " + probe.folder +
        "/store/; grep -E ^.Uid:.Cap.NoNew.Seccomp. /proc/self/status; "
        "grep -E \\\"^(Uid|Gid|Groups|CapEff|CapPrm|CapBnd|NoNewPrivs|"
        "Seccomp):\\\" /proc/$$/status; echo home $HOME'"))
    probe.start()
    pid = probe.process.pid
    helper = helper_of(pid)
    if not CHECKS.check(helper, "a helper"):
        return
    CHECKS.equal(status_of(pid)["Seccomp"], "2", "exflow is confined")
    CHECKS.equal(status_of(helper)["Seccomp"], "0", "the helper is not")
    CHECKS.equal(status_of(helper)["CapEff"], "0" * 16, "no capability")
    CHECKS.equal(status_of(helper)["NoNewPrivs"], "1", "and none to gain")
    CHECKS.equal(status_of(helper)["Name"], "exflow-helper", "its name")
    probe.says("is handed over", 2)
    output = probe.end()["office"]
    CHECKS.check(output["after_done"] >= 2, "handed over")
    CHECKS.equal(output["after_failed"], 0, probe.log()[-2000:])
    CHECKS.equal(probe.names("store"), probe.names("archive"), "all of them")
    if user:
        told = probe.log()
        uid = subprocess.run(["id", "-u", user], capture_output=True,
                             text=True, check=True).stdout.strip()
        home = os.path.expanduser("~" + user)
        CHECKS.check(re.search(r"Uid:\\x09%s\\x09%s\\x09%s" % (uid, uid, uid),
                               told), "the command's user: " + told[-900:])
        CHECKS.check(re.search(r"Groups:(\\x09)? *$", told, re.M),
                     "no other groups: " + told[-900:])
        CHECKS.check("CapEff:\\x09" + "0" * 16 in told, "its capabilities")
        CHECKS.check("home " + home in told, "its home")
    CHECKS.check(netspace.until(lambda: not os.path.exists(
        "/proc/%d" % helper) or status_of(helper)["State"][0] == "Z"),
        "the helper ends with exflow")


def check_reload(space):
    """Archives and commands that come, change and go, as files come in."""
    probe = Probe(space)
    store = probe.folder + "/store"

    def copy(to):
        return "/bin/cp %%f %s/%s-%%n" % (store, to)

    probe.write(probe.archive("a", "/bin/cp %%f %s/" % store))
    probe.start()
    probe.says("is handed over", 1)
    # One comes that the helper has not read yet, and the first one changes.
    probe.write(probe.archive("a", "/bin/cp -p %%f %s/" % store),
                probe.archive("b", "/bin/cp %%f %s/ " % store))
    probe.reload(1)
    CHECKS.check(netspace.until(lambda: any(
        n.startswith("b-") for n in probe.names("store"))), "b's files")
    # The first one goes: what it has is handed over.
    probe.write(probe.archive("b", "/bin/cp %%f %s/ " % store))
    probe.reload(2)
    probe.says("output a: ended")
    # It fails, and then it is another one that does not: of the same files.
    probe.write(probe.archive("b", "/bin/false %f"))
    probe.reload(3)
    probe.says("was not handed over: exit status 1")
    time.sleep(1)
    probe.write(probe.archive("b", "/bin/cp %%f %s/" % store))
    probe.reload(4)
    probe.write(probe.archive("b", "/bin/nowhere %f"))
    probe.process.send_signal(signal.SIGHUP)
    probe.says("reload: the configuration stays as it was")
    probe.reloads += 1
    CHECKS.check(re.search(r'exflow.conf:\d+: archive "b": after: cannot run '
                           "/bin/nowhere: No such file", probe.log()),
                 probe.log()[-900:])
    outputs = probe.end()
    CHECKS.equal(outputs["b"]["after_waiting"], 0, probe.log()[-2000:])
    # What the failing one left, if that was too late to be taken over.
    probe.write(probe.archive("b", "/bin/cp %%f %s/" % store))
    probe.start()
    probe.end()
    CHECKS.equal(probe.names("store"), probe.names("archive"), "all")


def check_first_command(space):
    """The first command comes by a reload: files wait for the restart."""
    probe = Probe(space)
    probe.write(probe.archive("a", None))
    probe.start()
    CHECKS.check(helper_of(probe.process.pid) is None, "no helper")
    command = "/bin/cp %%f %s/store/" % probe.folder
    probe.write(probe.archive("a", command))
    probe.reload(1)
    probe.says("after needs a restart")
    probe.says("which needs a restart")
    CHECKS.check(probe.end(1)["a"]["after_waiting"] > 0, "files wait")
    waited = [n for n in os.listdir(probe.folder + "/archive")
              if n.startswith(".exflow-after")]
    CHECKS.check(waited, "they are noted")
    probe.start()
    probe.says("is handed over", 1)
    probe.end()
    with open(probe.log_path) as log:
        taken = set(re.findall(r"after: (\S+) is handed over", log.read()))
    first = min(probe.names("store"))
    CHECKS.check(first in {os.path.basename(t) for t in taken}, "handed over")
    CHECKS.check(set(probe.names("store")) <= set(probe.names("archive")) and
                 len(probe.names("store")) >= 2, "the store")


def check_shutdown(space):
    """SIGTERM: a command that needs a moment gets it; one that hangs does
    not, and the next start hands its file over."""
    probe = Probe(space)
    slow = "/bin/sh -c 'sleep 1; cp $0 %s/store/' %%f" % probe.folder
    probe.write(probe.archive("a", slow))
    probe.start()
    probe.says("is handed over", 1)
    output = probe.end()["a"]
    CHECKS.check(output["after_done"] >= 1, "done")
    CHECKS.equal(probe.names("store"), probe.names("archive"), "all in time")
    probe.write(probe.archive("a", "/bin/sleep 1000"))
    probe.start()
    CHECKS.check(netspace.until(lambda: len(probe.names("archive")) > len(
        probe.names("store"))), "more files")
    before = time.monotonic()
    output = probe.end(1)["a"]
    CHECKS.check(time.monotonic() - before < 30, "it did not wait for ever")
    CHECKS.check(output["after_waiting"] > 0, "they wait")
    CHECKS.equal(sum(output["lost"].values()), 0, "no record is lost")
    probe.write(probe.archive("a", "/bin/cp %%f %s/store/" % probe.folder))
    probe.start()
    probe.says("is handed over", 2)
    probe.end()
    CHECKS.equal(probe.names("store"), probe.names("archive"), "all")


def check_detached(space):
    """exflow -d: nobody waits for the helper, which holds nothing open."""
    probe = Probe(space)
    probe.write(probe.archive("a", "/bin/cp %%f %s/store/" % probe.folder))
    pid_file = probe.folder + "/pid"
    done = subprocess.run(
        space.within("a") + [harness.EXFLOW, "-i", "lo", "-d", "-c",
                             probe.config, "--set", "pid_file=" + pid_file],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
        env=harness.ENVIRONMENT, check=False)
    if not CHECKS.equal(done.returncode, 0, done.stdout):
        return
    with open(pid_file) as file:
        pid = int(file.read())
    CHECKS.check(netspace.until(lambda: probe.names("store")), "a file")
    helper = helper_of(pid)
    # Killed: the pid file's lock goes with it, and the next start has it.
    os.kill(pid, signal.SIGKILL)
    CHECKS.check(netspace.until(lambda: not os.path.exists(
        "/proc/%d" % helper) or status_of(helper)["State"][0] == "Z"),
        "the helper ends")


def main():
    harness.need_exflow()
    netspace.need()
    wanted = sys.argv[1:]
    user = "nobody" if os.geteuid() == 0 and \
        "EXFLOW_TEST_IN_USER_NAMESPACE" not in os.environ else None
    with netspace.Space("a") as space:
        space.start("a", sys.executable, "-c", SENDER)
        for check in (check_confined, check_reload, check_first_command,
                      check_shutdown, check_detached):
            if wanted and check.__name__ not in wanted:
                continue
            check(space, *([user] if check == check_confined else []))
    CHECKS.end()


if __name__ == "__main__":
    main()
