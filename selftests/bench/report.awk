# SPDX-License-Identifier: GPL-2.0
#
# Reads KERNEL, DEVICE, CELL, INSTRUCTIONS per line, of each boot; prints the medians of more than
# one, the bounds and whether each holds, and writes JSON to the file named by json=. Exit code 1:
# one does not.
# With -v meta='"commit": ...' more members are put in front.

BEGIN {
	FS = "\t"
	n4k = split("rr4k-qd1 rr4k-qd32 rr4k-b16 rw4k-qd1 rw4k-qd32 rw4k-b16", c4k, " ")
	n128k = split("sr128k-qd1 sr128k-qd8", c128k, " ")
}

{
	if (!($1 in seen_kernel)) {
		seen_kernel[$1] = 1
		kernels[++nkernels] = $1
	}
	if (!(($1, $2) in seen)) {
		seen[$1, $2] = 1
		devices[$1, ++ndevices[$1]] = $2
	}
	if (!(($1, $2, $3) in v))
		cell_list[$1, $2] = cell_list[$1, $2] ($3 " ")
	v[$1, $2, $3] = median(nboots[$1, $2, $3]++, $4)
	if (nboots[$1, $2, $3] > boots)
		boots = nboots[$1, $2, $3]
}

# Of the N figures of a cell that were there and VALUE, which are kept in order in of_boot.
function median(n, value,    i)
{
	for (i = n; i > 0 && of_boot[$1, $2, $3, i] > value; i--)
		of_boot[$1, $2, $3, i + 1] = of_boot[$1, $2, $3, i]
	of_boot[$1, $2, $3, i + 1] = value
	n++
	lowest[$1, $2, $3] = of_boot[$1, $2, $3, 1]
	highest[$1, $2, $3] = of_boot[$1, $2, $3, n]
	i = int((n + 1) / 2)
	if (n % 2)
		return of_boot[$1, $2, $3, i]
	return (of_boot[$1, $2, $3, i] + of_boot[$1, $2, $3, i + 1]) / 2
}

# The medians, and how far boots are apart, in percent of them.
function print_boots(k,    i, j, d, n, cells, c)
{
	printf "\n%s, medians of %d boots, and their spread in %%:\n", k, boots
	for (i = 1; i <= ndevices[k]; i++) {
		d = devices[k, i]
		printf "  %-15s", d
		n = split(cell_list[k, d], cells, " ")
		for (j = 1; j <= n; j++) {
			c = cells[j]
			printf "  %s %d (%.1f)", c, v[k, d, c],
				100 * (highest[k, d, c] - lowest[k, d, c]) / v[k, d, c]
		}
		printf "\n"
	}
}

# A daemon's device beside what is in the kernel: what its figure may be at most.
function judge_ratio(k, a, b, c, bound)
{
	if (v[k, a, c] && v[k, b, c])
		judge(k, a " / " b " " c, v[k, a, c] / v[k, b, c], bound, "%8.3f")
}

function judge_handler(k, a, b)
{
	judge_ratio(k, a, b, "rr4k-b16", 1.15)
	judge_ratio(k, a, b, "sr128k-b8", 1.05)
	judge_ratio(k, a, b, "rr4k-qd1", 1.2)
	judge_ratio(k, a, b, "rr4k-qd32", 1.2)
	judge_ratio(k, a, b, "rw4k-qd32", 1.2)
}

function judge_user(k,    i)
{
	judge_ratio(k, "user_null", "null", "rr4k-b16", 1.15)
	if (v[k, "user_null", "rr4k-qd1"]) {
		judge(k, "user_null rr4k-qd1", v[k, "user_null", "rr4k-qd1"], 17500, "%8.0f")
		judge(k, "user_null rr4k-qd32", v[k, "user_null", "rr4k-qd32"], 16800, "%8.0f")
	}
	judge_ratio(k, "user_null.batch", "null", "rr4k-qd32", 1.15)
	judge_handler(k, "user_mem", "ram")
	judge_handler(k, "user_file", "file")
	for (i = 1; i <= 3; i++)
		judge_ratio(k, "user_many.256", "user_many.1", c4k[i], 1.01)
}

# VALUE must be at most BOUND. What was not measured is not judged.
function judge(kernel, what, value, bound, fmt,    ok)
{
	ok = value <= bound
	failed += !ok
	printf "  %-54s " fmt "  <= " fmt "  %s\n", what, value, bound,
		ok ? "holds" : "DOES NOT HOLD"
	bounds = bounds sprintf("%s\n    {\"kernel\": \"%s\", \"what\": \"%s\", " \
		"\"value\": %.4f, \"bound\": %.4f, \"holds\": %s}", bounds == "" ? "" : ",",
		kernel, what, value, bound, ok ? "true" : "false")
}

