/*
 * Watches the folders in its arguments. Prints "ready", then one line for each event of the kinds below, such as
 * "create FOLDER NAME".
 */
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

static const struct {
	unsigned mask;
	const char *name;
} events[] = {
	{ IN_CREATE, "create" },         { IN_MODIFY, "modify" },     { IN_CLOSE_WRITE, "close-write" },
	{ IN_DELETE, "delete" },         { IN_MOVED_FROM, "moved-from" }, { IN_MOVED_TO, "moved-to" },
};

int main(int count, char **folders) {
	char buffer[65536] __attribute__((aligned(8)));
	int fd = inotify_init();
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* The kernel numbers the watches from 1. So the number of a watch is also the index of its argument. */
	for (int i = 1; i < count; i++)
		if (inotify_add_watch(fd, folders[i], IN_ALL_EVENTS) != i) return 1;
	puts("ready");
	for (;;) {
		ssize_t length = read(fd, buffer, sizeof buffer);
		if (length <= 0) return 1;
		for (char *next = buffer; next < buffer + length;) {
			const struct inotify_event *event = (const struct inotify_event *)next;
			for (unsigned i = 0; i < sizeof events / sizeof *events; i++)
				if (event->wd > 0 && (event->mask & events[i].mask))
					printf("%s %s %s\n", events[i].name, folders[event->wd], event->len ? event->name : "");
			next += sizeof *event + event->len;
		}
	}
}
