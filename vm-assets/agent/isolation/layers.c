/*
 * The layers of a container's file system. They are read as folders of the machine, and no file system is mounted, so
 * this works for a running and a stopped container. The kernel merges them as overlayfs does: the documentation is
 * https://docs.kernel.org/filesystems/overlayfs.html. Every name is opened in its open folder without following
 * symlinks, so no link of a container leads out of its layers.
 *
 * Arguments:
 *   layer=FOLDER    a layer, the container's own layer first
 *   mount=PATH      a place where something else is mounted
 *   pid=PID id=ID   the running container, whose mounts are read too
 *   path=PATH       the path in the container
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../percent-encoding.h"
#include "isolation.h"
#include "overlay.h"

#define MAX_LAYERS 256
#define MAX_MOUNTS 1024
#define MAX_LINKS 40
#define MAX_CHANGES 1000
/* The host refuses a line of more than 4,000,000 characters. */
#define MAX_CHANGE_BYTES 3000000
/* After this many names, the search for changes looks whether anybody still waits for its answer. */
#define NAMES_BETWEEN_CHECKS 64
#define MAX_FOLDERS 5000
#define MAX_DEPTH 64

static const char *layer[MAX_LAYERS], *wanted, *pid, *id;
static char *mount[MAX_MOUNTS];
static int layers, mounts;

/* The same folder in each layer. -1 if the layer does not have it, or if a layer above hides it. */
struct folder {
	int fd[MAX_LAYERS];
};

static void take_arguments(int count, char **arguments) {
	for (int i = 0; i < count; i++) {
		char *value = strchr(arguments[i], '=');
		if (value == NULL) fail("not-allowed");
		*value++ = 0;
		if (!strcmp(arguments[i], "layer") && layers < MAX_LAYERS) layer[layers++] = decoded(value);
		else if (!strcmp(arguments[i], "mount") && mounts < MAX_MOUNTS) mount[mounts++] = decoded(value);
		else if (!strcmp(arguments[i], "pid")) pid = value;
		else if (!strcmp(arguments[i], "id")) id = value;
		else if (!strcmp(arguments[i], "path")) wanted = decoded(value);
		else fail("not-allowed");
	}
	if (layers == 0) fail("not-allowed");
}

/* proc(5): the fifth field of mountinfo is the place, with spaces and line breaks in octal. */
static void take_mounts_of_process(void) {
	char *line = NULL;
	size_t size = 0;
	int folder = pid && id ? open_process(pid, id, NULL, 0) : -1;
	if (pid && folder < 0) fail("gone");
	int fd = folder < 0 ? -1 : openat(folder, "mountinfo", O_RDONLY | O_CLOEXEC);
	FILE *list = fd < 0 ? NULL : fdopen(fd, "r");
	while (list && mounts < MAX_MOUNTS && getline(&line, &size, list) > 0) {
		char *save, *place = strtok_r(line, " ", &save);
		for (int field = 1; place && field < 5; field++) place = strtok_r(NULL, " ", &save);
		if (place == NULL || !strcmp(place, "/")) continue;
		char *out = mount[mounts++] = strdup(place);
		for (const char *in = place; *in; in++) {
			unsigned byte;
			if (*in == '\\' && sscanf(in + 1, "%3o", &byte) == 1) {
				*out++ = byte;
				in += 3;
			} else *out++ = *in;
		}
		*out = 0;
	}
	if (list) fclose(list);
	free(line);
}

static int is_mount(const char *path) {
	for (int i = 0; i < mounts; i++)
		if (!strcmp(mount[i], path)) return 1;
	return 0;
}

static void open_layers(struct folder *root, int from) {
	for (int i = 0; i < MAX_LAYERS; i++) root->fd[i] = -1;
	for (int i = from; i < layers; i++) root->fd[i] = open(layer[i], FOLDER_FLAGS);
}

static void close_folder(struct folder *folder) {
	for (int i = 0; i < layers; i++)
		if (folder->fd[i] >= 0) close(folder->fd[i]);
}

/* Replaces a folder by the folder `name` in it. Returns 0 if no layer has such a folder. */
static int enter(struct folder *folder, const char *name) {
	int found = 0, hidden = 0;
	for (int i = 0; i < layers; i++) {
		struct stat st;
		int parent = folder->fd[i];
		folder->fd[i] = -1;
		if (parent < 0) continue;
		if (!hidden && fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			if (S_ISDIR(st.st_mode))
				folder->fd[i] = openat(parent, name, FOLDER_FLAGS);
			hidden = !S_ISDIR(st.st_mode) || (folder->fd[i] >= 0 && is_opaque(folder->fd[i]));
			found |= folder->fd[i] >= 0;
		}
		close(parent);
	}
	return found;
}

