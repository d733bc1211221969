/*
 * The system calls that the kernel refuses to the processes of a container: those that end with EPERM or EACCES. Prints a
 * line when the list has changed:
 *   {"refusals":[[PROGRAM,NUMBER,CALL,ERROR,REASON,CAPABILITY,TIMES],…],"more":BOOL,"lost":BOOL}
 * NUMBER is the last process's number in the machine. ERROR is the number of the error. REASON is `capability`, `seccomp`
 * or `other`. CAPABILITY is the number of the missing capability, otherwise -1.
 *
 * The kernel writes the calls into a trace of its own. No process of the container is stopped or changed for it. While a
 * trace exists, each system call in the machine takes slightly longer, so the program ends after a minute.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "isolation.h"

#define TRACING "/sys/kernel/tracing"
#define PERIOD_MS 300
#define SECONDS 60
#define MAX_GROUPS 200
#define MAX_THREADS 4096
/* A busy container can fill the trace faster than it can be read. The kernel then drops the oldest calls. */
#define BYTES_A_PERIOD (1 << 20)

/* Linux has no stable tracepoint for these two. The kernel writes what the functions have returned. */
static const char *const probes[] = {
	"r:berth/capability cap_capable number=$arg3:s32 options=$arg4:u32 result=$retval:s32",
	"r:berth/seccomp __seccomp_filter result=$retval:s32",
};
/*
 * The kernel also asks for capabilities without need, for example at each allocation of memory (CAP_OPT_NOAUDIT, 2).
 * A missing one then refuses nothing.
 */
static const char *const filters[][2] = {
	{ "events/raw_syscalls/sys_exit", "ret == -1 || ret == -13" },
	{ "events/berth/capability", "result == -1 && !(options & 2)" },
	{ "events/berth/seccomp", "result == -1" },
};

static const char *const call_names[] = {
#include "syscall-names.h"
};
enum { CALLS = sizeof call_names / sizeof call_names[0] };

enum reason { OTHER, CAPABILITY, SECCOMP };
static const char *const reason_names[] = { "other", "capability", "seccomp" };

/* The reason that the kernel has found during the current call of a thread. */
static struct pending {
	int thread, capability;
	enum reason reason;
} pending[256];

static struct group {
	char program[16];
	int process, call, error, capability;
	enum reason reason;
	unsigned long times;
} groups[MAX_GROUPS];
static int group_count, has_more, has_lost;

static char instance[64];
static int trace = -1;

static int write_text(const char *name, const char *text, int flags) {
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", instance, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags);
	if (fd < 0) return -1;
	ssize_t written = write(fd, text, strlen(text));
	close(fd);
	return written < 0 ? -1 : 0;
}

/* Also runs in a signal handler, so it uses system calls only. */
static void remove_trace(void) {
	if (trace >= 0) close(trace);
	trace = -1;
	rmdir(instance);
}

static void end_on_signal(int number) {
	(void)number;
	remove_trace();
	_exit(0);
}

/* Removes the traces of programs that could not do it themselves. */
static void remove_left_traces(void) {
	DIR *folder = opendir(TRACING "/instances");
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		char path[PATH_MAX];
		int process;
		if (sscanf(entry->d_name, "berth-%d", &process) != 1 || kill(process, 0) == 0) continue;
		snprintf(path, sizeof path, TRACING "/instances/%s", entry->d_name);
		rmdir(path);
	}
	if (folder) closedir(folder);
}

static int thread_count;

static void trace_thread(const char *number) {
	if (thread_count++ < MAX_THREADS) write_text("set_event_pid", number, O_APPEND);
}

static int trace_cgroup(const char *path, const struct stat *info, int kind, struct FTW *place) {
	(void)info, (void)place;
	char name[PATH_MAX + 16], line[32];
	if (kind != FTW_D) return 0;
	snprintf(name, sizeof name, "%s/cgroup.threads", path);
	FILE *threads = fopen(name, "re");
	while (threads && fgets(line, sizeof line, threads)) trace_thread(line);
	if (threads) fclose(threads);
	return 0;
}

