/* The user of the shell, and its rights: those of the container's own processes. */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tool-shell.h"

#define COLUMNS 8
#define CONTAINER_IS_ADMIN(container) ((container)->capabilities >> CAP_SYS_ADMIN & 1)

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Splits a line of passwd or group at its colons. Returns the number of columns. */
static int split(char *line, char *columns[COLUMNS]) {
	int count = 0;
	while (line && count < COLUMNS) columns[count++] = strsep(&line, ":");
	return count;
}

static int number(const char *text, unsigned *value) {
	char *end;
	unsigned long parsed = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || parsed >= 0xffffffffUL) return 0;
	*value = (unsigned)parsed;
	return 1;
}

static int has_member(char *members, const char *name) {
	for (char *member; (member = strsep(&members, ","));)
		if (strcmp(member, name) == 0) return 1;
	return 0;
}

/* Finds the user in the lines of passwd. Writes the user's name into `found`. A number needs no line, nor does root. */
static int find_in_passwd(char *lines, const char *name, struct user *user, char *found, size_t size) {
	unsigned wanted = 0;
	int is_number = number(name, &wanted);
	for (char *line; lines && (line = strsep(&lines, "\n"));) {
		char *columns[COLUMNS];
		unsigned uid, gid;
		if (split(line, columns) < 6 || !number(columns[2], &uid) || !number(columns[3], &gid)) continue;
		if (strcmp(columns[0], name) != 0 && !(is_number && uid == wanted)) continue;
		user->uid = uid;
		user->gid = gid;
		snprintf(user->home, sizeof user->home, "%s", columns[5]);
		snprintf(found, size, "%s", columns[0]);
		return 1;
	}
	user->uid = wanted;
	return is_number || strcmp(name, "root") == 0;
}

static int find_group(char *lines, const char *name, gid_t *gid) {
	if (number(name, gid)) return 1;
	for (char *line; lines && (line = strsep(&lines, "\n"));) {
		char *columns[COLUMNS];
		if (split(line, columns) >= 3 && strcmp(columns[0], name) == 0 && number(columns[2], gid)) return 1;
	}
	return 0;
}

static void find_groups(char *lines, const char *name, struct user *user) {
	int most = sizeof user->groups / sizeof user->groups[0];
	for (char *line; lines && user->group_count < most && (line = strsep(&lines, "\n"));) {
		char *columns[COLUMNS];
		unsigned gid;
		if (split(line, columns) >= 4 && number(columns[2], &gid) && has_member(columns[3], name))
			user->groups[user->group_count++] = gid;
	}
}

struct user find_user(int root, const char *wanted) {
	struct user user = { .home = "/" };
	char name[256], found[256] = "";
	snprintf(name, sizeof name, "%s", wanted);
	char *group = strchr(name, ':');
	if (group) *group++ = 0;
	char *passwd = read_inside(root, "etc/passwd");
	if (!find_in_passwd(passwd, name, &user, found, sizeof found)) fail("no-user", wanted);
	char *groups = read_inside(root, "etc/group");
	if (group && *group) {
		if (!find_group(groups, group, &user.gid)) fail("no-user", wanted);
	} else if (*found) find_groups(groups, found, &user);
	free(passwd);
	free(groups);
	return user;
}

/*
 * Refuses the system calls that Docker's default filter refuses to containers without CAP_SYS_ADMIN, and that are useful
 * for an attack on the kernel. A process of the container that runs as the same user may control the shell's processes,
 * so without this filter it would escape its own.
 */
static void refuse_dangerous_calls(void) {
	static const int refused[] = {
		SYS_add_key, SYS_bpf, SYS_delete_module, SYS_fanotify_init, SYS_finit_module, SYS_fsconfig, SYS_fsmount, SYS_fsopen,
		SYS_fspick, SYS_init_module, SYS_io_uring_enter, SYS_io_uring_register, SYS_io_uring_setup, SYS_kexec_load,
		SYS_keyctl, SYS_mount, SYS_mount_setattr, SYS_move_mount, SYS_open_by_handle_at, SYS_open_tree,
		SYS_perf_event_open, SYS_pivot_root, SYS_quotactl, SYS_request_key, SYS_setns, SYS_umount2, SYS_unshare,
		SYS_userfaultfd, SYS_vhangup,
	};
	enum { count = sizeof refused / sizeof refused[0] };
	struct sock_filter filter[count + 16];
	int length = 0;
	struct sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	struct sock_filter missing = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
#define ADD(...) filter[length++] = (struct sock_filter)__VA_ARGS__
	ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
	ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
	filter[length++] = missing;
	ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	/* The calls of x32 on x86_64 have this bit. */
	ADD(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
	filter[length++] = missing;
	/* The flags of clone3 are in memory, which a filter cannot read. The C libraries then use clone. */
	ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1));
	filter[length++] = missing;
	ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
	ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])));
	ADD(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
		CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP, 0, 1));
	filter[length++] = refuse;
	filter[length++] = allow;
	for (int index = 0; index < count; index++) {
		int left = count - index;
		ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)refused[index], left, 0));
	}
	filter[length++] = allow;
	filter[length++] = refuse;
	struct sock_fprog program = { .len = (unsigned short)length, .filter = filter };
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) fail("failed", NULL);
}

void become(const struct user *user, const struct container *container) {
	/* Until the shell runs, no process of the container may read or control this process. */
	prctl(PR_SET_DUMPABLE, 0);
	if (container->user_namespace >= 0 && setns(container->user_namespace, CLONE_NEWUSER) < 0) fail("failed", NULL);
	if (container->no_new_privileges) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (container->has_seccomp_filter && !CONTAINER_IS_ADMIN(container)) refuse_dangerous_calls();
	for (int capability = 0; capability < 64; capability++)
		if (!(container->capabilities >> capability & 1) && prctl(PR_CAPBSET_DROP, capability) < 0 && errno != EINVAL)
			fail("failed", NULL);
	if (setgroups((size_t)user->group_count, user->groups) < 0 || setresgid(user->gid, user->gid, user->gid) < 0 ||
		setresuid(user->uid, user->uid, user->uid) < 0)
		fail("no-user", NULL);
	/* As root, the process keeps its rights until it starts the shell, but may not use more than the container has. */
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	if (user->uid == 0)
		for (int half = 0; half < 2; half++)
			data[half].permitted = data[half].effective = (uint32_t)(container->capabilities >> (32 * half));
	if (syscall(SYS_capset, &header, data) < 0) fail("failed", NULL);
}
