/*
 * Reads and changes the files of a container or a volume for the host, over a command of SSH. Every path is resolved
 * inside the root of the container or volume, so neither a symlink nor `..` nor /proc leads out of it.
 *
 * Arguments: a verb, then KEY=VALUE. Values and the names in the output are percent-encoded, because names are bytes.
 * The first line of the output is `ok …` or `error REASON …`; see main.c for the reasons.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../file-type.h"

#define MAX_LAYERS 256
#define MAX_MOUNTS 256
#define MAX_PATHS 1024

struct request {
	const char *verb;
	/* A running container: a process of it, and the container's id. */
	long pid;
	const char *id;
	/* A volume: its folder in the machine. `mounted`: the folder is empty unless the volume is mounted there. */
	const char *folder;
	int mounted;
	/* The layers of a container's file system. Those of a running container only tell what has changed. */
	const char *upper, *work, *lower[MAX_LAYERS];
	int lowers;
	/* The volumes and bind mounts of a container that does not run. */
	struct {
		const char *source, *target;
		int read_only;
	} mount[MAX_MOUNTS];
	int mounts;
	/* True if the container's own file system is read-only. */
	int read_only;
	const char *path[MAX_PATHS];
	int paths;
	const char *to, *name;
	/* The byte count of the content on standard input, or the most bytes to read. */
	long long bytes;
	/* The most names to list. */
	long limit;
	int replace, parents;
	/* `write` fails if the file no longer has this size (bytes) and this time of its last change. */
	long long size;
	const char *mtime;
};

extern struct request request;
/* The root of the container or volume. */
extern int root;

/* root.c */
/* Opens `root`. Mounts the file system of a container that does not run, for this process only. */
void open_root(int writes);
/* Fails if the engine has mounted the container's file system too: two mounts must not change it simultaneously. */
void check_not_in_use(void);
/* Opens a path inside the root. Follows symlinks inside the root. Returns -1 and sets errno on failure. */
int open_inside(const char *path, int flags);
/* Opens the folder of a path, and sets `name` to the path's last part. */
int open_parent(const char *path, const char **name);
/* The path of an open folder inside the root, or NULL if the folder is not on the root's own file system. */
const char *path_in_root(int fd);
/* The number of the mount that has this file. */
uint64_t mount_id(int fd);

/* main.c */
_Noreturn void fail(const char *reason);
_Noreturn void fail_errno(int error);
/* Prints a name percent-encoded. */
void print_encoded(FILE *out, const char *name);
/* Writes all bytes to standard output; the process ends if nobody reads. */
void send_all(const void *data, size_t length);
/* Prints the type, mode, owner, size and time of a file. */
void print_attributes(FILE *out, const struct stat *st);
/* True if opening a name has failed because it has gone away or has become something else. */
int is_gone(int error);
/* Reads the next name, without `.` and `..`. Returns NULL at the end, where errno tells a failure (0: none). */
struct dirent *next_name(DIR *dir);
char *joined(const char *folder, const char *name);

void list_folder(void);
void watch_folder(void);
void read_file(void);
void write_file(void);
void send_tar(void);
void make_folder(void);
void rename_file(void);
void remove_files(void);
void clone_tree(void);
void measure_tree(void);
/* Creates the missing folders of a path. */
void make_parents(const char *path);
