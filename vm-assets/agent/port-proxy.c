/*
 * dockerd's userland proxy. dockerd runs one process of it for each published port and address. This program does the
 * same as docker-proxy in 0.4 MB of memory instead of 3 MB. It serves the clients that dockerd's iptables rules do not
 * cover: programs in the machine itself, containers on the port's own network, and IPv6 clients.
 *
 *   port-proxy -proto tcp|udp -host-ip ADDRESS -host-port PORT -container-ip ADDRESS -container-port PORT -use-listen-fd
 *
 * dockerd passes the port's socket, which already listens, as file descriptor 4. This program writes its answer to file
 * descriptor 3: "0\n" when it serves the port, otherwise "1\n" and the reason (moby, cmd/docker-proxy/main_linux.go).
 *
 * If a container has an IPv6 address, its server may still listen on IPv4 alone. So if the container refuses a
 * connection to a port on `::`, this program connects to the same published port over IPv4.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "guest-constants.h"
#include "relay.h"

#define DOCKERD 3
#define LISTENER 4
#define DOCKER_PROXY "/usr/sbin/docker-proxy"

static struct targets container;

static void fail(const char *what) {
	dprintf(DOCKERD, "1\n%s: %s", what, strerror(errno));
	exit(1);
}

static struct address parse(const char *ip, const char *port) {
	struct address result = parse_address(ip, atoi(port));
	if (result.length == 0) fail(ip);
	return result;
}

static int connect_to_container(int client) {
	(void)client;
	int fd = -1;
	for (int i = 0; i < container.count && fd < 0; i++) fd = connect_to(&container.at[i], SOCK_STREAM, 0);
	return fd;
}

/*
 * Makes an IPv6 address of the host a local address of this machine. Berth carries connections to such an address over
 * SSH. sshd, which runs in this machine, then connects to the address, so the address must be local.
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

/* Exits with 0, because dockerd treats any other exit code as a failure. */
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

static int is_ipv6(const struct address *address) {
	return address->at.ss_family == AF_INET6;
}

int main(int count, char **arguments) {
	(void)count;
	const char *proto = option(arguments, "-proto");
	if (strcmp(proto, "tcp") != 0 && strcmp(proto, "udp") != 0) {
		execv(DOCKER_PROXY, arguments);
		fail(DOCKER_PROXY);
	}
	const char *host_port = option(arguments, "-host-port");
	struct address host = parse(option(arguments, "-host-ip"), host_port);
	container.at[container.count++] = parse(option(arguments, "-container-ip"), option(arguments, "-container-port"));
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	if (!has(arguments, "-use-listen-fd")) {
		errno = EINVAL;
		fail("-use-listen-fd");
	}
	/* Makes the socket blocking, so that accept() and recvfrom() wait. No other process uses the socket. */
	if (fcntl(LISTENER, F_SETFL, 0) || fcntl(LISTENER, F_SETFD, FD_CLOEXEC)) fail("the port's socket");
	if (is_ipv6(&host)) {
		const struct in6_addr *address = &((struct sockaddr_in6 *)&host.at)->sin6_addr;
		if (is_ipv6(&container.at[0]) && IN6_IS_ADDR_UNSPECIFIED(address))
			container.at[container.count++] = parse(NETWORK_GUEST, host_port);
		make_local(address);
	}
	write(DOCKERD, "0\n", 2);
	close(DOCKERD);
	if (strcmp(proto, "tcp") == 0) serve_tcp(LISTENER, connect_to_container);
	serve_udp(LISTENER, &container, -1);
}
