/*
 * Measures containers for the host, which reads and draws the numbers.
 *
 *   container-stats                         reads commands from its input, and writes samples until the input ends
 *   container-stats signal ID PID START N   sends signal N to a process of container ID
 *
 * The commands, one on each line:
 *   add NUMBER ID PID      measures a container from now on. PID is its first process. Samples name it by NUMBER.
 *   remove NUMBER
 *   every MILLISECONDS     the time between two samples
 *   processes NUMBER       also lists the processes of this container
 *   noprocesses NUMBER
 *
 * A sample is a list of lines. Every counter counts from the container's start:
 *   sample MICROSECONDS CENTISECONDS        the monotonic clock, and the time since the machine has booted
 *   c NUMBER CPU MEMORY RECEIVED SENT READ WRITTEN PIDS
 *                                           CPU is in microseconds, and the rest in bytes. RECEIVED and SENT are -1 if
 *                                           the container has no network of its own.
 *   l NUMBER QUOTA PERIOD MEMORY            the limits, whenever they may have changed; `max` means no limit
 *   p NUMBER PID INNER USER PARENT CPU MEMORY START STATE COMMAND
 *                                           a process. INNER is its id in the container. CPU and START are in
 *                                           centiseconds. COMMAND is percent-encoded.
 *   end
 *
 * This program keeps the cgroup's files open: to read an open file again takes a third of the time of an open, a read
 * and a close.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Generated from ../guest-constants.json: CONTAINER_STATS_*. */
#include "guest-constants.h"
#include "input-lines.h"

#define CGROUPS "/sys/fs/cgroup"
#define ID_LENGTH 64
/* Limits change rarely: only `docker update` changes them. So most samples do not read them. */
#define LIMITS_EVERY 5
#define MAX_DEPTH 8
#define COMMAND_BYTES 4096

enum file { CPU, MEMORY, MEMORY_PARTS, IO, PIDS, CPU_LIMIT, MEMORY_LIMIT, FILES };
static const char *const names[FILES] = {"cpu.stat", "memory.current", "memory.stat", "io.stat",
                                         "pids.current", "cpu.max", "memory.max"};

struct container {
	struct container *next;
	unsigned number;
	char path[PATH_MAX];
	int files[FILES];
	/* The folder of the first process below /proc. -1 if the container has no network of its own. */
	int process;
	int lists_processes;
	unsigned samples;
};

static struct container *containers;

/* Everything of one sample goes out in one write, so that sshd sends one packet. */
static char *output;
static size_t output_length, output_size;

static void print(const char *format, ...) {
	for (;;) {
		va_list arguments;
		va_start(arguments, format);
		size_t room = output_size - output_length;
		int length = vsnprintf(output ? output + output_length : NULL, room, format, arguments);
		va_end(arguments);
		if (length < 0) return;
		if ((size_t)length < room) {
			output_length += length;
			return;
		}
		output_size = output_size * 2 + length + 1;
		output = realloc(output, output_size);
		if (output == NULL) exit(1);
	}
}

static void flush(void) {
	for (size_t sent = 0; sent < output_length;) {
		ssize_t length = write(STDOUT_FILENO, output + sent, output_length - sent);
		if (length < 0 && errno != EINTR) exit(0);
		if (length > 0) sent += length;
	}
	output_length = 0;
}

/* Reads a small file from its start into `text`. Returns 0 if it cannot be read. */
static int read_open(int fd, char *text, size_t size) {
	ssize_t length = pread(fd, text, size - 1, 0);
	if (length < 0) return 0;
	text[length] = 0;
	return 1;
}

/* Returns the length of the text, and 0 if the file cannot be read. */
static size_t read_file(int folder, const char *name, char *text, size_t size) {
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) return 0;
	/* A file below /proc may need several reads. */
	size_t length = 0;
	ssize_t part;
	while (length < size - 1 && (part = read(fd, text + length, size - 1 - length)) > 0) length += part;
	close(fd);
	text[length] = 0;
	return length;
}

/* The number after `name` at the start of a line. */
static unsigned long long value_of(const char *text, const char *name) {
	size_t length = strlen(name);
	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, name, length) == 0 && (line[length] == ' ' || line[length] == '\t' || line[length] == ':'))
			return strtoull(line + length + 1, NULL, 10);
	return 0;
}

