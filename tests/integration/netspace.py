# SPDX-License-Identifier: BSD-2-Clause
"""Network namespaces of a test's own, with what runs in them.

    with netspace.Space("client", "router") as space:
        space.link("client", "c0", "10.1.0.2/24", "router", "r0", "10.1.0.1/24")
        space.start("router", "tcpdump", ...)

All of it goes when the block ends: processes by their ids, then namespaces.
Without the right to make them the test runs itself again in a user namespace
of its own, and is skipped where that is not allowed either.
"""
import os
import signal
import subprocess
import sys
import time

import harness

AGAIN = "EXFLOW_TEST_IN_USER_NAMESPACE"
ENTER = ["unshare", "--map-root-user", "--net", "--mount"]


def _quiet(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode


def need():
    """Come back only where namespaces can be made."""
    harness.need_program("ip")
    name = "exflow-try-%d" % os.getpid()
    if _quiet("ip", "netns", "add", name) == 0:
        _quiet("ip", "netns", "del", name)
        return
    if AGAIN in os.environ or _quiet(*ENTER, "true") != 0:
        harness.skip("network namespaces cannot be made here")
    os.environ[AGAIN] = "1"
    os.execvp(ENTER[0], ENTER + [
        "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh",
        sys.executable] + sys.argv)


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
        self._ip("-n", self.names[name], *arguments)

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
        return ["ip", "netns", "exec", self.names[name]]

    def run(self, name, *command, timeout=30):
        """To its end; what it printed."""
        return subprocess.run(self.within(name) + list(command),
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout,
                              env=harness.ENVIRONMENT,
                              check=True).stdout.decode()

    def start(self, name, *command, **options):
        """ip netns exec becomes the command: its id is the process's."""
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        process = subprocess.Popen(self.within(name) + list(command),
                                   env=harness.ENVIRONMENT, **options)
        self.running.append(process)
        return process


def stop(process, number=signal.SIGTERM, timeout=20):
    """Its exit status."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def until(condition, seconds=10):
    """Whether it became true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())
