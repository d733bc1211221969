/* The process that does the host's jobs. A job may cause requests to the host, so it would block the pump. */
#include "mount-agent.h"

#include <dirent.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

/* The message of TO_AGENT_JOB without its header. `type` is a JOB_ code. */
struct job {
	uint32_t type, seq;
	char data[];
};

static void report(const char *what, uint64_t number, int error) {
	static int root = -1;
	if (root < 0) root = open(ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	report_in(root, what, number, error);
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

static const char *next_string(char **next, char *end) {
	char *begin = *next, *stop = memchr(begin, 0, end - begin);
	if (!stop) return NULL;
	*next = stop + 1;
	return begin;
}

/* Mounts and unmounts until the mounts match `data`: for each share its id, path and "ro" or "rw", zero-terminated. */
static int set_shares(char *data, char *end) {
	static struct share wanted[MOUNT_AGENT_MAX_SHARES];
	int count = 0, error = 0;
	while (data < end && count < MOUNT_AGENT_MAX_SHARES) {
		const char *id = next_string(&data, end), *path = next_string(&data, end), *mode = next_string(&data, end);
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

/* Raises the kernel's default, because a long read over the port takes hardly more time than a short one. */
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
 * Sets the file to its current size, which inotify reports as a modification. Does not open the file for writing,
 * because inotify would then report close-write. It must report close-write only when the host's writer has finished.
 */
static int modify(const char *path) {
	struct statx st;
	char link[64];
	int fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) return -1;
	/* No sync is necessary: open() has just requested the size from the host. */
	int result = statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_SIZE, &st);
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	if (result == 0) result = truncate(link, st.stx_size);
	close(fd);
	return result;
}

/*
 * Repeats in the mount a change that was made on the host, so that inotify reports it. The host recognizes this
 * process and does not change the file again. `data`: the operation, then two paths below ROOT, zero-terminated.
 */
static int replay(char *data, char *end) {
	static char path[2][2 * PATH_MAX];
	struct stat st;
	uint32_t operation;
	if (end - data < 4) return EINVAL;
	memcpy(&operation, data, 4);
	data += 4;
	const char *first = next_string(&data, end), *second = next_string(&data, end);
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
	case REPLAY_MODIFY: result = modify(path[0]); break;
	case REPLAY_CLOSE: {
		int fd = open(path[0], O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd >= 0) result = close(fd);
		break;
	}
	default: errno = EINVAL;
	}
	return result < 0 ? errno : 0;
}

void helper(void) {
	static char buffer[256 * 1024] __attribute__((aligned(8)));
	/* Drops the jobs of an earlier helper. The host sends a job again if it still needs the job. */
	while (recv(jobs_out, buffer, sizeof buffer, MSG_DONTWAIT) > 0) continue;
	atomic_store(&state->helper, getpid());
	report(MOUNT_AGENT_HELPER_STARTED, 0, 0);
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
				if (write(fuse_fd, next, len) < 0) error = errno; /* ENOENT: the kernel has not cached it */
				next += len;
			}
			break;
		case JOB_SHARES:
			error = set_shares(job->data, end);
			mark_ready();
			break;
		case JOB_REPLAY: error = replay(job->data, end); break;
		case JOB_DROP_CACHES: drop_caches(); break;
		}
		if (job->seq) report(MOUNT_AGENT_JOB_DONE, job->seq, error);
	}
}
