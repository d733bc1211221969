/*
 * The open files and sockets of one process. Prints a line whenever they have changed:
 *   {"folder":…,"program":…,"files":[[NUMBER,TARGET],…],"sockets":[[NUMBER,KIND,LOCAL,REMOTE,STATE],…],"more":BOOL}
 * Addresses are the kernel's hexadecimal text. A unix socket has its path as LOCAL.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "isolation.h"

#define PERIOD_MS 2000
#define MAX_FILES 300
/* The network of the machine may have many sockets. */
#define MAX_LINES 20000

static struct {
	unsigned long inode;
	int number;
} sockets[MAX_FILES];
static int socket_count, printed_sockets;

static void print_link(FILE *out, int folder, const char *name) {
	char target[PATH_MAX];
	ssize_t length = readlinkat(folder, name, target, sizeof target - 1);
	target[length < 0 ? 0 : length] = 0;
	print_string(out, target);
}

/* Returns 1 if the process has more files than this program lists. */
static int print_files(FILE *out, int process) {
	int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0, more = 0;
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	socket_count = 0;
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		char target[PATH_MAX];
		if (entry->d_name[0] == '.') continue;
		if (count + socket_count == MAX_FILES) {
			more = 1;
			break;
		}
		ssize_t length = readlinkat(fd, entry->d_name, target, sizeof target - 1);
		if (length < 0) continue;
		target[length] = 0;
		unsigned long inode;
		if (sscanf(target, "socket:[%lu]", &inode) == 1) {
			sockets[socket_count].inode = inode;
			sockets[socket_count++].number = atoi(entry->d_name);
			continue;
		}
		fprintf(out, "%s[%d,", count++ ? "," : "", atoi(entry->d_name));
		print_string(out, target);
		putc(']', out);
	}
	if (folder) closedir(folder);
	return more;
}

static int number_of(unsigned long inode) {
	for (int i = 0; i < socket_count; i++)
		if (sockets[i].inode == inode) return sockets[i].number;
	return -1;
}

static void print_socket(FILE *out, int number, const char *kind, const char *local, const char *remote, unsigned state) {
	fprintf(out, "%s[%d,\"%s\",", printed_sockets++ ? "," : "", number, kind);
	print_string(out, local);
	putc(',', out);
	print_string(out, remote);
	fprintf(out, ",%u]", state);
}

/* Opened each time, because an open file would keep the network of an ended container alive. */
static FILE *open_list(int process, const char *kind) {
	char path[32];
	snprintf(path, sizeof path, "net/%s", kind);
	int fd = openat(process, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

static void print_sockets(FILE *out, int process) {
	static const char *const kinds[] = { "tcp", "tcp6", "udp", "udp6", "unix" };
	printed_sockets = 0;
	for (int kind = 0; socket_count > 0 && kind < 5; kind++) {
		FILE *list = open_list(process, kinds[kind]);
		char line[1024], local[512], remote[64];
		unsigned state;
		unsigned long inode;
		for (int lines = 0; list && lines < MAX_LINES && fgets(line, sizeof line, list); lines++) {
			local[0] = remote[0] = 0;
			if (kind < 4) {
				if (sscanf(line, "%*d: %63[0-9A-F:] %63[0-9A-F:] %x %*s %*s %*s %*u %*u %lu", local, remote, &state, &inode) != 4)
					continue;
			} else if (sscanf(line, "%*s %*s %*s %*s %*s %x %lu %511[^\n]", &state, &inode, local) < 2) continue;
			int number = number_of(inode);
			if (number >= 0) print_socket(out, number, kinds[kind], local, remote, state);
		}
		if (list) fclose(list);
	}
}

/*
 * Whether the process still runs and has started at this time (proc(5): the 3rd and the 22nd field). The process's name
 * may contain any character, so the fields begin after the last `)`. A zombie has ended, even if its parent never waits
 * for it.
 */
static int runs_since(int process, const char *start) {
	char text[2048];
	if (read_file(process, "stat", text, sizeof text) < 0) return 0;
	char *end = strrchr(text, ')'), *save, *word = end ? strtok_r(end + 1, " ", &save) : NULL;
	if (word && strchr("ZX", *word)) return 0;
	for (int field = 3; word && field < 22; field++) word = strtok_r(NULL, " ", &save);
	return word && strcmp(word, start) == 0;
}

void watch_process(const char *pid, const char *id, const char *number, const char *start) {
	char *sent = NULL;
	int first = open_process(pid, id, NULL, 0);
	int process = open_process(number, id, NULL, 0);
	if (first < 0 || process < 0 || !runs_since(process, start)) fail("gone");
	close(first);
	begin_output();
	do {
		char *line;
		size_t size;
		/* The open folder stays this process's folder: after its end, nothing in it can be read. */
		if (!runs_since(process, start)) return;
		FILE *out = open_memstream(&line, &size);
		if (out == NULL) exit(1);
		fputs("{\"folder\":", out);
		print_link(out, process, "cwd");
		fputs(",\"program\":", out);
		print_link(out, process, "exe");
		fputs(",\"files\":[", out);
		int more = print_files(out, process);
		fputs("],\"sockets\":[", out);
		print_sockets(out, process);
		fprintf(out, "],\"more\":%s}", more ? "true" : "false");
		fclose(out);
		send_changed(&sent, line);
	} while (wait_for_input(PERIOD_MS, NULL));
}
