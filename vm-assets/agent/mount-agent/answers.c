#include "mount-agent.h"

#include <pthread.h>
#include <time.h>

#include "answers.h"

/*
 * A folder that a program in the machine has just made, with the names that were made in it since. The kernel looks up
 * each name before it creates it. While programs continue to fill the folder, the agent answers that the name is
 * missing. The host grants this for a folder that it watches, and revokes it when a program of the host adds a name.
 */
struct new_folder {
	uint64_t node, until; /* 0 without a folder; milliseconds of now_ms() */
	size_t count, room;
	uint64_t *names; /* hashes in an open hash table, 0 for an empty place */
};
#define NEW_FOLDERS 256
#define NEW_FOLDER_MS 1000  /* how long after the last new name */
#define MAX_NEW_NAMES 65536 /* in one folder */

/* The end of a listing, which the host has already sent. The kernel asks once more to find it. */
struct listing_end {
	uint64_t handle, offset;
};
#define LISTING_ENDS 64

/* Of this process only: a new pump begins without any. */
static pthread_mutex_t answers_lock = PTHREAD_MUTEX_INITIALIZER;
static struct new_folder new_folders[NEW_FOLDERS];
static struct listing_end listing_ends[LISTING_ENDS];
static size_t next_listing_end;

static uint64_t now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void drop_folder(struct new_folder *folder) {
	free(folder->names);
	memset(folder, 0, sizeof *folder);
}

void drop_answers(void) {
	pthread_mutex_lock(&answers_lock);
	for (int i = 0; i < NEW_FOLDERS; i++) drop_folder(&new_folders[i]);
	memset(listing_ends, 0, sizeof listing_ends);
	pthread_mutex_unlock(&answers_lock);
}

static struct new_folder *find_new_folder(uint64_t node) {
	struct new_folder *folder = &new_folders[node % NEW_FOLDERS];
	return node && folder->node == node ? folder : NULL;
}

void grant_new_folder(uint64_t node) {
	pthread_mutex_lock(&answers_lock);
	struct new_folder *folder = &new_folders[node % NEW_FOLDERS];
	drop_folder(folder);
	folder->node = node;
	folder->until = now_ms() + NEW_FOLDER_MS;
	pthread_mutex_unlock(&answers_lock);
}

void revoke_new_folder(uint64_t node) {
	pthread_mutex_lock(&answers_lock);
	struct new_folder *folder = find_new_folder(node);
	if (folder) drop_folder(folder);
	pthread_mutex_unlock(&answers_lock);
}

/*
 * The hash of a name, or 0 for one that the host may treat as equal to another spelling in ways that only it knows. The
 * case of ASCII letters makes no difference, and Windows has short names with a tilde.
 */
static uint64_t hash_name(const char *name) {
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;
		if (c >= 128 || c == '~') return 0;
		hash = (hash ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 0x100000001b3;
	}
	return hash ? hash : 1;
}

static size_t place_of(const struct new_folder *folder, uint64_t hash) {
	size_t at = hash & (folder->room - 1);
	while (folder->names[at] && folder->names[at] != hash) at = (at + 1) & (folder->room - 1);
	return at;
}

static int has_name(const struct new_folder *folder, uint64_t hash) {
	return folder->room && folder->names[place_of(folder, hash)];
}

/* A program makes this name. Without room for it, the host is asked for every name again. */
static void add_name(uint64_t node, const char *name) {
	struct new_folder *folder = find_new_folder(node);
	if (!folder) return;
	uint64_t hash = hash_name(name);
	if (2 * folder->count >= folder->room) {
		struct new_folder larger = *folder;
		larger.room = folder->room ? 2 * folder->room : 64;
		larger.names = larger.room <= MAX_NEW_NAMES ? calloc(larger.room, sizeof *larger.names) : NULL;
		if (larger.names) {
			for (size_t i = 0; i < folder->room; i++)
				if (folder->names[i]) larger.names[place_of(&larger, folder->names[i])] = folder->names[i];
			free(folder->names);
			*folder = larger;
		} else hash = 0;
	}
	if (!hash) {
		drop_folder(folder);
		return;
	}
	size_t at = place_of(folder, hash);
	if (!folder->names[at]) folder->names[at] = hash, folder->count++;
	folder->until = now_ms() + NEW_FOLDER_MS;
}

