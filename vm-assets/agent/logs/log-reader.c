/*
 * Reads and searches the logs of containers for Berth. It runs as long as a view of logs is open, and serves that view
 * alone. A command is one line on standard input, an answer is one or more lines on standard output. Both begin with
 * the number of the request. LOG is the index of a log, POSITION a position in it, and FROM is LOG:POSITION for each log.
 *
 *   source LOG ID...             the containers of a log, oldest first     E
 *   read +|- COUNT BYTES FROM... records from FROM on, or before FROM      L... E
 *   seek NANOSECONDS             the first records that are not older      V
 *   part MILLIONTHS              this part of the longest log, by bytes    V
 *   watch                        report when logs grow                     E, and G at any time
 *   search MODE LIMIT HEX NEEDLES FROM...   lines that match, newest first  L, P...
 *   cancel                       ends the search                           E
 *
 *   L LOG POSITION SIZE {record} a record, as it is in the file
 *   E FLAGS LOG:POSITION:FIRST:END...   FLAGS: s for the start of all logs, e for their end
 *   V LOG:POSITION...
 *   G LOG                        the log has grown (request number 0); once, until the next read of this log
 *   P STATE NANOSECONDS SEARCHED TOTAL FROM...  STATE: more, full (LIMIT reached) or done
 *   X REASON                     the command failed
 *
 * The modes of a search: t for text, r for an extended regular expression; a following i ignores the case of letters.
 * HEX is the text in hexadecimal. NEEDLES is `-`, or texts of which each match of the expression has at least one, in
 * any case, in hexadecimal with commas in between. They make the search faster, because regexec() is slow.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "log-files.h"

#define MAX_LOGS 128
/* Bytes that a search reads before it looks for the next command. */
#define SLICE (1 << 20)
/* A longer line is searched in parts of this many records. */
#define MAX_PARTS 64
#define MAX_NEEDLES 64
/*
 * A regular expression can need endless time and memory. SIGALRM then ends this program, and the host opens another.
 * In seconds and bytes.
 */
#ifndef MATCHING_TIME
#define MATCHING_TIME 20
#endif
#define MAX_MEMORY (512 << 20)
/* Milliseconds. A busy container wakes this program no more often. */
#define REST 50

static struct log logs[MAX_LOGS];
static int log_count;
static uint64_t cursors[MAX_LOGS];
/* The end of each log when the host last read it, or was last told that it has grown. */
static uint64_t known_ends[MAX_LOGS];
/* The host knows that the log has grown, and has not read it since. */
static int is_reported[MAX_LOGS];
static int watching, inotify;

static struct {
	int active, is_regex, ignores_case;
	unsigned request;
	long left;
	char *text;
	size_t length;
	regex_t regex;
	char *needles[MAX_NEEDLES];
	size_t needle_lengths[MAX_NEEDLES];
	int needle_count;
	uint64_t from[MAX_LOGS];
	uint64_t total, searched;
} search;

static void print_cursors(int with_bounds) {
	for (int i = 0; i < log_count; i++) {
		printf(" %d:%" PRIu64, i, cursors[i]);
		if (with_bounds) printf(":%" PRIu64 ":%" PRIu64, first_position(&logs[i]), end_position(&logs[i]));
	}
	putchar('\n');
}

static void print_end(unsigned request) {
	int at_start = 1, at_end = 1;
	for (int i = 0; i < log_count; i++) {
		if (cursors[i] > first_position(&logs[i])) at_start = 0;
		if (cursors[i] < complete_end(&logs[i])) at_end = 0;
	}
	printf("%u E %s%s-", request, at_start ? "s" : "", at_end ? "e" : "");
	print_cursors(1);
}

static void print_record(unsigned request, int log, const struct record *record) {
	printf("%u L %d %" PRIu64 " %zu ", request, log, record->position, record->size);
	fwrite(record->bytes, 1, record->size, stdout);
}

static void refresh_all(int finds_new) {
	for (int i = 0; i < log_count; i++) refresh(&logs[i], finds_new);
}

