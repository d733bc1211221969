/* The root of a container or a volume, and paths inside it. */
#include "files.h"

#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

/* The place of a mounted container. Only this process sees the mount, so the mount ends with the process. */
#define PLACE "/run/berth/files"

int root = -1;
static const char *prefix = "";

static int open_at(int at, const char *path, int flags, unsigned long long resolve) {
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };
	/* The kernel answers EAGAIN if a folder of the path is being renamed. */
	for (int attempt = 0;; attempt++) {
		int fd = syscall(SYS_openat2, at, path, &how, sizeof how);
		if (fd >= 0 || errno != EAGAIN || attempt == 100) return fd;
	}
}

int open_inside(const char *path, int flags) {
	return open_at(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int open_parent(const char *path, const char **name) {
	const char *slash = strrchr(path, '/');
	*name = slash ? slash + 1 : path;
	if (path[0] != '/' || **name == 0 || !strcmp(*name, ".") || !strcmp(*name, "..")) fail("not-allowed");
	char *folder = slash == path ? strdup("/") : strndup(path, slash - path);
	int fd = open_inside(folder, O_PATH | O_DIRECTORY);
	int error = errno;
	free(folder);
	errno = error;
	return fd;
}

uint64_t mount_id(int fd) {
	struct statx stx;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0) return 0;
	return stx.stx_mnt_id;
}

const char *path_in_root(int fd) {
	static char path[PATH_MAX];
	char link[64];
	if (mount_id(fd) != mount_id(root)) return NULL;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, sizeof path - 1);
	if (length < 0) return NULL;
	path[length] = 0;
	size_t skipped = strlen(prefix);
	if (strncmp(path, prefix, skipped)) return NULL;
	return path[skipped] == 0 ? "/" : path + skipped;
}

/* The open folder of the process stays this process's folder, even if another process gets its number. */
static void open_process_root(void) {
	char path[64], cgroups[8192];
	snprintf(path, sizeof path, "/proc/%ld", request.pid);
	int process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int file = process < 0 ? -1 : openat(process, "cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? -1 : read(file, cgroups, sizeof cgroups - 1);
	if (length < 0) fail("gone");
	cgroups[length] = 0;
	if (request.id == NULL || strlen(request.id) != 64 || !strstr(cgroups, request.id)) fail("gone");
	root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) fail("gone");
}

void check_not_in_use(void) {
	if (request.pid || request.upper == NULL) return;
	/* The engine's mount options name the upper layer with or without the folder of all layers. */
	const char *end = strrchr(request.upper, '/'), *begin = end;
	while (begin > request.upper && begin[-1] != '/') begin--;
	FILE *mounts = fopen("/proc/1/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	if (mounts == NULL) fail_errno(errno);
	while (getline(&line, &size, mounts) > 0) {
		const char *option = strstr(line, "upperdir=");
		if (option && strstr(option, begin)) fail("in-use");
	}
	free(line);
	fclose(mounts);
}

static void set_option(int fs, const char *key, const char *value) {
	if (fsconfig(fs, FSCONFIG_SET_STRING, key, value, 0) < 0) fail_errno(errno);
}

/*
 * A container that does not run has no mounted file system. To read it, all layers are mounted as lower layers: this
 * mount changes nothing, so the container may start in the meantime. To change it, the layers are mounted as the
 * engine does, and only if the engine has not mounted them.
 */
static void mount_layers(int writes) {
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) fail_errno(errno);
	mkdir(PLACE, 0700);
	int fs = fsopen("overlay", FSOPEN_CLOEXEC);
	if (fs < 0) fail_errno(errno);
	if (access(request.upper, F_OK) < 0) fail("gone");
	if (writes) {
		check_not_in_use();
		set_option(fs, "upperdir", request.upper);
		set_option(fs, "workdir", request.work);
	} else set_option(fs, "lowerdir+", request.upper);
	for (int i = 0; i < request.lowers; i++) set_option(fs, "lowerdir+", request.lower[i]);
	set_option(fs, "index", "off");
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) fail_errno(errno);
	int mounted = fsmount(fs, FSMOUNT_CLOEXEC, !writes || request.read_only ? MOUNT_ATTR_RDONLY : 0);
	if (mounted < 0 || move_mount(mounted, "", AT_FDCWD, PLACE, MOVE_MOUNT_F_EMPTY_PATH) < 0) fail_errno(errno);
	if (writes) check_not_in_use();
	root = open(PLACE, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0) fail_errno(errno);
	prefix = PLACE;
}

static int is_at_or_in(const char *path, const char *folder) {
	size_t length = strlen(folder);
	return path && !strncmp(path, folder, length) && (path[length] == 0 || path[length] == '/');
}

/*
 * The place of a mount does not exist before the container's first start. Then the container does not show it yet.
 * Without the mount, a change at its place would land in the container's own file system, where the mount hides it.
 */
static void mount_inside(const char *source, const char *target, int read_only, int writes) {
	int tree = open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree < 0 && writes) fail("mount-missing");
	if (tree < 0) return;
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
	if (read_only && mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes) < 0)
		fail_errno(errno);
	int place = open_inside(target, O_PATH);
	if (place >= 0) {
		int failed = move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
		if (failed && writes) fail("mount-missing");
		close(place);
	} else if (writes) {
		int affected = errno != ENOENT || is_at_or_in(request.to, target);
		for (int i = 0; i < request.paths; i++) affected |= is_at_or_in(request.path[i], target);
		if (affected) fail("mount-missing");
	}
	close(tree);
}

void open_root(int writes) {
	if (request.pid) open_process_root();
	else if (request.folder) {
		root = open(request.folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (root < 0) fail(errno == ENOENT ? "gone" : "not-folder");
		int above = open_at(root, "..", O_PATH | O_DIRECTORY, 0);
		if (request.mounted && mount_id(above) == mount_id(root)) fail("not-mounted");
		close(above);
		prefix = request.folder;
	} else {
		if (!request.upper || !request.work || !request.lowers) fail("not-allowed");
		mount_layers(writes);
		for (int i = 0; i < request.mounts; i++)
			mount_inside(request.mount[i].source, request.mount[i].target, request.mount[i].read_only, writes);
	}
}
