/*
 * The guest's end of the shared folders. The host is the FUSE server; this program only carries the kernel's FUSE
 * messages to it and back, over the virtio-serial port "berth.mounts". See "Shared folders" in ../README.md.
 *
 * Three processes: a keeper that holds /dev/fuse and the port open, so that the mount outlives the others; a pump
 * that carries messages; a helper that does what would block the pump (mounts, cache invalidation, replays).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOT "/run/berth/host"
#define READY "/run/berth/host-folders-ready"
#define BUFFER (1024 * 1024 + 65536) /* the largest FUSE message, and room for its headers */
#define PORT_WRITE 32768             /* what the port takes in one write */
#define MAX_SHARES 64
#define START_ANEW 2 /* the pump's exit code when only a new mount helps */

/* A control message has this where a FUSE message has its `unique`; no kernel counts that far. */
#define CONTROL_UNIQUE 0xbe27be27be27be27ull

/* Guest to host: a fuse_in_header with this opcode; `nodeid` says which, `pid` is the helper's. */
#define CONTROL_OPCODE 0xbe27be27u
enum { HELLO_MOUNTED = 1, HELLO_AGAIN = 2, PAUSED = 3, SYNCED = 4, HELPER = 5 };

/* Host to guest: a fuse_out_header whose `error` is one of these. */
enum { PAUSE = 1, SYNC = 2, RESUME = 3, JOB = 4 };

/* What follows JOB's header. */
struct job {
	uint32_t type, seq;
	char data[];
};
#define NOTIFY_RESEND 7 /* FUSE_NOTIFY_RESEND, since Linux 6.9 */
enum { JOB_NOTIFY = 1, JOB_SHARES = 2, JOB_REPLAY = 3, JOB_DROP_CACHES = 4 };
enum { REPLAY_CREATE = 1, REPLAY_MKDIR = 2, REPLAY_MODIFY = 3, REPLAY_ATTRIBUTES = 4, REPLAY_UNLINK = 5,
       REPLAY_RMDIR = 6, REPLAY_RENAME = 7, REPLAY_SYMLINK = 8 };

struct share {
	char id[24], path[PATH_MAX];
	int read_only;
};

/* Shared by the processes, so that the next pump goes on where a killed one stopped. */
static struct state {
	size_t out_len, out_sent; /* towards the host */
	size_t in_len;            /* from the host */
	atomic_int greeting;      /* the HELLO that is due, or 0 */
	atomic_int pausing, paused;
	atomic_int helper; /* its process id, 0 before the first */
	int shares;
	struct share share[MAX_SHARES];
	char out[BUFFER], in[BUFFER];
} *state;

static int fuse_fd, port_fd, jobs_in, jobs_out;

static void ready(void) { close(open(READY, O_CREAT | O_WRONLY | O_CLOEXEC, 0644)); }

