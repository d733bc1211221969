/* The parts of tool-shell: see main.c. */
#ifndef TOOL_SHELL_H
#define TOOL_SHELL_H

#include <stdint.h>
#include <sys/types.h>

/* A running container, as its first process shows it. All descriptors are open until this program ends. */
struct container {
	int pidfd;
	/* The folder /proc/PID of the container's first process. */
	int process;
	/* The container's root folder. */
	int root;
	/* The file cgroup.procs of the first process's cgroup. */
	int cgroup;
	/* The container's user namespace. -1 if the container has none of its own. */
	int user_namespace;
	/* The bounding set of the first process, which is the set that the container was created with. */
	uint64_t capabilities;
	int no_new_privileges;
	int has_seccomp_filter;
};

struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[64];
	int group_count;
	char home[4096];
};

/* Prints a line with the code and the reason, which is errno's text if `reason` is NULL. Then exits. */
void fail(const char *code, const char *reason) __attribute__((noreturn));

/* Opens the container whose first process is `pid`. Fails with "gone" if that process is not of the container `id`. */
struct container open_container(pid_t pid, const char *id);

/* Opens a file below the folder `root`, also if the path has symbolic links to absolute paths. -1 on failure. */
int open_inside(int root, const char *path, int flags);

/* Reads a regular file of at most 1 MB below the folder `root`. The caller frees the text. NULL on failure. */
char *read_inside(int root, const char *path);

/* Joins every namespace of the container except the user namespace, and makes the new root the root of this process. */
void enter_root(const struct container *container);

/* Finds `name` (a name or number, with `:group` or not) in the container's files. Fails with "no-user". */
struct user find_user(int root, const char *name);

/* Becomes the user, with no more rights than the container's own processes have. */
void become(const struct user *user, const struct container *container);

/* Prints the shells and the users of the container. */
void list_choices(int root);

#endif
