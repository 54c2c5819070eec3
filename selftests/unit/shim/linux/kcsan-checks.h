/* SPDX-License-Identifier: GPL-2.0 */
#define kcsan_disable_current()
#define kcsan_enable_current()
