/* The process that passes messages between the kernel and the host, with one thread for each direction. */
#include "mount-agent.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "answers.h"

#define HELD_MS 2 /* how long messages wait for the next message */
#define MAX_ANSWERED 16 /* the most requests that the agent answers while messages wait */
#define MAX_PORT_WRITE 32768 /* the most bytes that the port accepts in one write */
#define NOTIFY_RESEND 7 /* FUSE_NOTIFY_RESEND, since Linux 6.9 */

/*
 * Besides FUSE's messages there are control messages. Their `unique` is CONTROL_UNIQUE. The kernel counts its `unique`
 * numbers up and never reaches this number. A control message to the host is a fuse_in_header: `opcode` is
 * MOUNT_AGENT_MARKER, `nodeid` is a FROM_AGENT_ code, `pid` is the helper's process id. A control message from the host
 * is a fuse_out_header: `error` is a TO_AGENT_ code.
 */
#define CONTROL_UNIQUE ((uint64_t)MOUNT_AGENT_MARKER << 32 | MOUNT_AGENT_MARKER)

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
			held = answer_end_of_use(header);
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
	case TO_AGENT_NEW_FOLDER: grant_new_folder(*(uint64_t *)(header + 1)); break;
	case TO_AGENT_FOLDER_CHANGED: revoke_new_folder(*(uint64_t *)(header + 1)); break;
	case TO_AGENT_LISTING_END: keep_listing_end(header + 1); break;
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

void pump(void) {
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
