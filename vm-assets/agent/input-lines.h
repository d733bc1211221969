/* Reads standard input line by line, for a program that waits for other events too. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What has been read of the next line. A line that does not fit into the buffer ends the input. */
struct input {
	char *buffer;
	size_t size, length;
};

/*
 * Reads once from standard input. `on_line`, which may be NULL, gets each line that is now complete. Returns 0 at the
 * end of the input.
 */
static int read_lines(struct input *input, void (*on_line)(char *line)) {
	size_t room = input->size - 1 - input->length;
	ssize_t part = read(STDIN_FILENO, input->buffer + input->length, room);
	if (part < 0 && errno == EINTR) return 1;
	if (part <= 0) return 0;
	input->buffer[input->length + part] = 0;
	char *line = input->buffer, *end;
	while ((end = strchr(line, '\n')) != NULL) {
		*end = 0;
		if (on_line) on_line(line);
		line = end + 1;
	}
	input->length = strlen(line);
	memmove(input->buffer, line, input->length);
	return input->length < input->size - 1;
}
