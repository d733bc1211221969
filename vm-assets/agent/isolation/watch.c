/*
 * What the kernel keeps for a running container. The input has one command, on a line:
 *   with PID ID PID ID …    the running containers, to find out which ones share a namespace
 *
 * The output:
 *   {"type":"cgroup","path":…,"files":{NAME:TEXT|null,…}}   only the files whose text has changed; null if there is none
 *   {"type":"namespaces","machine":[…],"containers":[[ID,[…]],…]}
 *                                                           the ids of the namespaces in the order of `kinds`; 0 if unknown
 *   {"type":"rights","status":…,"label":…}                  lines of /proc/PID/status; the label of AppArmor or SELinux
 *   {"type":"mounts","text":…}                              /proc/PID/mountinfo
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "isolation.h"

#define PERIOD_MS 1000
/* Namespaces, rights and mounts change rarely, so most samples do not read them. */
#define RARELY 5
#define MAX_CONTAINERS 512
#define FILE_BYTES 8192
#define MOUNT_BYTES 65536

static const char *const kinds[] = { "pid", "net", "mnt", "uts", "ipc", "user", "cgroup", "time" };
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static const char *const names[] = {
	"cpu.max", "cpu.weight", "cpuset.cpus", "cpuset.cpus.effective", "cpu.stat", "cpu.pressure",
	"memory.max", "memory.high", "memory.swap.max", "memory.current", "memory.swap.current", "memory.peak",
	"memory.events", "memory.pressure", "pids.max", "pids.current", "pids.peak", "pids.events",
	"io.max", "io.stat", "io.pressure",
};
enum { FILES = sizeof names / sizeof names[0] };

static const char *const status_lines[] = {
	"Uid:", "Gid:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:",
	"Seccomp_filters:",
};

/* Open files of the cgroup: to read an open file again is cheaper than to open it. They do not keep the cgroup alive. */
static int files[FILES];
static char *previous[FILES];
static int process = -1;
static char cgroup[PATH_MAX];

static struct {
	char pid[12], id[ID_LENGTH + 1];
} containers[MAX_CONTAINERS];
static int container_count;
static int read_all_now = 1;

static void take_containers(char *line) {
	char *save, *word = strtok_r(line, " ", &save);
	if (word == NULL || strcmp(word, "with") != 0) return;
	container_count = 0;
	while (container_count < MAX_CONTAINERS) {
		char *pid = strtok_r(NULL, " ", &save), *id = pid ? strtok_r(NULL, " ", &save) : NULL;
		if (id == NULL) break;
		if (!is_id(id) || strlen(pid) >= sizeof containers[0].pid) continue;
		strcpy(containers[container_count].pid, pid);
		strcpy(containers[container_count++].id, id);
	}
	read_all_now = 1;
}

/* Returns 0 if the container has ended. */
static int send_cgroup(void) {
	static int sent_path;
	char *line, text[FILE_BYTES];
	size_t size;
	int changes = 0;
	FILE *out = open_memstream(&line, &size);
	if (out == NULL) exit(1);
	fputs("{\"type\":\"cgroup\",\"path\":", out);
	print_string(out, cgroup);
	fputs(",\"files\":{", out);
	for (int i = 0; i < FILES; i++) {
		ssize_t length = files[i] < 0 ? -1 : pread(files[i], text, sizeof text - 1, 0);
		if (length < 0 && files[i] >= 0 && errno == ENODEV) {
			fclose(out);
			free(line);
			return 0;
		}
		/* PSI answers EOPNOTSUPP if it is turned off. */
		if (length >= 0) text[length] = 0;
		if (sent_path && (length < 0 ? previous[i] == NULL : previous[i] && !strcmp(previous[i], text))) continue;
		free(previous[i]);
		previous[i] = length < 0 ? NULL : strdup(text);
		fprintf(out, "%s\"%s\":", changes++ ? "," : "", names[i]);
		if (length < 0) fputs("null", out);
		else print_string(out, text);
	}
	fputs("}}", out);
	fclose(out);
	sent_path = 1;
	if (changes && (puts(line) < 0 || fflush(stdout) != 0)) exit(0);
	free(line);
	return 1;
}

