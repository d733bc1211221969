/*
 * QEMU's user network carries connections from the host into this machine over IPv4 only. In the other direction,
 * QEMU's address of the host, NETWORK_HOST, leads to the host's 127.0.0.1 only. This program bridges to IPv6 in both
 * directions.
 *
 *   ipv6-bridge host               accepts the connections that programs make to NETWORK_HOST, and carries them to the
 *                                  host's 127.0.0.1. If no server listens there, carries them to the host's ::1 (see
 *                                  etc/berth/host-connections.nft)
 *   ipv6-bridge udp ADDRESS PORT   opens a UDP port of this machine and prints its number. Carries the port's
 *                                  datagrams to this IPv6 ADDRESS and PORT until standard input ends
 *   ipv6-bridge free tcp|udp PORT… prints each of the ports on which no socket receives over IPv4
 */
#define _GNU_SOURCE
/* The C library's headers must come before the kernel's headers. Otherwise both would declare the same types. */
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>

#include "guest-constants.h"
#include "relay.h"

#define WAITING 1024       /* how many connections to the host may wait for their clients */
#define WAITING_SECONDS 10 /* a connection to the host is closed if its client does not connect in this time */

static void fail(const char *what) {
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static struct address parse(const char *ip, int port) {
	struct address result = parse_address(ip, port);
	if (result.length == 0) fail(ip);
	return result;
}

/* --- host --- */

/*
 * A client's first packet (SYN) waits in a queue of the kernel until this program has connected to the host in place of
 * the client. If the host refuses this program's connection, the client's packet continues unchanged, and the host
 * itself refuses the client. Otherwise this program puts a mark on the packet. The firewall rules redirect a connection
 * with this mark to this program.
 */
enum state { UNUSED, CONNECTING, CONNECTED };

/*
 * A connection to the host that waits for its client. The client's address and the host's port identify it. The
 * client's address alone is not enough, because a client may connect from one port to several ports of the host.
 */
struct waiting {
	enum state state;
	struct sockaddr_in client;
	int port;
	int host;
	time_t since;
};

static struct waiting waiting[WAITING];
static pthread_mutex_t waiting_lock = PTHREAD_MUTEX_INITIALIZER;

/* The caller holds the lock. Closes connections whose clients have not connected in time. */
static void expire_waiting(void) {
	time_t time = now();
	for (int i = 0; i < WAITING; i++)
		if (waiting[i].state == CONNECTED && time - waiting[i].since > WAITING_SECONDS) {
			close(waiting[i].host);
			waiting[i].state = UNUSED;
		}
}

/* The caller holds the lock. Returns NULL if no connection to this port waits for this client. */
static struct waiting *find_waiting(const struct sockaddr_in *client, int port) {
	expire_waiting();
	for (int i = 0; i < WAITING; i++)
		if (waiting[i].state != UNUSED && waiting[i].port == port &&
		    waiting[i].client.sin_port == client->sin_port &&
		    waiting[i].client.sin_addr.s_addr == client->sin_addr.s_addr)
			return &waiting[i];
	return NULL;
}

/* The caller holds the lock. Returns NULL if all places are in use. */
static struct waiting *new_waiting(const struct sockaddr_in *client, int port) {
	for (int i = 0; i < WAITING; i++)
		if (waiting[i].state == UNUSED) {
			waiting[i] = (struct waiting){.state = CONNECTING, .client = *client, .port = port};
			return &waiting[i];
		}
	return NULL;
}

/* Returns the connection to the host that waits for a client, and frees its place. Returns -1 if none waits. */
static int take_waiting(const struct sockaddr_in *client, int port) {
	int host = -1;
	pthread_mutex_lock(&waiting_lock);
	struct waiting *place = find_waiting(client, port);
	if (place != NULL && place->state == CONNECTED) {
		host = place->host;
		place->state = UNUSED;
	}
	pthread_mutex_unlock(&waiting_lock);
	return host;
}

enum decision { PASS, REDIRECT, DROP };

/* Connects to a port of the host in place of a client, and decides about the client's packet. */
static enum decision connect_for(const struct sockaddr_in *client, int port) {
	pthread_mutex_lock(&waiting_lock);
	struct waiting *place = find_waiting(client, port);
	/* If the client already has a place, this packet is a repetition. While this program connects, drop the packet. */
	enum decision repeated = place == NULL ? PASS : place->state == CONNECTED ? REDIRECT : DROP;
	if (place == NULL) place = new_waiting(client, port);
	pthread_mutex_unlock(&waiting_lock);
	if (repeated != PASS || place == NULL) return repeated;
	struct address v4 = parse(NETWORK_HOST, port);
	int fd = connect_to(&v4, SOCK_STREAM, HOST_CONNECTIONS_OWN_MARK);
	if (fd < 0 && errno == ECONNREFUSED) {
		struct address v6 = parse(NETWORK_HOST_IPV6, port);
		fd = connect_to(&v6, SOCK_STREAM, HOST_CONNECTIONS_OWN_MARK);
	}
	pthread_mutex_lock(&waiting_lock);
	place->host = fd;
	place->since = now();
	place->state = fd < 0 ? UNUSED : CONNECTED;
	pthread_mutex_unlock(&waiting_lock);
	return fd < 0 ? PASS : REDIRECT;
}

/*
 * The socket of the kernel's packet queue (linux/netfilter/nfnetlink_queue.h). Threads can share the socket, because
 * each message is one call.
 */
static int queue;

static void put_attribute(struct nlmsghdr *message, int type, const void *data, int length) {
	struct nlattr *attribute = (struct nlattr *)((char *)message + NLMSG_ALIGN(message->nlmsg_len));
	*attribute = (struct nlattr){.nla_len = NLA_HDRLEN + length, .nla_type = type};
	memcpy((char *)attribute + NLA_HDRLEN, data, length);
	message->nlmsg_len = NLMSG_ALIGN(message->nlmsg_len) + NLA_ALIGN(attribute->nla_len);
}

static void send_to_queue(int type, int attribute, const void *data, int length, const uint32_t *mark) {
	char buffer[256] __attribute__((aligned(NLMSG_ALIGNTO))) = {0};
	struct nlmsghdr *message = (struct nlmsghdr *)buffer;
	*message = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(sizeof(struct nfgenmsg)),
				     .nlmsg_type = (NFNL_SUBSYS_QUEUE << 8) | type,
				     .nlmsg_flags = NLM_F_REQUEST};
	*(struct nfgenmsg *)NLMSG_DATA(message) =
		(struct nfgenmsg){.version = NFNETLINK_V0, .res_id = htons(HOST_CONNECTIONS_PORT)};
	put_attribute(message, attribute, data, length);
	if (mark != NULL) put_attribute(message, NFQA_MARK, mark, sizeof *mark);
	if (send(queue, buffer, message->nlmsg_len, 0) < 0) fail("the queue of packets");
}

