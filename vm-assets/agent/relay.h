/* A relay serves a port: it carries the port's connections and datagrams to another port, and the replies back. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "connection.h"

#define DATAGRAM 65536
#define SENDERS 1024    /* the most UDP senders at a time */
#define IDLE_SECONDS 90 /* the relay forgets a sender this long after the sender's last datagram */

struct address {
	struct sockaddr_storage at;
	socklen_t length;
};

/* If the text is not an IP address, sets errno and returns an address with the length 0. */
static struct address parse_address(const char *ip, int port) {
	struct address result = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&result.at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&result.at;
	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		result.length = sizeof *v4;
	} else if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		result.length = sizeof *v6;
	} else {
		errno = EINVAL;
	}
	return result;
}

/* Opens a socket and connects it to an address. The socket's packets get the mark (0: none). Returns -1 on failure. */
static int connect_to(const struct address *address, int type, int mark) {
	int fd = socket(address->at.ss_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0) return -1;
	if ((mark == 0 || setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0) &&
	    connect(fd, (const struct sockaddr *)&address->at, address->length) == 0)
		return fd;
	int reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

static time_t now(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* --- TCP --- */

struct server {
	/* Returns a connection to the server for a client's connection. Returns -1 on failure. */
	int (*open)(int client);
};

static void *carry_connection(void *argument) {
	struct connection *connection = argument;
	const struct server *server = connection->about;
	int on = 1;
	connection->server = server->open(connection->client);
	if (connection->server >= 0) {
		setsockopt(connection->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		setsockopt(connection->server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	}
	carry_both(connection);
	return NULL;
}

static void serve_tcp(int listener, int (*open_server)(int client)) {
	static struct server server;
	server.open = open_server;
	serve(listener, carry_connection, &server);
}

/* --- UDP: each sender has its own socket to the target, so that replies reach the right sender. --- */

/* The addresses of a server. The relay tries the second address if the first address refuses. */
struct targets {
	struct address at[2];
	int count;
};

struct sender {
	struct address from;
	time_t last;
	int target;
	/* The sender's first datagram, kept while the relay may still have to send it to another target. */
	void *first;
	size_t first_length;
};

static void forget_first(struct sender *sender) {
	free(sender->first);
	sender->first = NULL;
}

/*
 * Returns the index of a sender, and adds the sender if it is new. If all places are in use, a new sender replaces the
 * sender that has been silent for the longest time. Returns -1 if a new sender gets no socket.
 */
static int place_of(const struct address *from, const struct targets *targets, struct sender *senders,
		    struct pollfd *sockets, int *count) {
	int oldest = 0, is_full = *count == SENDERS;
	for (int i = 0; i < *count; i++) {
		if (senders[i].from.length == from->length && memcmp(&senders[i].from.at, &from->at, from->length) == 0)
			return i;
		if (senders[i].last < senders[oldest].last) oldest = i;
	}
	int fd = connect_to(&targets->at[0], SOCK_DGRAM, 0);
	if (fd < 0) return -1;
	int place = is_full ? oldest : (*count)++;
	if (is_full) {
		close(sockets[place].fd);
		forget_first(&senders[place]);
	}
	sockets[place] = (struct pollfd){.fd = fd, .events = POLLIN};
	senders[place] = (struct sender){.from = *from, .target = -1};
	return place;
}

static void send_to_target(struct sender *sender, int fd, const struct targets *targets, const void *datagram,
			   size_t length) {
	sender->last = now();
	if (sender->target < 0) {
		sender->target = 0;
		if (targets->count > 1 && (sender->first = malloc(length + 1)) != NULL) {
			memcpy(sender->first, datagram, length);
			sender->first_length = length;
		}
	}
	send(fd, datagram, length, 0);
}

/*
 * Called when the sender's target has refused a datagram. If the sender has had no reply yet, the relay sends the
 * sender's first datagram to the next target. Otherwise the sender keeps its target, which may listen again later.
 */
static void try_next_target(struct sender *sender, struct pollfd *socket, const struct targets *targets) {
	if (sender->first == NULL || sender->target + 1 >= targets->count) return;
	int fd = connect_to(&targets->at[sender->target + 1], SOCK_DGRAM, 0);
	if (fd < 0) return;
	sender->target++;
	close(socket->fd);
	socket->fd = fd;
	send(fd, sender->first, sender->first_length, 0);
	if (sender->target + 1 == targets->count) forget_first(sender);
}

/* Returns when the input of the file descriptor `end` ends. If `end` is -1, never returns. */
static void serve_udp(int listener, const struct targets *targets, int end) {
	static char datagram[DATAGRAM];
	static struct sender senders[SENDERS];
	/* The first element is `end`, the second is the listener. The senders' sockets follow. */
	static struct pollfd all[SENDERS + 2];
	struct pollfd *sockets = all + 2;
	int count = 0;
	all[0] = (struct pollfd){.fd = end, .events = POLLIN};
	all[1] = (struct pollfd){.fd = listener, .events = POLLIN};
	for (;;) {
		if (poll(all, count + 2, count > 0 ? IDLE_SECONDS * 1000 : -1) < 0) continue;
		if (all[0].revents && read(end, datagram, sizeof datagram) <= 0) return;
		for (int i = 0; i < count; i++) {
			if (!sockets[i].revents) continue;
			ssize_t length = recv(sockets[i].fd, datagram, sizeof datagram, MSG_DONTWAIT);
			if (length < 0) {
				if (errno == ECONNREFUSED) try_next_target(&senders[i], &sockets[i], targets);
				continue;
			}
			forget_first(&senders[i]);
			sendto(listener, datagram, length, 0, (struct sockaddr *)&senders[i].from.at, senders[i].from.length);
			senders[i].last = now();
		}
		if (all[1].revents) {
			struct address from = {.length = sizeof from.at};
			ssize_t length = recvfrom(listener, datagram, sizeof datagram, MSG_DONTWAIT,
						  (struct sockaddr *)&from.at, &from.length);
			int place = length < 0 ? -1 : place_of(&from, targets, senders, sockets, &count);
			if (place >= 0) send_to_target(&senders[place], sockets[place].fd, targets, datagram, length);
		}
		time_t time = now();
		for (int i = count - 1; i >= 0; i--) {
			if (time - senders[i].last < IDLE_SECONDS) continue;
			close(sockets[i].fd);
			forget_first(&senders[i]);
			count--;
			sockets[i] = sockets[count];
			senders[i] = senders[count];
			senders[count].first = NULL;
		}
	}
}
