/* A folder as a tar archive. */
#include "files.h"

#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define BLOCK 512
static char data[1 << 18];

static void octal(char *field, int width, unsigned long long value) {
	/* GNU's form for numbers that are too large for octal digits: big-endian, with the first bit set. */
	if (value >> (3 * (width - 1))) {
		for (int i = width - 1; i > 0; i--, value >>= 8) field[i] = value & 255;
		field[0] = (char)0x80;
	} else snprintf(field, width, "%0*llo", width - 1, value);
}

static void send_padding(unsigned long long size) {
	static const char zeros[BLOCK];
	if (size % BLOCK) send_all(zeros, BLOCK - size % BLOCK);
}

static void send_header(const char *name, const char *link, const struct stat *st, char type, unsigned long long size) {
	char header[BLOCK] = { 0 };
	memcpy(header, name, strnlen(name, 100));
	memcpy(header + 157, link, strnlen(link, 100));
	octal(header + 100, 8, st->st_mode & 07777);
	octal(header + 108, 8, st->st_uid);
	octal(header + 116, 8, st->st_gid);
	octal(header + 124, 12, size);
	octal(header + 136, 12, st->st_mtim.tv_sec < 0 ? 0 : st->st_mtim.tv_sec);
	header[156] = type;
	memcpy(header + 257, "ustar  ", 8);
	if (type == '3' || type == '4') {
		octal(header + 329, 8, major(st->st_rdev));
		octal(header + 337, 8, minor(st->st_rdev));
	}
	memset(header + 148, ' ', 8);
	unsigned sum = 0;
	for (int i = 0; i < BLOCK; i++) sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	send_all(header, BLOCK);
}

/* GNU's form for names of more than 100 bytes: an entry before the entry, with the name as its content. */
static void send_long(const char *name, char type) {
	static const struct stat nothing;
	size_t length = strlen(name) + 1;
	if (length <= 100) return;
	send_header("././@LongLink", "", &nothing, type, length);
	send_all(name, length);
	send_padding(length);
}

static void send_entry(const char *name, const char *link, const struct stat *st, char type, unsigned long long size) {
	send_long(link, 'K');
	send_long(name, 'L');
	send_header(name, link, st, type, size);
}

/* Sends exactly as many bytes as the entry announces, even if the file shrinks or grows meanwhile. */
static void send_content(int fd, unsigned long long size) {
	for (unsigned long long rest = size; rest > 0;) {
		size_t wanted = rest < sizeof data ? rest : sizeof data;
		ssize_t n = read(fd, data, wanted);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) exit(1);
		if (n == 0) memset(data, 0, n = wanted);
		send_all(data, n);
		rest -= n;
	}
	send_padding(size);
}

static int open_part(int parent, const char *name, int flags) {
	struct open_how how = { .flags = flags | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	return syscall(SYS_openat2, parent, name, &how, sizeof how);
}

/* True for the kernel's own trees, which have no end and no useful content. */
static int is_kernel_tree(int fd) {
	struct statfs fs;
	if (fstatfs(fd, &fs) < 0) return 0;
	return fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC || fs.f_type == DEVPTS_SUPER_MAGIC ||
	       fs.f_type == CGROUP2_SUPER_MAGIC;
}

static void send_tree(int fd, const char *path);

/* A name that goes away meanwhile is left out. */
static void send_name(int parent, const char *name, const char *path) {
	struct stat st;
	char target[PATH_MAX] = "";
	int fd = open_part(parent, name, O_PATH);
	if (fd < 0 && is_gone(errno)) return;
	if (fd < 0 || fstat(fd, &st) < 0) exit(1);
	close(fd);
	if (S_ISDIR(st.st_mode)) {
		fd = open_part(parent, name, O_RDONLY | O_DIRECTORY);
		if (fd >= 0) send_tree(fd, path);
		else if (!is_gone(errno)) exit(1);
	} else if (S_ISREG(st.st_mode)) {
		fd = open_part(parent, name, O_RDONLY | O_NONBLOCK);
		if (fd < 0 && is_gone(errno)) return;
		if (fd < 0 || fstat(fd, &st) < 0) exit(1);
		if (S_ISREG(st.st_mode)) {
			send_entry(path, "", &st, '0', st.st_size);
			send_content(fd, st.st_size);
		}
		close(fd);
	} else if (S_ISLNK(st.st_mode)) {
		ssize_t length = readlinkat(parent, name, target, sizeof target - 1);
		if (length > 0) send_entry(path, target, &st, '2', 0);
		else if (length < 0 && !is_gone(errno) && errno != EINVAL) exit(1);
	} else if (!S_ISSOCK(st.st_mode)) {
		send_entry(path, "", &st, S_ISFIFO(st.st_mode) ? '6' : S_ISBLK(st.st_mode) ? '4' : '3', 0);
	}
}

/* Closes `fd`. */
static void send_tree(int fd, const char *path) {
	struct stat st;
	char *folder = joined(path, "");
	DIR *dir = fdopendir(fd);
	if (dir == NULL || fstat(fd, &st) < 0) exit(1);
	send_entry(folder, "", &st, '5', 0);
	if (!is_kernel_tree(fd)) {
		for (struct dirent *entry; (entry = next_name(dir));) {
			char *inner = joined(path, entry->d_name);
			send_name(fd, entry->d_name, inner);
			free(inner);
		}
		if (errno) exit(1);
	}
	free(folder);
	closedir(dir);
}

/* Prints `ok` and a line break, then the archive, then `+`. Without the `+`, the archive is not complete. */
void send_tar(void) {
	static const char end[2 * BLOCK];
	int folder = open_inside(request.path[0], O_RDONLY | O_DIRECTORY);
	if (folder < 0) fail_errno(errno);
	send_all("ok\n", 3);
	send_tree(folder, request.name ? request.name : "files");
	send_all(end, sizeof end);
	send_all("+", 1);
}
