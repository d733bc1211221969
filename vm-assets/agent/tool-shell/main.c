/*
 * A shell for a container, with the machine's tools. It works in containers whose image has no shell, and changes
 * nothing in the container: the tools are in a mount that only this shell's processes see.
 *
 *   tool-shell run PID ID USER FOLDER   starts the shell on this terminal
 *   tool-shell list PID ID              prints the shells and users that the container's own files offer
 *
 * PID is the container's first process, and ID is the container's id. An empty USER or FOLDER means root and `/`. The
 * container's environment is in the variables LC_BERTH_ENVIRONMENT_0, LC_BERTH_ENVIRONMENT_1 and so on: entries
 * NAME=value with a NUL after each, in base64. sshd accepts these variables, and they are in no argument list.
 *
 * The first line of the output is "ok" and the shell's process id in the machine, or a code and a reason.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-constants.h"
#include "tool-shell.h"

#define ENVIRONMENT_VARIABLE "LC_BERTH_ENVIRONMENT_"
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

void fail(const char *code, const char *reason) {
	printf("%s %s\n", code, reason ? reason : strerror(errno));
	exit(1);
}

static int base64_value(char character) {
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = character ? strchr(alphabet, character) : NULL;
	return found ? (int)(found - alphabet) : -1;
}

/* Replaces the environment of this process by the container's. */
static void take_environment(void) {
	char *decoded = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&decoded, &length);
	if (stream == NULL) fail("failed", NULL);
	unsigned bits = 0, count = 0;
	for (int index = 0;; index++) {
		char name[64];
		snprintf(name, sizeof name, ENVIRONMENT_VARIABLE "%d", index);
		const char *text = getenv(name);
		if (text == NULL) break;
		for (; base64_value(*text) >= 0; text++) {
			bits = bits << 6 | (unsigned)base64_value(*text);
			count += 6;
			if (count < 8) continue;
			count -= 8;
			fputc(bits >> count & 0xff, stream);
		}
	}
	fclose(stream);
	clearenv();
	for (size_t start = 0; start < length; start += strlen(decoded + start) + 1)
		if (strchr(decoded + start, '=') > decoded + start) putenv(decoded + start);
}

static void set_shell_environment(const struct user *user) {
	const char *path = getenv("PATH");
	char *extended;
	if (asprintf(&extended, "%s:" TOOL_SHELL_FOLDER "/bin", path && *path ? path : DEFAULT_PATH) < 0) fail("failed", NULL);
	setenv("PATH", extended, 1);
	setenv("HOME", user->home, 0);
	setenv("TERM", "xterm-256color", 1);
	setenv("LANG", "C.UTF-8", 0);
	setenv("PS1", "tools \\w \\$ ", 1);
	/* Without this, the shell would write its history into the container. The folder is read-only. */
	setenv("HISTFILE", TOOL_SHELL_FOLDER "/history", 1);
}

static void copy_limits(pid_t pid) {
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit limit;
		if (prlimit(pid, resource, NULL, &limit) == 0) setrlimit(resource, &limit);
	}
}

/* Makes this process the foreground job of the terminal. */
static void take_terminal(void) {
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	if (tcsetpgrp(STDIN_FILENO, getpgrp()) < 0) fail("failed", NULL);
	signal(SIGTTOU, SIG_DFL);
}

static void start_shell(const struct container *container, const struct user *user, const char *folder, pid_t self) {
	if (write(container->cgroup, "0", 1) < 0) fail("failed", NULL);
	take_terminal();
	become(user, container);
	if (chdir(*folder ? folder : "/") < 0) fail("no-folder", NULL);
	set_shell_environment(user);
	printf("ok %d\n", self);
	fflush(stdout);
	execl(TOOL_SHELL_FOLDER "/bin/busybox", "sh", NULL);
	fail("failed", NULL);
}

static int run(pid_t pid, const char *id, const char *user_name, const char *folder) {
	struct container container = open_container(pid, id);
	struct user user = find_user(container.root, *user_name ? user_name : "0");
	take_environment();
	copy_limits(pid);
	enter_root(&container);
	int number[2];
	if (pipe2(number, O_CLOEXEC) < 0) fail("failed", NULL);
	fflush(stdout);
	/* Only a child is in the new process namespace. This process stays outside, so the container cannot see it. */
	pid_t child = fork();
	if (child < 0) fail("failed", NULL);
	if (child == 0) {
		pid_t self;
		if (read(number[0], &self, sizeof self) != sizeof self) exit(1);
		start_shell(&container, &user, folder, self);
	}
	if (write(number[1], &child, sizeof child) != sizeof child) fail("failed", NULL);
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR) fail("failed", NULL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int count, char **arguments) {
	if (count == 4 && strcmp(arguments[1], "list") == 0) {
		list_choices(open_container(atoi(arguments[2]), arguments[3]).root);
		return 0;
	}
	if (count == 6 && strcmp(arguments[1], "run") == 0)
		return run(atoi(arguments[2]), arguments[3], arguments[4], arguments[5]);
	fail("failed", "usage: tool-shell run PID ID USER FOLDER | tool-shell list PID ID");
}
