# SPDX-License-Identifier: BSD-2-Clause
"""The Debian package of this tree, and a root to install it in.

The root is an overlay of /: it looks like this machine, and what happens in it
stays in memory.  It has no systemd running; its systemctl(1) only notes what it
is asked for.

    packages.enter()
    deb = packages.build()
    with packages.Root() as root:
        root.copy(deb)
        root.run("dpkg", "-i", "/tmp/" + os.path.basename(deb))
"""
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys

import harness
import netspace

FOLDER = os.path.join(harness.BUILD, "package-test")
AGAIN = "EXFLOW_TEST_IN_MOUNT_NAMESPACE"
# Without /usr/local: there may be another exflow.
DEFAULT_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# In the root: what maintainer scripts ask systemd for.
SYSTEMCTL = """#!/bin/sh
echo "$*" >>/run/systemctl.log
case "$*" in
*is-enabled*) echo disabled; exit 1 ;;
*LoadState*) echo loaded ;;
esac
"""


def need():
    """Return only where packages can be built."""
    for program in ("dh", "dpkg-buildpackage"):
        harness.need_program(program)


def entered():
    return AGAIN in os.environ


def enter():
    """Go on in a mount namespace of our own, or skip."""
    if entered():
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        return
    for program in ("unshare", "chroot"):
        harness.need_program(program)
    if os.geteuid() != 0:
        harness.skip("installing packages in a root of their own needs root")
    if not netspace.root_is_a_mount_point():
        harness.skip("/ is no mount point (a chroot): no mounts of our own")
    if subprocess.run(["unshare", "--mount", "true"], check=False,
                      stderr=subprocess.DEVNULL).returncode != 0:
        harness.skip("mount namespaces cannot be made here")
    os.environ[AGAIN] = "1"
    os.execvp("unshare", ["unshare", "--mount", sys.executable] + sys.argv)


def version():
    """What configure.ac says."""
    with open(os.path.join(harness.SOURCE, "configure.ac"),
              encoding="utf-8") as file:
        return re.search(r"AC_INIT\(\[exflow\], \[([^]]+)\]",
                         file.read()).group(1)


def command(arguments, what, **options):
    done = subprocess.run(arguments, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False,
                          errors="replace", **options)
    if done.returncode != 0:
        print("FAILED: %s\n%s" % (what, done.stdout[-4000:]))
        sys.exit(1)
    return done.stdout


def environment(**more):
    """Of a make or a build of its own, within "make check"."""
    left_out = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "TESTS",
                "DESTDIR", "CFLAGS", "CPPFLAGS", "LDFLAGS")
    kept = {name: value for name, value in os.environ.items()
            if name not in left_out}
    return dict(kept, LC_ALL="C", **more)


def pack(tree):
    """What "make dist" packs; a number that tells two trees apart.

    The tests do not count: they change nothing in the package.
    """
    command(["make", "-s", "-C", harness.BUILD, "distdir", "distdir=" + tree],
            "make distdir", env=environment())
    known = hashlib.sha256()
    for folder, folders, names in os.walk(tree):
        folders[:] = sorted(set(folders) - {"tests"})
        for name in sorted(names):
            path = os.path.join(folder, name)
            known.update(path.encode() + b"\0")
            with open(path, "rb") as file:
                known.update(file.read())
    return known.hexdigest()


def build():
    """The package, built of what "make dist" packs.

    It takes a minute or two: two tests share it.  The unit tests run in the
    build only with EXFLOW_FULL, because "make check" runs them, too.
    EXFLOW_PACKAGE names one that is there already: also for this program,
    when it runs itself again in namespaces.
    """
    if not os.environ.get("EXFLOW_PACKAGE"):
        need()
        os.environ["EXFLOW_PACKAGE"] = _built()
    return os.environ["EXFLOW_PACKAGE"]


