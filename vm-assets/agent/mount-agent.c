/*
 * The guest's end of the shared folders. The FUSE server runs on the host. This program only passes FUSE messages
 * between the kernel and the host, over the virtio-serial port MOUNT_AGENT_PORT. See "Shared folders" in ../README.md.
 *
 * The program runs as four processes:
 * - the keeper holds /dev/fuse and the port open, so the mount survives if another process ends;
 * - the pump passes the messages;
 * - the helper does the jobs that would block the pump: mounts, cache invalidation, replays;
 * - the listener listens on the nodes of the host's sockets, and carries their connections to the host.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
#include <time.h>
#include <unistd.h>

/* Generated from ../guest-constants.json: MOUNT_AGENT_*, FROM_AGENT_*, TO_AGENT_*, JOB_*, REPLAY_* and SOCKET_RELAY_*. */
#include "guest-constants.h"
#include "host-connection.h"

#define ROOT "/run/berth/host"
#define READY "/run/berth/host-folders-ready"
#define MAX_MESSAGE (MOUNT_AGENT_MAX_TRANSFER_BYTES + MOUNT_AGENT_MAX_HEADER_BYTES) /* the largest FUSE message */
#define MAX_HELD 65536 /* the most bytes of messages that wait for the next message */
#define HELD_MS 2 /* how long these messages wait */
#define MAX_ANSWERED 16 /* the most requests that the agent answers while messages wait */
#define MAX_PORT_WRITE 32768 /* the most bytes that the port accepts in one write */
#define EXIT_NEW_MOUNT 2 /* the pump's exit code when the file system must be mounted again */

/*
 * Besides FUSE's messages there are control messages. Their `unique` is CONTROL_UNIQUE. The kernel counts its `unique`
 * numbers up and never reaches this number. A control message to the host is a fuse_in_header: `opcode` is
 * MOUNT_AGENT_MARKER, `nodeid` is a FROM_AGENT_ code, `pid` is the helper's process id. A control message from the host
 * is a fuse_out_header: `error` is a TO_AGENT_ code.
 */
#define CONTROL_UNIQUE ((uint64_t)MOUNT_AGENT_MARKER << 32 | MOUNT_AGENT_MARKER)

/* Follows the header of TO_AGENT_JOB. `type` is a JOB_ code. */
struct job {
	uint32_t type, seq;
	char data[];
};
#define NOTIFY_RESEND 7 /* FUSE_NOTIFY_RESEND, since Linux 6.9 */

struct share {
	char id[24], path[PATH_MAX];
	int read_only;
};

/* The processes share this memory. So after a pump is killed, the next pump continues at the same point. */
static struct state {
	size_t out_len, out_sent; /* bytes in `out` (to the host), and the number of bytes already sent */
	size_t in_len;            /* bytes in `in` (from the host) */
	atomic_int hello;         /* the FROM_AGENT_HELLO_ message to send next, or 0 */
	atomic_int pausing, paused;
	atomic_int helper; /* the helper's process id, 0 before the first helper */
	int shares;
	struct share share[MOUNT_AGENT_MAX_SHARES];
	char out[MAX_HELD + MAX_MESSAGE], in[MAX_MESSAGE];
} *state;

static int fuse_fd, port_fd, jobs_in, jobs_out, sockets_in, sockets_out;

static void mark_ready(void) { close(open(READY, O_CREAT | O_WRONLY | O_CLOEXEC, 0644)); }

