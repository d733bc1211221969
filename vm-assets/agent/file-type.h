/* The letters with which the programs in the machine report the type of a file. */
#include <sys/stat.h>

static inline char file_type(mode_t mode) {
	switch (mode & S_IFMT) {
	case S_IFREG: return 'f';
	case S_IFDIR: return 'd';
	case S_IFLNK: return 'l';
	case S_IFIFO: return 'p';
	case S_IFSOCK: return 's';
	case S_IFBLK: return 'b';
	default: return 'c';
	}
}
