/* The marks of overlayfs in a layer: https://docs.kernel.org/filesystems/overlayfs.html */
#ifndef OVERLAY_H
#define OVERLAY_H

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../file-type.h"

/* How to open a folder of a layer. No link of a container leads out of its layers, and no access time changes. */
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME)

/* Whether the layer removes this name of the layers below it. */
static inline int is_whiteout(mode_t mode, dev_t device) {
	return S_ISCHR(mode) && device == 0;
}

/* The letter of the type. D is a whiteout. */
static inline char layer_type(mode_t mode, dev_t device) {
	return is_whiteout(mode, device) ? 'D' : file_type(mode);
}

/* Whether an open folder hides the same folder of the layers below it. */
static inline int is_opaque(int fd) {
	char value;
	return fgetxattr(fd, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

static inline int is_opaque_folder(int parent, const char *name) {
	int fd = openat(parent, *name ? name : ".", FOLDER_FLAGS);
	int opaque = fd >= 0 && is_opaque(fd);
	if (fd >= 0) close(fd);
	return opaque;
}

#endif