static void print_ids(FILE *out, int folder) {
	char path[32];
	struct stat info;
	putc('[', out);
	for (int i = 0; i < KINDS; i++) {
		snprintf(path, sizeof path, "ns/%s", kinds[i]);
		unsigned long id = folder >= 0 && fstatat(folder, path, &info, 0) == 0 ? info.st_ino : 0;
		fprintf(out, "%s%lu", i ? "," : "", id);
	}
	putc(']', out);
}

static void send_namespaces(const char *id) {
	static char *sent;
	char *line;
	size_t size;
	FILE *out = open_memstream(&line, &size);
	if (out == NULL) exit(1);
	int self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	fputs("{\"type\":\"namespaces\",\"machine\":", out);
	print_ids(out, self);
	close(self);
	fprintf(out, ",\"containers\":[[\"%s\",", id);
	print_ids(out, process);
	putc(']', out);
	for (int i = 0; i < container_count; i++) {
		if (strcmp(containers[i].id, id) == 0) continue;
		int other = open_process(containers[i].pid, containers[i].id, NULL, 0);
		if (other < 0) continue;
		fprintf(out, ",[\"%s\",", containers[i].id);
		print_ids(out, other);
		putc(']', out);
		close(other);
	}
	fputs("]}", out);
	fclose(out);
	send_changed(&sent, line);
}

static int is_sent(const char *status_line) {
	for (size_t i = 0; i < sizeof status_lines / sizeof status_lines[0]; i++)
		if (strncmp(status_line, status_lines[i], strlen(status_lines[i])) == 0) return 1;
	return 0;
}

static void send_rights(void) {
	static char *sent, *each;
	static size_t each_size;
	char *line, label[1024];
	size_t size;
	ssize_t length;
	int fd = openat(process, "status", O_RDONLY | O_CLOEXEC), is_whole;
	if (fd < 0) return;
	FILE *status = fdopen(fd, "r"), *out = open_memstream(&line, &size);
	if (status == NULL || out == NULL) exit(1);
	fputs("{\"type\":\"rights\",\"status\":\"", out);
	/*
	 * Reads line by line, because the line `Groups:` has up to 65,536 numbers and comes before the rights. The kernel
	 * escapes line breaks in the process's name, so no name can imitate one of the lines.
	 */
	while ((length = getline(&each, &each_size, status)) > 0)
		if (is_sent(each)) print_encoded(out, each, length);
	is_whole = !ferror(status);
	fclose(status);
	fputs("\",\"label\":", out);
	length = read_file(process, "attr/current", label, sizeof label);
	print_string(out, length > 0 ? label : "");
	putc('}', out);
	fclose(out);
	/* The kernel refuses to read the file of an ended process. */
	if (is_whole) send_changed(&sent, line);
	else free(line);
}

static void send_mounts(void) {
	static char *sent, text[MOUNT_BYTES];
	char *line;
	size_t size;
	if (read_file(process, "mountinfo", text, sizeof text) < 0) return;
	FILE *out = open_memstream(&line, &size);
	if (out == NULL) exit(1);
	fputs("{\"type\":\"mounts\",\"text\":", out);
	print_string(out, text);
	putc('}', out);
	fclose(out);
	send_changed(&sent, line);
}

static long long milliseconds(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

void watch_container(const char *pid, const char *id) {
	process = open_process(pid, id, cgroup, sizeof cgroup);
	if (process < 0) fail("gone");
	int folder = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) fail("gone");
	for (int i = 0; i < FILES; i++) files[i] = openat(folder, names[i], O_RDONLY | O_CLOEXEC);
	close(folder);
	begin_output();
	long long next = milliseconds();
	for (unsigned samples = 0;;) {
		long long wait = next - milliseconds();
		if (!wait_for_input(wait > 0 ? (int)wait : 0, take_containers)) return;
		int is_due = milliseconds() >= next;
		if (is_due) {
			if (!send_cgroup()) return;
			next = milliseconds() + PERIOD_MS;
		}
		if (read_all_now || (is_due && samples % RARELY == 0)) {
			send_namespaces(id);
			send_rights();
			send_mounts();
			read_all_now = 0;
		}
		if (is_due) samples++;
	}
}
