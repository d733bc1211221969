/* The names in one folder of an image or of a layer, and the search by name. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "isolation.h"
#include "overlay.h"

#define MAX_PAGE 500
#define MAX_FOUND 200

struct name {
	int layer;
	unsigned char type;
	char text[];
};

static struct name *name[MAX_FOLDER_NAMES];
static int names, has_more;

static int stat_in(const struct place *place, int layer, const char *text, struct version *version) {
	struct stat st;
	if (place->fd[layer] < 0 || fstatat(place->fd[layer], text, &st, AT_SYMLINK_NOFOLLOW) < 0) return 0;
	read_version(version, &st);
	version->layer = layer;
	return 1;
}

/* Replaces each folder by the folder `text` in it, as long as no layer above hides it. Returns 0 if there is none. */
static int enter_folder(struct place *place, const char *text) {
	int found = 0, hidden = 0;
	for (int i = 0; i < image_layers; i++) {
		struct version version;
		int parent = place->fd[i], is_there = !hidden && stat_in(place, i, text, &version);
		place->fd[i] = -1;
		if (is_there && S_ISDIR(version.mode)) {
			place->fd[i] = openat(parent, text, FOLDER_FLAGS);
			hidden = place->fd[i] >= 0 && is_opaque(place->fd[i]);
			found |= place->fd[i] >= 0;
		} else if (is_there) hidden = 1;
		if (parent >= 0) close(parent);
	}
	return found;
}

static void read_names(int fd, int layer) {
	int copy = openat(fd, ".", FOLDER_FLAGS);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
		if (names == MAX_FOLDER_NAMES) {
			has_more = 1;
			break;
		}
		struct name *one = malloc(sizeof *one + strlen(entry->d_name) + 1);
		if (one == NULL) exit(1);
		one->layer = layer;
		one->type = entry->d_type;
		strcpy(one->text, entry->d_name);
		name[names++] = one;
	}
	if (dir) closedir(dir);
}

static int by_name(const void *a, const void *b) {
	const struct name *one = *(struct name *const *)a, *other = *(struct name *const *)b;
	int order = strcmp(one->text, other->text);
	return order ? order : one->layer - other->layer;
}

static int folders_first(const void *a, const void *b) {
	const struct name *one = *(struct name *const *)a, *other = *(struct name *const *)b;
	if ((one->type == DT_DIR) != (other->type == DT_DIR)) return one->type == DT_DIR ? -1 : 1;
	return strcmp(one->text, other->text);
}

/* Keeps the top version of each name. Without a wanted layer, drops the names that a layer removes. */
static void merge_names(const struct place *place, int in) {
	int kept = 0;
	qsort(name, names, sizeof *name, by_name);
	for (int i = 0, next; i < names; i = next) {
		struct version version;
		struct name *top = name[i];
		for (next = i + 1; next < names && !strcmp(name[next]->text, top->text); next++) free(name[next]);
		int is_removed = in < 0 && top->type == DT_CHR && stat_in(place, top->layer, top->text, &version) && is_white(&version);
		if (is_removed) free(top);
		else name[kept++] = top;
	}
	names = kept;
	qsort(name, names, sizeof *name, folders_first);
}

/*
 * What the layer did with the name: D removes it, O puts a new folder in its place, C changes it, A adds it, and - only
 * keeps a folder of a lower layer because something in it has changed.
 */
static char deed_of(const struct place *place, const struct version *own, const char *text) {
	struct version old;
	int is_below = 0;
	if (is_white(own)) return 'D';
	for (int i = own->layer + 1; i < image_layers && !is_below; i++) is_below = stat_in(place, i, text, &old);
	if (!is_below || is_white(&old)) return 'A';
	if (!S_ISDIR(own->mode) || !S_ISDIR(old.mode)) return 'C';
	if (is_opaque_folder(place->fd[own->layer], text)) return 'O';
	return own->mode == old.mode && own->user == old.user && own->group == old.group ? '-' : 'C';
}

static size_t print_entry(FILE *out, const struct place *place, const struct name *one, int is_first) {
	struct version own;
	char target[PATH_MAX] = "";
	if (!stat_in(place, one->layer, one->text, &own)) fail("gone");
	if (S_ISLNK(own.mode)) {
		ssize_t length = readlinkat(place->fd[one->layer], one->text, target, sizeof target - 1);
		target[length < 0 ? 0 : length] = 0;
	}
	fputs(is_first ? "[" : ",[", out);
	print_string(out, one->text);
	fprintf(out, ",\"%c\",%u,%u,%u,%lld,%d,\"%c\",", letter_of(&own), own.mode & 07777, own.user, own.group, own.size,
		own.layer, deed_of(place, &own, one->text));
	print_string(out, target);
	putc(']', out);
	return 3 * (strlen(one->text) + strlen(target)) + 100;
}

