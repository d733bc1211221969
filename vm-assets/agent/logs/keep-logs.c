/*
 * Keeps the logs of containers that are gone. As long as a container exists, each of its log files has a hard link in
 * KEPT_FOLDER. When the engine deletes the file, the link keeps it. If the kept files are larger than the limit, the
 * oldest are deleted. Hard links survive a crash, and they take no space while the container exists.
 *
 *   keep-logs watch   keeps logs until it is killed
 *   keep-logs list    prints a line for each container with kept files: ID BYTES OLDEST NEWEST EXISTS NAME PROJECT
 *   keep-logs clear   deletes all kept files of containers that are gone
 *
 * The file KEPT_FOLDER/limit has the limit in MiB. With 0, no log is kept. The file KEPT_FOLDER/ID/about has the
 * container's name and its Compose project, or `-`.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log-files.h"

#define DEFAULT_MIB 500
#define PATH 512
#define NAME_LENGTH 256
/* Bytes on the disk that a kept file takes besides its content: its inode, its folder and its file `about`. */
#define FILE_COST 16384

/* A file that only this folder has: the engine has deleted its own name of the file. */
struct kept {
	char path[PATH];
	time_t modified;
	/* 0 if the container has printed nothing. */
	long long bytes;
};

static int inotify;
/* The container of each watch, by the number of the watch. */
static char (*watched)[ID_LENGTH + 1];
static int watched_count;

static long long limit_bytes(void) {
	FILE *file = fopen(KEPT_FOLDER "/limit", "r");
	long long mib = DEFAULT_MIB;
	if (file) {
		if (fscanf(file, "%lld", &mib) != 1 || mib < 0) mib = DEFAULT_MIB;
		fclose(file);
	}
	return mib << 20;
}

static int exists(const char *id) {
	char path[PATH];
	snprintf(path, sizeof path, DOCKER_FOLDER "/%s", id);
	return access(path, F_OK) == 0;
}

/* Copies the JSON string after `key`, if it is a plain name. Quotes in strings are escaped, so no string has a key. */
static void find_name(const char *json, const char *key, char *name) {
	const char *at = strstr(json, key);
	size_t length = 0;
	if (at) {
		at += strlen(key);
		length = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
		if (at[length] != '"' || length >= NAME_LENGTH) length = 0;
	}
	if (length == 0) strcpy(name, "-");
	else snprintf(name, NAME_LENGTH, "%.*s", (int)length, at);
}

/* Writes the file `about`, unless it has this content already. */
static void describe(const char *id) {
	char path[PATH], temporary[PATH + 8], old[2 * NAME_LENGTH + 8] = "", about[2 * NAME_LENGTH + 8];
	char name[NAME_LENGTH], project[NAME_LENGTH];
	snprintf(path, sizeof path, DOCKER_FOLDER "/%s/config.v2.json", id);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	if (fd < 0) return;
	if (fstat(fd, &status) || status.st_size > MAX_RECORD) {
		close(fd);
		return;
	}
	char *json = calloc(status.st_size + 1, 1);
	ssize_t length = read(fd, json, status.st_size);
	close(fd);
	if (length > 0) {
		/* An image may have a label `Name`. It cannot know the container's id, which stands before the real name. */
		char key[2 * ID_LENGTH + 64];
		snprintf(key, sizeof key, "/%s/%s-json.log\",\"Name\":\"/", id, id);
		find_name(json, key, name);
		find_name(json, "\"com.docker.compose.project\":\"", project);
		snprintf(about, sizeof about, "%s %s\n", name, project);
		snprintf(path, sizeof path, KEPT_FOLDER "/%s/about", id);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			if (read(fd, old, sizeof old - 1) < 0) old[0] = '\0';
			close(fd);
		}
		if (strcmp(old, about) != 0 && strcmp(name, "-") != 0) {
			snprintf(temporary, sizeof temporary, "%s.new", path);
			FILE *file = fopen(temporary, "w");
			if (file) {
				fputs(about, file);
				if (fclose(file) == 0) rename(temporary, path);
			}
		}
	}
	free(json);
}