/* Reads LOG:POSITION words. Logs without a word keep their cursor at the end. */
static void parse_cursors(char *rest, uint64_t *into) {
	for (int i = 0; i < log_count; i++) into[i] = UINT64_MAX;
	for (char *word; (word = strtok_r(NULL, " ", &rest));) {
		int log;
		uint64_t position;
		if (sscanf(word, "%d:%" SCNu64, &log, &position) == 2 && log >= 0 && log < log_count) into[log] = position;
	}
	for (int i = 0; i < log_count; i++)
		if (into[i] > end_position(&logs[i])) into[i] = complete_end(&logs[i]);
}

static void watch_folder(int log) {
	char path[512];
	if (!watching || logs[log].id_count == 0) return;
	/* Only the newest container of a log can write. */
	snprintf(path, sizeof path, DOCKER_FOLDER "/%s", logs[log].ids[logs[log].id_count - 1]);
	inotify_add_watch(inotify, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO);
}

static void source(unsigned request, char *rest) {
	char *word = strtok_r(NULL, " ", &rest);
	int log = word ? atoi(word) : -1;
	if (log < 0 || log >= MAX_LOGS) {
		printf("%u X log\n", request);
		return;
	}
	if (log >= log_count) log_count = log + 1;
	while ((word = strtok_r(NULL, " ", &rest)))
		if (is_container_id(word)) add_container(&logs[log], word);
	cursors[log] = complete_end(&logs[log]);
	watch_folder(log);
	print_end(request);
}

static int next_record(int forward, int log, struct record *record) {
	do {
		if (forward ? !record_at(&logs[log], cursors[log], record) : !record_before(&logs[log], cursors[log], record)) return 0;
		if (record->time == NO_TIME) cursors[log] = record->position + (forward ? record->size : 0);
	} while (record->time == NO_TIME);
	return 1;
}

static void read_records(unsigned request, char *rest) {
	char *direction = strtok_r(NULL, " ", &rest), *count_word = strtok_r(NULL, " ", &rest);
	char *bytes_word = strtok_r(NULL, " ", &rest);
	if (!bytes_word) {
		printf("%u X read\n", request);
		return;
	}
	int forward = *direction == '+';
	long count = atol(count_word), bytes = atol(bytes_word);
	refresh_all(1);
	parse_cursors(rest, cursors);
	static struct record heads[MAX_LOGS];
	static int has_head[MAX_LOGS];
	for (int i = 0; i < log_count; i++) {
		if (forward) {
			is_reported[i] = 0;
			known_ends[i] = end_position(&logs[i]);
		}
		has_head[i] = next_record(forward, i, &heads[i]);
	}
	for (; count > 0 && bytes > 0; count--) {
		int best = -1;
		for (int i = 0; i < log_count; i++) {
			if (!has_head[i]) continue;
			if (best < 0 || (forward ? heads[i].time < heads[best].time : heads[i].time > heads[best].time)) best = i;
		}
		if (best < 0) break;
		print_record(request, best, &heads[best]);
		bytes -= heads[best].size;
		cursors[best] = heads[best].position + (forward ? heads[best].size : 0);
		has_head[best] = next_record(forward, best, &heads[best]);
	}
	print_end(request);
}

static void seek(unsigned request, int64_t time) {
	for (int i = 0; i < log_count; i++) cursors[i] = seek_time(&logs[i], time);
	printf("%u V", request);
	print_cursors(0);
}

/* Seeks by bytes in the longest log, and by the time of the record there in the others. */
static void seek_part(unsigned request, int64_t millionths) {
	int longest = 0;
	refresh_all(1);
	for (int i = 1; i < log_count; i++)
		if (end_position(&logs[i]) - first_position(&logs[i]) > end_position(&logs[longest]) - first_position(&logs[longest]))
			longest = i;
	struct log *log = &logs[longest];
	uint64_t first = first_position(log), length = end_position(log) - first;
	struct record record;
	cursors[longest] = align(log, first + (uint64_t)((double)length * millionths / 1000000));
	if (next_record(1, longest, &record)) seek(request, record.time);
	else seek(request, INT64_MAX);
}

static void end_search(void) {
	if (search.active && search.is_regex) regfree(&search.regex);
	free(search.text);
	search.text = NULL;
	while (search.needle_count > 0) free(search.needles[--search.needle_count]);
	search.active = 0;
}

static void fold(char *text, size_t length) {
	for (size_t i = 0; i < length; i++)
		if (text[i] >= 'A' && text[i] <= 'Z') text[i] |= 32;
}

