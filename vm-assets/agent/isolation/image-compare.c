/* The files that differ between two images. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "isolation.h"

/* The most bytes of content that a comparison reads from each image. */
#define MAX_CONTENT_BYTES (512ll << 20)

struct total {
	long long files, before, after;
};

static struct total added, removed, changed;
static long long read_bytes, unread;

/* A whole folder that only one image has. What is in it counts for it. */
struct whole {
	char kind, *path;
	struct total total;
};
static struct whole *whole;

static char *row_of(char kind, char type, const struct total *total, const char *path) {
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	if (out == NULL) exit(1);
	fprintf(out, "[\"%c\",\"%c\",%lld,%lld,%lld,", kind, type, total->before, total->after, total->files);
	print_string(out, path);
	putc(']', out);
	if (fclose(out) != 0) exit(1);
	return text;
}

static void report(char kind, char type, const struct total *total, const char *path) {
	long long bytes = total->before > total->after ? total->before : total->after;
	if (is_large_enough(bytes)) keep_row(bytes, row_of(kind, type, total, path));
}

/* The size of a file, which counts only once if the file has several names. */
static long long size_of(const struct version *version) {
	int first;
	count_link(version, &first);
	return first ? version->size : 0;
}

static void count_one_sided(char kind, const struct version *version, const char *path) {
	struct total *sum = kind == 'A' ? &added : &removed, one = { 1, 0, 0 };
	*(kind == 'A' ? &one.after : &one.before) = size_of(version);
	sum->files++;
	sum->before += one.before;
	sum->after += one.after;
	if (whole) {
		whole->total.files++;
		whole->total.before += one.before;
		whole->total.after += one.after;
	} else report(kind, letter_of(version), &one, path);
}

static int open_file(const struct group *group, const struct version *version) {
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME;
	return openat(group->in->fd[version->layer], version->name, flags);
}

static ssize_t read_block(int fd, char *block, size_t size) {
	size_t length = 0;
	for (ssize_t part; length < size && (part = read(fd, block + length, size - length)) > 0;) length += part;
	return length;
}

static int have_equal_content(const struct group *group, const struct version *one, const struct version *other) {
	static char block[2][1 << 16];
	if (one->size == 0) return 1;
	if (read_bytes + one->size > MAX_CONTENT_BYTES) {
		unread++;
		return one->changed.tv_sec == other->changed.tv_sec && one->changed.tv_nsec == other->changed.tv_nsec;
	}
	int fd[2] = { open_file(group, one), open_file(group, other) }, equal = fd[0] >= 0 && fd[1] >= 0;
	for (ssize_t length = 1; equal && length > 0;) {
		if (!wait_for_input(0, NULL)) exit(0);
		length = read_block(fd[0], block[0], sizeof block[0]);
		read_bytes += length;
		equal = read_block(fd[1], block[1], sizeof block[1]) == length && !memcmp(block[0], block[1], length);
	}
	for (int i = 0; i < 2; i++)
		if (fd[i] >= 0) close(fd[i]);
	return equal;
}

static int have_equal_targets(const struct group *group, const struct version *one, const struct version *other) {
	char target[2][PATH_MAX];
	ssize_t length = readlinkat(group->in->fd[one->layer], one->name, target[0], sizeof target[0]);
	return readlinkat(group->in->fd[other->layer], other->name, target[1], sizeof target[1]) == length && length >= 0 &&
	       !memcmp(target[0], target[1], length);
}

static int are_equal(const struct group *group, const struct version *one, const struct version *other) {
	if (!strcmp(image_layer[one->layer], image_layer[other->layer])) return 1;
	if (one->mode != other->mode || one->user != other->user || one->group != other->group) return 0;
	if (S_ISDIR(one->mode)) return 1;
	if (one->size != other->size || one->device != other->device) return 0;
	if (S_ISLNK(one->mode)) return have_equal_targets(group, one, other);
	return !S_ISREG(one->mode) || have_equal_content(group, one, other);
}

/* True if both images have the folder from the same layers. */
static int are_same_folders(const struct group *group) {
	int a = 0, b = 0;
	for (;;) {
		while (a < group->count && (group->version[a].by >= 0 || group->version[a].layer >= image_layers)) a++;
		while (b < group->count && (group->version[b].by >= 0 || group->version[b].layer < image_layers)) b++;
		if (a == group->count || b == group->count) return a == b;
		const struct version *one = &group->version[a++], *other = &group->version[b++];
		if (strcmp(image_layer[one->layer], image_layer[other->layer])) return 0;
	}
}

/* The version that an image shows. NULL if the image does not have the name. */
static const struct version *shown(const struct group *group, int is_other) {
	for (int i = 0; i < group->count; i++)
		if ((group->version[i].layer >= image_layers) == is_other)
			return group->version[i].by < 0 && !is_white(&group->version[i]) ? &group->version[i] : NULL;
	return NULL;
}

static void begin_whole(struct group *group, char kind) {
	if (whole) return;
	whole = calloc(1, sizeof *whole);
	if (whole == NULL) exit(1);
	whole->kind = kind;
	whole->path = strdup(group->path);
	if (whole->path == NULL) exit(1);
	group->data = whole;
}

static int enter(struct group *group) {
	const struct version *before = shown(group, 0), *after = shown(group, 1);
	if (before == NULL && after == NULL) return 0;
	int was_folder = before && S_ISDIR(before->mode), is_folder = after && S_ISDIR(after->mode);
	if (before && after && was_folder == is_folder) {
		if (!are_equal(group, before, after)) {
			struct total one = { !is_folder, is_folder ? 0 : size_of(before), is_folder ? 0 : size_of(after) };
			changed.files++;
			changed.before += one.before;
			changed.after += one.after;
			report('C', letter_of(after), &one, group->path);
		}
		return is_folder && !are_same_folders(group);
	}
	if (before && !was_folder) count_one_sided('R', before, group->path);
	if (after && !is_folder) count_one_sided('A', after, group->path);
	if (was_folder || is_folder) begin_whole(group, is_folder ? 'A' : 'R');
	return was_folder || is_folder;
}

static void leave(struct group *group) {
	if (group->data == NULL) return;
	report(whole->kind, 'd', &whole->total, whole->path);
	free(whole->path);
	free(whole);
	whole = NULL;
}

/*
 * Prints {"type":"result","added":[FILES,BYTES],"removed":[FILES,BYTES],"changed":[FILES,BEFORE,AFTER],"unread":N,
 * "changes":[[KIND,TYPE,BEFORE,AFTER,FILES,PATH],…],"more":BOOL,"limit":TEXT}. A folder that only one image has is one
 * row. The time of a file does not count. UNREAD files had to be compared by their times, because there was too much to
 * read.
 */
void compare_images(int count, char **arguments) {
	struct visitor visitor = { enter, leave, 1, 0 };
	take_image_arguments(count, arguments);
	if (image_layers == all_layers) fail("not-allowed");
	walk_image(&visitor);
	printf("{\"type\":\"result\",\"added\":[%lld,%lld],\"removed\":[%lld,%lld],\"changed\":[%lld,%lld,%lld],\"unread\":%lld,",
	       added.files, added.after, removed.files, removed.before, changed.files, changed.before, changed.after, unread);
	fputs("\"changes\":", stdout);
	print_rows();
	printf(",\"limit\":\"%s\"}\n", reached_limit);
}