/* Links the log files of a container. */
static void keep(const char *id) {
	char folder[PATH], own[PATH], link[2 * PATH];
	snprintf(folder, sizeof folder, DOCKER_FOLDER "/%s", id);
	snprintf(own, sizeof own, KEPT_FOLDER "/%s", id);
	DIR *directory = opendir(folder);
	if (!directory) return;
	for (struct dirent *entry; (entry = readdir(directory));) {
		const char *suffix = strrchr(entry->d_name, '.');
		if (!strstr(entry->d_name, "-json.log") || strcmp(suffix, ".gz") == 0 || strcmp(suffix, ".tmp") == 0) continue;
		struct stat status;
		if (fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) || !S_ISREG(status.st_mode)) continue;
		if (status.st_nlink > 1) continue;
		mkdir(own, 0700);
		snprintf(link, sizeof link, "%s/%llu.kept", own, (unsigned long long)status.st_ino);
		linkat(dirfd(directory), entry->d_name, AT_FDCWD, link, 0);
	}
	closedir(directory);
	if (access(own, F_OK) == 0) describe(id);
}

static int oldest_first(const void *a, const void *b) {
	const struct kept *x = a, *y = b;
	return x->modified < y->modified ? -1 : x->modified > y->modified;
}

/* Calls `visit` with each folder in KEPT_FOLDER. */
static void for_each_folder(void (*visit)(const char *id)) {
	DIR *directory = opendir(KEPT_FOLDER);
	if (!directory) return;
	for (struct dirent *entry; (entry = readdir(directory));)
		if (is_container_id(entry->d_name)) visit(entry->d_name);
	closedir(directory);
}

static struct kept *files;
static int file_count;

/* Adds the kept files of one container to `files`. */
static void collect(const char *id) {
	char folder[PATH];
	snprintf(folder, sizeof folder, KEPT_FOLDER "/%s", id);
	DIR *directory = opendir(folder);
	if (!directory) return;
	for (struct dirent *entry; (entry = readdir(directory));) {
		struct stat status;
		if (!strstr(entry->d_name, ".kept") || fstatat(dirfd(directory), entry->d_name, &status, 0)) continue;
		if (status.st_nlink > 1) continue;
		files = realloc(files, (file_count + 1) * sizeof *files);
		struct kept *file = &files[file_count++];
		snprintf(file->path, sizeof file->path, "%.200s/%.200s", folder, entry->d_name);
		file->modified = status.st_mtime;
		file->bytes = status.st_size == 0 ? 0 : (long long)status.st_blocks * 512 + FILE_COST;
	}
	closedir(directory);
}

/* Removes the folder of a container that is gone, once it has no kept file. */
static void remove_empty(const char *id) {
	char path[PATH];
	file_count = 0;
	collect(id);
	if (file_count > 0 || exists(id)) return;
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, KEPT_FOLDER "/%s/about%s", id, i == 0 ? "" : ".new");
		unlink(path);
	}
	snprintf(path, sizeof path, KEPT_FOLDER "/%s", id);
	rmdir(path);
}

/* Deletes the empty kept files, and the oldest until the rest has at most this size. */
static void limit_to(long long bytes) {
	long long total = 0;
	file_count = 0;
	for_each_folder(collect);
	for (int i = 0; i < file_count; i++) total += files[i].bytes;
	if (file_count > 1) qsort(files, file_count, sizeof *files, oldest_first);
	for (int i = 0; i < file_count; i++) {
		if (total <= bytes && bytes > 0 && files[i].bytes > 0) continue;
		if (unlink(files[i].path) == 0) total -= files[i].bytes;
	}
	for_each_folder(remove_empty);
}

static void watch_container(const char *id) {
	char path[PATH];
	snprintf(path, sizeof path, DOCKER_FOLDER "/%s", id);
	int number = inotify_add_watch(inotify, path, IN_CREATE | IN_MOVED_TO | IN_DELETE);
	if (number < 0) return;
	if (number >= watched_count) {
		watched = realloc(watched, (number + 64) * sizeof *watched);
		memset(watched + watched_count, 0, (number + 64 - watched_count) * sizeof *watched);
		watched_count = number + 64;
	}
	strcpy(watched[number], id);
	if (limit_bytes() > 0) keep(id);
}