static int number_of(const char *key, int fallback) {
	const char *text = image_argument(key);
	if (text == NULL) return fallback;
	if (*text == 0 || strlen(text) > 8 || strspn(text, "0123456789") != strlen(text)) fail("not-allowed");
	return atoi(text);
}

/*
 * Prints {"entries":[[NAME,TYPE,MODE,USER,GROUP,SIZE,LAYER,DEED,LINK],…],"count":N,"more":BOOL}. COUNT is the number of
 * all names. MORE is true if the folder has more names than the program reads.
 */
void list_image_folder(int count, char **arguments) {
	static struct place place;
	take_image_arguments(count, arguments);
	int in = number_of("in", -1), from = number_of("from", 0), length = number_of("count", MAX_PAGE);
	const char *path = image_argument("path");
	if (in >= image_layers || path == NULL || *path != '/' || length > MAX_PAGE) fail("not-allowed");
	open_image_layers(&place, in < 0 ? 0 : in, image_layers);
	char *copy = strdup(path), *rest = copy;
	for (char *part; (part = strsep(&rest, "/"));) {
		if (*part == 0) continue;
		if (!strcmp(part, ".") || !strcmp(part, "..")) fail("not-allowed");
		if (!enter_folder(&place, part)) fail(do_layers_exist() ? "not-found" : "gone");
	}
	free(copy);
	for (int i = in < 0 ? 0 : in; i < (in < 0 ? image_layers : in + 1); i++)
		if (place.fd[i] >= 0) read_names(place.fd[i], i);
	merge_names(&place, in);
	/* The first line must tell whether the image was removed meanwhile, so the second one waits. */
	char *line;
	size_t size, bytes = 0;
	FILE *out = open_memstream(&line, &size);
	if (out == NULL) exit(1);
	for (int i = from; i < names && i - from < length && bytes < MAX_LINE_BYTES; i++)
		bytes += print_entry(out, &place, name[i], i == from);
	if (fclose(out) != 0) exit(1);
	if (!do_layers_exist()) fail("gone");
	begin_output();
	printf("{\"entries\":[%s],\"count\":%d,\"more\":%s}\n", line, names, has_more ? "true" : "false");
	free(line);
}

static const char *wanted;
static int found, more_found;
static size_t found_bytes;
/* The rows wait for the end of the walk, because the walk prints its progress. */
static FILE *rows;

static int find_name(struct group *group);
static struct visitor search = { .enter = find_name };

static int find_name(struct group *group) {
	const char *text = strchr(wanted, '/') ? group->path : group->version[0].name;
	if (!strcasestr(text, wanted)) return 1;
	found_bytes += 3 * strlen(group->path) + 40 * group->count;
	if (found == MAX_FOUND || found_bytes > MAX_LINE_BYTES) {
		search.done = more_found = 1;
		return 0;
	}
	fputs(found++ ? ",[" : "[", rows);
	print_string(rows, group->path);
	for (int i = 0; i < group->count; i++) {
		const struct version *version = &group->version[i];
		fprintf(rows, "%s[%d,\"%c\",%lld,%d]", i ? "," : ",[", version->layer, letter_of(version), version->size,
			version->by >= 0);
	}
	fputs("]]", rows);
	return 1;
}

/*
 * Prints {"type":"result","found":[[PATH,[[LAYER,TYPE,SIZE,HIDDEN],…]],…],"more":BOOL,"limit":TEXT}. A text with a slash
 * is searched for in paths, another one in names.
 */
void find_in_image(int count, char **arguments) {
	char *text;
	size_t length;
	take_image_arguments(count, arguments);
	wanted = image_argument("name");
	if (wanted == NULL || *wanted == 0) fail("not-allowed");
	rows = open_memstream(&text, &length);
	if (rows == NULL) exit(1);
	walk_image(&search);
	if (fclose(rows) != 0) exit(1);
	printf("{\"type\":\"result\",\"found\":[%s],\"more\":%s,\"limit\":\"%s\"}\n", text, more_found ? "true" : "false",
	       reached_limit);
}