struct syn {
	uint32_t id; /* in the kernel's byte order */
	struct sockaddr_in client;
	int port;
};

static void *decide(void *argument) {
	struct syn *syn = argument;
	uint32_t mark = htonl(HOST_CONNECTIONS_MARK);
	enum decision decision = connect_for(&syn->client, syn->port);
	struct nfqnl_msg_verdict_hdr verdict = {.verdict = htonl(decision == DROP ? NF_DROP : NF_ACCEPT), .id = syn->id};
	send_to_queue(NFQNL_MSG_VERDICT, NFQA_VERDICT_HDR, &verdict, sizeof verdict, decision == REDIRECT ? &mark : NULL);
	free(syn);
	return NULL;
}

/* Reads the client's address and the server's port from a packet of IPv4 and TCP. */
static void read_packet(const unsigned char *packet, int length, struct syn *syn) {
	int header = (packet[0] & 15) * 4;
	if (length < header + 4) return;
	syn->client = (struct sockaddr_in){.sin_family = AF_INET};
	memcpy(&syn->client.sin_addr, packet + 12, 4);
	memcpy(&syn->client.sin_port, packet + header, 2);
	syn->port = packet[header + 2] << 8 | packet[header + 3];
}

static void read_message(const struct nlmsghdr *message) {
	if (message->nlmsg_type != ((NFNL_SUBSYS_QUEUE << 8) | NFQNL_MSG_PACKET)) return;
	struct syn *syn = calloc(1, sizeof *syn);
	if (syn == NULL) return;
	char *end = (char *)message + message->nlmsg_len;
	char *next = (char *)message + NLMSG_LENGTH(sizeof(struct nfgenmsg));
	while (next + NLA_HDRLEN <= end) {
		struct nlattr *attribute = (struct nlattr *)next;
		unsigned char *data = (unsigned char *)next + NLA_HDRLEN;
		int type = attribute->nla_type & NLA_TYPE_MASK, length = attribute->nla_len - NLA_HDRLEN;
		if (length < 0) break;
		if (type == NFQA_PACKET_HDR) memcpy(&syn->id, data, sizeof syn->id);
		if (type == NFQA_PAYLOAD && length >= 20) read_packet(data, length, syn);
		next += NLA_ALIGN(attribute->nla_len);
	}
	if (start_thread(decide, syn) != 0) decide(syn);
}

