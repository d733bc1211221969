/*
 * The shell's root: a folder in memory, in a private copy of the container's mounts. Every entry of the container's root
 * is mounted at its place. The tools are in one more folder. The container's own processes see none of this.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-constants.h"
#include "tool-shell.h"

#define BUSYBOX "/usr/bin/busybox"
/* The name of the tools' folder below the root. */
#define FOLDER (TOOL_SHELL_FOLDER + 1)

static void must(int result, const char *what) {
	if (result >= 0) return;
	char reason[512];
	snprintf(reason, sizeof reason, "%s: %s", what, strerror(errno));
	fail("failed", reason);
}

/* An empty file system in memory, not attached to any folder yet. */
static int memory_root(void) {
	int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	must(context, "fsopen");
	must(fsconfig(context, FSCONFIG_SET_STRING, "mode", "755", 0), "fsconfig");
	must(fsconfig(context, FSCONFIG_SET_STRING, "size", "4m", 0), "fsconfig");
	must(fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "fsconfig");
	int root = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID);
	must(root, "fsmount");
	close(context);
	return root;
}

/* A copy of the mount of the machine's busybox, read-only. */
static int busybox_mount(void) {
	int tree = open_tree(AT_FDCWD, BUSYBOX, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	must(tree, BUSYBOX);
	struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
		.propagation = MS_PRIVATE,
	};
	must(mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes), "mount_setattr");
	return tree;
}

static void mount_at(int tree, int folder, const char *name) {
	must(move_mount(tree, "", folder, name, MOVE_MOUNT_F_EMPTY_PATH), name);
	close(tree);
}

static void make_file(int folder, const char *name) {
	int file = openat(folder, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0755);
	must(file, name);
	close(file);
}

/* Makes a link to busybox for each of its tools. */
static void make_tools(int bin) {
	FILE *list = popen(BUSYBOX " --list", "r");
	char name[256];
	if (list == NULL) fail("failed", "busybox --list");
	while (fgets(name, sizeof name, list)) {
		name[strcspn(name, "\n")] = 0;
		if (*name && strcmp(name, "busybox") != 0) symlinkat("busybox", bin, name);
	}
	if (pclose(list) != 0) fail("failed", "busybox --list");
}

static void copy_link(const char *name, int root) {
	char target[4096];
	ssize_t length = readlink(name, target, sizeof target - 1);
	if (length < 0) return;
	target[length] = 0;
	symlinkat(target, root, name);
}

/* Puts an entry of the current folder, which is the container's root, at the same place in the new root. */
static void place(const char *name, int root) {
	struct stat info;
	/* The entry may have been removed in the meantime. */
	if (lstat(name, &info) < 0) return;
	if (S_ISLNK(info.st_mode)) {
		copy_link(name, root);
		return;
	}
	int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW;
	int tree = open_tree(AT_FDCWD, name, flags);
	if (tree < 0) return;
	if (S_ISDIR(info.st_mode)) must(mkdirat(root, name, 0755), name);
	else make_file(root, name);
	mount_at(tree, root, name);
}

static void place_all(int root) {
	DIR *entries = opendir("/");
	if (entries == NULL) fail("failed", NULL);
	for (struct dirent *entry; (entry = readdir(entries));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && strcmp(entry->d_name, FOLDER) != 0)
			place(entry->d_name, root);
	closedir(entries);
}

void enter_root(const struct container *container) {
	int busybox = busybox_mount();
	int root = memory_root();
	must(mkdirat(root, FOLDER, 0755), FOLDER);
	must(mkdirat(root, TOOL_SHELL_BIN, 0755), TOOL_SHELL_BIN);
	int bin = openat(root, TOOL_SHELL_BIN, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(bin, TOOL_SHELL_BIN);
	make_file(bin, "busybox");
	make_tools(bin);

	int namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	if (setns(container->pidfd, namespaces) < 0) fail("gone", NULL);
	must(unshare(CLONE_NEWNS), "unshare");
	/* No mount of this process reaches the container. */
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "mount");
	must(chdir("/"), "chdir");
	/* The new root covers the container's root. This process still sees the covered one. */
	must(move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
	mount_at(busybox, bin, "busybox");
	place_all(root);
	/* What the shell writes directly into `/` would be lost without a word. So the kernel refuses it. */
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
	must(mount_setattr(root, "", AT_EMPTY_PATH, &attributes, sizeof attributes), "mount_setattr");
	must(fchdir(root), "fchdir");
	must(chroot("."), "chroot");
}
