/* The bytes of files that a later layer overwrites or removes. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "isolation.h"

/* What one layer has written at a path, and another layer hides. */
struct part {
	int layer, by;
	char how;
	long long bytes, files;
};

struct waste {
	int parts;
	struct part part[];
};

static long long bytes_of[MAX_IMAGE_LAYERS], files_of[MAX_IMAGE_LAYERS], wasted_of[MAX_IMAGE_LAYERS];

/* Counts what begins to be hidden at this path. What is in a hidden folder counts for the folder. */
static int enter(struct group *group) {
	struct waste *waste = NULL;
	for (int i = 0; i < group->count; i++) {
		const struct version *version = &group->version[i];
		struct part *part = group->in->owner[version->layer];
		if (version->by >= 0 && part == NULL && !is_white(version)) {
			if (waste == NULL) waste = calloc(1, sizeof *waste + group->count * sizeof *waste->part);
			if (waste == NULL) exit(1);
			part = &waste->part[waste->parts++];
			part->layer = version->layer;
			part->by = version->by;
			part->how = version->how;
		}
		if (S_ISDIR(version->mode)) {
			group->inside->owner[version->layer] = part;
			continue;
		}
		if (is_white(version)) continue;
		int first, is_wasted = count_link(version, &first);
		files_of[version->layer]++;
		if (first) bytes_of[version->layer] += version->size;
		if (part) part->files++;
		if (part == NULL || !is_wasted) continue;
		part->bytes += version->size;
		wasted_of[version->layer] += version->size;
	}
	group->data = waste;
	return 1;
}

/* [PATH,[[LAYER,BY,HOW,BYTES,FILES],…]] */
static char *row_of(const char *path, const struct waste *waste) {
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	if (out == NULL) exit(1);
	putc('[', out);
	print_string(out, path);
	putc(',', out);
	for (int i = 0, printed = 0; i < waste->parts; i++) {
		const struct part *part = &waste->part[i];
		if (part->bytes == 0) continue;
		fprintf(out, "%c[%d,%d,\"%c\",%lld,%lld]", printed++ ? ',' : '[', part->layer, part->by, part->how, part->bytes,
			part->files);
	}
	fputs("]]", out);
	if (fclose(out) != 0) exit(1);
	return text;
}

static void leave(struct group *group) {
	struct waste *waste = group->data;
	long long bytes = 0;
	for (int i = 0; waste && i < waste->parts; i++) bytes += waste->part[i].bytes;
	if (bytes && is_large_enough(bytes)) keep_row(bytes, row_of(group->path, waste));
	free(waste);
}

/*
 * Prints {"type":"result","layers":[[BYTES,FILES,WASTED],…],"wasted":[ROW,…],"more":BOOL,"limit":TEXT}. BYTES are those
 * of files and symlinks. A file with several names in a layer counts once, and is wasted if all its names are hidden.
 */
void find_waste(int count, char **arguments) {
	struct visitor visitor = { enter, leave, 0, 0 };
	take_image_arguments(count, arguments);
	walk_image(&visitor);
	fputs("{\"type\":\"result\",\"layers\":[", stdout);
	for (int i = 0; i < image_layers; i++)
		printf("%s[%lld,%lld,%lld]", i ? "," : "", bytes_of[i], files_of[i], wasted_of[i]);
	fputs("],\"wasted\":", stdout);
	print_rows();
	printf(",\"limit\":\"%s\"}\n", reached_limit);
}
