/* Walks through the folders of all layers of an image simultaneously. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../percent-encoding.h"
#include "image.h"
#include "isolation.h"
#include "overlay.h"

#define NAMES_BETWEEN_CHECKS 64
#define MILLISECONDS_BETWEEN_REPORTS 300
#define MAX_KEYS 8

const char *image_layer[MAX_IMAGE_LAYERS], *reached_limit = "";
int image_layers, all_layers;
static char *key[MAX_KEYS], *value[MAX_KEYS];
static int keys;
static long names;

/* A large image must neither slow down the containers nor take their memory. */
static void be_modest(void) {
	struct rlimit files = { 1 << 17, 1 << 17 };
	setrlimit(RLIMIT_NOFILE, &files);
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (write(fd, "1000", 4) < 0) fail("not-allowed");
		close(fd);
	}
	nice(10);
}

void take_image_arguments(int count, char **arguments) {
	int others = 0;
	for (int i = 0; i < count; i++) {
		char *text = strchr(arguments[i], '=');
		if (text == NULL) fail("not-allowed");
		*text++ = 0;
		int is_other = !strcmp(arguments[i], "other");
		if (is_other || !strcmp(arguments[i], "layer")) {
			if (all_layers == MAX_IMAGE_LAYERS || (others && !is_other)) fail("not-allowed");
			image_layer[all_layers++] = decoded(text);
			others += is_other;
		} else if (keys < MAX_KEYS) {
			key[keys] = arguments[i];
			value[keys++] = decoded(text);
		} else fail("not-allowed");
	}
	image_layers = all_layers - others;
	if (image_layers == 0) fail("not-allowed");
	be_modest();
}

const char *image_argument(const char *name) {
	for (int i = 0; i < keys; i++)
		if (!strcmp(key[i], name)) return value[i];
	return NULL;
}

void open_image_layers(struct place *place, int from, int to) {
	for (int i = 0; i < MAX_IMAGE_LAYERS; i++) {
		place->fd[i] = place->by[i] = -1;
		place->owner[i] = NULL;
		if (i < from || i >= to) continue;
		place->fd[i] = open(image_layer[i], FOLDER_FLAGS);
		if (place->fd[i] < 0) fail("gone");
	}
}

void close_place(struct place *place) {
	for (int i = 0; i < all_layers; i++)
		if (place->fd[i] >= 0) close(place->fd[i]);
}

int do_layers_exist(void) {
	for (int i = 0; i < all_layers; i++)
		if (access(image_layer[i], F_OK) < 0) return 0;
	return 1;
}

int is_white(const struct version *version) {
	return is_whiteout(version->mode, version->device);
}

char letter_of(const struct version *version) {
	return layer_type(version->mode, version->device);
}

void read_version(struct version *version, const struct stat *st) {
	version->size = S_ISREG(st->st_mode) || S_ISLNK(st->st_mode) ? st->st_size : 0;
	version->inode = st->st_ino;
	version->device = st->st_rdev;
	version->changed = st->st_mtim;
	version->mode = st->st_mode;
	version->user = st->st_uid;
	version->group = st->st_gid;
	version->links = st->st_nlink;
	version->by = -1;
}

/* Reports the progress, and ends the program if the host has closed the channel. */
static void count_name(void) {
	static struct timespec reported;
	struct timespec now;
	if (names++ % NAMES_BETWEEN_CHECKS) return;
	if (!wait_for_input(0, NULL)) exit(0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if ((now.tv_sec - reported.tv_sec) * 1000 + (now.tv_nsec - reported.tv_nsec) / 1000000 < MILLISECONDS_BETWEEN_REPORTS)
		return;
	reported = now;
	printf("{\"type\":\"names\",\"count\":%ld}\n", names - 1);
	fflush(stdout);
}

struct folder {
	struct version *version;
	int count, room;
};
/* Of the names in all folders on the way. */
static size_t kept_bytes;

static size_t bytes_of(const char *name) {
	return sizeof(struct version) + strlen(name) + 1;
}

static void add_version(struct folder *folder, const char *name, const struct stat *st, int layer) {
	if (folder->count == folder->room) {
		folder->room = folder->room ? 2 * folder->room : 64;
		folder->version = realloc(folder->version, folder->room * sizeof *folder->version);
		if (folder->version == NULL) exit(1);
	}
	struct version *version = &folder->version[folder->count++];
	read_version(version, st);
	version->name = strdup(name);
	if (version->name == NULL) exit(1);
	version->layer = layer;
	version->opaque = 0;
	kept_bytes += bytes_of(name);
}

static void read_layer(struct folder *folder, int fd, int layer) {
	int copy = openat(fd, ".", FOLDER_FLAGS);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		struct stat st;
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
		const char *limit = NULL;
		if (names >= MAX_NAMES) limit = "names";
		else if (folder->count >= MAX_FOLDER_NAMES) limit = "folder";
		else if (kept_bytes >= MAX_KEPT_BYTES) limit = "memory";
		if (limit) {
			reached_limit = limit;
			break;
		}
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) continue;
		count_name();
		add_version(folder, entry->d_name, &st, layer);
	}
	if (dir) closedir(dir);
}

static int compare_versions(const void *a, const void *b) {
	const struct version *one = a, *other = b;
	int order = strcmp(one->name, other->name);
	return order ? order : one->layer - other->layer;
}

/*
 * Finds the layer that hides each version, as overlayfs merges layers: folders are merged, until one is opaque or the
 * name is something else. What is in a hidden folder is hidden too.
 */
