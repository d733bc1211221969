/* The arguments, the verbs and the failures. */
#include "files.h"

#include <signal.h>

#include "../percent-encoding.h"

struct request request = { .size = -1 };

static const struct {
	const char *name;
	void (*run)(void);
	int writes;
} verbs[] = {
	{ "list", list_folder, 0 },	  { "watch", watch_folder, 0 }, { "read", read_file, 0 },
	{ "tar", send_tar, 0 },		  { "write", write_file, 1 },	{ "mkdir", make_folder, 1 },
	{ "rename", rename_file, 1 }, { "remove", remove_files, 1 }, { "clone", clone_tree, 0 },
	{ "measure", measure_tree, 0 },
};

_Noreturn void fail(const char *reason) {
	printf("error %s\n", reason);
	fflush(stdout);
	exit(1);
}

_Noreturn void fail_errno(int error) {
	switch (error) {
	case ENOENT: fail("not-found");
	case ENOTDIR: fail("not-folder");
	case EISDIR: fail("is-folder");
	case EEXIST:
	case ENOTEMPTY: fail("exists");
	case EROFS: fail("read-only");
	case ENOSPC:
	case EDQUOT: fail("no-space");
	case ELOOP: fail("link-refused");
	case ENAMETOOLONG: fail("name-too-long");
	case EBUSY: fail("mount-point");
	case EXDEV: fail("other-mount");
	case EACCES:
	case EPERM: fail("not-allowed");
	case ESRCH: fail("gone");
	default:
		printf("error failed ");
		print_encoded(stdout, strerror(error));
		putchar('\n');
		fflush(stdout);
		exit(1);
	}
}

void print_encoded(FILE *out, const char *name) {
	static const char hex[] = "0123456789ABCDEF";
	for (const unsigned char *c = (const unsigned char *)name; *c; c++) {
		int plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
			    strchr("-._~/", *c);
		if (plain) putc(*c, out);
		else fprintf(out, "%%%c%c", hex[*c >> 4], hex[*c & 15]);
	}
}

void send_all(const void *data, size_t length) {
	for (const char *next = data; length > 0;) {
		ssize_t n = write(STDOUT_FILENO, next, length);
		if (n < 0 && errno == EINTR) continue;
		if (n <= 0) exit(1);
		next += n;
		length -= n;
	}
}

int is_gone(int error) {
	return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENXIO;
}

struct dirent *next_name(DIR *dir) {
	struct dirent *entry;
	errno = 0;
	do entry = readdir(dir);
	while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
	return entry;
}

void print_attributes(FILE *out, const struct stat *st) {
	fprintf(out, "%c %o %u %u %lld %lld.%09ld", file_type(st->st_mode), st->st_mode & 07777, st->st_uid, st->st_gid,
		(long long)st->st_size, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
}

char *joined(const char *folder, const char *name) {
	char *path;
	if (asprintf(&path, "%s%s%s", folder, *folder && folder[strlen(folder) - 1] == '/' ? "" : "/", name) < 0) exit(1);
	return path;
}

static void add_mount(char *value, int read_only) {
	char *colon = strchr(value, ':');
	if (colon == NULL || request.mounts == MAX_MOUNTS) fail("not-allowed");
	*colon = 0;
	request.mount[request.mounts].read_only = read_only;
	request.mount[request.mounts].source = decoded(value);
	request.mount[request.mounts++].target = decoded(colon + 1);
}

static void set(const char *key, char *value) {
	if (!strcmp(key, "ro") || !strcmp(key, "rw")) add_mount(value, key[1] == 'o');
	else if (!strcmp(key, "pid")) request.pid = atol(value);
	else if (!strcmp(key, "id")) request.id = value;
	else if (!strcmp(key, "folder")) request.folder = decoded(value);
	else if (!strcmp(key, "mounted")) request.mounted = 1;
	else if (!strcmp(key, "upper")) request.upper = decoded(value);
	else if (!strcmp(key, "work")) request.work = decoded(value);
	else if (!strcmp(key, "lower") && request.lowers < MAX_LAYERS) request.lower[request.lowers++] = decoded(value);
	else if (!strcmp(key, "read-only")) request.read_only = 1;
	else if (!strcmp(key, "path") && request.paths < MAX_PATHS) request.path[request.paths++] = decoded(value);
	else if (!strcmp(key, "to")) request.to = decoded(value);
	else if (!strcmp(key, "name")) request.name = decoded(value);
	else if (!strcmp(key, "bytes")) request.bytes = atoll(value);
	else if (!strcmp(key, "limit")) request.limit = atol(value);
	else if (!strcmp(key, "replace")) request.replace = 1;
	else if (!strcmp(key, "parents")) request.parents = 1;
	else if (!strcmp(key, "size")) request.size = atoll(value);
	else if (!strcmp(key, "mtime")) request.mtime = value;
	else fail("not-allowed");
}

int main(int argc, char **argv) {
	umask(0);
	signal(SIGPIPE, SIG_DFL);
	request.verb = argc > 1 ? argv[1] : "";
	for (int i = 2; i < argc; i++) {
		char *equals = strchr(argv[i], '=');
		if (equals == NULL) fail("not-allowed");
		*equals = 0;
		set(argv[i], equals + 1);
	}
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verbs[i].name, request.verb)) continue;
		open_root(verbs[i].writes);
		if (request.paths == 0 && verbs[i].run != clone_tree) fail("not-allowed");
		verbs[i].run();
		fflush(stdout);
		return 0;
	}
	fail("not-allowed");
}
