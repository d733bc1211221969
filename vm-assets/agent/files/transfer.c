/* The content of files, in both directions. */
#include "files.h"

#include <signal.h>
#include <sys/xattr.h>

#define BUFFER (1 << 18)
static char buffer[BUFFER];

/*
 * Opens a regular file that was found with O_PATH, which has no effect on a device or pipe. This opening goes through
 * this process's own link to that file, so nobody can put a device in its place. Closes `found`.
 */
static int open_regular(int found, int flags, struct stat *st) {
	char link[64];
	if (found < 0 || fstat(found, st) < 0) fail_errno(errno);
	if (S_ISDIR(st->st_mode)) fail("is-folder");
	if (!S_ISREG(st->st_mode)) fail("not-a-file");
	snprintf(link, sizeof link, "/proc/self/fd/%d", found);
	int fd = open(link, flags | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) fail_errno(errno);
	close(found);
	return fd;
}

static int open_name(int parent, const char *name, int flags) {
	struct stat st;
	return open_regular(openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), flags, &st);
}

static ssize_t read_some(int fd, void *to, size_t length) {
	ssize_t n;
	do n = read(fd, to, length);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Prints `ok`, the attributes and a line break, then the content. Fails if the file is larger than `bytes`. */
void read_file(void) {
	struct stat st;
	int fd = open_regular(open_inside(request.path[0], O_PATH), O_RDONLY, &st);
	if (request.bytes && st.st_size > request.bytes) fail("too-large");
	long long rest = st.st_size;
	ssize_t held = 0;
	/* The kernel's own files in /proc and /sys do not tell their size. */
	if (rest == 0) {
		for (ssize_t n; held < BUFFER && (n = read_some(fd, buffer + held, BUFFER - held)) != 0; held += n)
			if (n < 0) fail_errno(errno);
		st.st_size = held;
	}
	printf("ok ");
	print_attributes(stdout, &st);
	putchar('\n');
	fflush(stdout);
	send_all(buffer, held);
	/* A file that shrinks meanwhile makes the output too short, and the host notices. */
	while (rest > 0) {
		ssize_t n = read_some(fd, buffer, rest < BUFFER ? rest : BUFFER);
		if (n <= 0) exit(1);
		send_all(buffer, n);
		rest -= n;
	}
}

/* The new content, until it replaces the old file. */
static int temporary_folder = -1;
static char temporary[64];

static void remove_temporary(void) {
	if (temporary_folder >= 0) unlinkat(temporary_folder, temporary, 0);
}

static void on_signal(int number) {
	remove_temporary();
	_exit(128 + number);
}

/* Opens the folder of the file to write. If the last part of the path is a link, opens the folder of its target. */
static int open_target(char **path, const char **name) {
	char target[PATH_MAX];
	for (int links = 0; links < 40; links++) {
		int parent = open_parent(*path, name);
		if (parent < 0) fail_errno(errno);
		ssize_t length = readlinkat(parent, *name, target, sizeof target - 1);
		if (length < 0) return parent;
		target[length] = 0;
		close(parent);
		char *folder = strndup(*path, *name - *path);
		*path = target[0] == '/' ? strdup(target) : joined(folder, target);
		free(folder);
	}
	fail("link-refused");
}

static void check_unchanged(const struct stat *st, int exists) {
	char time[64];
	if (request.size < 0) return;
	snprintf(time, sizeof time, "%lld.%09ld", (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	if (!exists || st->st_size != request.size || !request.mtime || strcmp(time, request.mtime)) fail("changed");
}

/* Access lists and capabilities. A file system without them is no failure. */
static void copy_attributes(int from, int to) {
	static char names[1 << 16], value[1 << 16];
	ssize_t length = flistxattr(from, names, sizeof names);
	for (char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
		ssize_t size = fgetxattr(from, name, value, sizeof value);
		if (size >= 0) fsetxattr(to, name, value, size, 0);
	}
}

static void receive(int fd) {
	for (long long rest = request.bytes; rest > 0;) {
		ssize_t n = read_some(STDIN_FILENO, buffer, rest < BUFFER ? rest : BUFFER);
		if (n <= 0) fail("cut-off");
		for (char *next = buffer; n > 0;) {
			ssize_t done = write(fd, next, n);
			if (done < 0 && errno == EINTR) continue;
			if (done < 0) fail_errno(errno);
			next += done;
			rest -= done;
			n -= done;
		}
	}
}

/* For a file that no other file can replace: one that is mounted, or that has several names. */
static void overwrite(int content, int parent, const char *name) {
	int fd = open_name(parent, name, O_WRONLY | O_TRUNC);
	if (lseek(content, 0, SEEK_SET) < 0) fail_errno(errno);
	for (ssize_t n; (n = read_some(content, buffer, BUFFER)) != 0;)
		for (char *next = buffer; n > 0;) {
			ssize_t done = write(fd, next, n);
			if (done < 0) fail_errno(errno);
			next += done;
			n -= done;
		}
	if (fsync(fd) < 0) fail_errno(errno);
	close(fd);
}

/*
 * Receives `bytes` bytes into a file beside the old one, then replaces the old file. Keeps its owner, mode and extended
 * attributes. If the input ends early, the old file stays. Prints `ok` and the new attributes.
 */
void write_file(void) {
	const char *name;
	struct stat old, folder, st;
	if (request.parents) make_parents(request.path[0]);
	char *path = strdup(request.path[0]);
	int parent = open_target(&path, &name);
	int exists = fstatat(parent, name, &old, AT_SYMLINK_NOFOLLOW) == 0;
	if (exists && S_ISDIR(old.st_mode)) fail("is-folder");
	if (exists && !S_ISREG(old.st_mode)) fail("not-a-file");
	if (exists && !request.replace) fail("exists");
	check_unchanged(&old, exists);
	if (fstat(parent, &folder) < 0) fail_errno(errno);

	snprintf(temporary, sizeof temporary, ".berth-upload-%d", getpid());
	int content = openat(parent, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (content < 0) fail_errno(errno);
	temporary_folder = parent;
	atexit(remove_temporary);
	struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGPIPE, &action, NULL);
	receive(content);

	int failed = exists ? fchown(content, old.st_uid, old.st_gid) : fchown(content, folder.st_uid, folder.st_gid);
	if (failed && errno != EPERM && errno != ENOSYS) fail_errno(errno);
	if (fchmod(content, exists ? old.st_mode & 07777 : 0644) < 0) fail_errno(errno);
	if (exists) {
		int former = open_name(parent, name, O_RDONLY);
		copy_attributes(former, content);
		close(former);
	}
	if (fsync(content) < 0) fail_errno(errno);

	check_not_in_use();
	int still = fstatat(parent, name, &old, AT_SYMLINK_NOFOLLOW) == 0;
	if (still && !S_ISREG(old.st_mode)) fail("not-a-file");
	if (still && !request.replace) fail("exists");
	check_unchanged(&old, still);
	if (still && old.st_nlink > 1) overwrite(content, parent, name);
	else if (renameat(parent, temporary, parent, name) == 0) temporary_folder = -1;
	else if (errno == EBUSY) overwrite(content, parent, name);
	else fail_errno(errno);
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0) fail_errno(errno);
	printf("ok ");
	print_attributes(stdout, &st);
	putchar('\n');
}
