/*
 * The system calls that the kernel refuses to the processes of a container: those that end with EPERM or EACCES. Prints a
 * line when the list has changed:
 *   {"refusals":[[PROGRAM,NUMBER,CALL,ERROR,REASON,CAPABILITY,TIMES],…],"more":BOOL,"lost":BOOL}
 * NUMBER is the last process's number in the machine, or that of its thread if it has ended. ERROR is the number of the
 * error. REASON is `capability`, `seccomp` or `other`. CAPABILITY is the number of the missing capability, otherwise -1.
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
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "isolation.h"

#define PERIOD_MS 300
#define SECONDS 60
#define MAX_GROUPS 200
#define MAX_THREADS 4096
/* A busy container can fill the trace faster than it can be read. The kernel then drops the oldest calls. */
#define BYTES_A_PERIOD (1 << 20)
/* The kernel misses a capability shortly before it refuses the call. A slow machine may interrupt the thread between. */
#define SECONDS_BEFORE_REFUSAL 0.1

/* Linux has no stable tracepoint for these two. The kernel writes what the functions have returned. */
static const char *const probes[] = {
	"r:berth/capability cap_capable number=$arg3:s32 options=$arg4:u32 result=$retval:s32",
	"r:berth/seccomp __seccomp_filter call=$arg1:s32 result=$retval:s32",
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

/* The last reason that the kernel has found for a thread, and when. `call` is -1 if the kernel does not tell it. */
static struct pending {
	int thread, capability, call;
	double time;
	enum reason reason;
} pending[256];

static struct group {
	char program[16];
	/* The last thread, the last one whose process was looked up, and this process. */
	int thread, known, process;
	int call, error, capability;
	enum reason reason;
	unsigned long times;
} groups[MAX_GROUPS];
static int group_count, has_more, has_lost;

/* tracefs, the path of the own trace in it, and its open lines. */
static int tracing = -1;
static char instance[64];
static int trace = -1;

/* Writes into a file of the own trace. */
static int write_text(const char *name, const char *text, int flags) {
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", instance, name);
	int fd = openat(tracing, path, O_WRONLY | O_CLOEXEC | flags);
	if (fd < 0) return -1;
	ssize_t written = write(fd, text, strlen(text));
	close(fd);
	return written < 0 ? -1 : 0;
}

/* Also runs in a signal handler, so it uses system calls only. */
static void remove_trace(void) {
	if (trace >= 0) close(trace);
	trace = -1;
	unlinkat(tracing, instance, AT_REMOVEDIR);
}

static void end_on_signal(int number) {
	(void)number;
	remove_trace();
	_exit(0);
}

/* Whether this program runs as that process. The number of an ended process may have come to another program. */
static int is_watching(int process) {
	char path[32];
	struct stat own, other;
	snprintf(path, sizeof path, "/proc/%d/exe", process);
	return process != getpid() && stat("/proc/self/exe", &own) == 0 && stat(path, &other) == 0 &&
	       own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

/* Removes the traces of programs that could not do it themselves. */
static void remove_left_traces(void) {
	int fd = openat(tracing, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		int process;
		if (sscanf(entry->d_name, "berth-%d", &process) == 1 && !is_watching(process))
			unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	if (folder) closedir(folder);
}

static int thread_count;

static void trace_thread(const char *number) {
	if (thread_count == MAX_THREADS) has_lost = 1;
	else if (write_text("set_event_pid", number, O_APPEND) == 0) thread_count++;
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

/* runc calls itself `runc:[2:INIT]`, for example, until it becomes the program of the container. */
static int is_setting_up(const char *program) {
	return strcmp(program, "runc") == 0 || strncmp(program, "runc:[", 6) == 0 || strcmp(program, "containerd-shim") == 0;
}

/*
 * Mounts tracefs at no place. A mount namespace of its own would also keep the mounts of every container that is
 * removed meanwhile.
 */
static int open_tracefs(void) {
	int context = fsopen("tracefs", FSOPEN_CLOEXEC), folder = -1;
	if (context < 0) return -1;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		folder = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	close(context);
	return folder;
}

/* The probe of an earlier trace is still there. It costs nothing while no trace uses it. */
static int has_probe(const char *probe) {
	char name[64], path[PATH_MAX];
	sscanf(probe, "r:%63s", name);
	snprintf(path, sizeof path, "events/%s", name);
	return faccessat(tracing, path, F_OK, 0) == 0;
}

/* Returns -1 if the kernel cannot trace. */
static int open_trace(int process, const char *cgroup) {
	tracing = open_tracefs();
	if (tracing < 0) return -1;
	remove_left_traces();
	strcpy(instance, ".");
	for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
		if (has_probe(probes[i])) continue;
		/* Another trace may have made the probe meanwhile. */
		if (write_text("dynamic_events", probes[i], O_APPEND) != 0 && !has_probe(probes[i])) return -1;
	}
	snprintf(instance, sizeof instance, "instances/berth-%d", getpid());
	if (mkdirat(tracing, instance, 0700) != 0) return -1;
	atexit(remove_trace);
	if (write_text("options/event-fork", "1", 0) != 0) return -1;
	trace_parent(process);
	nftw(cgroup, trace_cgroup, 16, FTW_PHYS);
	/* Without any thread, the trace would have the calls of the whole machine. */
	if (thread_count == 0) fail("gone");
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
		char name[64];
		snprintf(name, sizeof name, "%s/filter", filters[i][0]);
		if (write_text(name, filters[i][1], 0) != 0) return -1;
		snprintf(name, sizeof name, "%s/enable", filters[i][0]);
		if (write_text(name, "1", 0) != 0) return -1;
	}
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/trace_pipe", instance);
	trace = openat(tracing, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return trace;
}

static void remember(struct pending reason) {
	static unsigned next;
	struct pending *slot = NULL;
	for (int i = 0; i < 256 && slot == NULL; i++)
		if (pending[i].thread == reason.thread) slot = &pending[i];
	if (slot == NULL) slot = &pending[next++ % 256];
	*slot = reason;
}

/*
 * Takes the reason of a call that the kernel has refused. A reason that has refused nothing is left over: the kernel
 * also misses capabilities without need, and a seccomp filter may answer with an error that is not recorded.
 */
static struct pending take_reason(int thread, int call, double time) {
	struct pending none = { .reason = OTHER, .capability = -1 };
	for (int i = 0; i < 256; i++) {
		if (pending[i].thread != thread) continue;
		struct pending found = pending[i];
		pending[i] = (struct pending){ 0 };
		int is_of_call = found.call < 0 ? time - found.time < SECONDS_BEFORE_REFUSAL : found.call == call;
		return is_of_call ? found : none;
	}
	return none;
}

static void count_refusal(const char *program, int thread, int call, int error, double time) {
	struct pending found = take_reason(thread, call, time);
	if (is_setting_up(program)) return;
	/* The kernel asks whether the process may ignore the permissions of a file (CAP_DAC_…), because they refuse the call. */
	if (error == EACCES && found.capability >= 1 && found.capability <= 2)
		found = (struct pending){ .reason = OTHER, .capability = -1 };
	for (int i = 0; i < group_count; i++) {
		struct group *group = &groups[i];
		if (group->call != call || group->error != error || group->reason != found.reason) continue;
		if (group->capability != found.capability || strcmp(group->program, program) != 0) continue;
		group->thread = thread;
		group->times++;
		return;
	}
	if (group_count == MAX_GROUPS) {
		has_more = 1;
		return;
	}
	struct group *group = &groups[group_count++];
	*group = (struct group){
		.thread = thread, .call = call, .error = error, .capability = found.capability,
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

/* `CPU:N [LOST N EVENTS]`. A process's name is too short to imitate it. */
static int is_loss(const char *line) {
	static const char end[] = " EVENTS]";
	size_t length = strlen(line);
	return !strncmp(line, "CPU:", 4) && length > sizeof end && !strcmp(line + length - (sizeof end - 1), end);
}

/* A line is `PROGRAM-THREAD [CPU] FLAGS TIME: EVENT: FIELDS`. */
static void take_line(char *line) {
	static const char *const events[] = { ": sys_exit: ", ": capability: ", ": seccomp: " };
	char *event = NULL, *fields = NULL;
	int kind = -1, number, result;
	if (is_loss(line)) has_lost = 1;
	for (int i = 0; i < 3; i++) {
		char *found = last(line, events[i]);
		if (found == NULL || (event && found < event)) continue;
		event = found;
		kind = i;
	}
	if (event == NULL) return;
	fields = event + strlen(events[kind]);
	*event = 0;
	char *processor = last(line, " ["), *time_text = strrchr(line, ' ');
	if (processor == NULL || time_text <= processor) return;
	double time = strtod(time_text, NULL);
	while (processor > line && processor[-1] == ' ') processor--;
	*processor = 0;
	char *thread_text = strrchr(line, '-');
	if (thread_text == NULL) return;
	*thread_text = 0;
	int thread = atoi(thread_text + 1);
	while (*line == ' ') line++;
	if (kind == 0 && sscanf(fields, "NR %d = %d", &number, &result) == 2)
		count_refusal(line, thread, number, -result, time);
	else if (kind == 1 && (fields = strstr(fields, "number=")) && sscanf(fields, "number=%d", &number) == 1)
		remember((struct pending){ .thread = thread, .capability = number, .call = -1, .time = time, .reason = CAPABILITY });
	else if (kind == 2 && (fields = strstr(fields, "call=")) && sscanf(fields, "call=%d", &number) == 1)
		remember((struct pending){ .thread = thread, .capability = -1, .call = number, .time = time, .reason = SECCOMP });
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

/* The process of a thread. A thread that has ended is named itself. */
static int process_of(int thread) {
	char path[32], text[4096], *line;
	int process;
	snprintf(path, sizeof path, "/proc/%d/status", thread);
	if (read_file(AT_FDCWD, path, text, sizeof text) < 0) return thread;
	/* The kernel escapes line breaks in the process's name, so no name can imitate the line. */
	line = strstr(text, "\nTgid:");
	return line && sscanf(line + 6, "%d", &process) == 1 ? process : thread;
}

static void send_refusals(void) {
	static char *sent;
	char *line;
	size_t size;
	FILE *out = open_memstream(&line, &size);
	if (out == NULL) exit(1);
	fputs("{\"refusals\":[", out);
	for (int i = 0; i < group_count; i++) {
		struct group *group = &groups[i];
		if (group->known != group->thread) {
			group->process = process_of(group->thread);
			group->known = group->thread;
		}
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
	/* A host that no longer reads would block the output, and the trace would stay. */
	signal(SIGALRM, end_on_signal);
	alarm(SECONDS + 5);
	if (open_trace(process, cgroup) < 0) fail("no-trace");
	begin_output();
	long end = seconds() + SECONDS;
	do {
		read_trace();
		send_refusals();
		/* After the end of the first process, its folder is empty. */
	} while (seconds() < end && read_file(process, "stat", text, sizeof text) > 0 && wait_for_input(PERIOD_MS, NULL));
}