static char *from_hex(const char *hex, size_t *length) {
	*length = strlen(hex) / 2;
	char *text = calloc(*length + 1, 1);
	for (size_t i = 0; i < *length; i++) {
		unsigned byte = 0;
		sscanf(hex + 2 * i, "%2x", &byte);
		text[i] = byte;
	}
	return text;
}

static void begin_search(unsigned request, char *rest) {
	char *mode = strtok_r(NULL, " ", &rest), *limit = strtok_r(NULL, " ", &rest), *hex = strtok_r(NULL, " ", &rest);
	char *needles = strtok_r(NULL, " ", &rest);
	end_search();
	if (!needles || (mode[0] != 't' && mode[0] != 'r')) {
		printf("%u X search\n", request);
		return;
	}
	search.text = from_hex(hex, &search.length);
	search.is_regex = mode[0] == 'r';
	search.ignores_case = mode[1] == 'i';
	if (search.is_regex) {
		alarm(MATCHING_TIME);
		int error = regcomp(&search.regex, search.text, REG_EXTENDED | REG_NEWLINE | (search.ignores_case ? REG_ICASE : 0));
		alarm(0);
		if (error) {
			char reason[200];
			regerror(error, &search.regex, reason, sizeof reason);
			printf("%u X %s\n", request, reason);
			return;
		}
		char *list = strcmp(needles, "-") == 0 ? NULL : needles;
		for (char *word; list && search.needle_count < MAX_NEEDLES && (word = strsep(&list, ","));) {
			int i = search.needle_count++;
			search.needles[i] = from_hex(word, &search.needle_lengths[i]);
			fold(search.needles[i], search.needle_lengths[i]);
		}
	} else if (search.ignores_case) fold(search.text, search.length);
	search.active = 1;
	search.request = request;
	search.left = atol(limit);
	search.searched = search.total = 0;
	refresh_all(1);
	parse_cursors(rest, search.from);
	for (int i = 0; i < log_count; i++) {
		uint64_t first = first_position(&logs[i]), end = complete_end(&logs[i]);
		/* A record that the engine has not finished would grow during the search. */
		if (search.from[i] > end) search.from[i] = end;
		search.total += search.from[i] > first ? search.from[i] - first : 0;
	}
}

static void print_progress(const char *state, int64_t time) {
	printf("%u P %s %" PRId64 " %" PRIu64 " %" PRIu64, search.request, state, time, search.searched, search.total);
	for (int i = 0; i < log_count; i++) printf(" %d:%" PRIu64, i, search.from[i]);
	putchar('\n');
}

/* A line in the text of a slice: where it begins, and the record that begins it. */
struct line {
	size_t text;
	uint64_t position;
	size_t size;
};

static ssize_t next_regex_match(const char *text, size_t from, size_t end) {
	regmatch_t match = {.rm_so = from, .rm_eo = end};
	int flags = REG_STARTEND | (from > 0 && text[from - 1] != '\n' ? REG_NOTBOL : 0);
	int result = regexec(&search.regex, text, 1, &match, flags);
	/* Without enough memory, nobody knows whether the text matches. */
	if (result != 0 && result != REG_NOMATCH) exit(1);
	return result == 0 ? match.rm_so : -1;
}

/* Finds the next match in the lines that have a needle. `nexts` has the next place of each needle. */
static ssize_t next_needle_match(const char *text, const char *folded, size_t *nexts, size_t from, size_t length) {
	while (from < length) {
		size_t first = length;
		for (int i = 0; i < search.needle_count; i++) {
			if (nexts[i] == SIZE_MAX || nexts[i] < from) {
				const char *found = memmem(folded + from, length - from, search.needles[i], search.needle_lengths[i]);
				nexts[i] = found ? (size_t)(found - folded) : length;
			}
			if (nexts[i] < first) first = nexts[i];
		}
		if (first == length) return -1;
		const char *before = first == from ? NULL : memrchr(text + from, '\n', first - from);
		const char *newline = memchr(text + first, '\n', length - first);
		size_t start = before ? (size_t)(before + 1 - text) : from, end = newline ? (size_t)(newline - text) : length;
		ssize_t match = next_regex_match(text, start, end);
		if (match >= 0) return match;
		from = end + 1;
	}
	return -1;
}

