/* A copy of a volume, or of a folder of a container. */
#include "files.h"

#include <linux/fs.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <search.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

/* A file with several names, and the first of its names in the copy. */
struct known {
	dev_t device;
	ino_t number;
	char *path;
};

static void *known_files;
static int copy_root;
static long long copied, reported;

static int compare(const void *a, const void *b) {
	const struct known *x = a, *y = b;
	if (x->device != y->device) return x->device < y->device ? -1 : 1;
	return x->number == y->number ? 0 : x->number < y->number ? -1 : 1;
}

static void report(long long bytes) {
	copied += bytes;
	if (copied - reported < 4 << 20) return;
	reported = copied;
	printf("copied %lld\n", copied);
	fflush(stdout);
	if (ferror(stdout)) exit(1);
}

static int open_part(int parent, const char *name, int flags) {
	struct open_how how = { .flags = flags | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	return syscall(SYS_openat2, parent, name, &how, sizeof how);
}

static void copy_xattrs(int from, int to) {
	static char names[1 << 16], value[1 << 16];
	ssize_t length = flistxattr(from, names, sizeof names);
	for (char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
		ssize_t size = fgetxattr(from, name, value, sizeof value);
		if (size >= 0 && fsetxattr(to, name, value, size, 0) < 0 && errno == ENOSPC) fail_errno(errno);
	}
}

/* For file systems between which the kernel does not copy. */
static void copy_by_hand(int from, int to, off_t begin, off_t end) {
	static char data[1 << 18];
	while (begin < end) {
		ssize_t n = pread(from, data, end - begin < (off_t)sizeof data ? end - begin : (off_t)sizeof data, begin);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) fail_errno(errno);
		if (n == 0) return;
		for (ssize_t written = 0; written < n;) {
			ssize_t part = pwrite(to, data + written, n - written, begin + written);
			if (part < 0 && errno != EINTR) fail_errno(errno);
			if (part > 0) written += part;
		}
		begin += n;
		report(n);
	}
}

/* Copies only the parts that have data, so that holes stay holes. */
static void copy_content(int from, int to, off_t size) {
	if (ioctl(to, FICLONE, from) == 0) {
		report(size);
		return;
	}
	for (off_t at = 0; at < size;) {
		off_t begin = lseek(from, at, SEEK_DATA);
		off_t end = begin < 0 ? -1 : lseek(from, begin, SEEK_HOLE);
		/* There is no more data. The file may also have become shorter. */
		if (end < 0 && errno == ENXIO) break;
		if (end < 0) fail_errno(errno);
		loff_t in = begin, out = begin;
		while (in < end) {
			size_t wanted = end - in < 8 << 20 ? end - in : 8 << 20;
			ssize_t n = copy_file_range(from, &in, to, &out, wanted, 0);
			if (n < 0 && errno == EINTR) continue;
			if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS)) {
				copy_by_hand(from, to, in, end);
				break;
			}
			if (n < 0) fail_errno(errno);
			if (n == 0) break;
			report(n);
		}
		at = end;
	}
	if (ftruncate(to, size) < 0) fail_errno(errno);
}

/* A new owner takes the capabilities and the set-user-ID bit of a program away, so the owner comes first. */
static void set_attributes(int from, int to, const struct stat *st) {
	struct timespec times[] = { st->st_atim, st->st_mtim };
	if (fchown(to, st->st_uid, st->st_gid) < 0) fail_errno(errno);
	copy_xattrs(from, to);
	if (fchmod(to, st->st_mode & 07777) < 0 || futimens(to, times) < 0) fail_errno(errno);
}

/* Returns the first name of a file whose second name this is. Otherwise NULL, and keeps this name. */
static const char *first_name(const struct stat *st, const char *path) {
	if (st->st_nlink < 2) return NULL;
	struct known *file = malloc(sizeof *file), **found;
	if (file == NULL) fail_errno(errno);
	*file = (struct known){ st->st_dev, st->st_ino, strdup(path) };
	found = tsearch(file, &known_files, compare);
	if (found == NULL) fail_errno(ENOMEM);
	if (*found == file) return NULL;
	free(file->path);
	free(file);
	return (*found)->path;
}

/* Returns true if the copy already has this file under another name. */
static int link_known(const struct stat *st, int to, const char *name, const char *path) {
	const char *first = first_name(st, path);
	return first && linkat(copy_root, first, to, name, 0) == 0;
}

/* Volumes may be in use during the copy. Nothing changes a container that does not run, so its copy must be complete. */
static int may_vanish(int error) {
	if (!is_gone(error)) return 0;
	if (request.paths) fail("gone");
	return 1;
}

static void copy_folder(int from, int to, const char *path);

