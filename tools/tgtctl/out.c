// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "parse.h"
#include "util.h"

#define CELL_LEN	48

void out_json(const json_t *val)
{
	json_dumpf(val, stdout, JSON_INDENT(2));
	putchar('\n');
}

void out_json_line(const json_t *val)
{
	json_dumpf(val, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
}

static char *text_cell(const char *s)
{
	char *cell = xcalloc(strlen(s) + 1, 1);

	printable(cell, strlen(s) + 1, s);
	return cell;
}

/* Append @word to the list @cell, which it frees. */
static char *append(char *cell, const char *sep, const char *word)
{
	char *longer = *cell ? xasprintf("%s%s%s", cell, sep, word) : xstrdup(word);

	free(cell);
	return longer;
}

static char *list_cell(const json_t *array)
{
	char *cell = xstrdup("");
	json_t *val;
	size_t i;

	json_array_foreach((json_t *)array, i, val)
		cell = append(cell, ", ", json_string_value(val) ?: "?");
	return cell;
}

static char *options_cell(const json_t *opts)
{
	char *cell = xstrdup("");
	const char *key;
	json_t *val;

	json_object_foreach((json_t *)opts, key, val) {
		char *pair = xasprintf("%s=%s", key, json_string_value(val) ?: "?");

		cell = append(cell, " ", pair);
		free(pair);
	}
	return cell;
}

static char *details_cell(const json_t *row)
{
	const char *info = json_string_value(json_object_get(row, "info"));
	char *cell = options_cell(json_object_get(row, "options"));
	char *quoted;

	if (info && *info) {
		quoted = xasprintf("(%s)", info);
		cell = append(cell, " ", quoted);
		free(quoted);
	}
	return cell;
}

static char *scalar_cell(const json_t *val, enum out_format format)
{
	char buf[CELL_LEN];
	double v;

	switch (json_typeof(val)) {
	case JSON_STRING:
		return text_cell(json_string_value(val));
	case JSON_TRUE:
		return xstrdup("yes");
	case JSON_FALSE:
		return xstrdup("no");
	case JSON_ARRAY:
		return list_cell(val);
	case JSON_OBJECT:
		return options_cell(val);
	case JSON_NULL:
		return xstrdup("");
	default:
		break;
	}
	v = json_number_value(val);
	switch (format) {
	case OUT_SIZE:
		format_size(buf, sizeof(buf), v < 0 ? 0 : v);
		break;
	case OUT_RATE:
		format_rate(buf, sizeof(buf), v);
		break;
	case OUT_NS:
		format_ns(buf, sizeof(buf), v);
		break;
	case OUT_AGE:
		format_age(buf, sizeof(buf), v);
		break;
	default:
		snprintf(buf, sizeof(buf), "%" JSON_INTEGER_FORMAT, json_integer_value(val));
		break;
	}
	return xstrdup(buf);
}

/* What stands in a column of a row; never NULL. */
static char *cell_text(const json_t *row, const struct column *col)
{
	const json_t *val = json_object_get(row, col->key);
	char *cell;

	if (col->format == OUT_DETAILS) {
		cell = details_cell(row);
	} else if (!val) {
		return xstrdup("-");
	} else if (col->format == OUT_TARGET) {
		cell = xasprintf("%s:%s", json_string_value(json_object_get(row, "fabric")) ?: "?",
				 json_string_value(val) ?: "?");
	} else {
		cell = scalar_cell(val, col->format);
	}
	return *cell ? cell : append(cell, "", "-");
}

/* Columns a terminal needs for @s, which may be UTF-8. */
static int text_width(const char *s)
{
	int width = 0;

	for (; *s; s++)
		width += (*s & 0xc0) != 0x80;
	return width;
}

static bool to_the_right(enum out_format format)
{
	return format >= OUT_NUMBER && format <= OUT_AGE;
}

static void print_cell(const char *text, const struct column *col, int width, bool last)
{
	int pad = width - text_width(text);

	if (to_the_right(col->format))
		printf("%*s%s", pad, "", text);
	else
		printf("%s%*s", text, last ? 0 : pad, "");
	fputs(last ? "\n" : "  ", stdout);
}

void out_table(const json_t *rows, const struct column *cols, size_t nr, bool heading)
{
	size_t n = json_array_size(rows);
	char **cells = xcalloc((n + 1) * nr, sizeof(*cells));
	int *width = xcalloc(nr, sizeof(*width));

	for (size_t i = 0; i <= n; i++) {
		for (size_t c = 0; c < nr; c++) {
			char **cell = &cells[i * nr + c];

			*cell = i ? cell_text(json_array_get(rows, i - 1), &cols[c]) :
				    xstrdup(cols[c].heading);
			if (text_width(*cell) > width[c])
				width[c] = text_width(*cell);
		}
	}
	for (size_t i = !heading; i <= n; i++)
		for (size_t c = 0; c < nr; c++)
			print_cell(cells[i * nr + c], &cols[c], width[c], c == nr - 1);
	for (size_t i = 0; i < (n + 1) * nr; i++)
		free(cells[i]);
	free(cells);
	free(width);
}

static enum out_format attr_format(const struct set *set, const char *key)
{
	unsigned int attr = attr_by_name(set, key, strlen(key));

	switch (set->attrs[attr].type) {
	case ATTR_SIZE:
		return OUT_SIZE;
	default:
		return attr && attr == set->age ? OUT_AGE : OUT_TEXT;
	}
}

/* One object in full, an attribute a line. */
void out_object(const json_t *row, const struct set *set)
{
	const char *key;
	int width = 0;
	json_t *val;

	json_object_foreach((json_t *)row, key, val)
		if ((int)strlen(key) > width)
			width = strlen(key);
	json_object_foreach((json_t *)row, key, val) {
		struct column col = { .key = key, .format = attr_format(set, key) };
		char *cell = cell_text(row, &col);

		printf("%-*s  %s", width, key, cell);
		if (col.format == OUT_SIZE && json_integer_value(val) >= 1024)
			printf(" (%" JSON_INTEGER_FORMAT " bytes)", json_integer_value(val));
		putchar('\n');
		free(cell);
	}
}
