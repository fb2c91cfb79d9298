/*
 * Many LL-HLS players without screens, each on one connection that it keeps: playlist, then for ever the playlist when its next part is due
 * (_HLS_msn, _HLS_part, _HLS_skip) and each part that this one has and the last had not. `players HOST PORT COUNT PATH`, PATH being the track's folder;
 * standard input: COUNT tokens, a line each, then, after `ready`, one command at a time: `more N` lets so many play, `count` begins to write down, `tell` tells what was
 * written down (lines of: segment, part, microseconds since 1970 when its last byte was read; then a line of JSON).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  TOKEN = 1024,
  NAME = 160,
  /* Parts that one playlist brings at most to a player that keeps up; who fell further behind goes on with the newest. */
  QUEUE = 16,
  FIRST_ROOM = 16384,
  MOST_ROOM = 1 << 20,
  GULP = 1 << 20,
  EVENTS = 256,
  /* Joining at a time: a first token costs the server a signature. */
  JOINING = 64,
  /* Nobody waits at a socket, which would cost the server a wake-up of this processor for each answer; as long as an answer may lie unread. */
  REST_NS = 500000,
};

typedef struct { uint64_t msn; uint32_t part; } place;
typedef struct { place at; char uri[NAME]; } item;
typedef struct { place at; uint64_t us; } arrival;

typedef struct {
  int fd;
  char token[TOKEN];
  char *room;
  size_t size, used;
  /* Of a part's body, which is not kept; -1 while a header or a playlist is read. */
  int64_t left;
  int playing;
  /* First part it has not got. */
  place next;
  item queue[QUEUE];
  int queued, fetched;
} player;

static player *players;
static int count, wanted, opened, joined, gone, poller;
static int counting;
static struct sockaddr_in server;
static const char *host, *folder;
static arrival *arrivals;
static size_t arrived, arrivals_room;
static uint64_t answers, bytes, errors, lost;

static uint64_t now_us(void) {
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  return (uint64_t)at.tv_sec * 1000000u + (uint64_t)at.tv_nsec / 1000u;
}

static int before(place one, place other) { return one.msn < other.msn || (one.msn == other.msn && one.part < other.part); }

static void leave(player *each) {
  if (each->fd < 0) return;
  close(each->fd);
  each->fd = -1;
  joined -= each->playing;
  gone += 1;
  lost += 1;
}

static void ask(player *each, const char *path) {
  char text[4096];
  int length = snprintf(text, sizeof text, "GET %s/%s HTTP/1.1\r\nHost: %s\r\n\r\n", folder, path, host);
  each->used = 0;
  each->left = -1;
  if (send(each->fd, text, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT) != length) leave(each);
}

static void ask_playlist(player *each) {
  char path[TOKEN + NAME];
  int length = snprintf(path, sizeof path, "index.m3u8?token=%s", each->token);
  if (each->playing) snprintf(path + length, sizeof path - (size_t)length, "&_HLS_msn=%llu&_HLS_part=%u&_HLS_skip=YES", (unsigned long long)each->next.msn, each->next.part);
  each->queued = each->fetched = 0;
  ask(each, path);
}

static void ask_next(player *each) {
  if (each->fetched < each->queued) ask(each, each->queue[each->fetched].uri);
  else ask_playlist(each);
}

static int read_name(const char *uri, place *at) {
  unsigned long long msn;
  unsigned part;
  if (sscanf(uri, "part-%llu.%u.m4s", &msn, &part) != 2) return 0;
  *at = (place){.msn = msn, .part = part};
  return 1;
}

static void note_uri(player *each, const char *uri) {
  const char *end = strchr(uri, '"');
  place at;
  if (end == NULL || end - uri >= NAME || !read_name(uri, &at) || before(at, each->next)) return;
  if (each->queued == QUEUE) memmove(each->queue, each->queue + 1, sizeof(item) * --each->queued);
  item *one = &each->queue[each->queued++];
  one->at = at;
  memcpy(one->uri, uri, (size_t)(end - uri));
  one->uri[end - uri] = 0;
}

static void read_playlist(player *each, const char *text) {
  if (each->playing) {
    const char *at = text;
    while ((at = strstr(at, "#EXT-X-PART:")) != NULL) {
      const char *uri = strstr(at, "URI=\"");
      if (uri == NULL) break;
      note_uri(each, uri + 5);
      at = uri;
    }
  }
  const char *hint = strstr(text, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"");
  if (hint == NULL || !read_name(hint + 35, &each->next)) {
    errors += 1;
    return leave(each);
  }
  if (!each->playing) joined += 1;
  each->playing = 1;
  ask_next(each);
}

