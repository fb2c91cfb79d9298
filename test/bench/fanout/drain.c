/*
 * Sockets of many viewers, read as cheaply as this kernel can: RTP is counted, everything else (and what is needed to answer it) goes to the
 * process above, which does ICE, DTLS and RTCP for each. `drain COUNT HOST PORT FULL`: COUNT sockets that talk to one server; the first
 * FULL of them are read by the process above alone.
 *
 * Standard input and output carry messages: viewer and length (16 bits each, little endian), then the datagram. Viewer 0xffff is a command
 * (`r`: begin to count anew; `s` and a number: count the first so many viewers alone; `d` and 13 bytes each: when frames left their publisher; `q`: tell),
 * answered by JSON; 0xfffe tells the ports.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  COMMAND = 0xffff,
  PORTS = 0xfffe,
  BATCH = 64,
  DATAGRAM = 2048,
  VIDEO_TYPE = 102,
  AUDIO_TYPE = 111,
  /* Enough to make a receiver, which then reports as every viewer does. */
  FORWARDED_AUDIO = 5,
  FIRST_ARRIVALS = 1 << 20,
  MOST_DEPARTURES = 1 << 14,
  DEPARTURE_BYTES = 13,
  /* Of the same frame, in the ticks of its clock: a time that went through another unit and back. */
  ROUNDED = 4,
  /* As long as a packet may lie unread: a millisecond of what is measured as delay. */
  REST_NS = 1000000,
};

typedef struct {
  uint32_t seen;
  uint16_t first;
  uint32_t cycles;
  uint16_t newest;
} stream;

typedef struct {
  int fd;
  int audio_forwarded;
  stream video;
  stream audio;
} viewer;

/* A packet at its viewer, or the last one of a frame as its publisher let it go, µs since 1970. */
typedef struct {
  int64_t at_us;
  uint32_t timestamp;
  uint32_t is_audio;
} passing;

static viewer *viewers;
static int count;
static int counted;
static int full;
static uint64_t packets, bytes, repairs;
static passing *arrivals;
static size_t arrived, arrival_room;
static passing departures[MOST_DEPARTURES];
static size_t departed;
static uint8_t in[1 << 20];
static size_t in_used;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void write_all(const void *data, size_t length) {
  const uint8_t *at = data;
  while (length > 0) {
    ssize_t written = write(1, at, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) exit(0);
    at += written;
    length -= (size_t)written;
  }
}

static void tell(uint16_t who, const void *data, size_t length) {
  uint8_t message[4 + 65535];
  message[0] = (uint8_t)who;
  message[1] = (uint8_t)(who >> 8);
  message[2] = (uint8_t)length;
  message[3] = (uint8_t)(length >> 8);
  memcpy(message + 4, data, length);
  write_all(message, 4 + length);
}

static void note(stream *each, uint16_t sequence) {
  if (each->seen == 0) {
    each->first = sequence;
    each->newest = sequence;
  } else if ((int16_t)(sequence - each->newest) > 0) {
    if (sequence < each->newest) each->cycles += 1;
    each->newest = sequence;
  }
  each->seen += 1;
}

static uint64_t missing(const stream *each) {
  if (each->seen == 0) return 0;
  uint64_t expected = ((uint64_t)each->cycles << 16) + each->newest - each->first + 1;
  return expected > each->seen ? expected - each->seen : 0;
}

static void note_arrival(uint32_t timestamp, int is_audio, const struct timespec *now) {
  if (arrived == arrival_room) {
    arrival_room = arrival_room == 0 ? FIRST_ARRIVALS : arrival_room * 2;
    arrivals = realloc(arrivals, arrival_room * sizeof *arrivals);
    if (arrivals == NULL) fail("arrivals");
  }
  arrivals[arrived] = (passing){.at_us = (int64_t)now->tv_sec * 1000000 + now->tv_nsec / 1000, .timestamp = timestamp, .is_audio = (uint32_t)is_audio};
  arrived += 1;
}

