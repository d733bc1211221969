/* The process that carries connections to the host's sockets in shared folders. */
#include "mount-agent.h"

#include <signal.h>

#include "../host-connection.h"

/*
 * A socket of the host, as programs in the machine see it in a shared folder. The kernel connects a program to the
 * listener that is bound to the same inode. So the listener binds a name, and the host replies with the node of its
 * socket. Only the listener uses the folder of these names. In another folder, it could wait for a lock that is held by
 * a program which waits for the listener.
 */
struct endpoint {
	int listener;
	uint64_t node;
	char name[24]; /* the node in digits. Never freed, because a connection may still use it. */
};
#define MAX_ENDPOINTS 256

static int sockets_folder;

/* Returns 0 or an error number. If there are too many endpoints, the oldest one ends. */
static int listen_on_node(uint64_t node) {
	static struct endpoint *endpoints[MAX_ENDPOINTS];
	static size_t next;
	for (int i = 0; i < MAX_ENDPOINTS; i++)
		if (endpoints[i] && endpoints[i]->node == node) return 0;
	struct endpoint *endpoint = calloc(1, sizeof *endpoint);
	if (!endpoint) return ENOMEM;
	endpoint->node = node;
	snprintf(endpoint->name, sizeof endpoint->name, "%" PRIu64, node);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", sockets_folder, endpoint->name);
	endpoint->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int failed = endpoint->listener < 0 || bind(endpoint->listener, (struct sockaddr *)&address, sizeof address) < 0 ||
		     listen(endpoint->listener, SOMAXCONN) < 0;
	int error = failed ? errno : serve_host_socket(endpoint->listener, endpoint->name);
	if (error) {
		if (endpoint->listener >= 0) close(endpoint->listener);
		free(endpoint);
		return error;
	}
	struct endpoint **place = &endpoints[next++ % MAX_ENDPOINTS];
	if (*place) {
		report_in(sockets_folder, MOUNT_AGENT_NOT_LISTENING, (*place)->node, 0);
		shutdown((*place)->listener, SHUT_RDWR);
	}
	*place = endpoint;
	return 0;
}

void listener(void) {
	signal(SIGPIPE, SIG_IGN);
	sockets_folder = open(ROOT "/" MOUNT_AGENT_SOCKETS_FOLDER, O_PATH | O_DIRECTORY | O_CLOEXEC);
	report_in(sockets_folder, MOUNT_AGENT_LISTENER_STARTED, 0, 0);
	for (uint64_t node;;)
		if (recv(sockets_out, &node, sizeof node, 0) == sizeof node)
			report_in(sockets_folder, MOUNT_AGENT_LISTENING, node, listen_on_node(node));
}