static int is_missing(uint64_t node, const char *name) {
	struct new_folder *folder = find_new_folder(node);
	uint64_t hash = hash_name(name);
	if (!folder || !hash) return 0;
	if (now_ms() <= folder->until) return !has_name(folder, hash);
	drop_folder(folder);
	return 0;
}

void keep_listing_end(const void *end) {
	pthread_mutex_lock(&answers_lock);
	memcpy(&listing_ends[next_listing_end++ % LISTING_ENDS], end, sizeof *listing_ends);
	pthread_mutex_unlock(&answers_lock);
}

static int is_listing_end(uint64_t handle, uint64_t offset) {
	for (int i = 0; i < LISTING_ENDS; i++)
		if (listing_ends[i].offset && listing_ends[i].handle == handle && listing_ends[i].offset == offset) return 1;
	return 0;
}

/* The folder is listed again from its beginning (rewinddir), and may have more names now. */
static void forget_listing_end(uint64_t handle) {
	for (int i = 0; i < LISTING_ENDS; i++)
		if (listing_ends[i].handle == handle) listing_ends[i].offset = 0;
}

static int is_user_attribute(const char *name) { return strncmp(name, "user.", 5) == 0; }

static int answer(const struct fuse_in_header *header, int error) {
	struct fuse_out_header reply = { .len = sizeof reply, .error = error, .unique = header->unique };
	return write(fuse_fd, &reply, sizeof reply) == sizeof reply;
}

/* Each name in a message of the kernel ends with a zero. */
int answer_here(struct fuse_in_header *header) {
	const char *body = (const char *)(header + 1);
	int answered = 0;
	if (header->pid == (uint32_t)atomic_load(&state->helper)) return 0; /* it repeats what the host has done */
	pthread_mutex_lock(&answers_lock);
	switch (header->opcode) {
	case FUSE_LOOKUP: answered = is_missing(header->nodeid, body) && answer(header, -ENOENT); break;
	case FUSE_SYMLINK: add_name(header->nodeid, body); break;
	case FUSE_MKNOD: add_name(header->nodeid, body + sizeof(struct fuse_mknod_in)); break;
	case FUSE_MKDIR: add_name(header->nodeid, body + sizeof(struct fuse_mkdir_in)); break;
	case FUSE_CREATE: add_name(header->nodeid, body + sizeof(struct fuse_create_in)); break;
	case FUSE_LINK: add_name(header->nodeid, body + sizeof(struct fuse_link_in)); break;
	case FUSE_RENAME:
	case FUSE_RENAME2: {
		const char *name = body + (header->opcode == FUSE_RENAME ? sizeof(struct fuse_rename_in)
								       : sizeof(struct fuse_rename2_in));
		add_name(*(const uint64_t *)body, name + strlen(name) + 1); /* both begin with the new folder */
		break;
	}
	/*
	 * The host stores attributes of programs only. Before a write, the kernel asks for one of its own. Without
	 * FUSE_SETXATTR_EXT, fuse_setxattr_in is as long as fuse_getxattr_in.
	 */
	case FUSE_GETXATTR:
	case FUSE_SETXATTR:
		body += sizeof(struct fuse_getxattr_in);
		/* fall through */
	case FUSE_REMOVEXATTR: answered = !is_user_attribute(body) && answer(header, -EOPNOTSUPP); break;
	case FUSE_READDIR:
	case FUSE_READDIRPLUS: {
		const struct fuse_read_in *in = (const struct fuse_read_in *)body;
		if (in->offset == 0) forget_listing_end(in->fh);
		else answered = is_listing_end(in->fh, in->offset) && answer(header, 0);
		break;
	}
	}
	pthread_mutex_unlock(&answers_lock);
	return answered;
}

int answer_end_of_use(struct fuse_in_header *header) {
	switch (header->opcode) {
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET: return 1;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		if (!answer(header, 0)) return 0;
		header->unique = 0;
		return 1;
	default: return 0;
	}
}