static void watch_all(void) {
	DIR *directory = opendir(DOCKER_FOLDER);
	if (!directory) return;
	for (struct dirent *entry; (entry = readdir(directory));)
		if (is_container_id(entry->d_name)) watch_container(entry->d_name);
	closedir(directory);
}

/* Deletes the links of containers that exist. Their logs then end with the containers. */
static void forget(const char *id) {
	char folder[PATH];
	snprintf(folder, sizeof folder, KEPT_FOLDER "/%s", id);
	DIR *directory = opendir(folder);
	if (!directory) return;
	for (struct dirent *entry; (entry = readdir(directory));)
		if (strstr(entry->d_name, ".kept")) unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
}

static int watch(void) {
	inotify = inotify_init1(IN_CLOEXEC);
	int folders = inotify_add_watch(inotify, DOCKER_FOLDER, IN_CREATE | IN_DELETE);
	int own = inotify_add_watch(inotify, KEPT_FOLDER, IN_CLOSE_WRITE | IN_MOVED_TO);
	if (folders < 0 || own < 0) {
		perror(DOCKER_FOLDER);
		return 1;
	}
	watch_all();
	limit_to(limit_bytes());
	static char events[65536] __attribute__((aligned(__alignof__(struct inotify_event))));
	for (ssize_t length; (length = read(inotify, events, sizeof events)) > 0 || errno == EINTR;) {
		int check = 0;
		for (char *at = events; at < events + length;) {
			struct inotify_event *event = (struct inotify_event *)at;
			at += sizeof *event + event->len;
			const char *name = event->len > 0 ? event->name : "";
			if (event->mask & IN_Q_OVERFLOW) {
				watch_all();
				check = 1;
			} else if (event->wd == folders) {
				if (event->mask & IN_DELETE) check = 1;
				else if (is_container_id(name)) watch_container(name);
			} else if (event->wd == own) {
				if (strcmp(name, "limit") != 0) continue;
				if (limit_bytes() == 0) for_each_folder(forget);
				else watch_all();
				check = 1;
			} else if (event->wd >= 0 && event->wd < watched_count && watched[event->wd][0] != '\0') {
				if (event->mask & IN_IGNORED) watched[event->wd][0] = '\0';
				else if (event->mask & IN_DELETE) check |= strstr(name, "-json.log") != NULL;
				else if (limit_bytes() > 0 && (strstr(name, "-json.log") || strcmp(name, "config.v2.json") == 0))
					keep(watched[event->wd]);
			}
		}
		if (check) limit_to(limit_bytes());
	}
	perror("inotify");
	return 1;
}

static void print_kept(const char *id) {
	char path[PATH], name[NAME_LENGTH] = "-", project[NAME_LENGTH] = "-";
	long long bytes = 0, oldest = 0, newest = 0;
	file_count = 0;
	collect(id);
	if (file_count == 0) return;
	for (int i = 0; i < file_count; i++) {
		bytes += files[i].bytes;
		if (i == 0 || files[i].modified < oldest) oldest = files[i].modified;
		if (files[i].modified > newest) newest = files[i].modified;
	}
	snprintf(path, sizeof path, KEPT_FOLDER "/%s/about", id);
	FILE *about = fopen(path, "r");
	if (about) {
		if (fscanf(about, "%255s %255s", name, project) != 2) strcpy(project, "-");
		fclose(about);
	}
	printf("%s %lld %lld %lld %d %s %s\n", id, bytes, oldest, newest, exists(id), name, project);
}

int main(int count, char **arguments) {
	const char *command = count == 2 ? arguments[1] : "";
	mkdir(KEPT_FOLDER, 0700);
	if (strcmp(command, "watch") == 0) return watch();
	if (strcmp(command, "list") == 0) for_each_folder(print_kept);
	else if (strcmp(command, "clear") == 0) limit_to(0);
	else return 2;
	return 0;
}
