/*
 * unix-client SOCKET [once]: sends standard input, then prints everything that the server sends. With "once" it keeps
 * its side open and prints one answer only.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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
	if (count > 2) return (n = read(fd, buffer, sizeof buffer)) > 0 && write(1, buffer, n) == n ? 0 : 3;
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, buffer, sizeof buffer)) > 0)
		if (write(1, buffer, n) != n) return 4;
	return n < 0 ? 5 : 0;
}
