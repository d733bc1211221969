/* Finds what the shell needs to know about a container. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tool-shell.h"

#define LONGEST_FILE (1 << 20)

int open_inside(int root, const char *path, int flags) {
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

static char *read_all(int fd) {
	char *text = malloc(LONGEST_FILE + 1);
	size_t length = 0;
	ssize_t got = 0;
	while (text && length < LONGEST_FILE && (got = read(fd, text + length, LONGEST_FILE - length)) > 0)
		length += (size_t)got;
	close(fd);
	if (text) text[length] = 0;
	return text;
}

char *read_inside(int root, const char *path) {
	/* Opening a FIFO must not wait for a writer. */
	int fd = open_inside(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) return NULL;
	struct stat info;
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) return read_all(fd);
	close(fd);
	return NULL;
}

static char *read_of_process(int process, const char *name) {
	int fd = openat(process, name, O_RDONLY | O_CLOEXEC);
	char *text = fd < 0 ? NULL : read_all(fd);
	if (text == NULL || *text == 0) fail("gone", "the container has stopped");
	return text;
}

/* The value of a line of /proc/PID/status, for example "CapBnd:". */
static const char *field(const char *status, const char *name) {
	const char *line = strstr(status, name);
	if (line == NULL) fail("failed", name);
	return line + strlen(name);
}

struct container open_container(pid_t pid, const char *id) {
	struct container result = { .user_namespace = -1 };
	char path[4096];
	snprintf(path, sizeof path, "/proc/%d", pid);
	result.pidfd = pidfd_open(pid, 0);
	result.process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (result.pidfd < 0 || result.process < 0) fail("gone", "the container has stopped");

	/* From here on the descriptors stay with this process, so its number cannot come to mean another process. */
	char *cgroup = read_of_process(result.process, "cgroup");
	if (strncmp(cgroup, "0::/", 4) != 0) fail("failed", cgroup);
	cgroup[strcspn(cgroup, "\n")] = 0;
	if (strlen(id) < 12 || strstr(cgroup, id) == NULL) fail("gone", "the container has stopped");
	snprintf(path, sizeof path, "/sys/fs/cgroup%s/cgroup.procs", cgroup + 3);
	result.cgroup = open(path, O_WRONLY | O_CLOEXEC);
	if (result.cgroup < 0) fail("gone", NULL);
	free(cgroup);

	char *status = read_of_process(result.process, "status");
	result.capabilities = strtoull(field(status, "\nCapBnd:"), NULL, 16);
	result.no_new_privileges = atoi(field(status, "\nNoNewPrivs:"));
	result.has_seccomp_filter = atoi(field(status, "\nSeccomp:")) == 2;
	free(status);

	result.root = openat(result.process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int users = openat(result.process, "ns/user", O_RDONLY | O_CLOEXEC);
	struct stat theirs, ours;
	if (result.root < 0 || users < 0 || fstat(users, &theirs) < 0 || stat("/proc/self/ns/user", &ours) < 0)
		fail("gone", NULL);
	if (theirs.st_ino != ours.st_ino) result.user_namespace = users;
	return result;
}