static void die(const char *what) {
	fprintf(stderr, "mount-agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- the pump ---- */

static void *outward(void *unused);
static pthread_t outward_thread;

/* Waits by looking again, as the kernel can lose the wake-up: its poll of a port, of the thread that reads here, takes
 * back what the host has consumed, and when it does so while the host decides whether to interrupt for that, no
 * interrupt comes, and a writer that sleeps till then sleeps for ever (Linux, virtio_console: reclaim_consumed_buffers
 * in will_write_block). A poll of this thread could lose the reader's in the same way. */
static ssize_t write_port(const char *data, size_t length) {
	for (useconds_t wait = 50;; wait = wait < 10000 ? 2 * wait : wait) {
		ssize_t n = write(port_fd, data, length);
		if (n >= 0 || errno != EAGAIN) return n;
		usleep(wait);
	}
}

static void send_control(uint64_t code) {
	struct fuse_in_header header = { .len = sizeof header, .opcode = CONTROL_OPCODE, .unique = CONTROL_UNIQUE,
					 .nodeid = code, .pid = atomic_load(&state->helper) };
	const char *next = (const char *)&header;
	for (size_t left = sizeof header; left > 0;) {
		ssize_t n = write_port(next, left);
		if (n < 0 && errno != EINTR) die("port");
		if (n > 0) next += n, left -= n;
	}
}

static void notify_kernel(int code) {
	struct fuse_out_header header = { .len = sizeof header, .error = code };
	if (write(fuse_fd, &header, sizeof header) < 0) return; /* a kernel that cannot resend */
}

/* Who the helper is, the host is told before anything that it asks. */
static void announce_helper(void) {
	static int told;
	int helper = atomic_load(&state->helper);
	if (helper == told) return;
	told = helper;
	send_control(HELPER);
}

static void on_signal(int signal) { (void)signal; }

/* From the kernel to the host. Only between two messages does it greet or pause. */
static void *outward(void *unused) {
	(void)unused;
	for (;;) {
		while (state->out_sent < state->out_len) {
			size_t left = state->out_len - state->out_sent;
			ssize_t n = write_port(state->out + state->out_sent, left < PORT_WRITE ? left : PORT_WRITE);
			if (n > 0) state->out_sent += n;
			else if (n < 0 && errno != EINTR) die("port");
		}
		state->out_len = state->out_sent = 0;
		int greeting = atomic_exchange(&state->greeting, 0);
		if (greeting) {
			send_control(greeting);
			/* Whatever the host has not answered, it may never have seen. */
			if (greeting == HELLO_AGAIN) notify_kernel(NOTIFY_RESEND);
		}
		if (state->pausing) {
			if (!atomic_exchange(&state->paused, 1)) send_control(PAUSED);
			usleep(2000);
			continue;
		}
		atomic_store(&state->paused, 0);
		ssize_t n = read(fuse_fd, state->out, BUFFER);
		if (n > 0) {
			announce_helper();
			state->out_len = n;
		}
		else if (n < 0 && errno == ENODEV) exit(START_ANEW); /* unmounted */
		else if (n < 0 && errno != EINTR && errno != ENOENT && errno != EAGAIN) die("/dev/fuse");
	}
}

/* Until there is something to read. Wakes the outward thread out of its own reading while it is to greet or to pause;
 * it may have to write first what the host takes only when this thread goes on reading. */
static void await_port(void) {
	struct pollfd port = { .fd = port_fd, .events = POLLIN };
	for (;;) {
		int due = atomic_load(&state->greeting) || (atomic_load(&state->pausing) && !atomic_load(&state->paused));
		if (due) pthread_kill(outward_thread, SIGUSR1);
		if (poll(&port, 1, due ? 1 : -1) > 0) return;
	}
}

static void control(struct fuse_out_header *header) {
	switch (header->error) {
	case PAUSE:
		/* The outward thread has yet to see that an earlier pause is over. */
		while (!atomic_load(&state->pausing) && atomic_load(&state->paused)) usleep(500);
		atomic_store(&state->pausing, 1);
		break;
	case SYNC: /* everything that the host sent before this has been read, and the outward thread is silent */
		send_control(SYNCED);
		break;
	case RESUME:
		atomic_store(&state->pausing, 0);
		break;
	case JOB:
		if (send(jobs_in, header + 1, header->len - sizeof *header, 0) < 0) fprintf(stderr, "mount-agent: job lost\n");
		break;
	}
}

/* From the host to the kernel. */
static void inward(void) {
	for (;;) {
		await_port();
		ssize_t n = read(port_fd, state->in + state->in_len, BUFFER - state->in_len);
		if (n < 0 && errno != EINTR && errno != EAGAIN) die("port");
		if (n == 0) {
			/* The host has hung up: half a message will not be continued. Greet whoever comes next. */
			state->in_len = 0;
			atomic_store(&state->pausing, 0);
			struct pollfd port = { .fd = port_fd, .events = POLLOUT };
			while (poll(&port, 1, 0) >= 0 && (port.revents & POLLHUP)) usleep(20000);
			atomic_store(&state->greeting, HELLO_AGAIN);
		}
		if (n <= 0) continue;
		state->in_len += n;
		char *next = state->in, *end = state->in + state->in_len;
		while ((size_t)(end - next) >= sizeof(struct fuse_out_header)) {
			struct fuse_out_header *header = (struct fuse_out_header *)next;
			if (header->len < sizeof *header || header->len > BUFFER) exit(START_ANEW); /* nothing fits any more */
			if ((size_t)(end - next) < header->len) break;
			next += header->len;
			if (header->unique == CONTROL_UNIQUE) control(header);
			/* ENOENT: nobody waits for this answer any more. Nothing else is of use to anybody either. */
			else if (write(fuse_fd, header, header->len) < 0 && errno == ENODEV) exit(START_ANEW);
		}
		state->in_len = end - next;
		if (state->in_len && next != state->in) memmove(state->in, next, state->in_len);
	}
}

static void pump(void) {
	struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGUSR1, &action, NULL);
	sigset_t usr1;
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	if (pthread_create(&outward_thread, NULL, outward, NULL)) die("thread");
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	inward();
}

/* ---- the helper ---- */

/* The host sees the question for this name, and takes it for the answer. */
static void report(const char *what, unsigned number, int error) {
	char name[64];
	struct stat st;
	snprintf(name, sizeof name, ROOT "/.%s:%u:%d", what, number, error);
	stat(name, &st);
}

static void make_folders(char *path) {
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	mkdir(path, 0755);
}

static int mount_share(struct share *share) {
	char source[PATH_MAX];
	snprintf(source, sizeof source, ROOT "/%s", share->id);
	make_folders(share->path);
	if (mount(source, share->path, NULL, MS_BIND, NULL) < 0) return errno;
	if (share->read_only) mount(NULL, share->path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
	mount(NULL, share->path, NULL, MS_SHARED, NULL);
	return 0;
}

static const char *string(char **next, char *end) {
	char *begin = *next, *stop = memchr(begin, 0, end - begin);
	if (!stop) return NULL;
	*next = stop + 1;
	return begin;
}

/* Makes the mounts what `data` says: for each share its id, its path and "ro" or "rw", each ended by a zero. */
static int set_shares(char *data, char *end) {
	static struct share wanted[MAX_SHARES];
	int count = 0, error = 0;
	while (data < end && count < MAX_SHARES) {
		const char *id = string(&data, end), *path = string(&data, end), *mode = string(&data, end);
		if (!id || !path || !mode) return EINVAL;
		struct share *share = &wanted[count++];
		memset(share, 0, sizeof *share);
		snprintf(share->id, sizeof share->id, "%s", id);
		snprintf(share->path, sizeof share->path, "%s", path);
		share->read_only = !strcmp(mode, "ro");
	}
	for (int i = state->shares - 1; i >= 0; i--) {
		int keep = 0;
		for (int j = 0; j < count; j++) keep |= !memcmp(&state->share[i], &wanted[j], sizeof *wanted);
		if (keep) continue;
		umount2(state->share[i].path, MNT_DETACH);
		state->share[i] = state->share[--state->shares];
	}
	for (int j = 0; j < count; j++) {
		int mounted = 0;
		for (int i = 0; i < state->shares; i++) mounted |= !memcmp(&state->share[i], &wanted[j], sizeof *wanted);
		if (mounted) continue;
		int failed = mount_share(&wanted[j]);
		if (failed) error = failed;
		else state->share[state->shares++] = wanted[j];
	}
	return error;
}

/* Larger than the kernel's own: over this road a long read costs hardly more than a short one. */
static void set_readahead(void) {
	struct stat st;
	char file[64];
	if (stat(ROOT, &st) < 0) return;
	snprintf(file, sizeof file, "/sys/class/bdi/%u:%u/read_ahead_kb", major(st.st_dev), minor(st.st_dev));
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd < 0) return;
	if (write(fd, "1024", 4) < 0) perror("mount-agent: readahead");
	close(fd);
}

static void drop_caches(void) {
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	if (write(fd, "3", 1) < 0) perror("mount-agent: drop_caches");
	close(fd);
}

/*
 * Does in the mount what was done on the host, so that inotify tells it. The host knows this process and answers
 * from what has happened already. `data`: two paths below ROOT, each ended by a zero, after the operation.
 */
static int replay(char *data, char *end) {
	static char path[2][2 * PATH_MAX];
	struct stat st;
	uint32_t operation;
	if (end - data < 4) return EINVAL;
	memcpy(&operation, data, 4);
	data += 4;
	const char *first = string(&data, end), *second = string(&data, end);
	if (!first || !second) return EINVAL;
	snprintf(path[0], sizeof *path, ROOT "/%s", first);
	snprintf(path[1], sizeof *path, ROOT "/%s", second);
	int result = -1;
	switch (operation) {
	case REPLAY_CREATE: result = mknod(path[0], S_IFREG | 0644, 0); break;
	case REPLAY_MKDIR: result = mkdir(path[0], 0755); break;
	case REPLAY_SYMLINK: result = symlink("x", path[0]); break;
	case REPLAY_UNLINK: result = unlink(path[0]); break;
	case REPLAY_RMDIR: result = rmdir(path[0]); break;
	case REPLAY_RENAME: result = rename(path[0], path[1]); break;
	case REPLAY_ATTRIBUTES:
		if (lstat(path[0], &st) == 0 && !S_ISLNK(st.st_mode)) result = chmod(path[0], st.st_mode & 07777);
		break;
	case REPLAY_MODIFY: {
		int fd = open(path[0], O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0) break;
		result = fstat(fd, &st) < 0 ? -1 : ftruncate(fd, st.st_size);
		close(fd);
		break;
	}
	default: errno = EINVAL;
	}
	return result < 0 ? errno : 0;
}

static void helper(void) {
	static char buffer[256 * 1024] __attribute__((aligned(8)));
	/* What an earlier helper was given: the host gives it once more, or does without it. */
	while (recv(jobs_out, buffer, sizeof buffer, MSG_DONTWAIT) > 0) continue;
	atomic_store(&state->helper, getpid());
	report("helper", 0, 0);
	set_readahead();
	for (;;) {
		ssize_t n = recv(jobs_out, buffer, sizeof buffer, 0);
		if (n < 0 && errno == EINTR) continue;
		if (n < (ssize_t)sizeof(struct job)) die("jobs");
		struct job *job = (struct job *)buffer;
		char *end = buffer + n;
		int error = 0;
		switch (job->type) {
		case JOB_NOTIFY:
			for (char *next = job->data; end - next >= (ssize_t)sizeof(struct fuse_out_header);) {
				uint32_t len;
				memcpy(&len, next, sizeof len);
				if (len > (size_t)(end - next) || len < sizeof(struct fuse_out_header)) break;
				if (write(fuse_fd, next, len) < 0) error = errno; /* ENOENT: the kernel does not hold it */
				next += len;
			}
			break;
		case JOB_SHARES:
			error = set_shares(job->data, end);
			ready();
			break;
		case JOB_REPLAY: error = replay(job->data, end); break;
		case JOB_DROP_CACHES: drop_caches(); break;
		}
		if (job->seq) report("done", job->seq, error);
	}
}

/* ---- the keeper ---- */

static int port_device(void) {
	int found = 0;
	/* The port appears a moment after its driver; without such a device it never will. */
	for (int attempt = 0; attempt < 200; attempt++) {
		DIR *ports = opendir("/sys/class/virtio-ports");
		for (struct dirent *entry; ports && (entry = readdir(ports));) {
			char file[PATH_MAX], name[64] = "";
			snprintf(file, sizeof file, "/sys/class/virtio-ports/%s/name", entry->d_name);
			int fd = open(file, O_RDONLY | O_CLOEXEC);
			if (fd < 0) continue;
			ssize_t n = read(fd, name, sizeof name - 1);
			close(fd);
			if (n <= 0 || strcmp(name, "berth.mounts\n")) continue;
			snprintf(file, sizeof file, "/dev/%s", entry->d_name);
			closedir(ports);
			return open(file, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		}
		if (ports) closedir(ports);
		for (int i = 0; !found && i < 64; i++) {
			char file[64], id[16] = "";
			snprintf(file, sizeof file, "/sys/bus/virtio/devices/virtio%d/device", i);
			int fd = open(file, O_RDONLY | O_CLOEXEC);
			if (fd < 0) break;
			if (read(fd, id, sizeof id - 1) > 0) found = strtol(id, NULL, 16) == 3;
			close(fd);
		}
		if (!found) break;
		usleep(10000);
	}
	return -1;
}

/* What a keeper that was killed left behind: dead, and in the way. */
static void unmount_all(void) {
	char line[2 * PATH_MAX], path[2 * PATH_MAX];
	FILE *mounts = fopen("/proc/mounts", "re");
	while (mounts && fgets(line, sizeof line, mounts)) {
		if (sscanf(line, "berth %8191s fuse ", path) != 1) continue;
		char *to = path;
		for (const char *from = path; *from; to++) {
			unsigned octal; /* how a space is written there */
			if (*from == '\\' && sscanf(from + 1, "%3o", &octal) == 1) *to = (char)octal, from += 4;
			else *to = *from++;
		}
		*to = 0;
		umount2(path, MNT_DETACH);
	}
	if (mounts) fclose(mounts);
}

static pid_t start(void (*role)(void), const char *name) {
	pid_t pid = fork();
	if (pid < 0) die("fork");
	if (pid > 0) return pid;
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	role();
	exit(1);
}

int main(void) {
	port_fd = port_device();
	if (port_fd < 0) {
		ready(); /* a machine without shared folders */
		for (;;) pause();
	}
	unmount_all();
	mkdir(ROOT, 0700);
	fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse_fd < 0) die("/dev/fuse");
	char options[128];
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,max_read=1048576", fuse_fd);
	if (mount("berth", ROOT, "fuse", MS_NODEV | MS_NOSUID, options) < 0) die("mount");

	state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pair[2];
	if (state == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) die("setup");
	int size = 4 * 1024 * 1024;
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
	jobs_in = pair[0];
	jobs_out = pair[1];

	atomic_store(&state->greeting, HELLO_MOUNTED);
	pid_t pump_pid = start(pump, "mount-pump");
	pid_t helper_pid = start(helper, "mount-helper");
	for (;;) {
		int status;
		pid_t ended = wait(&status);
		if (ended == pump_pid) {
			if (WIFEXITED(status) && WEXITSTATUS(status) == START_ANEW) return 1; /* init starts everything again */
			/* The answer that the pump was writing, if any, may be lost: the host repeats what is asked again. */
			atomic_store(&state->greeting, HELLO_AGAIN);
			atomic_store(&state->pausing, 0);
			pump_pid = start(pump, "mount-pump");
		} else if (ended == helper_pid) {
			helper_pid = start(helper, "mount-helper");
		}
	}
}
