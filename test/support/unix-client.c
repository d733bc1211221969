/*
 * unix-client SOCKET: sends standard input to the socket, ends its side of the connection, and then prints everything
 * that the server sends.
 *
 * unix-client SOCKET message: sends standard input to the socket and keeps its side of the connection open. Then prints
 * one message of the ssh-agent protocol: a length of 4 bytes, then a body of this length. A server may send the length
 * and the body in one piece, or in two pieces as BuildKit does.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int read_fully(int fd, void *into, size_t length) {
	return recv(fd, into, length, MSG_WAITALL) == (ssize_t)length;
}

/* Prints one message of the ssh-agent protocol. */
static int print_message(int fd) {
	uint8_t message[65536];
	uint32_t length;
	if (!read_fully(fd, &length, 4) || ntohl(length) > sizeof message - 4) return 3;
	memcpy(message, &length, 4);
	size_t whole = 4 + ntohl(length);
	if (!read_fully(fd, message + 4, whole - 4)) return 3;
	return write(1, message, whole) == (ssize_t)whole ? 0 : 4;
}

int main(int count, char **arguments) {
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char buffer[65536];
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", arguments[1]);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		perror("connect");
		return 1;
	}
	while ((n = read(0, buffer, sizeof buffer)) > 0)
		for (ssize_t sent = 0; sent < n;) {
			ssize_t wrote = write(fd, buffer + sent, n - sent);
			if (wrote < 0) return 2;
			sent += wrote;
		}
	if (count > 2) return print_message(fd);
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, buffer, sizeof buffer)) > 0)
		if (write(1, buffer, n) != n) return 4;
	return n < 0 ? 5 : 0;
}
