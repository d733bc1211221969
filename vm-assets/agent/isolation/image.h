/*
 * The layers of an image, read as folders of the machine. Nothing is mounted, no file changes, and every name is opened
 * in its open folder without following symlinks. The machine mounts the disk of the layers without access times.
 *
 *   isolation image-folder layer=FOLDER … path=PATH from=NUMBER count=NUMBER [in=NUMBER]
 *   isolation image-waste layer=FOLDER …
 *   isolation image-find layer=FOLDER … name=TEXT
 *   isolation image-compare layer=FOLDER … other=FOLDER …
 *
 * The top layer of an image comes first and has the number 0. `image-folder` prints one line; `in` names the layer, and
 * without it the folder is that of the whole image. The other commands print {"type":"names","count":N} while they
 * read, and then {"type":"result",…}. {"type":"gone"} means that the image was removed meanwhile. All of them end if
 * their input ends. Their limits are below; a result names the limit that was reached.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <sys/stat.h>

#define MAX_IMAGE_LAYERS 512
/* Names of all layers together, names in one folder of all layers together, and folders in each other. */
#define MAX_NAMES 2000000
#define MAX_FOLDER_NAMES 200000
#define MAX_FOLDER_DEPTH 200
/* The memory for the names in a folder and in all folders above it. A test has a lower limit. */
#ifndef MAX_KEPT_BYTES
#define MAX_KEPT_BYTES (128 << 20)
#endif
/* Files with more than one name. */
#define MAX_LINKED_FILES 500000
/* The host refuses a line of more than 4,000,000 characters. */
#define MAX_LINE_BYTES 3000000

/* The layers of the image, followed by those of the image that it is compared with. */
extern const char *image_layer[MAX_IMAGE_LAYERS];
extern int image_layers, all_layers;
/* The name of the limit that was reached: "names", "folder", "depth", "memory" or "links". Empty if none was. */
extern const char *reached_limit;

/* A name in one layer. */
struct version {
	const char *name;
	long long size;
	unsigned long long inode, device;
	struct timespec changed;
	unsigned mode, user, group, links;
	int layer;
	/* The layer that hides this version, or -1, and how: R removed, O overwritten, F by a new folder. */
	int by;
	char how, opaque;
};

/* The same folder in each layer. `fd` is -1 if a layer does not have it. */
struct place {
	int fd[MAX_IMAGE_LAYERS], by[MAX_IMAGE_LAYERS];
	char how[MAX_IMAGE_LAYERS];
	/* The visitor's own. */
	void *owner[MAX_IMAGE_LAYERS];
};

/* All versions of a name, those of the first image before those of the other one, and the top layer first. */
struct group {
	const char *path;
	struct version *version;
	int count;
	const struct place *in;
	/* The folders with this name. */
	struct place *inside;
	void *data;
};

struct visitor {
	/* Returns 0 if the walk must not enter the folders with this name. */
	int (*enter)(struct group *group);
	/* The walk has left the folders with this name. */
	void (*leave)(struct group *group);
	/* If this is true, the walk enters no folder that is hidden. */
	int visible_only;
	/* The walk ends when this becomes true. */
	int done;
};

/* image-walk.c */
void take_image_arguments(int count, char **arguments);
const char *image_argument(const char *key);
void open_image_layers(struct place *place, int from, int to);
void close_place(struct place *place);
int is_white(const struct version *version);
char letter_of(const struct version *version);
void read_version(struct version *version, const struct stat *st);
/* 0 if the image was removed meanwhile. */
int do_layers_exist(void);
/*
 * Visits every name of all layers, folder by folder. Prints {"type":"gone"} and ends the program if a layer no longer
 * exists.
 */
void walk_image(struct visitor *visitor);
/*
 * For a file with several names, counts the names and the hidden ones. Sets `first` for the first name. Returns 1 if
 * the last of all names is now hidden.
 */
int count_link(const struct version *version, int *first);

/* image-largest.c: the rows with the largest numbers. */
/* True if a row with this number would be kept. Counts the row. */
int is_large_enough(long long number);
/* Takes over `text`, which is JSON. */
void keep_row(long long number, char *text);
/* Prints the rows as a JSON array, the largest first, and then `,"more":BOOL`. */
void print_rows(void);

void list_image_folder(int count, char **arguments);
void find_waste(int count, char **arguments);
void find_in_image(int count, char **arguments);
void compare_images(int count, char **arguments);

#endif
