# SPDX-License-Identifier: BSD-2-Clause

# EXFLOW_PKG(VARIABLE, MODULES, DEBIAN-PACKAGE)
# A library that must be there; the error names the package to install.
AC_DEFUN([EXFLOW_PKG], [
PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 was not found.
  On Debian: apt-get install $3
  or run scripts/install-deps, which installs all that exflow needs.
  pkg-config said: $$1_PKG_ERRORS])])
])

# EXFLOW_CFLAG(FLAG), EXFLOW_CPPFLAG(FLAG), EXFLOW_LDFLAG(FLAG)
# Add a flag where compiler and linker take it without a warning.
AC_DEFUN([EXFLOW_TRY_FLAG], [
AC_MSG_CHECKING([whether $CC takes $2])
exflow_saved="$$1"
exflow_saved_werror="$CFLAGS"
$1="$$1 $2"
CFLAGS="$CFLAGS -Werror"
AC_LINK_IFELSE([AC_LANG_PROGRAM([[]], [[return 0;]])],
    [exflow_ok=yes], [exflow_ok=no])
CFLAGS="$exflow_saved_werror"
$1="$exflow_saved"
AC_MSG_RESULT([$exflow_ok])
])
AC_DEFUN([EXFLOW_CFLAG], [
EXFLOW_TRY_FLAG([CFLAGS], [$1])
AS_IF([test "$exflow_ok" = yes], [EXFLOW_CFLAGS="$EXFLOW_CFLAGS $1"])
])
AC_DEFUN([EXFLOW_CPPFLAG], [
EXFLOW_TRY_FLAG([CPPFLAGS], [$1])
AS_IF([test "$exflow_ok" = yes], [EXFLOW_CPPFLAGS="$EXFLOW_CPPFLAGS $1"])
])
AC_DEFUN([EXFLOW_LDFLAG], [
EXFLOW_TRY_FLAG([LDFLAGS], [$1])
AS_IF([test "$exflow_ok" = yes], [EXFLOW_LDFLAGS="$EXFLOW_LDFLAGS $1"])
])

# EXFLOW_SYSTEMD_DIR(VARIABLE, FOLDER)
# --with-VARIABLE=DIR, or no; else what systemd says, where our prefix is the
# system's, or the folder below our prefix.
AC_DEFUN([EXFLOW_SYSTEMD_DIR], [
AC_ARG_WITH([$1],
    [AS_HELP_STRING([--with-$1=DIR], [default: as systemd.pc says, or
        PREFIX/$2])],
    [], [with_$1=yes])
AS_IF([test "$with_$1" = yes], [
    with_$1=
    AS_IF([test "$prefix" = /usr],
        [with_$1=$($PKG_CONFIG --variable=$1 systemd 2>/dev/null)])
    AS_IF([test -z "$with_$1"], [with_$1='${prefix}/$2'])
])
AC_SUBST([$1], [$with_$1])
AM_CONDITIONAL([INSTALL_]m4_toupper([$1]), [test "$with_$1" != no])
])

# EXFLOW_STATIC(VARIABLE, FLAGS…)
# The first of these that link a program without shared libraries; where none
# do, the flags of all programs.
AC_DEFUN([EXFLOW_STATIC], [
AC_MSG_CHECKING([how to link statically])
exflow_saved="$LDFLAGS"
exflow_saved_cflags="$CFLAGS"
CFLAGS="$EXFLOW_CFLAGS $CFLAGS"
exflow_ok=no
for exflow_flags in m4_map_args_sep(["], ["], [ ], m4_shift($@)); do
    LDFLAGS="$exflow_flags $exflow_saved"
    AC_LINK_IFELSE([AC_LANG_PROGRAM(
        [[#include <signal.h>
          #include <stdio.h>
          #include <unistd.h>]],
        [[sigset_t set;
          char *const words[] = { 0 };
          sigemptyset(&set);
          pthread_sigmask(SIG_BLOCK, &set, NULL);
          fprintf(stderr, "%d", execv("/", words));]])],
        [exflow_ok=yes
        $1=$exflow_flags
        break])
done
LDFLAGS="$exflow_saved"
CFLAGS="$exflow_saved_cflags"
AS_IF([test "$exflow_ok" = no], [$1=$EXFLOW_LDFLAGS])
AC_MSG_RESULT([$exflow_ok, $$1])
])