/* The first layer that has the name. -1 if no layer has it, or if it was deleted. */
static int first_with(const struct folder *folder, const char *name, struct stat *st) {
	for (int i = 0; i < layers; i++)
		if (folder->fd[i] >= 0 && fstatat(folder->fd[i], name, st, AT_SYMLINK_NOFOLLOW) == 0) return is_whiteout(st->st_mode, st->st_rdev) ? -1 : i;
	return -1;
}

static char type_of(const struct stat *st) {
	return layer_type(st->st_mode, st->st_rdev);
}

/*
 * Prints {"path":…,"mount":BOOL,"found":[[LAYER,TYPE,SIZE,HIDDEN],…],"link":…}. `path` is the path without symlinks.
 * `found` has every layer with the name, the top one first. HIDDEN is 1 if a layer above hides the entry. Type D means
 * that the layer deletes the name.
 */
static void print_path(const struct folder *folder, const char *path, const char *name, int at_mount) {
	int printed = 0, hidden = 0;
	char target[PATH_MAX] = "";
	begin_output();
	fputs("{\"path\":", stdout);
	print_string(stdout, path);
	printf(",\"mount\":%s,\"found\":[", at_mount ? "true" : "false");
	for (int i = 0; !at_mount && i < layers; i++) {
		struct stat st;
		int is_there = folder->fd[i] >= 0;
		if (*name) is_there = is_there && fstatat(folder->fd[i], name, &st, AT_SYMLINK_NOFOLLOW) == 0;
		else is_there = is_there && fstat(folder->fd[i], &st) == 0;
		if (!is_there) continue;
		if (printed == 0 && S_ISLNK(st.st_mode)) {
			ssize_t length = readlinkat(folder->fd[i], name, target, sizeof target - 1);
			target[length < 0 ? 0 : length] = 0;
		}
		/* Folders are merged, but nothing below another kind of file is visible. */
		int covered = hidden || (printed && !S_ISDIR(st.st_mode));
		printf("%s[%d,\"%c\",%lld,%d]", printed++ ? "," : "", i, type_of(&st), (long long)st.st_size, covered);
		hidden = covered || !S_ISDIR(st.st_mode) || is_opaque_folder(folder->fd[i], name);
	}
	fputs("],\"link\":", stdout);
	print_string(stdout, target);
	puts("}");
}

static void print_nothing(const char *path) {
	begin_output();
	fputs("{\"path\":", stdout);
	print_string(stdout, path);
	puts(",\"mount\":false,\"found\":[],\"link\":\"\"}");
}

/* The path of a symlink's target: `canonical` is the folder of the symlink, and `rest` the part after the symlink. */
static char *retarget(const char *canonical, const char *target, const char *rest) {
	char *path;
	if (asprintf(&path, "%s/%s/%s", *target == '/' ? "" : canonical, target, rest) < 0) exit(1);
	if (strlen(path) >= PATH_MAX) fail("name-too-long");
	return path;
}

/* Walks down a path. Returns 1 at its end. Returns 0 if `*todo` is a path from which the walk has to begin again. */
static int walk(char **todo) {
	struct folder folder;
	char canonical[PATH_MAX] = "", *rest = *todo;
	open_layers(&folder, 0);
	for (;;) {
		rest += strspn(rest, "/");
		size_t length = strcspn(rest, "/");
		if (length == 0) {
			print_path(&folder, *canonical ? canonical : "/", "", 0);
			break;
		}
		char *name = strndup(rest, length);
		rest += length;
		if (!strcmp(name, ".")) {
			free(name);
			continue;
		}
		if (!strcmp(name, "..")) {
			char *slash = strrchr(canonical, '/');
			if (slash) *slash = 0;
			*todo = retarget("", canonical, rest);
			close_folder(&folder);
			return 0;
		}
		size_t end = strlen(canonical);
		if (end + length + 2 > sizeof canonical) fail("name-too-long");
		sprintf(canonical + end, "/%s", name);
		int is_last = rest[strspn(rest, "/")] == 0;
		if (is_mount(canonical)) {
			print_path(&folder, canonical, name, 1);
			break;
		}
		struct stat st;
		st.st_mode = 0;
		int first = first_with(&folder, name, &st);
		/* For a path in a deleted folder, tells about that folder. */
		if (is_last || (first < 0 && is_whiteout(st.st_mode, st.st_rdev))) {
			print_path(&folder, canonical, name, 0);
			break;
		}
		if (first < 0) {
			print_nothing(canonical);
			break;
		}
		if (S_ISLNK(st.st_mode)) {
			char target[PATH_MAX];
			ssize_t bytes = readlinkat(folder.fd[first], name, target, sizeof target - 1);
			target[bytes < 0 ? 0 : bytes] = 0;
			canonical[end] = 0;
			*todo = retarget(canonical, target, rest);
			close_folder(&folder);
			return 0;
		}
		if (!enter(&folder, name)) {
			print_nothing(canonical);
			break;
		}
		free(name);
	}
	close_folder(&folder);
	return 1;
}