/* Finds the next match. Returns -1 if there is none. */
static ssize_t next_match(const char *text, const char *folded, size_t *nexts, size_t from, size_t length) {
	if (search.is_regex && search.needle_count > 0) return next_needle_match(text, folded, nexts, from, length);
	if (search.is_regex) return next_regex_match(text, from, length);
	const char *found = memmem(text + from, length - from, search.text, search.length);
	return found ? found - text : -1;
}

/* The start of a slice that ends at `end`, at the beginning of a line. */
static uint64_t slice_start(struct log *log, uint64_t end) {
	uint64_t start = file_start(log, end);
	struct record record;
	if (end - start > SLICE) start = align(log, end - SLICE);
	if (start >= end && record_before(log, end, &record)) start = record.position;
	for (int parts = 0; parts < MAX_PARTS && start > first_position(log); parts++) {
		if (!record_before(log, start, &record) || record.position + record.size < start) break;
		/* The text of a complete line ends with a newline, which JSON writes as \n. */
		const char *stream = memmem(record.bytes, record.size, "\\n\",\"stream\":", 13);
		if (stream || record.time == NO_TIME) break;
		start = record.position;
	}
	return start;
}

/* Searches one slice of the log that has the newest unsearched record. */
static void search_slice(void) {
	int best = -1;
	int64_t newest = NO_TIME;
	for (int i = 0; i < log_count; i++) {
		struct record record;
		uint64_t from = search.from[i], first = first_position(&logs[i]);
		/* A file that the engine has emptied meanwhile is left out. record_before() leaves out those that are gone. */
		while (from > first && !record_before(&logs[i], from, &record)) from = file_start(&logs[i], from);
		if (from > first) from = record.position + record.size;
		search.searched += search.from[i] - from;
		search.from[i] = from;
		if (from > first && (best < 0 || record.time > newest)) best = i, newest = record.time;
	}
	if (best < 0) {
		print_progress("done", 0);
		end_search();
		return;
	}
	struct log *log = &logs[best];
	uint64_t end = search.from[best], start = slice_start(log, end);
	static char *text, *folded;
	static size_t capacity, line_capacity;
	static struct line *lines;
	if (capacity < end - start + 2) {
		capacity = end - start + 2;
		text = realloc(text, capacity);
		folded = realloc(folded, capacity);
	}
	size_t length = 0, line_count = 0;
	int was_stderr = -1, is_open = 0;
	int64_t oldest = newest;
	struct record record;
	for (uint64_t at = start; at < end && record_at(log, at, &record); at = record.position + record.size) {
		if (record.position + record.size > end) break;
		if (record.time == NO_TIME) continue;
		if (at == start) oldest = record.time;
		int stderr_now = is_stderr(&record);
		if (is_open && stderr_now != was_stderr) {
			text[length++] = '\n';
			is_open = 0;
		}
		if (!is_open) {
			if (line_count == line_capacity) lines = realloc(lines, (line_capacity = line_capacity * 2 + 4096) * sizeof *lines);
			lines[line_count++] = (struct line){length, record.position, record.size};
		}
		size_t added = decode_text(&record, text + length);
		if (search.ignores_case && !search.is_regex) fold(text + length, added);
		length += added;
		is_open = added == 0 || text[length - 1] != '\n';
		was_stderr = stderr_now;
	}
	text[length] = '\0';
	size_t nexts[MAX_NEEDLES];
	/* No needle is found yet. */
	for (int i = 0; i < search.needle_count; i++) nexts[i] = SIZE_MAX;
	if (search.needle_count > 0) {
		memcpy(folded, text, length);
		fold(folded, length);
	}
	/* The matches are found in the order of the text, and reported newest first. */
	static size_t *hits, hit_capacity;
	size_t hit_count = 0, line = 0;
	alarm(MATCHING_TIME);
	for (size_t from = 0; from < length && search.length > 0;) {
		ssize_t match = next_match(text, folded, nexts, from, length);
		if (match < 0 || (size_t)match >= length) break;
		while (line + 1 < line_count && lines[line + 1].text <= (size_t)match) line++;
		if (hit_count == hit_capacity) hits = realloc(hits, (hit_capacity = hit_capacity * 2 + 1024) * sizeof *hits);
		hits[hit_count++] = line;
		const char *next = memchr(text + match, '\n', length - match);
		from = next ? (size_t)(next + 1 - text) : length;
	}
	alarm(0);
	uint64_t reached = start;
	while (hit_count > 0 && search.left > 0) {
		struct line *hit = &lines[hits[--hit_count]];
		if (record_at(log, hit->position, &record)) print_record(search.request, best, &record);
		search.left--;
		if (search.left == 0 && hit_count > 0) reached = hit->position, oldest = record.time;
	}
	search.searched += end - reached;
	search.from[best] = reached;
	/* The other logs have been searched only back to the newest record of this slice. */
	print_progress(search.left == 0 ? "full" : "more", log_count == 1 ? oldest : newest);
	if (search.left == 0) end_search();
}