static void take(int who, const uint8_t *data, size_t length, const struct timespec *now) {
  viewer *each = &viewers[who];
  int is_rtp = length > 12 && data[0] >= 128 && data[0] < 192 && (data[1] < 192 || data[1] > 223);
  if (!is_rtp) return tell((uint16_t)who, data, length);
  int type = data[1] & 0x7f;
  int is_audio = type == AUDIO_TYPE;
  if (who < full || (is_audio && each->audio_forwarded < FORWARDED_AUDIO)) {
    each->audio_forwarded += is_audio;
    tell((uint16_t)who, data, length);
  }
  if (who >= counted) return;
  packets += 1;
  bytes += length;
  if (!is_audio && type != VIDEO_TYPE) {
    repairs += 1;
    return;
  }
  note(is_audio ? &each->audio : &each->video, (uint16_t)(data[2] << 8 | data[3]));
  note_arrival((uint32_t)data[4] << 24 | (uint32_t)data[5] << 16 | (uint32_t)data[6] << 8 | data[7], is_audio, now);
}

static void drain(int who) {
  static uint8_t room[BATCH][DATAGRAM];
  static struct iovec parts[BATCH];
  static struct mmsghdr messages[BATCH];
  for (int at = 0; at < BATCH; at += 1) {
    parts[at] = (struct iovec){.iov_base = room[at], .iov_len = DATAGRAM};
    messages[at].msg_hdr = (struct msghdr){.msg_iov = &parts[at], .msg_iovlen = 1};
  }
  int got = recvmmsg(viewers[who].fd, messages, BATCH, MSG_DONTWAIT, NULL);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  for (int at = 0; at < got; at += 1) take(who, room[at], messages[at].msg_len, &now);
}

static void note_departures(const uint8_t *data, size_t length) {
  for (; length >= DEPARTURE_BYTES && departed < MOST_DEPARTURES; data += DEPARTURE_BYTES, length -= DEPARTURE_BYTES, departed += 1) {
    passing *each = &departures[departed];
    each->is_audio = data[0];
    memcpy(&each->timestamp, data + 1, sizeof each->timestamp);
    memcpy(&each->at_us, data + 5, sizeof each->at_us);
  }
}

static int by_timestamp(const void *one, const void *other) {
  const passing *a = one, *b = other;
  if (a->is_audio != b->is_audio) return a->is_audio < b->is_audio ? -1 : 1;
  return a->timestamp < b->timestamp ? -1 : a->timestamp > b->timestamp;
}

static const passing *departure_of(const passing *each) {
  size_t from = 0, until = departed;
  while (from < until) {
    size_t middle = (from + until) / 2;
    const passing *there = &departures[middle];
    int32_t away = (int32_t)(there->timestamp - each->timestamp);
    if (there->is_audio == each->is_audio && away >= -ROUNDED && away <= ROUNDED) return there;
    if (there->is_audio < each->is_audio || (there->is_audio == each->is_audio && there->timestamp < each->timestamp)) from = middle + 1;
    else until = middle;
  }
  return NULL;
}

static int by_size(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return a < b ? -1 : a > b;
}

static double at_share(const double *sorted, size_t length, double share) {
  return length == 0 ? 0 : sorted[(size_t)((double)(length - 1) * share)];
}

/* Between leaving the publisher and arriving at a viewer: of all packets, and of sound. */
typedef struct {
  size_t known;
  double p50, p99, sound_p50, sound_p99;
} delays;

static delays delays_of(void) {
  double *all = malloc((arrived + 1) * sizeof *all), *sound = malloc((arrived + 1) * sizeof *sound);
  size_t known = 0, sounds = 0;
  if (all == NULL || sound == NULL) fail("delays");
  qsort(departures, departed, sizeof *departures, by_timestamp);
  for (size_t at = 0; at < arrived; at += 1) {
    const passing *left = departure_of(&arrivals[at]);
    if (left == NULL) continue;
    all[known++] = (double)(arrivals[at].at_us - left->at_us) / 1000;
    if (left->is_audio) sound[sounds++] = all[known - 1];
  }
  qsort(all, known, sizeof *all, by_size);
  qsort(sound, sounds, sizeof *sound, by_size);
  delays result = {known, at_share(all, known, 0.5), at_share(all, known, 0.99), at_share(sound, sounds, 0.5), at_share(sound, sounds, 0.99)};
  free(all);
  free(sound);
  return result;
}