/* Leaves out a name of a volume that goes away meanwhile, and sockets, which are useless without their program. */
static void copy_name(int from, int to, const char *name, const char *path) {
	struct stat st;
	char target[PATH_MAX];
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (may_vanish(errno)) return;
		fail_errno(errno);
	}
	if (S_ISSOCK(st.st_mode)) return;
	if (!S_ISDIR(st.st_mode) && link_known(&st, to, name, path)) return;
	if (S_ISDIR(st.st_mode)) {
		int source = open_part(from, name, O_RDONLY | O_DIRECTORY);
		if (source < 0 && may_vanish(errno)) return;
		if (source < 0) fail_errno(errno);
		if (mkdirat(to, name, 0700) < 0) fail_errno(errno);
		int copy = open_part(to, name, O_RDONLY | O_DIRECTORY);
		if (copy < 0) fail_errno(errno);
		copy_folder(source, copy, path);
		close(copy);
	} else if (S_ISREG(st.st_mode)) {
		int source = open_part(from, name, O_RDONLY | O_NONBLOCK);
		if (source < 0 && may_vanish(errno)) return;
		if (source < 0 || fstat(source, &st) < 0) fail_errno(errno);
		if (!S_ISREG(st.st_mode) && may_vanish(ENOENT)) {
			close(source);
			return;
		}
		int copy = openat(to, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (copy < 0) fail_errno(errno);
		copy_content(source, copy, st.st_size);
		set_attributes(source, copy, &st);
		close(copy);
		close(source);
	} else {
		struct timespec times[] = { st.st_atim, st.st_mtim };
		if (S_ISLNK(st.st_mode)) {
			ssize_t length = readlinkat(from, name, target, sizeof target - 1);
			if (length < 0 && may_vanish(errno == EINVAL ? ENOENT : errno)) return;
			if (length < 0) fail_errno(errno);
			target[length] = 0;
			if (symlinkat(target, to, name) < 0) fail_errno(errno);
		} else if (mknodat(to, name, st.st_mode, st.st_rdev) < 0) fail_errno(errno);
		if (fchownat(to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0) fail_errno(errno);
		utimensat(to, name, times, AT_SYMLINK_NOFOLLOW);
	}
}

/* Closes `from`. Sets the time of the folder last, because each copied name changes it. */
static void copy_folder(int from, int to, const char *path) {
	struct stat st;
	DIR *dir = fdopendir(from);
	if (dir == NULL || fstat(from, &st) < 0) fail_errno(errno);
	for (struct dirent *entry; (entry = next_name(dir));) {
		char *inner = *path ? joined(path, entry->d_name) : strdup(entry->d_name);
		copy_name(from, to, entry->d_name, inner);
		free(inner);
	}
	if (errno) fail_errno(errno);
	set_attributes(from, to, &st);
	closedir(dir);
}

/* Ends the copy when the host closes standard input. */
static void *wait_for_end(void *unused) {
	char byte;
	static const char answer[] = "error cut-off\n";
	while (read(STDIN_FILENO, &byte, 1) > 0);
	send_all(answer, sizeof answer - 1);
	_exit(1);
	return unused;
}

/*
 * Copies the content of the root, or of the folder `path` in it, to the folder `to`. Prints `copied BYTES` from time to
 * time, and `ok` at the end. The host keeps standard input open until then: its end ends the copy.
 */
void clone_tree(void) {
	if (request.to == NULL) fail("not-allowed");
	pthread_t waiting;
	if (pthread_create(&waiting, NULL, wait_for_end, NULL)) fail_errno(EAGAIN);
	copy_root = open(request.to, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int source = open_inside(request.paths ? request.path[0] : "/", O_RDONLY | O_DIRECTORY);
	if (copy_root < 0 || source < 0) fail_errno(errno);
	copy_folder(source, copy_root, "");
	if (syncfs(copy_root) < 0) fail_errno(errno);
	puts("ok");
}

/* A running container changes its layer below this mount. Then the kernel may answer ESTALE for what has gone away. */
static int is_stale(int error) {
	return is_gone(error) || error == ESTALE;
}

/* Closes `folder`. Returns the bytes on the disk. */
static long long measured(int folder) {
	struct stat st;
	DIR *dir = fdopendir(folder);
	if (dir == NULL) fail_errno(errno);
	if (fstat(folder, &st) < 0) {
		if (!is_stale(errno)) fail_errno(errno);
		closedir(dir);
		return 0;
	}
	long long bytes = st.st_blocks * 512;
	for (struct dirent *entry; (entry = next_name(dir));) {
		if (fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (is_stale(errno)) continue;
			fail_errno(errno);
		}
		if (S_ISDIR(st.st_mode)) {
			int inner = open_part(folder, entry->d_name, O_RDONLY | O_DIRECTORY);
			if (inner >= 0) bytes += measured(inner);
			else if (!is_stale(errno)) fail_errno(errno);
		} else if (first_name(&st, "") == NULL) bytes += st.st_blocks * 512;
	}
	if (errno && !is_stale(errno)) fail_errno(errno);
	closedir(dir);
	return bytes;
}

/* Prints how many bytes a copy of a folder would take, after `ok`. */
void measure_tree(void) {
	int folder = open_inside(request.path[0], O_RDONLY | O_DIRECTORY);
	if (folder < 0) fail_errno(errno);
	printf("ok %lld\n", measured(folder));
}