def _built():
    os.makedirs(FOLDER, exist_ok=True)
    tree = os.path.join(FOLDER, "exflow-" + version())
    deb = os.path.join(FOLDER, "exflow_%s_%s.deb" % (
        version(), command(["dpkg", "--print-architecture"],
                           "dpkg").strip()))
    stamp = os.path.join(FOLDER, "stamp")
    options = "parallel=%d" % (os.cpu_count() or 1)
    if "EXFLOW_FULL" not in os.environ:
        options += " nocheck"
    with open(os.path.join(FOLDER, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(tree, ignore_errors=True)
        wanted = pack(tree) + " " + options
        if harness.read_lines(stamp) != [wanted] or not os.path.exists(deb):
            # Other tests run beside it, and some are in a hurry.
            said = command(["nice", "dpkg-buildpackage", "-us", "-uc", "-b"],
                           "dpkg-buildpackage", cwd=tree,
                           env=environment(DEB_BUILD_OPTIONS=options))
            with open(os.path.join(FOLDER, "log"), "w") as file:
                file.write(said)
            with open(stamp, "w") as file:
                file.write(wanted + "\n")
        shutil.rmtree(tree, ignore_errors=True)
    return deb


def repack(deb, number, change):
    """The package under another version, with a changed configuration."""
    folder = harness.workspace()
    tree = os.path.join(folder, "tree")
    command(["dpkg-deb", "-R", deb, tree], "dpkg-deb -R")
    control = os.path.join(tree, "DEBIAN", "control")
    with open(control) as file:
        text = file.read()
    with open(control, "w") as file:
        file.write(re.sub("(?m)^Version: .*$", "Version: " + number, text))
    path = os.path.join(tree, "etc", "exflow.conf")
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(change(text))
    new = os.path.join(folder, re.sub("_[^_]*_", "_%s_" % number,
                                      os.path.basename(deb)))
    command(["dpkg-deb", "--root-owner-group", "-b", tree, new],
            "dpkg-deb -b")
    return new


class Root:
    """An overlay of /, without anything of exflow's that this machine has."""

    def __init__(self):
        self.folder = harness.workspace()
        self.path = os.path.join(self.folder, "root")
        self.mounted = []

    def mount(self, where, *arguments):
        subprocess.run(["mount", *arguments, where], check=True)
        self.mounted.append(where)

    def __enter__(self):
        self.mount(self.folder, "-t", "tmpfs", "-o", "mode=755", "tmpfs")
        for name in ("upper", "work", "root"):
            os.mkdir(os.path.join(self.folder, name))
        overlay = "lowerdir=/,upperdir=%s/upper,workdir=%s/work" % (
            self.folder, self.folder)
        try:
            self.mount(self.path, "-t", "overlay", "-o", overlay, "overlay")
        except subprocess.CalledProcessError:
            self.__exit__()
            harness.skip("overlays of / cannot be mounted here")
        for name in ("proc", "dev"):
            self.mount(self.inside(name), "--rbind", "/" + name)
        for name in ("run", "tmp", "var/tmp"):
            self.mount(self.inside(name), "-t", "tmpfs", "-o", "mode=1777",
                       "tmpfs")
        self._clean()
        return self

    def __exit__(self, *_):
        for where in reversed(self.mounted):
            subprocess.run(["umount", "--recursive", "--lazy", where],
                           check=False)
        self.mounted = []

    def _clean(self):
        self.run("sh", "-c", "dpkg --purge exflow; userdel exflow; "
                 "groupdel exflow; rm -rf /etc/exflow* /var/lib/exflow "
                 "/var/spool/exflow /usr/sbin/policy-rc.d; "
                 "find /etc/systemd /usr/lib/systemd /var/lib/systemd -name "
                 "'exflow.service*' -delete; "
                 "ln -sf /bin/true /usr/bin/mandb", status=None)
        os.makedirs(self.inside("run/systemd/system"))
        path = self.inside("usr/bin/systemctl")
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "w") as file:
            file.write(SYSTEMCTL)
        os.chmod(path, 0o755)

    def inside(self, path):
        return os.path.join(self.path, path.lstrip("/"))

    def copy(self, file):
        """To /tmp in the root; its path there."""
        shutil.copy(file, self.inside("tmp"))
        return "/tmp/" + os.path.basename(file)

    def within(self, *arguments):
        return ["chroot", self.path, *arguments]

    def run(self, *arguments, status=0):
        """Run it in the root; what it printed.  None: any exit status."""
        done = subprocess.run(
            self.within(*arguments), stdout=subprocess.PIPE, cwd="/",
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
            errors="replace", env={"PATH": DEFAULT_PATH, "LC_ALL": "C",
                                   "DEBIAN_FRONTEND": "noninteractive"})
        if status is not None and done.returncode != status:
            print("%s: exit status %d\n%s" % (
                " ".join(arguments), done.returncode, done.stdout))
            raise subprocess.CalledProcessError(done.returncode, arguments)
        return done.stdout

    def has(self, path):
        return os.path.lexists(self.inside(path))

    def read(self, path):
        with open(self.inside(path), errors="replace") as file:
            return file.read()

    def write(self, path, text):
        with open(self.inside(path), "w") as file:
            file.write(text)

    def asked(self):
        """What systemctl(1) was asked for since the last time."""
        path = "/run/systemctl.log"
        lines = self.read(path).splitlines() if self.has(path) else []
        self.write(path, "")
        return lines
