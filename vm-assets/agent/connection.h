/*
 * Carries the connections of a listening stream socket to another socket, the server. Each direction of a connection
 * has its own thread and ends independently. If the server refuses or resets the connection, the program resets the
 * client's connection. If the client resets its connection, the program resets the connection to the server.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define STACK 65536
#define BUFFER 32768

struct connection {
	int client, server; /* file descriptors; `server` is -1 until there is a connection to the server */
	const void *about;  /* the argument `about` of serve() */
	int directions;
	int is_reset;
	pthread_mutex_t lock;
};

static int start_thread(void *(*run)(void *), void *argument) {
	pthread_attr_t attributes;
	pthread_t thread;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK);
	int error = pthread_create(&thread, &attributes, run, argument);
	pthread_attr_destroy(&attributes);
	return error;
}

/* Makes the next close() of this socket reset the connection. */
static void reset_at_close(int fd) {
	struct linger no_delay = {.l_onoff = 1};
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &no_delay, sizeof no_delay);
}

/*
 * Makes the close() of this socket reset its connection, and wakes the thread that reads from the socket. Does not shut
 * down writing, because the peer would take this for a clean end.
 */
static void reset(struct connection *connection, int fd) {
	__atomic_store_n(&connection->is_reset, 1, __ATOMIC_SEQ_CST);
	reset_at_close(fd);
	shutdown(fd, SHUT_RD);
}

/* Copies bytes in one direction until either side ends this direction. */
static void carry(struct connection *connection, int from, int to) {
	char buffer[BUFFER];
	for (;;) {
		ssize_t length = read(from, buffer, sizeof buffer);
		if (length < 0 && errno == EINTR) continue;
		if (length < 0) {
			reset(connection, to);
			return;
		}
		if (length == 0) break;
		for (ssize_t sent = 0; sent < length;) {
			ssize_t written = write(to, buffer + sent, length - sent);
			if (written < 0 && errno == EINTR) continue;
			if (written < 0) {
				reset(connection, from);
				return;
			}
			sent += written;
		}
	}
	if (!__atomic_load_n(&connection->is_reset, __ATOMIC_SEQ_CST)) shutdown(to, SHUT_WR);
}

/* Each direction calls this function at its end. The call of the last direction closes the connection. */
static void end_direction(struct connection *connection) {
	pthread_mutex_lock(&connection->lock);
	int left = --connection->directions;
	pthread_mutex_unlock(&connection->lock);
	if (left > 0) return;
	close(connection->client);
	if (connection->server >= 0) close(connection->server);
	free(connection);
}

static void *carry_replies(void *argument) {
	struct connection *connection = argument;
	carry(connection, connection->server, connection->client);
	end_direction(connection);
	return NULL;
}

/* Carries both directions until they end, and frees the connection. Resets the connection if it has no server. */
static void carry_both(struct connection *connection) {
	if (connection->server >= 0) {
		connection->directions = 2;
		if (start_thread(carry_replies, connection) == 0) {
			carry(connection, connection->client, connection->server);
			end_direction(connection);
			return;
		}
	}
	connection->directions = 1;
	reset_at_close(connection->client);
	end_direction(connection);
}

/*
 * Accepts connections. Runs `each` for every connection in a separate thread. Returns when the listener has been shut
 * down.
 */
static void serve(int listener, void *(*each)(void *), const void *about) {
	for (;;) {
		int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0) {
			if (errno == EINVAL) return;
			/* For example, too many files are open. The client waits until a descriptor is free. */
			if (errno != EINTR && errno != ECONNABORTED) usleep(100000);
			continue;
		}
		struct connection *connection = calloc(1, sizeof *connection);
		if (connection != NULL) {
			*connection = (struct connection){.client = client, .server = -1, .about = about};
			pthread_mutex_init(&connection->lock, NULL);
		}
		if (connection == NULL || start_thread(each, connection) != 0) {
			free(connection);
			reset_at_close(client);
			close(client);
		}
	}
}
