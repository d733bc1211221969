/*
 * Reads the files of the log driver json-file. The engine renames a full file and begins a new one, so a log is a
 * sequence of files. A position counts bytes from the start of the oldest file that existed when the log was opened.
 * Positions stay the same when the engine renames files, because every file stays open and is known by its inode.
 *
 * All records of a log are in the order of their times, except for differences of microseconds. So a moment is found by
 * a binary search, and no index has to be written.
 */
#define _GNU_SOURCE
#include "log-files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (64 << 10)
/* A binary search ends at this distance, in bytes. The rest is read record by record. */
#define NEAR 4096

int is_container_id(const char *text) {
	return strlen(text) == ID_LENGTH && strspn(text, "0123456789abcdef") == ID_LENGTH;
}

/* The days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t days_until(int64_t year, int month, int day) {
	year -= month <= 2;
	int64_t era = year / 400, year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static int digits(const char *at, int count) {
	int value = 0;
	for (; count > 0; count--, at++) {
		if (*at < '0' || *at > '9') return -1;
		value = value * 10 + *at - '0';
	}
	return value;
}

/* The time at the end of a record: `"time":"2026-11-20T22:00:00.123456789Z"}`. The fraction has up to nine digits. */
static int64_t time_of(const char *bytes, size_t size) {
	static const char name[] = "\"time\":\"";
	const size_t longest = sizeof name - 1 + sizeof "2026-11-20T22:00:00.123456789Z\"}\n";
	const char *end = bytes + size, *at = size > longest ? end - longest : bytes;
	at = memmem(at, end - at, name, sizeof name - 1);
	if (bytes[0] != '{' || !at || end - at < (ptrdiff_t)(sizeof name - 1 + sizeof "2026-11-20T22:00:00Z\"}")) return NO_TIME;
	at += sizeof name - 1;
	int year = digits(at, 4), month = digits(at + 5, 2), day = digits(at + 8, 2);
	int hour = digits(at + 11, 2), minute = digits(at + 14, 2), second = digits(at + 17, 2);
	if (year < 0 || month < 1 || day < 0 || hour < 0 || minute < 0 || second < 0) return NO_TIME;
	int64_t fraction = 0, unit = 100000000;
	at += 19;
	if (*at == '.')
		for (at++; at < end && *at >= '0' && *at <= '9'; at++, unit /= 10) fraction += (*at - '0') * unit;
	return ((days_until(year, month, day) * 24 + hour) * 60 + minute) * INT64_C(60000000000) +
		second * INT64_C(1000000000) + fraction;
}

int is_stderr(const struct record *record) {
	/* The stream follows the text. Quotes in the text are escaped, so the text cannot contain this. */
	return memmem(record->bytes, record->size, ",\"stream\":\"stderr\"", 18) != NULL;
}

