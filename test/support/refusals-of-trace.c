/* Reads lines of a kernel trace from its input, and prints what `isolation refusals` makes of them. */
#include "../../vm-assets/agent/isolation/refusals.c"

_Noreturn void fail(const char *reason) {
	(void)reason;
	exit(1);
}
void begin_output(void) {}
void print_string(FILE *out, const char *text) {
	putc('"', out);
	for (; *text; text++) fprintf(out, *text < ' ' || strchr("\"\\", *text) ? "%%%02X" : "%c", *text);
	putc('"', out);
}
int open_process(const char *pid, const char *id, char *cgroup, size_t size) {
	(void)pid, (void)id, (void)cgroup, (void)size;
	return -1;
}
/* No process of the trace runs any more. */
ssize_t read_file(int folder, const char *name, char *text, size_t size) {
	(void)folder, (void)name, (void)text, (void)size;
	return -1;
}
int wait_for_input(int milliseconds, void (*on_line)(char *line)) {
	(void)milliseconds, (void)on_line;
	return 0;
}
void send_changed(char **previous, char *line) {
	(void)previous;
	puts(line);
	free(line);
}

int main(void) {
	trace = 0;
	read_trace();
	send_refusals();
	(void)watch_refusals;
}
