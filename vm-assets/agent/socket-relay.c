/*
 * Makes unix sockets of the host available to containers. For each socket of the host, the relay listens on one socket
 * in the machine. The machine must have a socket for each, because a container mounts the socket itself, and keeps it
 * while the host reconnects. The relay carries each connection to the host (see host-connection.h).
 *
 * The host decides which sockets exist. It connects to SOCKET_RELAY_CONTROL and sends a list of paths. Each path ends
 * with a zero byte, and another zero byte ends the list. The relay answers with one line for each path: 0, or an error
 * number. The relay keeps the list on the data disk, because some containers start with the engine, before the host
 * connects.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Generated from ../guest-constants.json: SOCKET_RELAY_*, GUEST_PATH_DATA. */
#include "guest-constants.h"
#include "host-connection.h"

#define RECORD GUEST_PATH_DATA "/sockets"
#define READY "/run/berth/host-sockets-ready"
#define MAX_SOCKETS 256
#define MAX_LIST (MAX_SOCKETS * PATH_MAX)

/* Never freed, because a connection may still use the path. The host rarely removes an endpoint. */
struct endpoint {
	char path[PATH_MAX];
	int listener;
};

static struct endpoint *endpoints[MAX_SOCKETS];
static int count;

/* Opens the folder of a path. Creates the folder if it does not exist. Sets `name` to the path's last part. */
static int open_folder(const char *path, const char **name) {
	char folder[PATH_MAX];
	snprintf(folder, sizeof folder, "%s", path);
	char *last = strrchr(folder, '/');
	*name = path + (last - folder) + 1;
	for (char *slash = folder + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(folder, 0755);
		if (slash == last) break;
		*slash = '/';
	}
	return open(last == folder ? "/" : folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Lets every user connect, because a container may run as any user. Returns -1 and sets errno on failure. */
static int open_listener(const char *path) {
	const char *name;
	int folder = open_folder(path, &name);
	if (folder < 0) return -1;
	/* The address goes through this link, because a socket address holds at most 107 bytes. */
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
	int fd = -1;
	struct stat st;
	errno = ENAMETOOLONG;
	if (length < (int)sizeof address.sun_path) fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		/* The path may be a socket of an earlier relay, or a folder that the engine made for a missing socket. */
		if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			if (S_ISSOCK(st.st_mode)) {
				int other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
				int is_left = other >= 0 && connect(other, (struct sockaddr *)&address, sizeof address) < 0 &&
					      errno == ECONNREFUSED;
				if (is_left) unlinkat(folder, name, 0);
				if (other >= 0) close(other);
			} else if (S_ISDIR(st.st_mode)) unlinkat(folder, name, AT_REMOVEDIR);
		}
		if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || fchmodat(folder, name, 0666, 0) < 0 ||
		    listen(fd, SOMAXCONN) < 0) {
			int error = errno;
			close(fd);
			errno = error;
			fd = -1;
		}
	}
	int error = errno;
	close(folder);
	errno = error;
	return fd;
}

/* Returns 0 or an error number. */
static int add(const char *path) {
	if (path[0] != '/' || strlen(path) >= PATH_MAX) return EINVAL;
	for (int i = 0; i < count; i++)
		if (strcmp(endpoints[i]->path, path) == 0) return 0;
	if (count == MAX_SOCKETS) return ENOSPC;
	struct endpoint *endpoint = calloc(1, sizeof *endpoint);
	if (endpoint == NULL) return ENOMEM;
	snprintf(endpoint->path, sizeof endpoint->path, "%s", path);
	endpoint->listener = open_listener(path);
	if (endpoint->listener < 0) {
		int error = errno;
		free(endpoint);
		return error;
	}
	endpoints[count++] = endpoint;
	if (serve_host_socket(endpoint->listener, endpoint->path)) {
		endpoints[--count] = NULL;
		close(endpoint->listener);
		return ENOMEM;
	}
	return 0;
}

static int contains(const char *list, size_t length, const char *path) {
	for (const char *next = list; next < list + length; next += strlen(next) + 1)
		if (strcmp(next, path) == 0) return 1;
	return 0;
}

/* Listens on exactly the sockets in the list. If `answer` is not -1, writes one line for each path to `answer`. */
static void set(const char *list, size_t length, int answer) {
	for (int i = count - 1; i >= 0; i--) {
		if (strcmp(endpoints[i]->path, SOCKET_RELAY_SSH_AGENT) == 0 || contains(list, length, endpoints[i]->path)) continue;
		unlink(endpoints[i]->path);
		shutdown(endpoints[i]->listener, SHUT_RDWR);
		endpoints[i] = endpoints[--count];
	}
	for (const char *next = list; next < list + length; next += strlen(next) + 1) {
		int error = add(next);
		if (error) fprintf(stderr, "socket-relay: %s: %s\n", next, strerror(error));
		if (answer >= 0) dprintf(answer, "%d\n", error);
	}
}

static void keep(const char *list, size_t length) {
	int fd = open(RECORD ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) return;
	int failed = write_all(fd, list, length) || fsync(fd);
	close(fd);
	if (failed || rename(RECORD ".new", RECORD)) unlink(RECORD ".new");
}

/* Returns the length of the list's paths, or -1 if the list is not complete. */
static ssize_t read_list(int fd, char *list) {
	size_t length = 0;
	for (ssize_t n; length < MAX_LIST; length += n) {
		n = read(fd, list + length, MAX_LIST - length);
		if (n < 0 && errno == EINTR) n = 0;
		else if (n <= 0) break;
	}
	int complete = length > 0 && list[length - 1] == 0 && (length == 1 || list[length - 2] == 0);
	return complete ? (ssize_t)length - 1 : -1;
}

int main(void) {
	static char list[MAX_LIST];
	signal(SIGPIPE, SIG_IGN);
	umask(0022);
	int error = add(SOCKET_RELAY_SSH_AGENT);
	if (error) fprintf(stderr, "socket-relay: %s: %s\n", SOCKET_RELAY_SSH_AGENT, strerror(error));
	int record = open(RECORD, O_RDONLY | O_CLOEXEC);
	if (record >= 0) {
		ssize_t length = read_list(record, list);
		if (length >= 0) set(list, length, -1);
		close(record);
	}
	unlink(SOCKET_RELAY_CONTROL);
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET_RELAY_CONTROL };
	int control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	umask(0077);
	if (control < 0 || bind(control, (struct sockaddr *)&address, sizeof address) < 0 || listen(control, 8) < 0) {
		perror("socket-relay: control");
		return 1;
	}
	umask(0022);
	close(open(READY, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	for (;;) {
		int client = accept4(control, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0) {
			usleep(100000);
			continue;
		}
		struct timeval limit = { .tv_sec = 10 };
		setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
		ssize_t length = read_list(client, list);
		if (length >= 0) {
			set(list, length, client);
			keep(list, length + 1);
		}
		close(client);
	}
}