/* The sum of all `name=NUMBER`. */
static unsigned long long sum_of(const char *text, const char *name) {
	unsigned long long sum = 0;
	for (const char *at = text; (at = strstr(at, name)) != NULL; at += strlen(name))
		sum += strtoull(at + strlen(name), NULL, 10);
	return sum;
}

/*
 * The path of a container's cgroup, from the cgroup of one of its processes. A container may move its processes into
 * cgroups below its own, so the path ends with the container's id. Returns 0 if the process is not in the container.
 */
static int cgroup_of(const char *pid, const char *id, char *path, size_t size) {
	char file[64], text[PATH_MAX + 64];
	snprintf(file, sizeof file, "/proc/%s/cgroup", pid);
	if (!read_file(AT_FDCWD, file, text, sizeof text)) return 0;
	char *line = strstr(text, "0::/");
	if (line == NULL) return 0;
	line += 3;
	line[strcspn(line, "\n")] = 0;
	char *found = strstr(line, id);
	if (found == NULL) return 0;
	found[strcspn(found, "/")] = 0;
	snprintf(path, size, CGROUPS "%s", line);
	return 1;
}

static int is_id(const char *text) {
	return strlen(text) == ID_LENGTH && strspn(text, "0123456789abcdef") == ID_LENGTH;
}

/* Whether a process is in the network of the machine itself. */
static int is_in_machine_network(int process) {
	struct stat own, other;
	if (stat("/proc/self/ns/net", &own) || fstatat(process, "ns/net", &other, 0)) return 1;
	return own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

static struct container **place_of(unsigned number) {
	struct container **place = &containers;
	while (*place && (*place)->number != number) place = &(*place)->next;
	return place;
}

static void remove_at(struct container **place) {
	struct container *gone = *place;
	if (gone == NULL) return;
	*place = gone->next;
	for (int i = 0; i < FILES; i++)
		if (gone->files[i] >= 0) close(gone->files[i]);
	if (gone->process >= 0) close(gone->process);
	free(gone);
}

/* Does nothing if the container has ended in the meantime. */
static void add(unsigned number, const char *id, const char *pid) {
	if (!is_id(id)) return;
	remove_at(place_of(number));
	struct container *added = calloc(1, sizeof *added);
	if (added == NULL || !cgroup_of(pid, id, added->path, sizeof added->path)) {
		free(added);
		return;
	}
	added->number = number;
	int folder = open(added->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < FILES; i++) added->files[i] = openat(folder, names[i], O_RDONLY | O_CLOEXEC);
	if (folder >= 0) close(folder);
	char process[64];
	snprintf(process, sizeof process, "/proc/%s", pid);
	added->process = open(process, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (added->process >= 0 && is_in_machine_network(added->process)) {
		close(added->process);
		added->process = -1;
	}
	*place_of(number) = added;
}

/*
 * Adds up the bytes of all interfaces but `lo`. Opens the file each time, because an open file would keep the network
 * of an ended container alive.
 */
static void network(int process, long long *received, long long *sent) {
	char text[16384];
	*received = *sent = -1;
	if (process < 0 || !read_file(process, "net/dev", text, sizeof text)) return;
	*received = *sent = 0;
	char *rest = text, *line;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *colon = strchr(line, ':');
		if (colon == NULL) continue;
		*colon = 0;
		if (strcmp(line + strspn(line, " "), "lo") == 0) continue;
		unsigned long long in, out;
		if (sscanf(colon + 1, "%llu %*u %*u %*u %*u %*u %*u %*u %llu", &in, &out) != 2) continue;
		*received += in;
		*sent += out;
	}
}

static void print_encoded(const char *text, size_t length) {
	char encoded[COMMAND_BYTES * 3 + 1];
	size_t end = 0;
	for (size_t i = 0; i < length && end < sizeof encoded - 4; i++) {
		unsigned char byte = text[i];
		/* The arguments of a command line end with zero bytes. */
		if (byte == 0) byte = ' ';
		if (isalnum(byte) || (byte && strchr("-_./=,:+@", byte))) encoded[end++] = byte;
		else end += snprintf(encoded + end, 4, "%%%02x", byte);
	}
	encoded[end] = 0;
	print("%s", encoded);
}

struct process {
	char state;
	int parent;
	unsigned long long ticks, start;
	long pages;
	/* The name of the program, at most 15 bytes. */
	char name[64];
};

/* proc(5), /proc/PID/stat. The name may contain any character, so the fields begin after the last parenthesis. */
static int read_stat(int folder, struct process *process) {
	char text[2048];
	if (!read_file(folder, "stat", text, sizeof text)) return 0;
	char *begin = strchr(text, '('), *end = strrchr(text, ')');
	if (begin == NULL || end == NULL) return 0;
	*end = 0;
	snprintf(process->name, sizeof process->name, "%s", begin + 1);
	unsigned long user, system;
	if (sscanf(end + 1, " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %llu %*u %ld",
	           &process->state, &process->parent, &user, &system, &process->start, &process->pages) != 6)
		return 0;
	process->ticks = user + system;
	return 1;
}

static void print_process(unsigned number, const char *pid) {
	char path[64], text[8192], command[COMMAND_BYTES];
	struct process process;
	snprintf(path, sizeof path, "/proc/%s", pid);
	int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) return;
	if (read_stat(folder, &process) && read_file(folder, "status", text, sizeof text)) {
		const char *uids = strstr(text, "\nUid:");
		const char *ids = strstr(text, "\nNSpid:");
		unsigned user = 0;
		if (uids) sscanf(uids + 5, "%*u %u", &user);
		/* The last id is the one in the innermost namespace. */
		char *last = NULL;
		if (ids) {
			char *end = strchr(ids + 1, '\n');
			if (end) *end = 0;
			last = strrchr(ids, '\t');
		}
		/* The kernel counts these times in centiseconds on every architecture of the guest (USER_HZ is 100). */
		print("p %u %s %s %u %d %llu %lld %llu %c ", number, pid, last ? last + 1 : pid, user, process.parent,
		      process.ticks, (long long)process.pages * sysconf(_SC_PAGESIZE), process.start, process.state);
		size_t length = read_file(folder, "cmdline", command, sizeof command);
		if (length > 0) {
			while (length > 0 && command[length - 1] == 0) length--;
			print_encoded(command, length);
		} else {
			/* As ps(1) shows a process without a command line. */
			char name[80];
			snprintf(name, sizeof name, "[%s]", process.name);
			print_encoded(name, strlen(name));
		}
		print("\n");
	}
	close(folder);
}

