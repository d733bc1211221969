/*
 * Shows the host how the kernel isolates a container, and what is in the layers of images. Changes nothing: neither in
 * the container nor for it.
 *
 *   isolation watch PID ID                   namespaces, cgroup, rights and mounts of a running container
 *   isolation process PID ID NUMBER START    open files and sockets of a process of the container
 *   isolation refusals PID ID                the system calls that the kernel refuses to it from now on
 *   isolation path KEY=VALUE …               the layers that have a path
 *   isolation changes KEY=VALUE …            what a container has changed in its own layer
 *
 * The commands for images are in image.h.
 *
 * PID is the container's first process, and ID is the container's id. The first line of the output is `ok` or
 * `error REASON`. Each further line is JSON. Its texts are percent-encoded, because names are bytes.
 * `watch`, `process` and `refusals` print a line when something has changed, until their input ends or the container
 * stops. `refusals` also ends after a minute. `path` and `changes` print one line. `changes` also ends early if its
 * input ends.
 */
#ifndef ISOLATION_H
#define ISOLATION_H

#include <stddef.h>
#include <stdio.h>

#define ID_LENGTH 64

/* main.c */
_Noreturn void fail(const char *reason);
void begin_output(void);
/* Prints text percent-encoded, without quotation marks. */
void print_encoded(FILE *out, const char *text, size_t length);
void print_string(FILE *out, const char *text);
/* Reads a file below a folder. Returns the length of the text, and -1 if the file cannot be read. */
ssize_t read_file(int folder, const char *name, char *text, size_t size);
/*
 * Opens /proc/PID. Returns -1 if the process is not in the container. The open folder stays this process's folder, even
 * if another process gets its number. If `cgroup` is not NULL, writes the path of the container's cgroup.
 */
int open_process(const char *pid, const char *id, char *cgroup, size_t size);
int is_id(const char *text);
/* Sends a line, unless it is the same as the previous one in `*previous`. Takes over `line`. */
void send_changed(char **previous, char *line);

/* Waits for input or for the end of the time. Returns 0 at the end of the input. `on_line` gets each line. */
int wait_for_input(int milliseconds, void (*on_line)(char *line));

void watch_container(const char *pid, const char *id);
void watch_process(const char *pid, const char *id, const char *number, const char *start);
void watch_refusals(const char *pid, const char *id);
void find_path(int count, char **arguments);
void list_changes(int count, char **arguments);

#endif