/*
 * `docker exec` does not start its process as a child of a process of the container, but as one of the parent of the
 * container's first process. So the trace also has this parent, and the programs that set up the new process.
 */
static void trace_parent(int process) {
	char text[2048], path[64];
	if (read_file(process, "stat", text, sizeof text) < 0) return;
	char *end = strrchr(text, ')');
	int parent;
	if (end == NULL || sscanf(end + 1, " %*c %d", &parent) != 1 || parent <= 1) return;
	snprintf(path, sizeof path, "/proc/%d/task", parent);
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (entry->d_name[0] != '.') trace_thread(entry->d_name);
	if (folder) closedir(folder);
}

static int is_setting_up(const char *program) {
	return strncmp(program, "runc", 4) == 0 || strncmp(program, "containerd-shim", 15) == 0;
}

/* Returns -1 if the kernel cannot trace. */
static int open_trace(int process, const char *cgroup) {
	struct stat info;
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return -1;
	if (mount("tracefs", TRACING, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0) return -1;
	remove_left_traces();
	strcpy(instance, TRACING);
	/* The probes of an earlier trace are still there. They cost nothing while no trace uses them. */
	for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
		char name[64], path[PATH_MAX];
		sscanf(probes[i], "r:%63s", name);
		snprintf(path, sizeof path, TRACING "/events/%s", name);
		if (stat(path, &info) != 0 && write_text("dynamic_events", probes[i], O_APPEND) != 0) return -1;
	}
	snprintf(instance, sizeof instance, TRACING "/instances/berth-%d", getpid());
	if (mkdir(instance, 0700) != 0) return -1;
	atexit(remove_trace);
	write_text("options/event-fork", "1", 0);
	trace_parent(process);
	nftw(cgroup, trace_cgroup, 16, FTW_PHYS);
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
		char name[64];
		snprintf(name, sizeof name, "%s/filter", filters[i][0]);
		if (write_text(name, filters[i][1], 0) != 0) return -1;
		snprintf(name, sizeof name, "%s/enable", filters[i][0]);
		if (write_text(name, "1", 0) != 0) return -1;
	}
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/trace_pipe", instance);
	trace = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return trace;
}

static void remember(int thread, enum reason reason, int capability) {
	static unsigned next;
	struct pending *slot = NULL;
	for (int i = 0; i < 256 && slot == NULL; i++)
		if (pending[i].thread == thread) slot = &pending[i];
	if (slot == NULL) slot = &pending[next++ % 256];
	*slot = (struct pending){ .thread = thread, .reason = reason, .capability = capability };
}

static struct pending take_reason(int thread) {
	struct pending none = { .reason = OTHER, .capability = -1 };
	for (int i = 0; i < 256; i++) {
		if (pending[i].thread != thread) continue;
		struct pending found = pending[i];
		pending[i] = (struct pending){ 0 };
		return found;
	}
	return none;
}

static void count_refusal(const char *program, int thread, int call, int error) {
	struct pending found = take_reason(thread);
	if (is_setting_up(program)) return;
	/* The kernel asks whether the process may ignore the permissions of a file (CAP_DAC_…), because they refuse the call. */
	if (error == EACCES && found.capability >= 1 && found.capability <= 2)
		found = (struct pending){ .reason = OTHER, .capability = -1 };
	for (int i = 0; i < group_count; i++) {
		struct group *group = &groups[i];
		if (group->call != call || group->error != error || group->reason != found.reason) continue;
		if (group->capability != found.capability || strcmp(group->program, program) != 0) continue;
		group->process = thread;
		group->times++;
		return;
	}
	if (group_count == MAX_GROUPS) {
		has_more = 1;
		return;
	}
	struct group *group = &groups[group_count++];
	*group = (struct group){
		.process = thread, .call = call, .error = error, .capability = found.capability,
		.reason = found.reason, .times = 1,
	};
	snprintf(group->program, sizeof group->program, "%.15s", program);
}