static void judge(const struct place *place, struct version *group, int count) {
	/* The last version, and the last one that also hides folders. */
	int above = -1, cover = -1, is_other = 0;
	char above_how = 'O', cover_how = 'O';
	for (int i = 0; i < count; i++) {
		struct version *version = &group[i];
		int is_folder = S_ISDIR(version->mode);
		if (!is_other && version->layer >= image_layers) {
			is_other = 1;
			above = cover = -1;
		}
		version->by = is_folder ? cover : above;
		version->how = is_folder ? cover_how : above_how;
		if (place->by[version->layer] >= 0) {
			version->by = place->by[version->layer];
			version->how = place->how[version->layer];
		}
		above = version->layer;
		above_how = is_folder ? 'F' : is_white(version) ? 'R' : 'O';
		if (is_folder && !version->opaque) continue;
		cover = above;
		cover_how = above_how;
	}
}

static void open_inside(const struct group *group, int visible_only) {
	struct place *inside = group->inside;
	for (int i = 0; i < group->count; i++) {
		const struct version *version = &group->version[i];
		if (!S_ISDIR(version->mode) || (visible_only && version->by >= 0)) continue;
		inside->fd[version->layer] = openat(group->in->fd[version->layer], version->name, FOLDER_FLAGS);
		inside->by[version->layer] = version->by;
		inside->how[version->layer] = version->how;
	}
}

static void find_opaque(const struct place *place, struct version *group, int count) {
	for (int i = 0; i < count; i++)
		if (S_ISDIR(group[i].mode)) group[i].opaque = is_opaque_folder(place->fd[group[i].layer], group[i].name);
}

static void walk(struct place *place, char *path, int depth, struct visitor *visitor) {
	struct folder folder = { 0 };
	for (int i = 0; i < all_layers; i++)
		if (place->fd[i] >= 0) read_layer(&folder, place->fd[i], i);
	if (folder.count) qsort(folder.version, folder.count, sizeof *folder.version, compare_versions);
	size_t end = strlen(path);
	for (int first = 0, next; first < folder.count && !visitor->done; first = next) {
		struct version *group = &folder.version[first];
		int folders = 0;
		for (next = first; next < folder.count && !strcmp(folder.version[next].name, group->name); next++)
			folders += S_ISDIR(folder.version[next].mode);
		if (end + strlen(group->name) + 2 > PATH_MAX) {
			reached_limit = "depth";
			continue;
		}
		sprintf(path + end, "/%s", group->name);
		if (folders && next - first > 1) find_opaque(place, group, next - first);
		judge(place, group, next - first);
		struct place *inside = NULL;
		if (folders) {
			inside = malloc(sizeof *inside);
			if (inside == NULL) exit(1);
			for (int i = 0; i < MAX_IMAGE_LAYERS; i++) {
				inside->fd[i] = inside->by[i] = -1;
				inside->owner[i] = NULL;
			}
		}
		struct group all = { path, group, next - first, place, inside, NULL };
		int enters = visitor->enter(&all) && folders;
		if (enters && depth == MAX_FOLDER_DEPTH) reached_limit = "depth";
		else if (enters) {
			open_inside(&all, visitor->visible_only);
			walk(inside, path, depth + 1, visitor);
			close_place(inside);
		}
		if (visitor->leave) visitor->leave(&all);
		free(inside);
		path[end] = 0;
	}
	for (int i = 0; i < folder.count; i++) {
		kept_bytes -= bytes_of(folder.version[i].name);
		free((char *)folder.version[i].name);
	}
	free(folder.version);
}

void walk_image(struct visitor *visitor) {
	char path[PATH_MAX] = "";
	struct place *root = malloc(sizeof *root);
	if (root == NULL) exit(1);
	open_image_layers(root, 0, all_layers);
	begin_output();
	walk(root, path, 0, visitor);
	close_place(root);
	free(root);
	if (do_layers_exist()) return;
	puts("{\"type\":\"gone\"}");
	exit(0);
}

struct linked {
	unsigned long long inode;
	int layer;
	unsigned hidden;
};
static struct linked *table;
static size_t linked_files, slots;

static struct linked *slot_of(unsigned long long inode, int layer) {
	size_t at = (inode * 0x9E3779B97F4A7C15ull ^ (unsigned)layer * 0x85EBCA6Bu) & (slots - 1);
	while (table[at].inode && (table[at].inode != inode || table[at].layer != layer)) at = (at + 1) & (slots - 1);
	return &table[at];
}

static void grow_table(void) {
	struct linked *old = table;
	size_t count = slots;
	slots = slots ? 2 * slots : 1024;
	table = calloc(slots, sizeof *table);
	if (table == NULL) exit(1);
	for (size_t i = 0; i < count; i++)
		if (old[i].inode) *slot_of(old[i].inode, old[i].layer) = old[i];
	free(old);
}

int count_link(const struct version *version, int *first) {
	int is_hidden = version->by >= 0;
	*first = 1;
	if (version->links < 2) return is_hidden;
	if (2 * (linked_files + 1) > slots) grow_table();
	struct linked *linked = slot_of(version->inode, version->layer);
	if (linked->inode == 0) {
		if (linked_files == MAX_LINKED_FILES) {
			reached_limit = "links";
			return is_hidden;
		}
		linked_files++;
		linked->inode = version->inode;
		linked->layer = version->layer;
	} else *first = 0;
	linked->hidden += is_hidden;
	return is_hidden && linked->hidden == version->links;
}
