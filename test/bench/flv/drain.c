/*
 * HTTP viewers who read as cheaply as this kernel can: what comes is counted and thrown away in the kernel. `drain HOST PORT COUNT TARGET`: COUNT
 * connections, each with a GET for TARGET. Standard input takes commands, a line each: `r` begins to count anew, `q` asks for a line of JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS = -1, ROOM = 1 << 20, LONGEST_TARGET = 4096, REST_NS = 1000000 };

typedef struct {
  int fd;
  int begun;
  int open;
  uint64_t bytes;
} viewer;

static viewer *viewers;
static int count;
static int poller;
static int refused;
static char request[LONGEST_TARGET + 256];
static char room[ROOM];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void watch(int fd, int who) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)(int64_t)who};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll");
}

static void open_viewer(int who, const struct sockaddr_in *server) {
  size_t length = strlen(request);
  viewers[who].fd = socket(AF_INET, SOCK_STREAM, 0);
  if (viewers[who].fd < 0 || connect(viewers[who].fd, (const struct sockaddr *)server, sizeof *server) < 0) fail("connect");
  if (send(viewers[who].fd, request, length, 0) != (ssize_t)length) fail("request");
  viewers[who].open = 1;
  watch(viewers[who].fd, who);
}

/* Its first bytes say whether it was let in. */
static void take(viewer *each) {
  ssize_t got = recv(each->fd, room, ROOM, MSG_DONTWAIT | (each->begun ? MSG_TRUNC : 0));
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    each->open = 0;
    close(each->fd);
    return;
  }
  if (!each->begun && (got < 12 || memcmp(room + 8, " 200", 4) != 0)) refused += 1;
  each->begun = 1;
  each->bytes += (uint64_t)got;
}

static void report(void) {
  uint64_t bytes = 0, least = UINT64_MAX;
  int open = 0;
  for (int at = 0; at < count; at += 1) {
    open += viewers[at].open;
    bytes += viewers[at].bytes;
    if (viewers[at].bytes < least) least = viewers[at].bytes;
  }
  printf("{\"open\":%d,\"refused\":%d,\"bytes\":%llu,\"least\":%llu}\n", open, refused, (unsigned long long)bytes, (unsigned long long)least);
  fflush(stdout);
}

static void obey(void) {
  char commands[64];
  ssize_t got = read(0, commands, sizeof commands);
  if (got <= 0) exit(0);
  for (ssize_t at = 0; at < got; at += 1) {
    if (commands[at] == 'q') report();
    if (commands[at] == 'r') for (int who = 0; who < count; who += 1) viewers[who].bytes = 0;
  }
}

int main(int argc, char **argv) {
  if (argc != 5 || strlen(argv[4]) > LONGEST_TARGET) return 64;
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &server.sin_addr);
  count = atoi(argv[3]);
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s:%s\r\n\r\n", argv[4], argv[1], argv[2]);
  viewers = calloc((size_t)count, sizeof *viewers);
  poller = epoll_create1(0);
  if (viewers == NULL || poller < 0) fail("drain");
  watch(0, COMMANDS);
  for (int at = 0; at < count; at += 1) open_viewer(at, &server);
  for (;;) {
    struct epoll_event ready[256];
    int found = epoll_wait(poller, ready, 256, 0);
    /* Nobody waits at a socket: on one machine its sender would have to wake the other processor for each write, which no sender does whose viewers are elsewhere. */
    if (found == 0) nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
    for (int at = 0; at < found; at += 1) {
      int who = (int)(int64_t)ready[at].data.u64;
      if (who == COMMANDS) obey();
      else take(&viewers[who]);
    }
  }
}
