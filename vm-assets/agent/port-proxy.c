/*
 * dockerd's userland proxy. dockerd runs one for each published port and address. It does what docker-proxy does, in
 * 0.4 MB of memory instead of 3. It serves the clients that dockerd's iptables rules do not cover: programs in the
 * machine itself, containers on the port's own network, and IPv6.
 *
 *   port-proxy -proto tcp|udp -host-ip ADDRESS -host-port PORT -container-ip ADDRESS -container-port PORT -use-listen-fd
 *
 * dockerd passes the socket of the port, which listens already, as file descriptor 4. The answer to dockerd goes to file
 * descriptor 3: "0\n" when this serves the port, else "1\n" and the reason (moby, cmd/docker-proxy/main_linux.go).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "connection.h"

#define DOCKERD 3
#define LISTENER 4
#define DOCKER_PROXY "/usr/sbin/docker-proxy"
#define DATAGRAM 65536
#define CLIENTS 1024    /* the most UDP senders at a time */
#define IDLE_SECONDS 90 /* a sender is forgotten this long after its last datagram */

struct address {
	struct sockaddr_storage at;
	socklen_t length;
};

static struct address container;

static void fail(const char *what) {
	dprintf(DOCKERD, "1\n%s: %s", what, strerror(errno));
	exit(1);
}

static struct address parse(const char *ip, const char *port) {
	struct address result = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&result.at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&result.at;
	if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(atoi(port));
		result.length = sizeof *v4;
	} else if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(atoi(port));
		result.length = sizeof *v6;
	} else {
		errno = EINVAL;
		fail(ip);
	}
	return result;
}

/* Opens a socket that is connected to the container. Returns -1 and sets errno on failure. */
static int connect_to_container(int type) {
	int fd = socket(container.at.ss_family, type | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&container.at, container.length) == 0) return fd;
	if (fd >= 0) close(fd);
	return -1;
}

static void *carry_connection(void *argument) {
	struct connection *connection = argument;
	int on = 1;
	connection->server = connect_to_container(SOCK_STREAM);
	if (connection->server >= 0) {
		setsockopt(connection->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		setsockopt(connection->server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	}
	carry_both(connection);
	return NULL;
}

/* --- UDP: each sender has its own socket to the container, so that replies reach the right sender. --- */

struct client {
	struct address address;
	time_t last;
};

static time_t now(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* The sender's index in `clients`. A new sender is added. If all are in use, it replaces the longest silent one. */
static int place_of(const struct address *sender, struct client *clients, struct pollfd *sockets, int *count) {
	int oldest = 0, is_full = *count == CLIENTS;
	for (int i = 0; i < *count; i++) {
		if (clients[i].address.length == sender->length &&
		    memcmp(&clients[i].address.at, &sender->at, sender->length) == 0)
			return i;
		if (clients[i].last < clients[oldest].last) oldest = i;
	}
	int fd = connect_to_container(SOCK_DGRAM);
	if (fd < 0) return -1;
	int place = is_full ? oldest : (*count)++;
	if (is_full) close(sockets[place].fd);
	sockets[place] = (struct pollfd){.fd = fd, .events = POLLIN};
	clients[place].address = *sender;
	return place;
}

static void serve_udp(int listener) {
	static char datagram[DATAGRAM];
	static struct client clients[CLIENTS];
	/* First the listener, then the clients' sockets. */
	static struct pollfd all[CLIENTS + 1];
	struct pollfd *sockets = all + 1;
	int count = 0;
	all[0] = (struct pollfd){.fd = listener, .events = POLLIN};
	for (;;) {
		if (poll(all, count + 1, count > 0 ? IDLE_SECONDS * 1000 : -1) < 0) continue;
		for (int i = 0; i < count; i++) {
			if (!sockets[i].revents) continue;
			ssize_t length = recv(sockets[i].fd, datagram, sizeof datagram, MSG_DONTWAIT);
			/* An error means that the container refused an earlier datagram. It may listen later. */
			if (length < 0) continue;
			sendto(listener, datagram, length, 0, (struct sockaddr *)&clients[i].address.at, clients[i].address.length);
			clients[i].last = now();
		}
		if (all[0].revents) {
			struct address sender = {.length = sizeof sender.at};
			ssize_t length = recvfrom(listener, datagram, sizeof datagram, MSG_DONTWAIT, (struct sockaddr *)&sender.at,
						  &sender.length);
			int place = length < 0 ? -1 : place_of(&sender, clients, sockets, &count);
			if (place >= 0) {
				send(sockets[place].fd, datagram, length, 0);
				clients[place].last = now();
			}
		}
		time_t time = now();
		for (int i = count - 1; i >= 0; i--) {
			if (time - clients[i].last < IDLE_SECONDS) continue;
			close(sockets[i].fd);
			count--;
			sockets[i] = sockets[count];
			clients[i] = clients[count];
		}
	}
}

/*
 * Makes an IPv6 address of the host local to this machine. Connections to it arrive over SSH only, so it is sshd, in
 * this machine, that connects to the address.
 */
static void make_local(const struct in6_addr *address) {
	if (IN6_IS_ADDR_UNSPECIFIED(address) || IN6_IS_ADDR_LOOPBACK(address)) return;
	char text[INET6_ADDRSTRLEN];
	inet_ntop(AF_INET6, address, text, sizeof text);
	pid_t child = fork();
	if (child == 0) {
		execlp("ip", "ip", "-6", "route", "replace", "local", text, "dev", "lo", NULL);
		_exit(127);
	}
	if (child > 0) waitpid(child, NULL, 0);
}

/* dockerd treats any other exit code as a failure. */
static void stop(int signal) {
	(void)signal;
	_exit(0);
}

static const char *option(char **arguments, const char *name) {
	for (; arguments[0] && arguments[1]; arguments++)
		if (strcmp(arguments[0], name) == 0) return arguments[1];
	errno = EINVAL;
	fail(name);
	return NULL;
}

static int has(char **arguments, const char *flag) {
	while (*arguments)
		if (strcmp(*arguments++, flag) == 0) return 1;
	return 0;
}

int main(int count, char **arguments) {
	(void)count;
	const char *proto = option(arguments, "-proto");
	if (strcmp(proto, "tcp") != 0 && strcmp(proto, "udp") != 0) {
		execv(DOCKER_PROXY, arguments);
		fail(DOCKER_PROXY);
	}
	struct address host = parse(option(arguments, "-host-ip"), option(arguments, "-host-port"));
	container = parse(option(arguments, "-container-ip"), option(arguments, "-container-port"));
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	if (!has(arguments, "-use-listen-fd")) {
		errno = EINVAL;
		fail("-use-listen-fd");
	}
	/* This waits in accept() and recvfrom(). Nobody else uses the socket. */
	if (fcntl(LISTENER, F_SETFL, 0) || fcntl(LISTENER, F_SETFD, FD_CLOEXEC)) fail("the port's socket");
	if (host.at.ss_family == AF_INET6) make_local(&((struct sockaddr_in6 *)&host.at)->sin6_addr);
	write(DOCKERD, "0\n", 2);
	close(DOCKERD);
	if (strcmp(proto, "tcp") == 0) serve(LISTENER, carry_connection, NULL);
	serve_udp(LISTENER);
}
