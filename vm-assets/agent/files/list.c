/* The names in a folder, and what the container has changed there. */
#include "files.h"

#include <ctype.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/statvfs.h>

/* The same folder in the container's own layer and in the image's layers. -1 if the layer does not have it. */
static int upper = -1, lower[MAX_LAYERS], lowers;

static int open_in_layer(const char *layer, const char *path) {
	int at = open(layer, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *copy = strdup(path), *rest = copy;
	for (char *part; at >= 0 && (part = strsep(&rest, "/"));) {
		if (*part == 0) continue;
		int next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(at);
		at = next;
	}
	free(copy);
	return at;
}

static void open_layers(int folder) {
	const char *path = request.upper ? path_in_root(folder) : NULL;
	if (path == NULL) return;
	upper = open_in_layer(request.upper, path);
	for (int i = 0; upper >= 0 && i < request.lowers; i++) {
		int fd = open_in_layer(request.lower[i], path);
		if (fd >= 0) lower[lowers++] = fd;
	}
}

static int is_in_image(const char *name, struct stat *st) {
	for (int i = 0; i < lowers; i++)
		if (fstatat(lower[i], name, st, AT_SYMLINK_NOFOLLOW) == 0) return !(S_ISCHR(st->st_mode) && st->st_rdev == 0);
	return 0;
}

static int is_empty(const char *name) {
	int fd = openat(upper, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int names = 0;
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		names += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	if (dir) closedir(dir);
	return names == 0;
}

/* A (added), C (changed) or -, as `docker diff` does. A folder counts as changed if anything in it has changed. */
static char change_of(const char *name) {
	struct stat own, old;
	if (upper < 0 || fstatat(upper, name, &own, AT_SYMLINK_NOFOLLOW) < 0) return '-';
	if (!is_in_image(name, &old)) return 'A';
	int same = S_ISDIR(own.st_mode) && S_ISDIR(old.st_mode) && own.st_mode == old.st_mode &&
		   own.st_mtim.tv_sec == old.st_mtim.tv_sec && own.st_mtim.tv_nsec == old.st_mtim.tv_nsec;
	return same && is_empty(name) ? '-' : 'C';
}

static void print_link(int folder, const char *name) {
	char target[PATH_MAX];
	ssize_t length = readlinkat(folder, name, target, sizeof target - 1);
	if (length <= 0) return;
	target[length] = 0;
	putchar(' ');
	print_encoded(stdout, target);
	/* What the link leads to inside the root: -, if there is nothing. */
	struct stat st;
	char *path = joined(request.path[0], name);
	int fd = open_inside(path, O_PATH);
	free(path);
	printf(" %c", fd >= 0 && fstat(fd, &st) == 0 ? file_type(st.st_mode) : '-');
	if (fd >= 0) close(fd);
}

static void print_entry(const struct stat *st, char change, const char *name) {
	print_attributes(stdout, st);
	printf(" %c ", change);
	print_encoded(stdout, name);
}

/* Names that the image has and the container has deleted. The layer has a device 0/0 in their place. */
static void print_deleted(int folder, long *count) {
	DIR *dir = upper < 0 ? NULL : fdopendir(dup(upper));
	for (struct dirent *entry; dir && *count < request.limit && (entry = readdir(dir));) {
		struct stat own, old;
		if (entry->d_type != DT_CHR || fstatat(upper, entry->d_name, &own, AT_SYMLINK_NOFOLLOW) < 0) continue;
		if (own.st_rdev != 0 || fstatat(folder, entry->d_name, &old, AT_SYMLINK_NOFOLLOW) == 0) continue;
		if (!is_in_image(entry->d_name, &old)) continue;
		print_entry(&old, 'D', entry->d_name);
		putchar('\n');
		++*count;
	}
	if (dir) closedir(dir);
}

struct name {
	char is_folder;
	char text[];
};

static int is_digit(char c) {
	return c >= '0' && c <= '9';
}

/* Folders first, then by name without regard to case; numbers in names by their value. */
static int compare_names(const void *a, const void *b) {
	const struct name *x = *(struct name *const *)a, *y = *(struct name *const *)b;
	if (x->is_folder != y->is_folder) return y->is_folder - x->is_folder;
	const char *s = x->text, *t = y->text;
	while (*s && *t) {
		if (is_digit(*s) && is_digit(*t)) {
			while (*s == '0') s++;
			while (*t == '0') t++;
			size_t m = strspn(s, "0123456789"), n = strspn(t, "0123456789");
			int order = m != n ? (m < n ? -1 : 1) : strncmp(s, t, m);
			if (order) return order;
			s += m;
			t += n;
		} else {
			int c = tolower((unsigned char)*s++), d = tolower((unsigned char)*t++);
			if (c != d) return c - d;
		}
	}
	if (*s || *t) return *s ? 1 : -1;
	return strcmp(x->text, y->text);
}

/* Returns at most `limit` names, sorted. The page then shows the first names before the last ones have arrived. */
static struct name **read_names(int folder, long *count, int *more) {
	struct name **names = calloc(request.limit + 1, sizeof *names);
	DIR *dir = fdopendir(dup(folder));
	if (dir == NULL || names == NULL) fail_errno(errno);
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
		if (*count == request.limit) {
			*more = 1;
			break;
		}
		struct name *name = malloc(sizeof *name + strlen(entry->d_name) + 1);
		if (name == NULL) fail_errno(errno);
		name->is_folder = entry->d_type == DT_DIR;
		strcpy(name->text, entry->d_name);
		names[(*count)++] = name;
	}
	closedir(dir);
	qsort(names, *count, sizeof *names, compare_names);
	return names;
}

/*
 * Prints `ok rw` or `ok ro`, then a line for each name: type, mode, owner, group, size, time, change, name; of a link
 * also its target and the target's type. The last line is `end all` or `end more`.
 */
void list_folder(void) {
	int folder = open_inside(request.path[0], O_RDONLY | O_DIRECTORY);
	if (folder < 0) fail_errno(errno);
	struct statvfs fs;
	int read_only = request.read_only && path_in_root(folder);
	if (request.pid || request.folder) read_only = fstatvfs(folder, &fs) == 0 && (fs.f_flag & ST_RDONLY);
	open_layers(folder);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	printf("ok %s\n", read_only ? "ro" : "rw");
	long count = 0;
	int more = 0;
	if (request.limit < 0 || request.limit > 1000000) fail("not-allowed");
	struct name **names = read_names(folder, &count, &more);
	for (long i = 0; i < count; i++) {
		struct stat st;
		const char *name = names[i]->text;
		if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0) continue;
		print_entry(&st, change_of(name), name);
		if (S_ISLNK(st.st_mode)) print_link(folder, name);
		putchar('\n');
	}
	print_deleted(folder, &count);
	printf("end %s\n", more ? "more" : "all");
}

/* Prints a line for each burst of changes in a folder, until standard input ends. */
void watch_folder(void) {
	int folder = open_inside(request.path[0], O_RDONLY | O_DIRECTORY);
	if (folder < 0) fail_errno(errno);
	char path[64], events[1 << 16];
	snprintf(path, sizeof path, "/proc/self/fd/%d", folder);
	int notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int what = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
	if (notify < 0 || inotify_add_watch(notify, path, what) < 0) fail_errno(errno);
	/* An open folder would keep a volume's or container's file system mounted. The watch itself does not. */
	close(folder);
	close(root);
	send_all("ok\n", 3);
	struct pollfd fds[] = { { STDIN_FILENO, POLLIN, 0 }, { notify, POLLIN, 0 } };
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents) return;
		usleep(100000);
		ssize_t length = read(notify, events, sizeof events);
		if (length <= 0) continue;
		int ended = 0;
		for (char *next = events; next < events + length;) {
			struct inotify_event *event = (struct inotify_event *)next;
			ended |= event->mask & (IN_IGNORED | IN_UNMOUNT);
			next += sizeof *event + event->len;
		}
		send_all("changed\n", 8);
		if (ended) return;
	}
}