static void got_part(player *each) {
  if (counting) {
    if (arrived == arrivals_room) arrivals = realloc(arrivals, (arrivals_room = arrivals_room * 2 + 65536) * sizeof *arrivals);
    if (arrivals == NULL) exit(1);
    arrivals[arrived++] = (arrival){.at = each->queue[each->fetched].at, .us = now_us()};
  }
  each->fetched += 1;
  ask_next(each);
}

/* A whole answer, or a part's header: its body is counted alone. */
static void read_answer(player *each) {
  each->room[each->used] = 0;
  char *end = strstr(each->room, "\r\n\r\n");
  if (end == NULL) return;
  const char *field = strcasestr(each->room, "\r\ncontent-length:");
  int64_t length = field == NULL || field > end ? 0 : atoll(field + 17);
  int64_t have = (int64_t)(each->used - (size_t)(end + 4 - each->room));
  int is_part = each->playing && each->fetched < each->queued;
  int good = strncmp(each->room + 9, "200", 3) == 0;
  if (good && is_part) each->left = length - have;
  else if (have < length) return;
  if (counting) answers += 1, bytes += (uint64_t)length;
  if (good) {
    if (!is_part) read_playlist(each, end + 4);
    return;
  }
  /* As a player does: the playlist from the start. */
  errors += 1;
  each->playing = 0;
  joined -= 1;
  ask_playlist(each);
}

static void take(player *each) {
  static char nowhere[16];
  if (each->fd < 0) return;
  if (each->left < 0) {
    if (each->used + 1 >= each->size) each->room = realloc(each->room, each->size = each->size == 0 ? FIRST_ROOM : each->size * 2);
    if (each->room == NULL || each->size > MOST_ROOM) exit(1);
    ssize_t got = recv(each->fd, each->room + each->used, each->size - 1 - each->used, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return leave(each);
    if (got < 0) return;
    each->used += (size_t)got;
    read_answer(each);
    if (each->fd < 0) return;
  }
  while (each->left > 0) {
    ssize_t got = recv(each->fd, nowhere, each->left < GULP ? (size_t)each->left : GULP, MSG_DONTWAIT | MSG_TRUNC);
    if (got == 0) return leave(each);
    if (got < 0) return;
    each->left -= got;
  }
  if (each->left == 0) got_part(each);
}

static void join(player *each) {
  int one = 1;
  opened += 1;
  each->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (each->fd < 0 || connect(each->fd, (struct sockaddr *)&server, sizeof server) < 0) {
    perror("player");
    exit(1);
  }
  setsockopt(each->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = each};
  if (epoll_ctl(poller, EPOLL_CTL_ADD, each->fd, &event) < 0) exit(1);
  ask_playlist(each);
}

static void tell(void) {
  for (size_t at = 0; at < arrived; at += 1) printf("%llu %u %llu\n", (unsigned long long)arrivals[at].at.msn, arrivals[at].at.part, (unsigned long long)arrivals[at].us);
  printf("{\"players\":%d,\"answers\":%llu,\"bytes\":%llu,\"errors\":%llu,\"lost\":%llu}\n", joined, (unsigned long long)answers, (unsigned long long)bytes, (unsigned long long)errors, (unsigned long long)lost);
  fflush(stdout);
  counting = 0;
}

static void obey(void) {
  char line[64];
  if (fgets(line, sizeof line, stdin) == NULL) exit(0);
  if (strncmp(line, "more ", 5) == 0) wanted += atoi(line + 5);
  if (wanted > count) wanted = count;
  if (strncmp(line, "count", 5) == 0) counting = 1, arrived = 0, answers = bytes = errors = lost = 0;
  if (strncmp(line, "tell", 4) == 0) tell();
}

int main(int argc, char **argv) {
  if (argc != 5) return 64;
  host = argv[1];
  folder = argv[4];
  count = atoi(argv[3]);
  server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
  inet_pton(AF_INET, host, &server.sin_addr);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  players = calloc((size_t)count, sizeof *players);
  poller = epoll_create1(0);
  if (players == NULL || poller < 0) return 1;
  for (int at = 0; at < count; at += 1) {
    players[at].fd = -1;
    if (fgets(players[at].token, TOKEN, stdin) == NULL) return 65;
    players[at].token[strcspn(players[at].token, "\n")] = 0;
  }
  printf("ready\n");
  fflush(stdout);
  int told = 0;
  for (;;) {
    struct epoll_event ready[EVENTS];
    int found = epoll_wait(poller, ready, EVENTS, 0);
    for (int at = 0; at < found; at += 1) take(ready[at].data.ptr);
    while (opened < wanted && opened - joined - gone < JOINING) join(&players[opened]);
    if (joined + gone >= wanted && told < wanted) {
      printf("joined %d\n", told = wanted);
      fflush(stdout);
    }
    if (found > 0) continue;
    struct pollfd commands = {.fd = 0, .events = POLLIN};
    if (poll(&commands, 1, 0) > 0) obey();
    nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
  }
}
