# SPDX-License-Identifier: BSD-2-Clause
"""Network namespaces of a test's own, with what runs in them.

    with netspace.Space("client", "router") as space:
        space.link("client", "c0", "10.1.0.2/24", "router", "r0", "10.1.0.1/24")
        space.start("router", "tcpdump", ...)

When the block ends, its processes are ended by their ids, and its namespaces
are deleted.  A test that may not make namespaces runs itself again in a user
namespace of its own; where that is not allowed either, it is skipped.

Namespaces are entered by nsenter(1).  "ip netns exec" and "ip -n" would also
mount another /sys, for which / must be a mount point: in a chroot it is none.
So /sys shows the devices outside; ask ip(8) about those inside.
"""
import json
import os
import signal
import subprocess
import sys
import time

import harness

AGAIN = "EXFLOW_TEST_IN_USER_NAMESPACE"
# Mounts in another user's namespace never reach this one: "unchanged" is safe,
# and works where / is no mount point.
ENTER = ["unshare", "--map-root-user", "--net", "--mount",
         "--propagation", "unchanged"]


def _quiet(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode


def need():
    """Return only where namespaces can be made."""
    for program in ("ip", "nsenter", "unshare"):
        harness.need_program(program)
    name = "exflow-try-%d" % os.getpid()
    if _quiet("ip", "netns", "add", name) == 0:
        _quiet("ip", "netns", "del", name)
        return
    if AGAIN in os.environ or _quiet(*ENTER, "true") != 0:
        harness.skip("network namespaces cannot be made here: that needs "
                     "root, or user namespaces and no chroot")
    os.environ[AGAIN] = "1"
    os.execvp(ENTER[0], ENTER + [
        "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh",
        sys.executable] + sys.argv)


def root_is_a_mount_point():
    """False in most chroots; no mount can be made private or slave there."""
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        return any(line.split()[4] == "/" for line in mounts)


class Space:
    def __init__(self, *names):
        self.names = {name: "exflow-%d-%s" % (os.getpid(), name)
                      for name in names}
        self.running = []

    def __enter__(self):
        for name in self.names:
            self._ip("netns", "add", self.names[name])
            self.ip(name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        for process in self.running:
            stop(process, signal.SIGKILL)
        for full in self.names.values():
            _quiet("ip", "netns", "del", full)

    @staticmethod
    def _ip(*arguments):
        subprocess.run(("ip",) + arguments, check=True)

    def ip(self, name, *arguments):
        """ip(8) within a namespace."""
        subprocess.run(self.within(name) + ["ip", *arguments], check=True)

    def device(self, name, device):
        """What ip(8) tells of a device within a namespace."""
        told = self.run(name, "ip", "-json", "-stats", "link", "show", "dev",
                        device)
        return json.loads(told)[0]

    def link(self, one, device, address, other, peer, peer_address):
        """A veth pair; addresses may be None."""
        self.ip(one, "link", "add", device, "type", "veth", "peer", "name",
                peer, "netns", self.names[other])
        for name, dev, text in ((one, device, address),
                                (other, peer, peer_address)):
            # No neighbour discovery of its own: traffic is the test's alone.
            self.shell(name, "sysctl -qw net.ipv6.conf.%s.accept_dad=0 "
                       "net.ipv6.conf.%s.router_solicitations=0" % (dev, dev))
            for item in (text or "").split():
                self.ip(name, "addr", "add", item, "dev", dev)
            self.ip(name, "link", "set", dev, "up")

    def shell(self, name, text, check=True):
        return subprocess.run(self.within(name) + ["sh", "-c", text],
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=check)

    def within(self, name):
        return ["nsenter", "--net=/run/netns/" + self.names[name]]

    def run(self, name, *command, timeout=60):
        """Run it to its end; return what it printed."""
        return subprocess.run(self.within(name) + list(command),
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout,
                              env=harness.ENVIRONMENT,
                              check=True).stdout.decode()

    def start(self, name, *command, **options):
        """nsenter becomes the command, so the process has its id."""
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        process = subprocess.Popen(self.within(name) + list(command),
                                   env=harness.ENVIRONMENT, **options)
        self.running.append(process)
        return process


def stop(process, number=signal.SIGTERM, timeout=60):
    """End a process; return its exit status."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def until(condition, seconds=60):
    """Whether it became true in time.  The bound is for what hangs: on a busy
    machine all takes many times as long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def asleep(pid):
    """Whether every thread of a process waits for something: where it is ready
    to run, it has not yet done what came before."""
    folder = "/proc/%d/task" % pid
    for task in os.listdir(folder):
        with open("%s/%s/stat" % (folder, task)) as file:
            if file.read().rsplit(")", 1)[1].split()[0] != "S":
                return False
    return True


def settled(process):
    """Wait until it has done all that it could: it sleeps whenever it is looked
    at.  For programs that read what the kernel holds for them."""
    row = 0
    for _ in range(200):
        row = row + 1 if asleep(process.pid) else 0
        if row == 5:
            return
        time.sleep(0.05)