/* Prints the processes of a cgroup and of the cgroups below it. Returns how many more may follow. */
static int print_processes(unsigned number, const char *path, int room, int depth) {
	char file[PATH_MAX];
	if (snprintf(file, sizeof file, "%s/cgroup.procs", path) >= (int)sizeof file) return room;
	FILE *list = fopen(file, "re");
	char pid[32];
	while (list && room > 0 && fgets(pid, sizeof pid, list)) {
		pid[strcspn(pid, "\n")] = 0;
		print_process(number, pid);
		room--;
	}
	if (list) fclose(list);
	DIR *folder = depth < MAX_DEPTH ? opendir(path) : NULL;
	struct dirent *entry;
	while (folder && room > 0 && (entry = readdir(folder)) != NULL) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
		if (snprintf(file, sizeof file, "%s/%s", path, entry->d_name) < (int)sizeof file)
			room = print_processes(number, file, room, depth + 1);
	}
	if (folder) closedir(folder);
	return room;
}

static void print_limits(const struct container *container) {
	char cpu[64], memory[64];
	if (!read_open(container->files[CPU_LIMIT], cpu, sizeof cpu)) return;
	if (!read_open(container->files[MEMORY_LIMIT], memory, sizeof memory)) return;
	cpu[strcspn(cpu, "\n")] = 0;
	memory[strcspn(memory, "\n")] = 0;
	print("l %u %s %s\n", container->number, cpu, memory);
}