static void begin(void) {
  packets = bytes = repairs = 0;
  arrived = departed = 0;
  for (int at = 0; at < count; at += 1) memset(&viewers[at].video, 0, sizeof(stream)), memset(&viewers[at].audio, 0, sizeof(stream));
}

static void report(void) {
  uint64_t lost = 0;
  int flowing = 0;
  for (int at = 0; at < counted; at += 1) {
    lost += missing(&viewers[at].video) + missing(&viewers[at].audio);
    flowing += viewers[at].video.seen > 0 && viewers[at].audio.seen > 0;
  }
  delays late = delays_of();
  char text[500];
  int length = snprintf(text, sizeof text, "{\"packets\":%llu,\"bytes\":%llu,\"lost\":%llu,\"repairs\":%llu,\"flowing\":%d,\"timed\":%zu,\"p50Ms\":%.2f,\"p99Ms\":%.2f,\"soundP50Ms\":%.2f,\"soundP99Ms\":%.2f}",
                        (unsigned long long)packets, (unsigned long long)bytes, (unsigned long long)lost, (unsigned long long)repairs, flowing, late.known, late.p50, late.p99, late.sound_p50, late.sound_p99);
  tell(COMMAND, text, (size_t)length);
}

static void obey(const uint8_t *data, size_t length) {
  if (data[0] == 'r') begin();
  else if (data[0] == 's' && length == 3) counted = data[1] | data[2] << 8;
  else if (data[0] == 'd') note_departures(data + 1, length - 1);
  else if (data[0] == 'q') report();
}

static void read_commands(void) {
  ssize_t got = read(0, in + in_used, sizeof in - in_used);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) exit(0);
  in_used += (size_t)got;
  size_t at = 0;
  while (in_used - at >= 4) {
    size_t length = in[at + 2] | (size_t)in[at + 3] << 8;
    if (in_used - at < 4 + length) break;
    int who = in[at] | in[at + 1] << 8;
    if (who == COMMAND) obey(in + at + 4, length);
    else if (who < count) (void)!send(viewers[who].fd, in + at + 4, length, MSG_DONTWAIT);
    at += 4 + length;
  }
  memmove(in, in + at, in_used - at);
  in_used -= at;
}

static void open_viewer(int who, const struct sockaddr_in *server, uint8_t *port) {
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = server->sin_addr.s_addr};
  socklen_t size = sizeof own;
  int wanted = 1 << 20;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&own, size) < 0 || connect(fd, (const struct sockaddr *)server, sizeof *server) < 0) fail("viewer");
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
  getsockname(fd, (struct sockaddr *)&own, &size);
  port[0] = (uint8_t)ntohs(own.sin_port);
  port[1] = (uint8_t)(ntohs(own.sin_port) >> 8);
  viewers[who].fd = fd;
}

int main(int argc, char **argv) {
  if (argc != 5) return 64;
  count = counted = atoi(argv[1]);
  full = atoi(argv[4]);
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[3]))};
  inet_pton(AF_INET, argv[2], &server.sin_addr);
  viewers = calloc((size_t)count, sizeof *viewers);
  uint8_t *ports = calloc((size_t)count, 2);
  int poller = epoll_create1(0);
  struct epoll_event commands = {.events = EPOLLIN, .data.u32 = COMMAND};
  if (viewers == NULL || ports == NULL || poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, 0, &commands) < 0) fail("drain");
  for (int at = 0; at < count; at += 1) {
    open_viewer(at, &server, ports + at * 2);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)at};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, viewers[at].fd, &event) < 0) fail("epoll");
  }
  tell(PORTS, ports, (size_t)count * 2);
  for (;;) {
    struct epoll_event ready[256];
    int found = epoll_wait(poller, ready, 256, 0);
    /* Nobody waits at a socket: on this one machine each packet would otherwise have its sender wake the other processor, which costs several
       times the packet, and which no sender does whose viewers are elsewhere. */
    if (found == 0) nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
    for (int at = 0; at < found; at += 1) {
      if (ready[at].data.u32 == COMMAND) read_commands();
      else drain((int)ready[at].data.u32);
    }
  }
}