static void *read_queue(void *argument) {
	static char buffer[DATAGRAM] __attribute__((aligned(NLMSG_ALIGNTO)));
	(void)argument;
	for (;;) {
		ssize_t length = recv(queue, buffer, sizeof buffer, 0);
		/* ENOBUFS: too many packets arrived together, and the kernel dropped some. Their clients repeat them. */
		if (length < 0) continue;
		for (struct nlmsghdr *message = (struct nlmsghdr *)buffer; NLMSG_OK(message, length);
		     message = NLMSG_NEXT(message, length))
			read_message(message);
	}
	return NULL;
}

static void open_queue(void) {
	struct sockaddr_nl any = {.nl_family = AF_NETLINK};
	struct nfqnl_msg_config_cmd bind_queue = {.command = NFQNL_CFG_CMD_BIND, .pf = htons(AF_INET)};
	struct nfqnl_msg_config_params copy = {.copy_range = htonl(128), .copy_mode = NFQNL_COPY_PACKET};
	queue = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (queue < 0 || bind(queue, (struct sockaddr *)&any, sizeof any)) fail("the queue of packets");
	send_to_queue(NFQNL_MSG_CONFIG, NFQA_CFG_CMD, &bind_queue, sizeof bind_queue, NULL);
	send_to_queue(NFQNL_MSG_CONFIG, NFQA_CFG_PARAMS, &copy, sizeof copy, NULL);
	if (start_thread(read_queue, NULL) != 0) fail("a thread");
}

/*
 * Returns the connection to the host that waits for a redirected client. Returns -1 for a client that has connected to
 * this program's own port without a redirection.
 */
static int take_host(int client) {
	struct sockaddr_in from, to;
	socklen_t from_length = sizeof from, to_length = sizeof to;
	if (getpeername(client, (struct sockaddr *)&from, &from_length) ||
	    getsockopt(client, SOL_IP, SO_ORIGINAL_DST, &to, &to_length))
		return -1;
	return take_waiting(&from, ntohs(to.sin_port));
}

static void serve_host(void) {
	int on = 1;
	struct address any = parse("0.0.0.0", HOST_CONNECTIONS_PORT);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&any.at, any.length) || listen(listener, 4096)) fail("listen");
	open_queue();
	serve_tcp(listener, take_host);
}

/* --- udp --- */

static void serve_address(const char *ip, int port) {
	struct targets target = {.at = {parse(ip, port)}, .count = 1};
	struct address own = parse(NETWORK_GUEST, 0);
	int listener = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&own.at, own.length)) fail("bind");
	if (getsockname(listener, (struct sockaddr *)&own.at, &own.length)) fail("getsockname");
	printf("%d\n", ntohs(((struct sockaddr_in *)&own.at)->sin_port));
	fflush(stdout);
	serve_udp(listener, &target, STDIN_FILENO);
}

/* --- free --- */

/* Binds the port and releases it again. Does not listen, so no client can connect to this program in between. */
static int is_free(const char *protocol, int port) {
	int is_tcp = strcmp(protocol, "tcp") == 0, on = 1;
	struct address any = parse("0.0.0.0", port);
	int fd = socket(AF_INET, (is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	/* Without this option, earlier connections that are still in TIME_WAIT would count as users of the port. */
	if (is_tcp) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	int bound = bind(fd, (struct sockaddr *)&any.at, any.length) == 0;
	close(fd);
	return bound;
}

int main(int count, char **arguments) {
	signal(SIGPIPE, SIG_IGN);
	const char *mode = count > 1 ? arguments[1] : "";
	if (count == 2 && strcmp(mode, "host") == 0) serve_host();
	if (count == 4 && strcmp(mode, "udp") == 0) {
		serve_address(arguments[2], atoi(arguments[3]));
		return 0;
	}
	if (count >= 3 && strcmp(mode, "free") == 0) {
		for (int i = 3; i < count; i++)
			if (is_free(arguments[2], atoi(arguments[i]))) puts(arguments[i]);
		return 0;
	}
	fprintf(stderr, "usage: ipv6-bridge host | udp ADDRESS PORT | free tcp|udp PORT...\n");
	return 2;
}
