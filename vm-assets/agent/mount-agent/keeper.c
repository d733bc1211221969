/* The process that starts the others, and starts them again if they end. */
#include "mount-agent.h"

#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define READY "/run/berth/host-folders-ready"

struct state *state;
int fuse_fd, port_fd, jobs_in, jobs_out, sockets_in, sockets_out;

void mark_ready(void) { close(open(READY, O_CREAT | O_WRONLY | O_CLOEXEC, 0644)); }

void die(const char *what) {
	fprintf(stderr, "mount-agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

void report_in(int folder, const char *what, uint64_t number, int error) {
	char name[64];
	struct stat st;
	snprintf(name, sizeof name, ".%s:%" PRIu64 ":%d", what, number, error);
	fstatat(folder, name, &st, 0);
}

static int port_device(void) {
	int found = 0;
	/* The port appears a moment after its driver is loaded. Without a virtio console device (id 3) it never appears. */
	for (int attempt = 0; attempt < 200; attempt++) {
		DIR *ports = opendir("/sys/class/virtio-ports");
		for (struct dirent *entry; ports && (entry = readdir(ports));) {
			char file[PATH_MAX], name[64] = "";
			snprintf(file, sizeof file, "/sys/class/virtio-ports/%s/name", entry->d_name);
			int fd = open(file, O_RDONLY | O_CLOEXEC);
			if (fd < 0) continue;
			ssize_t n = read(fd, name, sizeof name - 1);
			close(fd);
			if (n <= 0 || strcmp(name, MOUNT_AGENT_PORT "\n")) continue;
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

/* Removes the mounts of a keeper that was killed. These mounts do not work any more and block new mounts. */
static void unmount_all(void) {
	char line[2 * PATH_MAX], path[2 * PATH_MAX];
	FILE *mounts = fopen("/proc/mounts", "re");
	while (mounts && fgets(line, sizeof line, mounts)) {
		if (sscanf(line, "berth %8191s fuse ", path) != 1) continue;
		char *to = path;
		for (const char *from = path; *from; to++) {
			unsigned octal; /* /proc/mounts writes a space as \040 */
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
		mark_ready(); /* a machine without shared folders */
		for (;;) pause();
	}
	unmount_all();
	mkdir(ROOT, 0700);
	fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse_fd < 0) die("/dev/fuse");
	char options[128];
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,max_read=%d", fuse_fd,
		 MOUNT_AGENT_MAX_TRANSFER_BYTES);
	if (mount("berth", ROOT, "fuse", MS_NODEV | MS_NOSUID, options) < 0) die("mount");

	state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pair[2];
	if (state == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) die("setup");
	int size = 4 * 1024 * 1024;
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
	jobs_in = pair[0];
	jobs_out = pair[1];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) die("setup");
	sockets_in = pair[0];
	sockets_out = pair[1];

	atomic_store(&state->hello, FROM_AGENT_HELLO_MOUNTED);
	pid_t pump_pid = start(pump, "mount-pump");
	pid_t helper_pid = start(helper, "mount-helper");
	pid_t listener_pid = start(listener, "mount-listener");
	for (;;) {
		int status;
		pid_t ended = wait(&status);
		if (ended == pump_pid) {
			if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NEW_MOUNT) return 1; /* init restarts this program */
			/*
			 * A reply that the pump was writing may be lost. The kernel repeats the request, and the host replies
			 * again.
			 */
			atomic_store(&state->hello, FROM_AGENT_HELLO_AGAIN);
			atomic_store(&state->pausing, 0);
			pump_pid = start(pump, "mount-pump");
		} else if (ended == helper_pid) {
			helper_pid = start(helper, "mount-helper");
		} else if (ended == listener_pid) {
			listener_pid = start(listener, "mount-listener");
		}
	}
}
