# SPDX-License-Identifier: BSD-2-Clause

EXTRA_DIST += tests/integration/check_manual.py
TESTS += tests/integration/check_manual.py