/* Returns 0 if the container has ended. */
static int print_sample(struct container *container) {
	char text[16384];
	if (!read_open(container->files[CPU], text, sizeof text)) return 0;
	unsigned long long cpu = value_of(text, "usage_usec");
	unsigned long long memory = 0, inactive = 0, read = 0, written = 0, pids = 0;
	if (read_open(container->files[MEMORY], text, sizeof text)) memory = strtoull(text, NULL, 10);
	/* The kernel frees the inactive part of the file cache as soon as it needs memory. `docker stats` subtracts it too. */
	if (read_open(container->files[MEMORY_PARTS], text, sizeof text)) inactive = value_of(text, "inactive_file");
	if (read_open(container->files[IO], text, sizeof text)) {
		read = sum_of(text, "rbytes=");
		written = sum_of(text, "wbytes=");
	}
	if (read_open(container->files[PIDS], text, sizeof text)) pids = strtoull(text, NULL, 10);
	long long received, sent;
	network(container->process, &received, &sent);
	if (container->samples++ % LIMITS_EVERY == 0) print_limits(container);
	print("c %u %llu %llu %lld %lld %llu %llu %llu\n", container->number, cpu, memory > inactive ? memory - inactive : 0,
	      received, sent, read, written, pids);
	if (container->lists_processes) print_processes(container->number, container->path, CONTAINER_STATS_MAX_PROCESSES, 0);
	return 1;
}

static long long microseconds(clockid_t clock) {
	struct timespec time;
	clock_gettime(clock, &time);
	return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void print_samples(void) {
	print("sample %lld %lld\n", microseconds(CLOCK_MONOTONIC), microseconds(CLOCK_BOOTTIME) / 10000);
	for (struct container **place = &containers; *place;) {
		if (print_sample(*place)) place = &(*place)->next;
		else remove_at(place);
	}
	print("end\n");
	flush();
}

static long long interval = 1000000;

static void obey(char *line) {
	unsigned number, milliseconds;
	char id[ID_LENGTH + 1], pid[16];
	if (sscanf(line, "add %u %64s %15[0-9]", &number, id, pid) == 3) add(number, id, pid);
	else if (sscanf(line, "remove %u", &number) == 1) remove_at(place_of(number));
	else if (sscanf(line, "every %u", &milliseconds) == 1) interval = milliseconds * 1000LL;
	else if (sscanf(line, "processes %u", &number) == 1) {
		if (*place_of(number)) (*place_of(number))->lists_processes = 1;
	} else if (sscanf(line, "noprocesses %u", &number) == 1) {
		if (*place_of(number)) (*place_of(number))->lists_processes = 0;
	}
}

/* Reads commands. Returns 0 at the end of the input. */
static int obey_input(void) {
	static char buffer[65536];
	static struct input input = {.buffer = buffer, .size = sizeof buffer};
	return read_lines(&input, obey);
}

static int send_signal(const char *id, const char *pid, const char *start, int number) {
	char path[PATH_MAX], folder[64];
	struct process process;
	if (!is_id(id) || strspn(pid, "0123456789") != strlen(pid)) return 2;
	/* The kernel gives the id of an ended process to a new one. The descriptor keeps naming the process that is checked. */
	int fd = syscall(SYS_pidfd_open, atoi(pid), 0);
	if (fd < 0) return CONTAINER_STATS_GONE;
	snprintf(folder, sizeof folder, "/proc/%s", pid);
	int proc = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || !read_stat(proc, &process) || process.start != strtoull(start, NULL, 10)) return CONTAINER_STATS_GONE;
	if (!cgroup_of(pid, id, path, sizeof path)) return CONTAINER_STATS_GONE;
	if (syscall(SYS_pidfd_send_signal, fd, number, NULL, 0) == 0) return 0;
	return errno == ESRCH ? CONTAINER_STATS_GONE : 1;
}

int main(int count, char **arguments) {
	if (count == 6 && strcmp(arguments[1], "signal") == 0)
		return send_signal(arguments[2], arguments[3], arguments[4], atoi(arguments[5]));
	long long last = 0;
	for (;;) {
		long long wait = last + interval - microseconds(CLOCK_MONOTONIC);
		struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
		/* Rounded up, so that no sample is early. Without containers, there is nothing to measure. */
		int milliseconds = containers == NULL ? -1 : wait > 0 ? (int)((wait + 999) / 1000) : 0;
		if (poll(&input, 1, milliseconds) > 0 && !obey_input()) return 0;
		long long now = microseconds(CLOCK_MONOTONIC);
		if (containers == NULL || now < last + interval) continue;
		/* Keeps the beat, unless a sample was late by more than one interval. */
		last = now < last + 2 * interval ? last + interval : now;
		print_samples();
	}
}
