// SPDX-License-Identifier: GPL-2.0
/* A fuzzer without libFuzzer: it runs the files, and those in the directories, it is given. */
#include <dirent.h>
#include "fuzz.h"

static unsigned long files;

static void one(const char *path)
{
	FILE *f = fopen(path, "r");
	__u8 *data = NULL;
	size_t n = 0, got;

	if (!f) {
		perror(path);
		exit(2);
	}
	do {
		data = realloc(data, n + 4096);
		got = fread(data + n, 1, 4096, f);
		n += got;
	} while (got);
	fclose(f);
	data = realloc(data, n ? n : 1);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	files++;
}

int main(int argc, char **argv)
{
	char path[4096];
	struct dirent *e;
	DIR *dir;

	while (*++argv) {
		dir = opendir(*argv);
		if (!dir) {
			one(*argv);
			continue;
		}
		while ((e = readdir(dir))) {
			snprintf(path, sizeof(path), "%s/%s", *argv, e->d_name);
			if (*e->d_name != '.')
				one(path);
		}
		closedir(dir);
	}
	printf("%lu files\n", files);
	return 0;
}
