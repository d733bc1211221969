/* The files of a container's log (log driver json-file) as one sequence of records. See log-files.c. */
#ifndef LOG_FILES_H
#define LOG_FILES_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "guest-constants.h"

/* Both folders are below one mount point, because hard links cannot cross mount points. */
#define DOCKER_FOLDER GUEST_PATH_DATA "/docker/containers"
#define KEPT_FOLDER GUEST_PATH_DATA "/kept-logs"
#define ID_LENGTH 64
/* Bytes. A record has at most 16 KiB of text, JSON may write six bytes for one, and the container's labels follow. */
#define MAX_RECORD (4 << 20)
#define NO_TIME INT64_MIN

/* One file. `base` is the position of its first byte in the log. */
struct segment {
	int fd; /* -1: the file is gone */
	ino_t inode;
	uint64_t base;
	uint64_t size;
};

/* The files of all containers that have had one name, oldest first. */
struct log {
	struct segment *segments;
	int count;
	char (*ids)[ID_LENGTH + 1];
	int id_count;
	/* The bytes that were read last. */
	char *buffer;
	size_t capacity;
	uint64_t start;
	size_t length;
};

/* One line of a file: `{"log":"text\n","stream":"stdout","time":"2026-11-20T22:00:00.123456789Z"}`. */
struct record {
	uint64_t position;
	/* With the newline. */
	size_t size;
	/* Valid until the next call with the same log. */
	const char *bytes;
	/* Nanoseconds since the epoch. NO_TIME if the bytes are not a record. */
	int64_t time;
};

int is_container_id(const char *text);
/* Adds the files of a container to the log. */
void add_container(struct log *log, const char *id);
/* Measures the files again, and finds files that the engine has made since. */
void refresh(struct log *log, int finds_new);
uint64_t first_position(const struct log *log);
uint64_t end_position(const struct log *log);
/* Reads the record that begins at `position`. Returns 0 if the log has no complete record there. */
int record_at(struct log *log, uint64_t position, struct record *record);
/* Reads the last record before `position`, in a file that still exists. Returns 0 at the start of the log. */
int record_before(struct log *log, uint64_t position, struct record *record);
/* Returns the position of the first record that begins at `position` or later. */
uint64_t align(struct log *log, uint64_t position);
/* Returns the position of the first record that is not older than `time`. */
uint64_t seek_time(struct log *log, int64_t time);
/* Returns the position of the end of the last complete record. */
uint64_t complete_end(struct log *log);
/* Returns the first position of the file that has the byte before `position`. */
uint64_t file_start(const struct log *log, uint64_t position);
int is_stderr(const struct record *record);
/* Decodes the text of a record to `out`, which has room for `record->size` bytes. Returns the length. */
size_t decode_text(const struct record *record, char *out);
#endif