static int hexadecimal(const char *at, int *value) {
	*value = 0;
	for (int i = 0; i < 4; i++) {
		char c = at[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
		if (digit < 0) return 0;
		*value = *value * 16 + digit;
	}
	return 1;
}

static char *put_utf8(char *out, unsigned code) {
	if (code < 0x80) *out++ = code;
	else if (code < 0x800) {
		*out++ = 0xc0 | code >> 6;
		*out++ = 0x80 | (code & 63);
	} else if (code < 0x10000) {
		*out++ = 0xe0 | code >> 12;
		*out++ = 0x80 | (code >> 6 & 63);
		*out++ = 0x80 | (code & 63);
	} else {
		*out++ = 0xf0 | code >> 18;
		*out++ = 0x80 | (code >> 12 & 63);
		*out++ = 0x80 | (code >> 6 & 63);
		*out++ = 0x80 | (code & 63);
	}
	return out;
}

size_t decode_text(const struct record *record, char *out) {
	static const char name[] = "{\"log\":\"";
	const char *at = record->bytes, *end = at + record->size;
	char *begin = out;
	if (record->size < sizeof name || memcmp(at, name, sizeof name - 1) != 0) return 0;
	at += sizeof name - 1;
	while (at < end && *at != '"') {
		if (*at != '\\') {
			*out++ = *at++;
			continue;
		}
		if (end - at < 2) break;
		static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
		const char *escape = strchr(escapes, at[1]);
		int code, low;
		if (at[1] != '\0' && escape) {
			*out++ = meanings[escape - escapes];
			at += 2;
		} else if (at[1] == 'u' && end - at >= 6 && hexadecimal(at + 2, &code)) {
			at += 6;
			int pair = code >= 0xd800 && code < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u';
			if (pair && hexadecimal(at + 2, &low) && low >= 0xdc00 && low < 0xe000) {
				code = 0x10000 + ((code - 0xd800) << 10) + low - 0xdc00;
				at += 6;
			}
			out = put_utf8(out, code);
		} else at++;
	}
	return out - begin;
}

static uint64_t size_of(int fd) {
	struct stat about;
	return fstat(fd, &about) == 0 ? about.st_size : 0;
}

/* A file that was found, before it is a segment. */
struct found {
	int fd;
	ino_t inode;
	int64_t first_time;
};

/* A file without a record is the newest. */
static int64_t first_time(int fd) {
	char bytes[CHUNK * 4];
	ssize_t length = pread(fd, bytes, sizeof bytes, 0);
	const char *end = length > 0 ? memchr(bytes, '\n', length) : NULL;
	int64_t time = end ? time_of(bytes, end + 1 - bytes) : NO_TIME;
	return time == NO_TIME ? INT64_MAX : time;
}

static int by_time(const void *a, const void *b) {
	int64_t x = ((const struct found *)a)->first_time, y = ((const struct found *)b)->first_time;
	return x < y ? -1 : x > y;
}

static int has_inode(const struct log *log, ino_t inode) {
	for (int i = 0; i < log->count; i++)
		if (log->segments[i].inode == inode && log->segments[i].fd >= 0) return 1;
	return 0;
}

static void append(struct log *log, int fd, ino_t inode) {
	uint64_t base = end_position(log);
	log->segments = realloc(log->segments, (log->count + 1) * sizeof *log->segments);
	log->segments[log->count++] = (struct segment){.fd = fd, .inode = inode, .base = base, .size = size_of(fd)};
}

/* Opens the log files of a folder that the log does not have yet. Compressed files are left out. */
static int find_files(const struct log *log, const char *folder, const char *id, struct found **found, int count) {
	char path[512], prefix[ID_LENGTH + 16];
	snprintf(path, sizeof path, "%s/%s", folder, id);
	snprintf(prefix, sizeof prefix, "%s-json.log", id);
	DIR *directory = opendir(path);
	if (!directory) return count;
	for (struct dirent *entry; (entry = readdir(directory));) {
		const char *suffix = strrchr(entry->d_name, '.');
		int is_log = strncmp(entry->d_name, prefix, strlen(prefix)) == 0 || (suffix && strcmp(suffix, ".kept") == 0);
		if (!is_log || (suffix && (strcmp(suffix, ".gz") == 0 || strcmp(suffix, ".tmp") == 0))) continue;
		int fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		struct stat about;
		int known = fd < 0 || fstat(fd, &about) || !S_ISREG(about.st_mode) || has_inode(log, about.st_ino);
		for (int i = 0; !known && i < count; i++) known = (*found)[i].inode == about.st_ino;
		if (known) {
			if (fd >= 0) close(fd);
			continue;
		}
		*found = realloc(*found, (count + 1) * sizeof **found);
		(*found)[count++] = (struct found){.fd = fd, .inode = about.st_ino, .first_time = first_time(fd)};
	}
	closedir(directory);
	return count;
}

static void find_new(struct log *log, const char *id) {
	struct found *found = NULL;
	int count = find_files(log, KEPT_FOLDER, id, &found, 0);
	count = find_files(log, DOCKER_FOLDER, id, &found, count);
	if (count > 1) qsort(found, count, sizeof *found, by_time);
	for (int i = 0; i < count; i++) append(log, found[i].fd, found[i].inode);
	free(found);
}

void add_container(struct log *log, const char *id) {
	for (int i = 0; i < log->id_count; i++)
		if (strcmp(log->ids[i], id) == 0) return;
	log->ids = realloc(log->ids, (log->id_count + 1) * sizeof *log->ids);
	snprintf(log->ids[log->id_count++], sizeof *log->ids, "%s", id);
	find_new(log, id);
}

void refresh(struct log *log, int finds_new) {
	/* The engine writes only to the newest file. The others have their final size once a newer file exists. */
	if (log->count > 0) {
		struct segment *last = &log->segments[log->count - 1];
		uint64_t size = last->fd < 0 ? last->size : size_of(last->fd);
		if (size >= last->size) last->size = size;
		else {
			/* With the option max-file=1, the engine empties the file and begins again. */
			int fd = last->fd;
			last->fd = -1;
			append(log, fd, last->inode);
			log->length = 0;
		}
	}
	if (finds_new && log->id_count > 0) find_new(log, log->ids[log->id_count - 1]);
	for (int i = 0; i < log->count - 1; i++) {
		struct stat about;
		struct segment *segment = &log->segments[i];
		/* The engine has deleted the oldest file. An open file would still take space on the disk. */
		if (segment->fd < 0 || fstat(segment->fd, &about) || about.st_nlink > 0) continue;
		close(segment->fd);
		segment->fd = -1;
		log->length = 0;
	}
}

uint64_t first_position(const struct log *log) {
	for (int i = 0; i < log->count; i++)
		if (log->segments[i].fd >= 0) return log->segments[i].base;
	return end_position(log);
}

uint64_t end_position(const struct log *log) {
	if (log->count == 0) return 0;
	const struct segment *last = &log->segments[log->count - 1];
	return last->base + last->size;
}

/* The segment that has the byte at `position`. Its file may be gone. */
static struct segment *segment_at(const struct log *log, uint64_t position) {
	for (int i = log->count - 1; i >= 0; i--) {
		struct segment *segment = &log->segments[i];
		if (position >= segment->base && position < segment->base + segment->size) return segment;
	}
	return NULL;
}

uint64_t file_start(const struct log *log, uint64_t position) {
	const struct segment *segment = position == 0 ? NULL : segment_at(log, position - 1);
	return segment ? segment->base : end_position(log);
}

/* Makes the bytes from `from` to `to` available. Both must be inside of the segment. */
static const char *load(struct log *log, const struct segment *segment, uint64_t from, uint64_t to) {
	if (log->length > 0 && from >= log->start && to <= log->start + log->length) return log->buffer + (from - log->start);
	size_t wanted = to - from;
	if (log->capacity < wanted) {
		char *buffer = realloc(log->buffer, wanted);
		if (!buffer) return NULL;
		log->buffer = buffer;
		log->capacity = wanted;
	}
	log->start = from;
	log->length = 0;
	while (log->length < wanted) {
		ssize_t got = pread(segment->fd, log->buffer + log->length, wanted - log->length, from - segment->base + log->length);
		if (got <= 0) return NULL;
		log->length += got;
	}
	return log->buffer;
}

int record_at(struct log *log, uint64_t position, struct record *record) {
	for (;;) {
		if (position < first_position(log)) position = first_position(log);
		struct segment *segment = segment_at(log, position);
		if (!segment) return 0;
		uint64_t end = segment->base + segment->size;
		if (segment->fd < 0) {
			position = end;
			continue;
		}
		/* The bytes that are available already are tried first. */
		size_t length = CHUNK;
		if (log->length > 0 && position >= log->start && position < log->start + log->length)
			length = log->start + log->length - position;
		for (;; length *= 4) {
			if (length > end - position) length = end - position;
			const char *bytes = load(log, segment, position, position + length);
			if (!bytes) return 0;
			const char *newline = memchr(bytes, '\n', length);
			if (newline || length >= MAX_RECORD) {
				size_t size = newline ? (size_t)(newline + 1 - bytes) : length;
				*record = (struct record){position, size, bytes, newline ? time_of(bytes, size) : NO_TIME};
				return 1;
			}
			if (length == end - position) break;
			if (length < CHUNK) length = CHUNK / 4;
		}
		/* The engine has not finished this record, or a crash has cut it and the next file follows. */
		if (segment == &log->segments[log->count - 1]) return 0;
		position = end;
	}
}

int record_before(struct log *log, uint64_t position, struct record *record) {
	struct segment *segment = position == 0 ? NULL : segment_at(log, position - 1);
	while (segment && segment->fd < 0) {
		position = segment->base;
		segment = position == 0 ? NULL : segment_at(log, position - 1);
	}
	if (!segment) return 0;
	size_t before = position - segment->base, length = CHUNK;
	/* The bytes that are available already are tried first. */
	if (log->length > 0 && position > log->start && position <= log->start + log->length && log->start >= segment->base)
		length = position - log->start;
	for (;; length = length < CHUNK ? CHUNK : length * 4) {
		if (length > before) length = before;
		const char *bytes = load(log, segment, position - length, position);
		if (!bytes) return 0;
		const char *newline = length < 2 ? NULL : memrchr(bytes, '\n', length - 1);
		if (newline || length == before || length >= MAX_RECORD) {
			const char *begin = newline ? newline + 1 : bytes;
			size_t size = bytes + length - begin;
			int complete = begin[size - 1] == '\n';
			*record = (struct record){position - size, size, begin, complete ? time_of(begin, size) : NO_TIME};
			return 1;
		}
	}
}

uint64_t align(struct log *log, uint64_t position) {
	if (position <= first_position(log)) return first_position(log);
	struct segment *segment = segment_at(log, position);
	if (!segment) return end_position(log);
	uint64_t end = segment->base + segment->size;
	if (segment->fd < 0) return end;
	if (position == segment->base) return position;
	for (uint64_t at = position - 1; at < end;) {
		uint64_t to = end - at < CHUNK ? end : at + CHUNK;
		const char *bytes = load(log, segment, at, to);
		if (!bytes) return end;
		const char *newline = memchr(bytes, '\n', to - at);
		if (newline) return at + (newline - bytes) + 1;
		at = to;
	}
	return end;
}

uint64_t complete_end(struct log *log) {
	struct record record;
	uint64_t end = end_position(log);
	if (!record_before(log, end, &record)) return end;
	return record.bytes[record.size - 1] == '\n' ? end : record.position;
}

/* The time of the first valid record at `position` or later, before `limit`. */
static int64_t time_from(struct log *log, uint64_t position, uint64_t limit, struct record *record) {
	while (position < limit && record_at(log, position, record)) {
		if (record->time != NO_TIME) return record->time;
		position = record->position + record->size;
	}
	return NO_TIME;
}

uint64_t seek_time(struct log *log, int64_t time) {
	struct record record;
	uint64_t low = first_position(log), high = end_position(log);
	while (high - low > NEAR) {
		uint64_t middle = align(log, low + (high - low) / 2);
		int64_t found = time_from(log, middle, high, &record);
		/* No record begins between the middle and `high`. */
		if (found == NO_TIME) {
			if (high == low + (high - low) / 2) break;
			high = low + (high - low) / 2;
		} else if (found < time) low = record.position + record.size;
		else if (record.position < high) high = record.position;
		else break;
	}
	/* The binary search may stop inside of a long record, so this begins at the record's start. */
	low = align(log, low);
	while (record_at(log, low, &record)) {
		if (record.time != NO_TIME && record.time >= time) return record.position;
		low = record.position + record.size;
	}
	return low;
}
