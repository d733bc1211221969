/* New folders, new names, and the end of files. */
#include "files.h"

#include <linux/openat2.h>
#include <sys/syscall.h>

/* A new folder gets the owner of the folder that it is in, so that the container's own programs can use it. */
static int make_in(int parent, const char *name) {
	struct stat st;
	if (mkdirat(parent, name, 0755) < 0) return -1;
	if (fstat(parent, &st) == 0 && fchownat(parent, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0) return -1;
	return 0;
}

void make_parents(const char *path) {
	char *copy = strdup(path);
	for (char *slash = copy + 1; (slash = strchr(slash, '/')); slash++) {
		const char *name;
		*slash = 0;
		int there = open_inside(copy, O_PATH | O_DIRECTORY);
		if (there < 0) {
			if (errno != ENOENT) fail_errno(errno);
			int parent = open_parent(copy, &name);
			if (parent < 0 || (make_in(parent, name) < 0 && errno != EEXIST)) fail_errno(errno);
			close(parent);
		} else close(there);
		*slash = '/';
	}
	free(copy);
}

void make_folder(void) {
	const char *name;
	if (request.parents) make_parents(request.path[0]);
	int parent = open_parent(request.path[0], &name);
	if (parent < 0) fail_errno(errno);
	struct stat st;
	if (make_in(parent, name) < 0) {
		int error = errno;
		int is_there = error == EEXIST && fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
		if (!is_there || !request.parents) fail_errno(error);
	}
	puts("ok");
}

void rename_file(void) {
	const char *name, *new_name;
	struct stat st;
	int from = open_parent(request.path[0], &name);
	if (from < 0 || request.to == NULL) fail_errno(errno);
	int to = open_parent(request.to, &new_name);
	if (to < 0) fail_errno(errno);
	int failed = renameat2(from, name, to, new_name, RENAME_NOREPLACE);
	/* Not every file system can promise to replace nothing. */
	if (failed && errno == EINVAL) {
		if (fstatat(to, new_name, &st, AT_SYMLINK_NOFOLLOW) == 0) fail("exists");
		failed = renameat(from, name, to, new_name);
	}
	/* Between two folders of one mount, overlayfs does not move a folder of the image. */
	if (failed && errno == EXDEV && mount_id(from) == mount_id(to)) fail("image-folder");
	if (failed) fail_errno(errno);
	puts("ok");
}

/* Opens a folder for its removal. Fails with EXDEV if something else is mounted there. */
static int open_for_removal(int parent, const char *name) {
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };
	return syscall(SYS_openat2, parent, name, &how, sizeof how);
}

/* True if something is mounted on this name, which may also be a file. */
static int is_mounted(int parent, const char *name) {
	struct statx here, there;
	int failed = statx(parent, "", AT_EMPTY_PATH, STATX_MNT_ID, &here) ||
		     statx(parent, name, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &there);
	return !failed && here.stx_mnt_id != there.stx_mnt_id;
}

/*
 * Goes through a tree before its removal, and then to remove it. Never follows a link and never enters a mount. A name
 * that goes away meanwhile is no failure if `may_be_gone`.
 */
static void go_through(int parent, const char *name, int removes, int may_be_gone) {
	struct stat st;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT && may_be_gone) return;
		fail_errno(errno);
	}
	if (is_mounted(parent, name)) fail("mount-point");
	if (S_ISDIR(st.st_mode)) {
		int fd = open_for_removal(parent, name);
		if (fd < 0 && errno == ENOENT && may_be_gone) return;
		if (fd < 0) fail_errno(errno == EXDEV ? EBUSY : errno);
		DIR *dir = fdopendir(fd);
		if (dir == NULL) fail_errno(errno);
		for (struct dirent *entry; (entry = next_name(dir));) go_through(fd, entry->d_name, removes, 1);
		if (errno) fail_errno(errno);
		closedir(dir);
	}
	if (removes && unlinkat(parent, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) < 0 && errno != ENOENT) fail_errno(errno);
}

/* Removes nothing if something in one of the trees is mounted: the mount may be a folder of the host. */
void remove_files(void) {
	for (int removes = 0; removes <= 1; removes++)
		for (int i = 0; i < request.paths; i++) {
			const char *name;
			int parent = open_parent(request.path[i], &name);
			if (parent < 0) fail_errno(errno);
			go_through(parent, name, removes, removes);
			close(parent);
		}
	puts("ok");
}