static void serve(char *line) {
	char *rest = NULL, *number = strtok_r(line, " ", &rest), *command = strtok_r(NULL, " ", &rest);
	if (!number || !command) return;
	unsigned request = strtoul(number, NULL, 10);
	if (strcmp(command, "source") == 0) source(request, rest);
	else if (strcmp(command, "read") == 0) read_records(request, rest);
	else if (strcmp(command, "seek") == 0) {
		refresh_all(1);
		seek(request, strtoll(rest, NULL, 10));
	} else if (strcmp(command, "part") == 0) seek_part(request, strtoll(rest, NULL, 10));
	else if (strcmp(command, "search") == 0) begin_search(request, rest);
	else if (strcmp(command, "cancel") == 0) {
		end_search();
		print_end(request);
	} else if (strcmp(command, "watch") == 0) {
		watching = 1;
		for (int i = 0; i < log_count; i++) watch_folder(i);
		print_end(request);
	} else printf("%u X command\n", request);
}

static void report_growth(void) {
	for (int i = 0; i < log_count; i++) {
		uint64_t end = end_position(&logs[i]);
		if (is_reported[i] || end == known_ends[i]) continue;
		printf("0 G %d\n", i);
		known_ends[i] = end;
		is_reported[i] = 1;
	}
}

/* Milliseconds. */
static int64_t now(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000) + time.tv_nsec / 1000000;
}

/* Reads all reports of changed files. Returns true if there may be new files. */
static int drain_inotify(void) {
	static char events[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
	uint32_t masks = 0;
	for (ssize_t length; (length = read(inotify, events, sizeof events)) > 0;)
		for (char *at = events; at < events + length;) {
			struct inotify_event *event = (struct inotify_event *)at;
			masks |= event->mask;
			at += sizeof *event + event->len;
		}
	return (masks & (IN_CREATE | IN_MOVED_TO | IN_Q_OVERFLOW)) != 0;
}

int main(void) {
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &(struct rlimit){MAX_MEMORY, MAX_MEMORY});
#endif
	static char input[1 << 20];
	size_t length = 0;
	static char output[256 << 10];
	setvbuf(stdout, output, _IOFBF, sizeof output);
	signal(SIGPIPE, SIG_DFL);
	inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct pollfd polled[] = {{STDIN_FILENO, POLLIN, 0}, {inotify, POLLIN, 0}};
	for (int64_t rests_until = 0;;) {
		int64_t rest = rests_until - now();
		polled[1].revents = 0;
		int timeout = search.active ? 0 : rest > 0 ? (int)rest : -1;
		if (poll(polled, rest > 0 ? 1 : 2, timeout) < 0 && errno != EINTR) return 1;
		if (polled[0].revents) {
			ssize_t got = read(STDIN_FILENO, input + length, sizeof input - length);
			if (got <= 0) return 0;
			length += got;
			char *at = input;
			for (char *newline; (newline = memchr(at, '\n', input + length - at)); at = newline + 1) {
				*newline = '\0';
				serve(at);
			}
			length = input + length - at;
			memmove(input, at, length);
			if (length == sizeof input) return 1;
		}
		if (polled[1].revents & POLLIN) {
			refresh_all(drain_inotify());
			rests_until = now() + REST;
		}
		if (watching) report_growth();
		if (search.active) search_slice();
		if (fflush(stdout)) return 1;
	}
}
