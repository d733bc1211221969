/* Verifies in the current folder that the file system behaves as programs expect. Prints each failed expectation. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define check(condition)                                                                       \
  do {                                                                                         \
    errno = 0;                                                                                 \
    if (!(condition)) printf("line %d: %s (%s)\n", __LINE__, #condition, strerror(errno));     \
  } while (0)

static char buffer[1 << 16];

static int make(const char *name, const char *content) {
  int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
  check(write(fd, content, strlen(content)) == (ssize_t)strlen(content));
  return fd;
}

static int holds(const char *name, const char *content) {
  int fd = open(name, O_RDONLY);
  ssize_t length = fd < 0 ? -1 : read(fd, buffer, sizeof buffer);
  close(fd);
  return length == (ssize_t)strlen(content) && memcmp(buffer, content, (size_t)length) == 0;
}

static void appending(void) {
  close(make("log", ""));
  int one = open("log", O_WRONLY | O_APPEND), two = open("log", O_WRONLY | O_APPEND);
  check(write(one, "a", 1) == 1 && write(two, "b", 1) == 1 && write(one, "c", 1) == 1);
  check(holds("log", "abc"));
  check(truncate("log", 1) == 0 && write(two, "d", 1) == 1 && holds("log", "ad"));
  int empty = open("log", O_WRONLY | O_TRUNC);
  check(write(one, "e", 1) == 1 && holds("log", "e"));
  close(one), close(two), close(empty);
  if (fork() == 0) {
    int fd = open("log", O_WRONLY | O_APPEND);
    for (int i = 0; i < 50; i++) check(write(fd, "0123456789", 10) == 10);
    exit(0);
  }
  int fd = open("log", O_WRONLY | O_APPEND);
  for (int i = 0; i < 50; i++) check(write(fd, "0123456789", 10) == 10);
  wait(NULL);
  struct stat st;
  check(fstat(fd, &st) == 0 && st.st_size == 1001);
  close(fd);
}

static void nameless(void) {
  int fd = make("gone", "content");
  struct stat st;
  check(unlink("gone") == 0 && access("gone", F_OK) == -1 && errno == ENOENT);
  check(pread(fd, buffer, 7, 0) == 7 && memcmp(buffer, "content", 7) == 0);
  check(pwrite(fd, "C", 1, 0) == 1 && ftruncate(fd, 3) == 0);
  check(fstat(fd, &st) == 0 && st.st_size == 3 && st.st_nlink == 0);
  check(fchmod(fd, 0600) == 0 && fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0600);
  check(fsync(fd) == 0);
  int other = make("gone", "another");
  check(pread(fd, buffer, 8, 0) == 3 && holds("gone", "another"));
  close(fd), close(other);
}

static void renaming(void) {
  int old = make("target", "old");
  close(make("source", "new"));
  check(rename("source", "target") == 0 && holds("target", "new"));
  check(pread(old, buffer, 8, 0) == 3 && memcmp(buffer, "old", 3) == 0);
  check(write(old, "!", 1) == 1 && holds("target", "new"));
  close(old);
  close(make("source", "x"));
  check(renameat2(AT_FDCWD, "source", AT_FDCWD, "target", RENAME_NOREPLACE) == -1 && errno == EEXIST);
  check(mkdir("d1", 0755) == 0 && mkdir("d2", 0755) == 0 && rename("d1", "d2") == 0);
  check(mkdir("d1", 0755) == 0 && rename("source", "d1") == -1 && errno == EISDIR);
  close(make("d2/file", "x"));
  check(rename("d1", "d2") == -1 && (errno == ENOTEMPTY || errno == EEXIST));
  check(rename("d2", "d2/in") == -1 && errno == EINVAL);
  check(rmdir("d2") == -1 && errno == ENOTEMPTY && unlink("d2/file") == 0 && rmdir("d2") == 0 && rmdir("d1") == 0);
  check(link("target", "linked") == 0 && rename("target", "linked") == 0 && holds("target", "new"));
  check(unlink("linked") == 0);
}

static void mapping(void) {
  int fd = make("mapped", "");
  check(ftruncate(fd, 100000) == 0);
  char *map = mmap(NULL, 100000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  check(map != MAP_FAILED);
  if (map == MAP_FAILED) return;
  memcpy(map + 50000, "mapped", 6);
  check(pread(fd, buffer, 6, 50000) == 6 && memcmp(buffer, "mapped", 6) == 0);
  check(msync(map, 100000, MS_SYNC) == 0);
  check(pwrite(fd, "written", 7, 10) == 7 && memcmp(map + 10, "written", 7) == 0);
  check(munmap(map, 100000) == 0);
  close(fd);
}

static void locking(void) {
  int fd = make("lock", "x");
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  check(flock(fd, LOCK_EX) == 0 && fcntl(fd, F_SETLK, &whole) == 0);
  pid_t child = fork();
  if (child == 0) {
    int other = open("lock", O_RDWR);
    check(flock(other, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK);
    check(fcntl(other, F_SETLK, &whole) == -1 && (errno == EAGAIN || errno == EACCES));
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  close(fd);
}

static void holes(void) {
  int fd = make("sparse", "begin");
  struct stat st;
  check(pwrite(fd, "end", 3, 10 << 20) == 3 && fstat(fd, &st) == 0 && st.st_size == (10 << 20) + 3);
  check(pread(fd, buffer, 4, 1 << 20) == 4 && memcmp(buffer, "\0\0\0\0", 4) == 0);
  check(lseek(fd, 0, SEEK_DATA) == 0 && lseek(fd, 0, SEEK_HOLE) > 0);
  check(posix_fallocate(fd, 0, 4096) == 0);
  check(ftruncate(fd, 2) == 0 && ftruncate(fd, 8) == 0 && pread(fd, buffer, 9, 0) == 8);
  check(memcmp(buffer, "be\0\0\0\0\0\0", 8) == 0);
  int copy = make("copy", "");
  off_t from = 0;
  check(copy_file_range(fd, &from, copy, NULL, 8, 0) == 8);
  close(fd), close(copy);
}

static void attributes(void) {
  close(make("file", "x"));
  struct timespec times[2] = {{1000000001, 123456789}, {-5, 987654321}};
  struct stat st;
  check(utimensat(AT_FDCWD, "file", times, 0) == 0 && stat("file", &st) == 0);
  check(st.st_mtim.tv_sec == -5 && st.st_atim.tv_sec == 1000000001);
  check(st.st_mtim.tv_nsec == 987654321 && st.st_atim.tv_nsec == 123456789);
  struct timespec one[2] = {{0, UTIME_OMIT}, {1790000000, 999999999}};
  check(utimensat(AT_FDCWD, "file", one, 0) == 0 && stat("file", &st) == 0 && st.st_mtim.tv_nsec == 999999999);
  check(st.st_atim.tv_sec == 1000000001 && st.st_atim.tv_nsec == 123456789);
  int opened = open("file", O_RDONLY);
  check(futimens(opened, times) == 0 && fstat(opened, &st) == 0 && st.st_mtim.tv_nsec == 987654321);
  close(opened);
  struct stat made;
  close(make("made", "x"));
  check(utimensat(AT_FDCWD, "file", NULL, 0) == 0 && stat("file", &st) == 0 && stat("made", &made) == 0);
  check(st.st_mtim.tv_sec > made.st_mtim.tv_sec ||
        (st.st_mtim.tv_sec == made.st_mtim.tv_sec && st.st_mtim.tv_nsec >= made.st_mtim.tv_nsec));
  check(symlink("nowhere", "dangling") == 0 && utimensat(AT_FDCWD, "dangling", times, AT_SYMLINK_NOFOLLOW) == 0);
  check(lstat("dangling", &st) == 0 && st.st_size == 7 && st.st_mtim.tv_sec == -5);
  for (int mode = 0; mode <= 0777; mode += 0222)
    check(chmod("file", (mode_t)mode) == 0 && stat("file", &st) == 0 && (st.st_mode & 0777) == (mode_t)mode);
  umask(0);
  check(mkdir("open", 0777) == 0 && stat("open", &st) == 0 && (st.st_mode & 0777) == 0777);
  umask(077);
  int fd = open("private", O_CREAT | O_EXCL | O_WRONLY, 0666);
  check(fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0600);
  check(open("private", O_CREAT | O_EXCL | O_WRONLY, 0666) == -1 && errno == EEXIST);
  close(fd);
  umask(022);
  char long_name[257], target[4000];
  memset(long_name, 'n', 256);
  long_name[256] = 0;
  check(open(long_name, O_CREAT | O_WRONLY, 0644) == -1 && errno == ENAMETOOLONG);
  long_name[255] = 0;
  close(make(long_name, "long"));
  check(holds(long_name, "long"));
  memset(target, 't', sizeof target - 1);
  target[sizeof target - 1] = 0;
  check(symlink(target, "far") == 0 && readlink("far", buffer, sizeof buffer) == (ssize_t)sizeof target - 1);
  check(open("dangling", O_RDONLY | O_NOFOLLOW) == -1 && errno == ELOOP);
  check(open("file/x", O_RDONLY) == -1 && errno == ENOTDIR);
  check(open("open", O_WRONLY) == -1 && errno == EISDIR);
  check(unlink("open") == -1 && errno == EISDIR);
  struct statfs fs;
  check(statfs(".", &fs) == 0 && fs.f_blocks > 0 && fs.f_bavail > 0 && fs.f_namelen == 255);
  int folder = open(".", O_RDONLY | O_DIRECTORY);
  check(fsync(folder) == 0);
  close(folder);
}

static void extended(void) {
  int fd = make("x", "12345");
  check(setxattr("x", "user.a", "value", 5, XATTR_CREATE) == 0);
  check(setxattr("x", "user.a", "value", 5, XATTR_CREATE) == -1 && errno == EEXIST);
  check(getxattr("x", "user.a", NULL, 0) == 5 && fgetxattr(fd, "user.a", buffer, 256) == 5);
  check(memcmp(buffer, "value", 5) == 0 && getxattr("x", "user.a", buffer, 2) == -1 && errno == ERANGE);
  check(listxattr("x", buffer, 256) == 7 && strcmp(buffer, "user.a") == 0);
  check(removexattr("x", "user.a") == 0 && getxattr("x", "user.a", buffer, 256) == -1 && errno == ENODATA);
  check(setxattr("x", "system.a", "v", 1, 0) == -1 && errno == EOPNOTSUPP);
  struct stat st;
  check(fallocate(fd, 0, 0, 100000) == 0 && fstat(fd, &st) == 0 && st.st_size == 100000 && st.st_blocks >= 195);
  check(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 8192) == 0);
  check(pread(fd, buffer, 5, 0) == 5 && memcmp(buffer, "12345", 5) == 0);
  close(fd);
  check(mkdir("d", 0755) == 0);
  close(make("d/in", ""));
  check(renameat2(AT_FDCWD, "x", AT_FDCWD, "d", RENAME_EXCHANGE) == 0);
  check(stat("d", &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 100000 && access("x/in", F_OK) == 0);
  check(unlink("d") == 0 && unlink("x/in") == 0 && rmdir("x") == 0);
}

static void emptying(void) {
  check(mkdir("full", 0755) == 0 && chdir("full") == 0);
  char name[32];
  for (int i = 0; i < 100; i++) {
    snprintf(name, sizeof name, "%d", i);
    close(make(name, ""));
  }
  DIR *dir = opendir(".");
  int removed = 0;
  for (struct dirent *entry; (entry = readdir(dir));)
    if (entry->d_name[0] != '.' && unlink(entry->d_name) == 0) removed++;
  closedir(dir);
  check(removed == 100 && chdir("..") == 0 && rmdir("full") == 0);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  check(mkdir("posix", 0755) == 0 && chdir("posix") == 0);
  appending(), nameless(), renaming(), mapping(), locking(), holes(), attributes(), extended(), emptying();
  puts("done");
  return 0;
}
