/* The shells and users that a container's files offer. Prints a line for each: "shell PATH" or "user NAME". */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool-shell.h"

#define MOST_USERS 500

static const char *const names[] = { "bash", "zsh", "fish", "ash", "dash", "sh", "ksh", "mksh", "tcsh", "nu", "pwsh" };
static const char *const folders[] = { "/bin", "/usr/bin", "/usr/local/bin" };

/* True if the path is a program. Then writes its identity. */
static int is_program(int root, const char *path, struct stat *info) {
	int fd = open_inside(root, path, O_PATH);
	if (fd < 0) return 0;
	int result = fstat(fd, info) == 0 && S_ISREG(info->st_mode) && (info->st_mode & 0111);
	close(fd);
	return result;
}

static void list_shells(int root) {
	for (size_t name = 0; name < sizeof names / sizeof names[0]; name++) {
		/* /bin may be a link to /usr/bin. The same file is listed once. */
		struct stat earlier[3];
		int found = 0;
		for (size_t folder = 0; folder < sizeof folders / sizeof folders[0]; folder++) {
			char path[256];
			struct stat info;
			snprintf(path, sizeof path, "%s/%s", folders[folder], names[name]);
			if (!is_program(root, path, &info)) continue;
			int known = 0;
			for (int index = 0; index < found; index++)
				known |= earlier[index].st_dev == info.st_dev && earlier[index].st_ino == info.st_ino;
			if (known) continue;
			earlier[found++] = info;
			printf("shell %s\n", path);
		}
	}
}

static void list_users(int root) {
	char *text = read_inside(root, "etc/passwd");
	char *rest = text;
	int count = 0;
	for (char *line; rest && count < MOST_USERS && (line = strsep(&rest, "\n"));) {
		char *colon = strchr(line, ':');
		if (colon == NULL || colon == line) continue;
		*colon = 0;
		printf("user %s\n", line);
		count++;
	}
	free(text);
}

void list_choices(int root) {
	list_shells(root);
	list_users(root);
}
