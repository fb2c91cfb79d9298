/*
 * Asks for one address over and over on many connections and throws the answers away unread, so that whoever answers is what is measured.
 * `hammer HOST PORT CONNECTIONS SECONDS PATH`; writes JSON: answers whole and good, their bytes, and what was not 200.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 2048, GULP = 1 << 20, EVENTS = 256 };

typedef struct {
  int fd;
  size_t used;
  /* Of the body; -1 while its header is read. */
  int64_t left;
  char header[HEADER];
} connection;

static char request[8192];
static size_t request_length;
static uint64_t answers, bytes, errors;

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void ask(connection *each) {
  each->used = 0;
  each->left = -1;
  if (send(each->fd, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length) errors += 1;
}

static int64_t length_in(const char *header) {
  const char *at = strcasestr(header, "\r\ncontent-length:");
  return at == NULL ? 0 : atoll(at + 17);
}

/* What has come of the body with the header counts too. */
static void read_header(connection *each) {
  ssize_t got = recv(each->fd, each->header + each->used, HEADER - 1 - each->used, MSG_DONTWAIT);
  if (got <= 0) return;
  each->used += (size_t)got;
  each->header[each->used] = 0;
  const char *end = strstr(each->header, "\r\n\r\n");
  if (end == NULL) return;
  if (strncmp(each->header + 9, "200", 3) != 0) errors += 1;
  int64_t length = length_in(each->header);
  bytes += (uint64_t)length;
  each->left = length - (int64_t)(each->used - (size_t)(end + 4 - each->header));
}

static void take(connection *each) {
  static char nowhere[16];
  if (each->left < 0) read_header(each);
  while (each->left > 0) {
    /* With MSG_TRUNC a TCP socket forgets the bytes instead of copying them (tcp(7)). */
    ssize_t got = recv(each->fd, nowhere, each->left < GULP ? (size_t)each->left : GULP, MSG_DONTWAIT | MSG_TRUNC);
    if (got <= 0) return;
    each->left -= got;
  }
  if (each->left == 0) {
    answers += 1;
    ask(each);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) return 64;
  int count = atoi(argv[3]);
  double seconds = atof(argv[4]);
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &server.sin_addr);
  request_length = (size_t)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", argv[5], argv[1]);
  connection *all = calloc((size_t)count, sizeof *all);
  int poller = epoll_create1(0);
  for (int at = 0; at < count; at += 1) {
    connection *each = &all[at];
    int one = 1;
    each->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(each->fd, (struct sockaddr *)&server, sizeof server) < 0) return perror("connect"), 1;
    setsockopt(each->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = each};
    epoll_ctl(poller, EPOLL_CTL_ADD, each->fd, &event);
    ask(each);
  }
  double began = now(), ends = began + seconds;
  while (now() < ends) {
    struct epoll_event ready[EVENTS];
    int found = epoll_wait(poller, ready, EVENTS, 100);
    for (int at = 0; at < found; at += 1) take(ready[at].data.ptr);
    if (answers == 0 && errors > (uint64_t)count) break;
  }
  printf("{\"answers\":%llu,\"bytes\":%llu,\"errors\":%llu,\"seconds\":%.4f}\n", (unsigned long long)answers, (unsigned long long)bytes, (unsigned long long)errors, now() - began);
  return 0;
}
