/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text to numbers and back: what the user types and what the tables show. Pure functions.
 */
#ifndef TGTCTL_PARSE_H
#define TGTCTL_PARSE_H

#include "types.h"

/*
 * The parsers take the whole string or nothing. They return 0, -EINVAL for what is no such
 * thing at all, or -ERANGE for what is one but does not fit.
 */
int parse_u64(const char *s, u64 max, u64 *val);
int parse_size(const char *s, u64 *val);
int parse_bool(const char *s, bool *val);
int parse_seconds(const char *s, double *val);

bool name_valid(const char *s);
char *split_target(char *arg);
char *split_pair(char *arg);

const char *nearest_word(const char *word, const char *const *words, size_t n);

void format_size(char *buf, size_t len, u64 bytes);
void format_age(char *buf, size_t len, u64 ms);
void format_ns(char *buf, size_t len, double ns);
void format_rate(char *buf, size_t len, double rate);
void printable(char *dst, size_t len, const char *src);

#endif