/* Finds the last place of `text`: a process's name may contain any characters, and it comes first. */
static char *last(char *line, const char *text) {
	char *found = NULL;
	for (char *at = line; (at = strstr(at, text)) != NULL; at++) found = at;
	return found;
}

/* A line is `PROGRAM-THREAD [CPU] FLAGS TIME: EVENT: FIELDS`. */
static void take_line(char *line) {
	static const char *const events[] = { ": sys_exit: ", ": capability: ", ": seccomp: " };
	char *event = NULL, *fields = NULL;
	int kind, number, result;
	if (strstr(line, "[LOST ")) has_lost = 1;
	for (kind = 0; kind < 3 && event == NULL; kind++) event = last(line, events[kind]);
	if (event == NULL) return;
	fields = event + strlen(events[--kind]);
	*event = 0;
	char *processor = last(line, " [");
	if (processor == NULL) return;
	while (processor > line && processor[-1] == ' ') processor--;
	*processor = 0;
	char *thread = strrchr(line, '-');
	if (thread == NULL) return;
	*thread++ = 0;
	while (*line == ' ') line++;
	if (kind == 0 && sscanf(fields, "NR %d = %d", &number, &result) == 2)
		count_refusal(line, atoi(thread), number, -result);
	else if (kind == 1 && (fields = strstr(fields, "number=")) && sscanf(fields, "number=%d", &number) == 1)
		remember(atoi(thread), CAPABILITY, number);
	else if (kind == 2) remember(atoi(thread), SECCOMP, -1);
}

static void read_trace(void) {
	static char text[1 << 16];
	static size_t length;
	ssize_t part;
	for (size_t taken = 0; taken < BYTES_A_PERIOD; taken += part) {
		part = read(trace, text + length, sizeof text - 1 - length);
		if (part <= 0) return;
		length += part;
		text[length] = 0;
		char *line = text, *end;
		while ((end = memchr(line, '\n', text + length - line)) != NULL) {
			*end = 0;
			take_line(line);
			line = end + 1;
		}
		length -= line - text;
		memmove(text, line, length);
		/* No line is this long. */
		if (length == sizeof text - 1) length = 0;
	}
}

static void send_refusals(void) {
	static char *sent;
	char *line;
	size_t size;
	FILE *out = open_memstream(&line, &size);
	if (out == NULL) exit(1);
	fputs("{\"refusals\":[", out);
	for (int i = 0; i < group_count; i++) {
		const struct group *group = &groups[i];
		const char *name = group->call >= 0 && group->call < CALLS ? call_names[group->call] : NULL;
		fputs(i ? ",[" : "[", out);
		print_string(out, group->program);
		fprintf(out, ",%d,\"%s\",%d,\"%s\",%d,%lu]", group->process, name ? name : "", group->error,
			reason_names[group->reason], group->capability, group->times);
	}
	fprintf(out, "],\"more\":%s,\"lost\":%s}", has_more ? "true" : "false", has_lost ? "true" : "false");
	fclose(out);
	send_changed(&sent, line);
}

static long seconds(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

void watch_refusals(const char *pid, const char *id) {
	char cgroup[PATH_MAX], text[2048];
	int process = open_process(pid, id, cgroup, sizeof cgroup);
	if (process < 0) fail("gone");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, end_on_signal);
	signal(SIGTERM, end_on_signal);
	if (open_trace(process, cgroup) < 0) fail("no-trace");
	begin_output();
	long end = seconds() + SECONDS;
	do {
		read_trace();
		send_refusals();
		/* After the end of the first process, its folder is empty. */
	} while (seconds() < end && read_file(process, "stat", text, sizeof text) > 0 && wait_for_input(PERIOD_MS, NULL));
}
