/* The arguments, the output, and the ways to a process of a container. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../input-lines.h"
#include "image.h"
#include "isolation.h"

#define CGROUPS "/sys/fs/cgroup"

_Noreturn void fail(const char *reason) {
	printf("error %s\n", reason);
	fflush(stdout);
	exit(1);
}

void begin_output(void) {
	puts("ok");
	fflush(stdout);
}

void print_encoded(FILE *out, const char *text, size_t length) {
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = text[i];
		if (isalnum(byte) || (byte && strchr("-._~/ ", byte))) putc(byte, out);
		else fprintf(out, "%%%c%c", hex[byte >> 4], hex[byte & 15]);
	}
}

void print_string(FILE *out, const char *text) {
	putc('"', out);
	print_encoded(out, text, strlen(text));
	putc('"', out);
}

ssize_t read_file(int folder, const char *name, char *text, size_t size) {
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) return -1;
	/* A file below /proc may need several reads. */
	ssize_t length = 0, part;
	while (length < (ssize_t)size - 1 && (part = read(fd, text + length, size - 1 - length)) != 0) {
		if (part < 0 && errno == EINTR) continue;
		if (part < 0) {
			close(fd);
			return -1;
		}
		length += part;
	}
	close(fd);
	text[length] = 0;
	return length;
}

int is_id(const char *text) {
	return strlen(text) == ID_LENGTH && strspn(text, "0123456789abcdef") == ID_LENGTH;
}

int open_process(const char *pid, const char *id, char *cgroup, size_t size) {
	char path[64], text[PATH_MAX + 64];
	if (*pid == 0 || strlen(pid) > 10 || strspn(pid, "0123456789") != strlen(pid) || !is_id(id)) return -1;
	snprintf(path, sizeof path, "/proc/%s", pid);
	int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) return -1;
	char *line = read_file(folder, "cgroup", text, sizeof text) > 0 ? strstr(text, "0::/") : NULL;
	char *found = NULL;
	if (line) {
		line += 3;
		line[strcspn(line, "\n")] = 0;
		found = strstr(line, id);
	}
	if (found == NULL) {
		close(folder);
		return -1;
	}
	/* A container may move its processes into cgroups below its own. */
	found[strcspn(found, "/")] = 0;
	if (cgroup) snprintf(cgroup, size, CGROUPS "%s", line);
	return folder;
}

void send_changed(char **previous, char *line) {
	if (*previous && strcmp(*previous, line) == 0) {
		free(line);
		return;
	}
	free(*previous);
	*previous = line;
	if (puts(line) < 0 || fflush(stdout) != 0) exit(0);
}

int wait_for_input(int milliseconds, void (*on_line)(char *line)) {
	static char buffer[1 << 17];
	static struct input input = { .buffer = buffer, .size = sizeof buffer };
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	if (poll(&fd, 1, milliseconds) <= 0) return 1;
	return read_lines(&input, on_line);
}

int main(int count, char **arguments) {
	const char *verb = count > 1 ? arguments[1] : "";
	if (count == 4 && !strcmp(verb, "watch")) watch_container(arguments[2], arguments[3]);
	else if (count == 6 && !strcmp(verb, "process"))
		watch_process(arguments[2], arguments[3], arguments[4], arguments[5]);
	else if (count == 4 && !strcmp(verb, "refusals")) watch_refusals(arguments[2], arguments[3]);
	else if (!strcmp(verb, "path")) find_path(count - 2, arguments + 2);
	else if (!strcmp(verb, "changes")) list_changes(count - 2, arguments + 2);
	else if (!strcmp(verb, "image-folder")) list_image_folder(count - 2, arguments + 2);
	else if (!strcmp(verb, "image-waste")) find_waste(count - 2, arguments + 2);
	else if (!strcmp(verb, "image-find")) find_in_image(count - 2, arguments + 2);
	else if (!strcmp(verb, "image-compare")) compare_images(count - 2, arguments + 2);
	else fail("usage");
	return 0;
}