static void die(const char *what) {
	fprintf(stderr, "mount-agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- answers that need no round trip to the host ---- */

/*
 * A folder that a program in the machine has just made, with the names that were made in it since. The kernel looks up
 * each name before it creates it. While programs continue to fill the folder, the agent answers that the name is
 * missing. The host grants this for a folder that it watches, and revokes it when a program of the host adds a name.
 */
struct new_folder {
	uint64_t node, until; /* 0 without a folder; milliseconds of now_ms() */
	size_t count, room;
	uint64_t *names; /* hashes in an open hash table, 0 for an empty place */
};
#define NEW_FOLDERS 256
#define NEW_FOLDER_MS 1000  /* how long after the last new name */
#define MAX_NEW_NAMES 65536 /* in one folder */

/* The end of a listing, which the host has already sent. The kernel asks once more to find it. */
struct listing_end {
	uint64_t handle, offset;
};
#define LISTING_ENDS 64

/* Of this process only: a new pump begins without any. */
static pthread_mutex_t answers_lock = PTHREAD_MUTEX_INITIALIZER;
static struct new_folder new_folders[NEW_FOLDERS];
static struct listing_end listing_ends[LISTING_ENDS];
static size_t next_listing_end;

static uint64_t now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void drop_folder(struct new_folder *folder) {
	free(folder->names);
	memset(folder, 0, sizeof *folder);
}

static void drop_answers(void) {
	pthread_mutex_lock(&answers_lock);
	for (int i = 0; i < NEW_FOLDERS; i++) drop_folder(&new_folders[i]);
	memset(listing_ends, 0, sizeof listing_ends);
	pthread_mutex_unlock(&answers_lock);
}

static struct new_folder *find_new_folder(uint64_t node) {
	struct new_folder *folder = &new_folders[node % NEW_FOLDERS];
	return node && folder->node == node ? folder : NULL;
}

static void grant_new_folder(uint64_t node) {
	struct new_folder *folder = &new_folders[node % NEW_FOLDERS];
	drop_folder(folder);
	folder->node = node;
	folder->until = now_ms() + NEW_FOLDER_MS;
}

/*
 * The hash of a name, or 0 for one that the host may treat as equal to another spelling in ways that only it knows. The
 * case of ASCII letters makes no difference, and Windows has short names with a tilde.
 */
static uint64_t hash_name(const char *name) {
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;
		if (c >= 128 || c == '~') return 0;
		hash = (hash ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 0x100000001b3;
	}
	return hash ? hash : 1;
}

static size_t place_of(const struct new_folder *folder, uint64_t hash) {
	size_t at = hash & (folder->room - 1);
	while (folder->names[at] && folder->names[at] != hash) at = (at + 1) & (folder->room - 1);
	return at;
}

static int has_name(const struct new_folder *folder, uint64_t hash) {
	return folder->room && folder->names[place_of(folder, hash)];
}

/* A program makes this name. Without room for it, the host is asked for every name again. */
static void add_name(uint64_t node, const char *name) {
	struct new_folder *folder = find_new_folder(node);
	if (!folder) return;
	uint64_t hash = hash_name(name);
	if (2 * folder->count >= folder->room) {
		struct new_folder larger = *folder;
		larger.room = folder->room ? 2 * folder->room : 64;
		larger.names = larger.room <= MAX_NEW_NAMES ? calloc(larger.room, sizeof *larger.names) : NULL;
		if (larger.names) {
			for (size_t i = 0; i < folder->room; i++)
				if (folder->names[i]) larger.names[place_of(&larger, folder->names[i])] = folder->names[i];
			free(folder->names);
			*folder = larger;
		} else hash = 0;
	}
	if (!hash) {
		drop_folder(folder);
		return;
	}
	size_t at = place_of(folder, hash);
	if (!folder->names[at]) folder->names[at] = hash, folder->count++;
	folder->until = now_ms() + NEW_FOLDER_MS;
}

static int is_missing(uint64_t node, const char *name) {
	struct new_folder *folder = find_new_folder(node);
	uint64_t hash = hash_name(name);
	if (!folder || !hash) return 0;
	if (now_ms() <= folder->until) return !has_name(folder, hash);
	drop_folder(folder);
	return 0;
}

static int is_listing_end(uint64_t handle, uint64_t offset) {
	for (int i = 0; i < LISTING_ENDS; i++)
		if (listing_ends[i].offset && listing_ends[i].handle == handle && listing_ends[i].offset == offset) return 1;
	return 0;
}

/* The folder is listed again from its beginning (rewinddir), and may have more names now. */
static void forget_listing_end(uint64_t handle) {
	for (int i = 0; i < LISTING_ENDS; i++)
		if (listing_ends[i].handle == handle) listing_ends[i].offset = 0;
}

static int is_user_attribute(const char *name) { return strncmp(name, "user.", 5) == 0; }

static int answer(const struct fuse_in_header *header, int error) {
	struct fuse_out_header reply = { .len = sizeof reply, .error = error, .unique = header->unique };
	return write(fuse_fd, &reply, sizeof reply) == sizeof reply;
}

/*
 * Answers a request of the kernel, if the answer is known. Returns 1 when the host need not see the request. Each name
 * in a message of the kernel ends with a zero.
 */
static int answer_here(struct fuse_in_header *header) {
	const char *body = (const char *)(header + 1);
	int answered = 0;
	if (header->pid == (uint32_t)atomic_load(&state->helper)) return 0; /* it repeats what the host has done */
	pthread_mutex_lock(&answers_lock);
	switch (header->opcode) {
	case FUSE_LOOKUP: answered = is_missing(header->nodeid, body) && answer(header, -ENOENT); break;
	case FUSE_SYMLINK: add_name(header->nodeid, body); break;
	case FUSE_MKNOD: add_name(header->nodeid, body + sizeof(struct fuse_mknod_in)); break;
	case FUSE_MKDIR: add_name(header->nodeid, body + sizeof(struct fuse_mkdir_in)); break;
	case FUSE_CREATE: add_name(header->nodeid, body + sizeof(struct fuse_create_in)); break;
	case FUSE_LINK: add_name(header->nodeid, body + sizeof(struct fuse_link_in)); break;
	case FUSE_RENAME:
	case FUSE_RENAME2: {
		const char *name = body + (header->opcode == FUSE_RENAME ? sizeof(struct fuse_rename_in)
								       : sizeof(struct fuse_rename2_in));
		add_name(*(const uint64_t *)body, name + strlen(name) + 1); /* both begin with the new folder */
		break;
	}
	/*
	 * The host stores attributes of programs only. Before a write, the kernel asks for one of its own. Without
	 * FUSE_SETXATTR_EXT, fuse_setxattr_in is as long as fuse_getxattr_in.
	 */
	case FUSE_GETXATTR:
	case FUSE_SETXATTR:
		body += sizeof(struct fuse_getxattr_in);
		/* fall through */
	case FUSE_REMOVEXATTR: answered = !is_user_attribute(body) && answer(header, -EOPNOTSUPP); break;
	case FUSE_READDIR:
	case FUSE_READDIRPLUS: {
		const struct fuse_read_in *in = (const struct fuse_read_in *)body;
		if (in->offset == 0) forget_listing_end(in->fh);
		else answered = is_listing_end(in->fh, in->offset) && answer(header, 0);
		break;
	}
	}
	pthread_mutex_unlock(&answers_lock);
	return answered;
}

/*
 * True for a message that no process waits for. The end of a use is answered here, so the host gets no `unique` to
 * answer it.
 */
static int may_wait(struct fuse_in_header *header) {
	switch (header->opcode) {
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET: return 1;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		if (!answer(header, 0)) return 0;
		header->unique = 0;
		return 1;
	default: return 0;
	}
}

/* ---- the pump ---- */

static void *outward(void *unused);
static pthread_t outward_thread;

/*
 * While the port is full, this function tries again repeatedly. It does not wait for a wake-up, because the kernel can
 * lose it (Linux, virtio_console). A poll() of another thread reclaims the buffers that the host has consumed. If the
 * host is just then deciding whether to send an interrupt for these buffers, it sends none.
 */
static ssize_t write_port(const char *data, size_t length) {
	for (useconds_t wait = 50;; wait = wait < 10000 ? 2 * wait : wait) {
		ssize_t n = write(port_fd, data, length);
		if (n >= 0 || errno != EAGAIN) return n;
		usleep(wait);
	}
}

static void send_control(uint64_t code) {
	struct fuse_in_header header = { .len = sizeof header, .opcode = MOUNT_AGENT_MARKER, .unique = CONTROL_UNIQUE,
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
	if (write(fuse_fd, &header, sizeof header) < 0) return; /* this kernel cannot resend */
}

/* The host must know the helper's process id before the helper's first request. */
static void announce_helper(void) {
	static int announced;
	int helper = atomic_load(&state->helper);
	if (helper == announced) return;
	announced = helper;
	send_control(FROM_AGENT_HELPER);
}

static void on_signal(int signal) { (void)signal; }

/* The thread that passes messages from the kernel to the host. It sends a hello or pauses only between two messages. */
static void *outward(void *unused) {
	(void)unused;
	/* `out` has only messages that no process waits for. Sending costs both sides far more than one message more. */
	int held = 0, answered = 0;
	for (;;) {
		struct pollfd fuse = { .fd = fuse_fd, .events = POLLIN };
		if (held && (state->out_len > MAX_HELD || state->pausing || state->hello || poll(&fuse, 1, HELD_MS) == 0))
			held = 0;
		while (!held && state->out_sent < state->out_len) {
			size_t left = state->out_len - state->out_sent;
			ssize_t n = write_port(state->out + state->out_sent, left < MAX_PORT_WRITE ? left : MAX_PORT_WRITE);
			if (n > 0) state->out_sent += n;
			else if (n < 0 && errno != EINTR) die("port");
		}
		if (!held) state->out_len = state->out_sent = 0;
		int hello = atomic_exchange(&state->hello, 0);
		if (hello) {
			send_control(hello);
			/* The host may not have received the requests that it has not answered. So the kernel repeats them. */
			if (hello == FROM_AGENT_HELLO_AGAIN) notify_kernel(NOTIFY_RESEND);
		}
		if (state->pausing) {
			/* The pause began while this thread held messages. The host must have them before it saves its state. */
			if (held) {
				held = 0;
				continue;
			}
			if (!atomic_exchange(&state->paused, 1)) send_control(FROM_AGENT_PAUSED);
			usleep(2000);
			continue;
		}
		atomic_store(&state->paused, 0);
		struct fuse_in_header *header = (struct fuse_in_header *)(state->out + state->out_len);
		ssize_t n = read(fuse_fd, header, MAX_MESSAGE);
		if (n > 0) {
			announce_helper();
			if (answer_here(header)) {
				if (held && ++answered == MAX_ANSWERED) held = 0;
				continue;
			}
			/* From here on, a new pump would send it. Messages that are held have whole multiples of 8 bytes. */
			state->out_len += n;
			held = may_wait(header);
			answered = 0;
		}
		else if (n < 0 && errno == ENODEV) exit(EXIT_NEW_MOUNT); /* unmounted */
		else if (n < 0 && errno != EINTR && errno != ENOENT && errno != EAGAIN) die("/dev/fuse");
	}
}

static sigset_t port_signal;

/* Makes the kernel send SIGIO to this thread when the port has data, or when the host connects or disconnects. */
static void receive_port_signals(void) {
	struct f_owner_ex owner = { .type = F_OWNER_TID, .pid = gettid() };
	sigemptyset(&port_signal);
	sigaddset(&port_signal, SIGIO);
	pthread_sigmask(SIG_BLOCK, &port_signal, NULL);
	if (fcntl(port_fd, F_SETOWN_EX, &owner) < 0 || fcntl(port_fd, F_SETFL, O_RDWR | O_NONBLOCK | O_ASYNC) < 0)
		die("port signals");
}

/*
 * Waits until the port may have data to read. poll() would take the lock with which the outward thread writes, and every
 * message that the host consumes would wake it. On an emulated processor, this doubles the time of a request.
 *
 * While a hello or a pause is due, this function interrupts the outward thread's read() every millisecond. It must not
 * wait for the outward thread, which may first have to finish a write. The host accepts that write only if the inward
 * thread continues to read.
 */
static void wait_for_port(void) {
	struct timespec millisecond = { .tv_nsec = 1000000 };
	for (;;) {
		int due = atomic_load(&state->hello) || (atomic_load(&state->pausing) && !atomic_load(&state->paused));
		if (due) pthread_kill(outward_thread, SIGUSR1);
		if (sigtimedwait(&port_signal, NULL, due ? &millisecond : NULL) == SIGIO) return;
	}
}

static void handle_control(struct fuse_out_header *header) {
	switch (header->error) {
	case TO_AGENT_PAUSE:
		/* Before a new pause begins, the outward thread must notice that the earlier pause is over. */
		while (!atomic_load(&state->pausing) && atomic_load(&state->paused)) usleep(500);
		atomic_store(&state->pausing, 1);
		break;
	case TO_AGENT_SYNC: /* the pump has read all earlier messages of the host, and the outward thread is paused */
		send_control(FROM_AGENT_SYNCED);
		break;
	case TO_AGENT_RESUME:
		drop_answers(); /* another server may have taken over */
		atomic_store(&state->pausing, 0);
		break;
	case TO_AGENT_NEW_FOLDER:
	case TO_AGENT_FOLDER_CHANGED: {
		uint64_t node = *(uint64_t *)(header + 1);
		pthread_mutex_lock(&answers_lock);
		if (header->error == TO_AGENT_NEW_FOLDER) grant_new_folder(node);
		else if (find_new_folder(node)) drop_folder(find_new_folder(node));
		pthread_mutex_unlock(&answers_lock);
		break;
	}
	case TO_AGENT_LISTING_END:
		pthread_mutex_lock(&answers_lock);
		memcpy(&listing_ends[next_listing_end++ % LISTING_ENDS], header + 1, sizeof *listing_ends);
		pthread_mutex_unlock(&answers_lock);
		break;
	case TO_AGENT_LISTEN: send(sockets_in, header + 1, sizeof(uint64_t), MSG_DONTWAIT); break;
	case TO_AGENT_JOB:
		if (send(jobs_in, header + 1, header->len - sizeof *header, 0) < 0) fprintf(stderr, "mount-agent: job lost\n");
		break;
	}
}

/* Passes messages from the host to the kernel. */
static void inward(void) {
	for (;;) {
		ssize_t n = read(port_fd, state->in + state->in_len, MAX_MESSAGE - state->in_len);
		if (n < 0 && errno != EINTR && errno != EAGAIN) die("port");
		if (n < 0) wait_for_port();
		if (n == 0) {
			/* The host has disconnected and will not send the rest of a message. Its next connection gets a hello. */
			state->in_len = 0;
			drop_answers();
			atomic_store(&state->pausing, 0);
			struct pollfd port = { .fd = port_fd, .events = POLLOUT };
			while (poll(&port, 1, 0) >= 0 && (port.revents & POLLHUP)) usleep(20000);
			atomic_store(&state->hello, FROM_AGENT_HELLO_AGAIN);
		}
		if (n <= 0) continue;
		state->in_len += n;
		char *next = state->in, *end = state->in + state->in_len;
		while ((size_t)(end - next) >= sizeof(struct fuse_out_header)) {
			struct fuse_out_header *header = (struct fuse_out_header *)next;
			if (header->len < sizeof *header || header->len > MAX_MESSAGE) exit(EXIT_NEW_MOUNT); /* not a message */
			if ((size_t)(end - next) < header->len) break;
			next += header->len;
			if (header->unique == CONTROL_UNIQUE) handle_control(header);
			/* Only ENODEV matters. For example, ENOENT means that no process waits for this reply any more. */
			else if (write(fuse_fd, header, header->len) < 0 && errno == ENODEV) exit(EXIT_NEW_MOUNT);
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
	receive_port_signals(); /* before the outward thread starts, so that it blocks SIGIO too */
	if (pthread_create(&outward_thread, NULL, outward, NULL)) die("thread");
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	inward();
}

/* Reports to the host by looking up a name in a folder. The host receives the lookup and reads the report from it. */
static void report_in(int folder, const char *what, uint64_t number, int error) {
	char name[64];
	struct stat st;
	snprintf(name, sizeof name, ".%s:%" PRIu64 ":%d", what, number, error);
	fstatat(folder, name, &st, 0);
}

/* ---- the listener ---- */

/*
 * A socket of the host, as programs in the machine see it in a shared folder. The kernel connects a program to the
 * listener that is bound to the same inode. So the listener binds a name, and the host replies with the node of its
 * socket. Only the listener uses the folder of these names. In another folder, it could wait for a lock that is held by
 * a program which waits for the listener.
 */
struct endpoint {
	int listener;
	uint64_t node;
	char name[24]; /* the node in digits */
};
#define MAX_ENDPOINTS 256

static int sockets_folder;

/* Never frees an endpoint, because a connection may still use its name. */
static void *serve_endpoint(void *argument) {
	struct endpoint *endpoint = argument;
	serve(endpoint->listener, carry_to_host, endpoint->name);
	close(endpoint->listener);
	return NULL;
}

/* Returns 0 or an error number. If there are too many endpoints, the oldest one ends. */
static int listen_on_node(uint64_t node) {
	static struct endpoint *endpoints[MAX_ENDPOINTS];
	static size_t next;
	for (int i = 0; i < MAX_ENDPOINTS; i++)
		if (endpoints[i] && endpoints[i]->node == node) return 0;
	struct endpoint *endpoint = calloc(1, sizeof *endpoint);
	if (!endpoint) return ENOMEM;
	endpoint->node = node;
	snprintf(endpoint->name, sizeof endpoint->name, "%" PRIu64, node);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", sockets_folder, endpoint->name);
	endpoint->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int failed = endpoint->listener < 0 || bind(endpoint->listener, (struct sockaddr *)&address, sizeof address) < 0 ||
		     listen(endpoint->listener, SOMAXCONN) < 0;
	int error = failed ? errno : start_thread(serve_endpoint, endpoint);
	if (error) {
		if (endpoint->listener >= 0) close(endpoint->listener);
		free(endpoint);
		return error;
	}
	struct endpoint **place = &endpoints[next++ % MAX_ENDPOINTS];
	if (*place) {
		report_in(sockets_folder, MOUNT_AGENT_NOT_LISTENING, (*place)->node, 0);
		shutdown((*place)->listener, SHUT_RDWR);
	}
	*place = endpoint;
	return 0;
}

static void listener(void) {
	signal(SIGPIPE, SIG_IGN);
	sockets_folder = open(ROOT "/" MOUNT_AGENT_SOCKETS_FOLDER, O_PATH | O_DIRECTORY | O_CLOEXEC);
	report_in(sockets_folder, MOUNT_AGENT_LISTENER_STARTED, 0, 0);
	for (uint64_t node;;)
		if (recv(sockets_out, &node, sizeof node, 0) == sizeof node)
			report_in(sockets_folder, MOUNT_AGENT_LISTENING, node, listen_on_node(node));
}

/* ---- the helper ---- */

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

static void helper(void) {
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

/* ---- the keeper ---- */

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
