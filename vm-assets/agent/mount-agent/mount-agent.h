/*
 * The guest's end of the shared folders. The FUSE server runs on the host. This program only passes FUSE messages
 * between the kernel and the host, over the virtio-serial port MOUNT_AGENT_PORT. See "Shared folders" in
 * ../../README.md.
 *
 * The program runs as four processes:
 * - the keeper holds /dev/fuse and the port open, so the mount survives if another process ends;
 * - the pump passes the messages;
 * - the helper does the jobs that would block the pump: mounts, cache invalidation, replays;
 * - the listener listens on the nodes of the host's sockets, and carries their connections to the host.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fuse.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Generated from ../../guest-constants.json: MOUNT_AGENT_*, FROM_AGENT_*, TO_AGENT_*, JOB_*, REPLAY_*. */
#include "guest-constants.h"

#define ROOT "/run/berth/host"
#define MAX_MESSAGE (MOUNT_AGENT_MAX_TRANSFER_BYTES + MOUNT_AGENT_MAX_HEADER_BYTES) /* the largest FUSE message */
#define MAX_HELD 65536 /* the most bytes of messages that the pump holds until the next message */
#define EXIT_NEW_MOUNT 2 /* the pump's exit code when the file system must be mounted again */

struct share {
	char id[24], path[PATH_MAX];
	int read_only;
};

/* The processes share this memory. So after a pump is killed, the next pump continues at the same point. */
struct state {
	size_t out_len, out_sent; /* bytes in `out` (to the host), and the number of bytes already sent */
	size_t in_len;            /* bytes in `in` (from the host) */
	atomic_int hello;         /* the FROM_AGENT_HELLO_ message to send next, or 0 */
	atomic_int pausing, paused;
	atomic_int helper; /* the helper's process id, 0 before the first helper */
	int shares;
	struct share share[MOUNT_AGENT_MAX_SHARES];
	char out[MAX_HELD + MAX_MESSAGE], in[MAX_MESSAGE];
};

/* The keeper opens these before it starts the other processes. */
extern struct state *state;
extern int fuse_fd, port_fd;
extern int jobs_in, jobs_out;       /* from the pump to the helper: messages of TO_AGENT_JOB */
extern int sockets_in, sockets_out; /* from the pump to the listener: nodes of TO_AGENT_LISTEN */

/* The processes that the keeper starts. They do not return. */
void pump(void);
void helper(void);
void listener(void);

/* Ends this process because of `errno`. */
void die(const char *what);

/* Tells the guest's init that the shared folders are mounted, or that there are none. */
void mark_ready(void);

/* Reports to the host by looking up a name in a folder. The host receives the lookup and reads the report from it. */
void report_in(int folder, const char *what, uint64_t number, int error);
