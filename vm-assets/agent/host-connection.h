/*
 * Carries connections to the host. The host listens on SOCKET_RELAY_HOST, which sshd forwards. Each connection begins
 * with a header that names the host's socket: the length of the name in two bytes, little-endian, then the name.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "connection.h"

#define HOST_WAIT_MS 5000 /* how long a connection waits while the host reconnects */
#define HOST_RETRY_MS 100

static int write_all(int fd, const char *data, size_t length) {
	while (length > 0) {
		ssize_t n = write(fd, data, length);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return -1;
		data += n, length -= n;
	}
	return 0;
}

static int connect_to_host(void) {
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET_RELAY_HOST };
	for (int waited = 0; waited < HOST_WAIT_MS; waited += HOST_RETRY_MS) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
		if (fd >= 0) close(fd);
		usleep(HOST_RETRY_MS * 1000);
	}
	return -1;
}

/* For serve(), whose argument `about` is the name of the host's socket. */
static void *carry_to_host(void *argument) {
	struct connection *connection = argument;
	const char *name = connection->about;
	uint16_t length = strlen(name);
	char size[2] = { (char)(length & 0xff), (char)(length >> 8) };
	connection->server = connect_to_host();
	if (connection->server >= 0 && (write_all(connection->server, size, 2) || write_all(connection->server, name, length))) {
		close(connection->server);
		connection->server = -1;
	}
	carry_both(connection);
	return NULL;
}

/* The argument of the thread that serves a listener. */
struct host_socket {
	int listener;
	const char *name;
};

static void *serve_until_shutdown(void *argument) {
	struct host_socket *served = argument;
	serve(served->listener, carry_to_host, served->name);
	close(served->listener);
	free(served);
	return NULL;
}

/*
 * Carries the connections of a listener to the host's socket `name`, in a thread, until the listener is shut down. Then
 * closes the listener. The caller must never free `name`, because a connection may still use it. Returns 0 or an error
 * number.
 */
static int serve_host_socket(int listener, const char *name) {
	struct host_socket *served = malloc(sizeof *served);
	if (served == NULL) return ENOMEM;
	*served = (struct host_socket){ .listener = listener, .name = name };
	int error = start_thread(serve_until_shutdown, served);
	if (error) free(served);
	return error;
}