# Instructions of the copy: rep movsq moves 8 bytes each.
function copy(kernel, bytes)
{
	return bytes / 8
}

function judge_kernel(k,    i, c, a, b, c3)
{
	printf "\n%s:\n", k
	judge_user(k)
	for (i = 1; i <= n4k; i++) {
		c = c4k[i]
		a = v[k, "null", c]; b = v[k, "scsi_debug", c]
		if (a && b)
			judge(k, "null / scsi_debug " c, a / b, 1.07, "%8.3f")
	}
	for (i = 1; i <= n4k; i++) {
		c = c4k[i]
		a = v[k, "ram", c]; b = v[k, "null", c]
		if (a && b)
			judge(k, "ram / null, less the copy (" copy(k, 4096) ") " c,
			      (a - copy(k, 4096)) / b, 1.03, "%8.3f")
	}
	for (i = 1; i <= n4k; i++) {
		c = c4k[i]
		a = v[k, "null_reserved", c]; b = v[k, "null", c]
		if (a && b)
			judge(k, "null, registered and reserved / null " c, a / b, 1.03, "%8.3f")
	}
	for (i = 1; i <= n128k; i++) {
		c = c128k[i]
		a = v[k, "ram", c]; b = v[k, "scsi_debug", c]
		if (a && b)
			judge(k, "ram / scsi_debug, less the copy (" copy(k, 131072) ") " c,
			      (a - copy(k, 131072)) / b, 1.15, "%8.3f")
	}
	a = v[k, "lio_bridged", "rr4k-qd32"]; b = v[k, "lio_nullio", "rr4k-qd32"]
	if (a && b)
		judge(k, "null behind LIO / LIO nullio rr4k-qd32", a / b, 1.05, "%8.3f")
	a = v[k, "lio_bridged.1000", "rr4k-qd32"]; b = v[k, "lio_bridged.1", "rr4k-qd32"]
	if (a && b)
		judge(k, "null behind LIO, 1,000 devices / one rr4k-qd32", a / b, 1.01, "%8.3f")
	split("rr4k-qd1 rr4k-qd32 rw4k-qd32", c3, " ")
	for (i = 1; i <= 3; i++) {
		c = c3[i]
		a = v[k, "vio_ram", c]; b = v[k, "ram", c]
		if (a && b)
			judge(k, "ram by ibmvstgt, less its copy (" copy(k, 4096) ") / by loop " c,
			      (a - copy(k, 4096)) / b, 1.25, "%8.3f")
	}
	if (v[k, "blk", "rr4k-qd32"])
		judge(k, "blk on null_blk rr4k-qd32", v[k, "blk", "rr4k-qd32"], 13400, "%8.0f")
	if (v[k, "stgt", "rr4k-b16"]) {
		judge(k, "through the STGT ring rr4k-b16", v[k, "stgt", "rr4k-b16"], 12500, "%8.0f")
		judge(k, "through the STGT ring rr4k-qd32", v[k, "stgt", "rr4k-qd32"], 20500, "%8.0f")
	}
	split("null scsi_debug", again, " ")
	for (i = 1; i <= 2; i++) {
		a = v[k, again[i] ".again", "rr4k-qd32"]; b = v[k, again[i], "rr4k-qd32"]
		if (a && b)
			judge(k, "measured twice, apart: " again[i] " rr4k-qd32",
			      (a > b ? a - b : b - a) / b, 0.01, "%8.4f")
	}
}

function write_json(    i, j, m, k, d, cells, n)
{
	printf "{\n%s  \"unit\": \"guest instructions per I/O\",\n  \"kernels\": {", \
		meta > json
	for (i = 1; i <= nkernels; i++) {
		k = kernels[i]
		printf "%s\n    \"%s\": {", (i > 1 ? "," : ""), k > json
		for (j = 1; j <= ndevices[k]; j++) {
			d = devices[k, j]
			n = split(cell_list[k, d], cells, " ")
			printf "%s\n      \"%s\": {", (j > 1 ? "," : ""), d > json
			for (m = 1; m <= n; m++)
				printf "%s\"%s\": %d", (m > 1 ? ", " : ""), cells[m], \
					v[k, d, cells[m]] > json
			printf "}" > json
		}
		printf "\n    }" > json
	}
	printf "\n  },\n  \"bounds\": [%s\n  ]\n}\n", bounds > json
}

END {
	for (i = 1; i <= nkernels; i++) {
		if (boots > 1)
			print_boots(kernels[i])
		judge_kernel(kernels[i])
	}
	if (json)
		write_json()
	if (failed)
		printf "\n%d of the bounds do not hold\n", failed
	else
		printf "\nall bounds hold\n"
	exit failed > 0
}
