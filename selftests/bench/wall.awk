# SPDX-License-Identifier: GPL-2.0
#
# Reads JOBS, ROUND, DEVICE, I/Os per second. Medians of the ratios of each round,
# and whether ours is at least 0.85 of scsi_debug's.

BEGIN { FS = "\t" }

{
	v[$1, $2, $3] = $4
	if ($2 > rounds)
		rounds = $2
}

# Sorts s[1..n]; returns its median.
function median(s, n,    i, j, t)
{
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && s[j - 1] > s[j]; j--) {
			t = s[j]; s[j] = s[j - 1]; s[j - 1] = t
		}
	return n % 2 ? s[(n + 1) / 2] : (s[n / 2] + s[n / 2 + 1]) / 2
}

function ratio(jobs, a, b,    r, s, m)
{
	for (r = 1; r <= rounds; r++)
		s[r] = v[jobs, r, a] / v[jobs, r, b]
	m = median(s, rounds)
	printf "  %-26s %6.2f   (%.2f .. %.2f)\n", a " / " b, m, s[1], s[rounds]
	return m
}

# What two jobs do by what one does.
function scale(a,    r, s, m)
{
	for (r = 1; r <= rounds; r++)
		s[r] = v[2, r, a] / v[1, r, a]
	m = median(s, rounds)
	printf "  %-26s %6.2f   (%.2f .. %.2f)\n", a ", 2 jobs / 1", m, s[1], s[rounds]
	return m
}

# No bounds: what is asked for is that a daemon's device gains by the second CPU as the other does.
function user(    jobs, mem, file)
{
	for (jobs = 1; jobs <= 2; jobs++) {
		printf "\n%d job(s): median of %d rounds (lowest .. highest)\n", jobs, rounds
		ratio(jobs, "user_mem", "ram")
		ratio(jobs, "user_file", "file")
	}
	printf "\ngained by a second job:\n"
	mem = scale("user_mem") / scale("ram")
	file = scale("user_file") / scale("file")
	printf "  a daemon's gain by the kernel's: memory %.2f, file %.2f\n", mem, file
}

END {
	if (mode == "user") {
		user()
		exit 0
	}
	for (jobs = 1; jobs <= 2; jobs++) {
		printf "\n%d job(s): median of %d rounds (lowest .. highest)\n", jobs, rounds
		ratio(jobs, "null_blk", "lio_nullio")
		sd = ratio(jobs, "scsi_debug", "lio_nullio")
		us = ratio(jobs, "null", "lio_nullio")
		ratio(jobs, "null", "scsi_debug")
		ok = us >= 0.85 * sd
		failed += !ok
		printf "  ours is %.2f of scsi_debug's ratio to LIO  >= 0.85  %s\n", us / sd,
			ok ? "holds" : "DOES NOT HOLD"
	}
	exit failed > 0
}
