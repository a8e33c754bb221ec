/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls of all architectures: confine.c leaves out those that the
 * machine does not have.  Calls that depend on their arguments are in
 * confine.c.
 */
#include <config.h>

#include "confine.h"

#include <stddef.h>

const char *const confine_always[] = {
	/* files: captures, records, archives, the spool, the configuration */
	"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv",
	"pwritev", "preadv2", "pwritev2", "open", "openat", "close",
	"close_range", "lseek", "_llseek", "stat", "fstat", "lstat", "stat64",
	"fstat64", "lstat64", "newfstatat", "fstatat64", "statx", "statfs",
	"fstatfs", "statfs64", "fstatfs64", "access", "faccessat", "faccessat2",
	"readlink", "readlinkat", "getdents", "getdents64", "mkdir", "mkdirat",
	"rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir",
	"link", "linkat", "truncate", "truncate64", "ftruncate", "ftruncate64",
	"fallocate", "fsync", "fdatasync", "sync_file_range", "flock", "fcntl",
	"fcntl64", "dup", "dup2", "dup3", "pipe", "pipe2", "chmod", "fchmod",
	"fchmodat", "fchmodat2", "umask", "utimensat", "fadvise64",
	"fadvise64_64", "arm_fadvise64_64", "readahead", "sendfile",
	"sendfile64", "copy_file_range", "getcwd",
	/* sockets: collectors, names, metrics, control, interfaces */
	"connect", "bind", "listen", "accept", "accept4", "getsockname",
	"getpeername", "getsockopt", "setsockopt", "sendto", "recvfrom", "send",
	"recv", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "recvmmsg_time64",
	"shutdown", "poll", "ppoll", "ppoll_time64", "select", "_newselect",
	"pselect6", "pselect6_time64", "epoll_create", "epoll_create1",
	"epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd",
	"eventfd2", "timerfd_create", "timerfd_settime", "timerfd_settime64",
	"timerfd_gettime", "timerfd_gettime64", "signalfd", "signalfd4",
	/* memory */
	"brk", "munmap", "mremap", "madvise", "mincore", "mlock", "munlock",
	"membarrier",
	/* threads; a new one is made by clone, as the quiet filter of
	 * confine.c refuses clone3 */
	"clone3", "set_robust_list", "get_robust_list", "set_tid_address",
	"rseq", "futex", "futex_time64", "futex_waitv", "sched_yield",
	"sched_getaffinity", "sched_setaffinity", "sched_getparam",
	"sched_getscheduler", "sched_get_priority_max",
	"sched_get_priority_min", "exit", "exit_group", "gettid", "getcpu",
	"arch_prctl", "set_tls", "cacheflush", "riscv_flush_icache",
	"riscv_hwprobe",
	/* time */
	"clock_gettime", "clock_gettime64", "clock_getres",
	"clock_getres_time64", "clock_nanosleep", "clock_nanosleep_time64",
	"nanosleep", "gettimeofday", "time", "times",
	/* signals */
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_sigtimedwait_time64", "sigaltstack", "restart_syscall", "pause",
	/* who and where we are */
	"getpid", "getppid", "getuid", "geteuid", "getgid", "getegid",
	"getresuid", "getresgid", "getgroups", "getuid32", "geteuid32",
	"getgid32", "getegid32", "getresuid32", "getresgid32", "getgroups32",
	"getpgrp", "getsid", "uname", "sysinfo", "getrlimit", "ugetrlimit",
	"getrusage", "getrandom", "capget",
#ifdef EXFLOW_SANITIZERS
	/* The leak checker stops all threads from a process of its own. */
	"clone", "ptrace", "wait4", "prctl", "process_vm_readv", "kill",
	"tgkill", "personality",
#endif
	NULL
};

const char *const confine_start[] = { "setuid", "setgid", "setreuid",
	"setregid", "setresuid", "setresgid", "setgroups", "setuid32",
	"setgid32", "setreuid32", "setregid32", "setresuid32", "setresgid32",
	"setgroups32", "capset", "prctl", "seccomp", "chown", "fchown",
	"lchown", "fchownat", "chown32", "fchown32", "lchown32", "setrlimit",
	"prlimit64", NULL };

const char *const confine_fatal[] = { "execve", "execveat", "fork", "vfork",
	"mount", "umount", "umount2", "pivot_root", "chroot", "move_mount",
	"fsopen", "fsmount", "open_tree", "unshare", "setns", "init_module",
	"finit_module", "delete_module", "kexec_load", "kexec_file_load", "bpf",
	"perf_event_open", "add_key", "keyctl", "request_key", "userfaultfd",
	"io_uring_setup", "io_uring_enter", "io_uring_register",
	"open_by_handle_at", "reboot", "swapon", "swapoff", "settimeofday",
	"clock_settime", "clock_settime64", "adjtimex", "clock_adjtime",
	"sethostname", "setdomainname", "acct", "quotactl", "iopl", "ioperm",
	"pidfd_getfd", "process_vm_writev", "process_madvise", "kcmp",
#ifndef EXFLOW_SANITIZERS
	"ptrace", "process_vm_readv", "personality",
#endif
	NULL };