void find_path(int count, char **arguments) {
	take_arguments(count, arguments);
	if (wanted == NULL || *wanted != '/') fail("not-allowed");
	take_mounts_of_process();
	char *todo = strdup(wanted);
	for (int links = 0; !walk(&todo); links++)
		if (links == MAX_LINKS) fail("link-refused");
}

/* Folders of the own layer that are also in the image, in the order in which this program reads them. */
static char *queue[MAX_FOLDERS];
static int queued, changes, is_full, has_more;
static size_t change_bytes;

static void print_change(char kind, char type, long long size, const char *path) {
	/* An encoded byte has at most three characters. The other parts of a change have at most 40. */
	change_bytes += 3 * strlen(path) + 40;
	if (changes == MAX_CHANGES || change_bytes > MAX_CHANGE_BYTES) {
		is_full = has_more = 1;
		return;
	}
	printf("%s[\"%c\",\"%c\",%lld,", changes++ ? "," : "", kind, type, size);
	print_string(stdout, path);
	putchar(']');
}

/* Takes over `path`. */
static void add_to_queue(char *path) {
	int depth = 0;
	for (const char *slash = path; (slash = strchr(slash, '/')) != NULL; slash++) depth++;
	if (queued < MAX_FOLDERS && depth <= MAX_DEPTH) {
		queue[queued++] = path;
		return;
	}
	has_more = 1;
	free(path);
}

/* Opens a folder in all layers below the own layer. */
static void open_in_image(struct folder *folder, const char *path) {
	char *copy = strdup(path), *rest = copy;
	open_layers(folder, 1);
	for (char *name; (name = strsep(&rest, "/"));)
		if (*name) enter(folder, name);
	free(copy);
}

static int open_in_own_layer(const char *path) {
	int at = open(layer[0], FOLDER_FLAGS);
	char *copy = strdup(path), *rest = copy;
	for (char *name; at >= 0 && (name = strsep(&rest, "/"));) {
		if (*name == 0) continue;
		int next = openat(at, name, FOLDER_FLAGS);
		close(at);
		at = next;
	}
	free(copy);
	return at;
}

/* Ends the program if the host has closed the channel. */
static void check_input(void) {
	static unsigned names;
	if (names++ % NAMES_BETWEEN_CHECKS == 0 && !wait_for_input(0, NULL)) exit(0);
}

static void list_changes_of(const char *path) {
	struct folder image;
	int own = open_in_own_layer(path);
	DIR *names = own < 0 ? NULL : fdopendir(dup(own));
	open_in_image(&image, path);
	for (struct dirent *entry; names && !is_full && (entry = readdir(names));) {
		struct stat st, old;
		char *full;
		check_input();
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
		if (fstatat(own, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) continue;
		if (asprintf(&full, "%s/%s", path, entry->d_name) < 0) exit(1);
		int is_in_image = first_with(&image, entry->d_name, &old) >= 0;
		if (is_whiteout(st.st_mode, st.st_rdev)) {
			if (is_in_image) print_change('D', type_of(&old), old.st_size, full);
		} else if (!is_in_image) print_change('A', type_of(&st), st.st_size, full);
		else if (!S_ISDIR(st.st_mode) || !S_ISDIR(old.st_mode)) print_change('C', type_of(&st), st.st_size, full);
		else {
			/* The container has removed this folder and made it again. */
			if (is_opaque_folder(own, entry->d_name)) print_change('C', 'd', 0, full);
		}
		if (S_ISDIR(st.st_mode)) add_to_queue(full);
		else free(full);
	}
	if (names) closedir(names);
	if (own >= 0) close(own);
	close_folder(&image);
}

/*
 * Prints {"changes":[[KIND,TYPE,SIZE,PATH],…],"more":BOOL}. KIND is A (added), C (changed) or D (deleted), as `docker
 * diff` names them. A folder of the image in which only names have changed is left out.
 */
void list_changes(int count, char **arguments) {
	take_arguments(count, arguments);
	/* A large layer must not slow down the containers. */
	nice(10);
	begin_output();
	fputs("{\"changes\":[", stdout);
	add_to_queue(strdup(""));
	for (int i = 0; i < queued && !is_full; i++) list_changes_of(queue[i]);
	printf("],\"more\":%s}\n", has_more ? "true" : "false");
}
