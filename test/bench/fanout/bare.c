/*
 * What a fan-out can't do without, and nothing else: AES-128-GCM over each packet with a context for each viewer, and the same batched,
 * segmented sends. `bare HOST SECONDS PACKETS_A_FRAME` reads the viewers' ports from standard input and sends each of them video at 25 frames a
 * second and sound at 50; it prints the processor time that a packet took, in microseconds.
 */
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum { MOST = 4096, BATCH = 32, VIDEO_BYTES = 1180, AUDIO_BYTES = 160, HEADER = 12, TAG = 16, MOST_PACKETS = 40, TICK_US = 20000 };

typedef struct {
  struct sockaddr_in to;
  EVP_CIPHER_CTX *cipher;
  uint32_t sequence;
} viewer;

static viewer viewers[MOST];
static int count;
static int fd;
static uint64_t sent;
static uint8_t payload[VIDEO_BYTES];
static uint8_t buffer[BATCH][MOST_PACKETS * (HEADER + VIDEO_BYTES + TAG)];

static size_t seal(viewer *each, size_t length, uint8_t *out) {
  uint8_t nonce[12] = {0};
  int written = 0;
  each->sequence += 1;
  memcpy(nonce + 8, &each->sequence, sizeof each->sequence);
  memset(out, 0, HEADER);
  out[0] = 0x80;
  out[1] = length == VIDEO_BYTES ? 102 : 111;
  out[2] = (uint8_t)(each->sequence >> 8);
  out[3] = (uint8_t)each->sequence;
  EVP_EncryptInit_ex(each->cipher, NULL, NULL, NULL, nonce);
  EVP_EncryptUpdate(each->cipher, NULL, &written, out, HEADER);
  EVP_EncryptUpdate(each->cipher, out + HEADER, &written, payload, (int)length);
  EVP_EncryptFinal_ex(each->cipher, out + HEADER + length, &written);
  EVP_CIPHER_CTX_ctrl(each->cipher, EVP_CTRL_AEAD_GET_TAG, TAG, out + HEADER + length);
  return HEADER + length + TAG;
}

static void send_to(int from, int until, int packets, size_t length) {
  static struct mmsghdr messages[BATCH];
  static struct iovec parts[BATCH];
  static _Alignas(struct cmsghdr) char control[BATCH][CMSG_SPACE(sizeof(uint16_t))];
  for (int at = from; at < until; at += 1) {
    int slot = at - from;
    size_t used = 0;
    for (int packet = 0; packet < packets; packet += 1) used += seal(&viewers[at], length, buffer[slot] + used);
    parts[slot] = (struct iovec){.iov_base = buffer[slot], .iov_len = used};
    messages[slot].msg_hdr = (struct msghdr){.msg_name = &viewers[at].to, .msg_namelen = sizeof viewers[at].to, .msg_iov = &parts[slot], .msg_iovlen = 1};
    if (packets == 1) continue;
    messages[slot].msg_hdr.msg_control = control[slot];
    messages[slot].msg_hdr.msg_controllen = sizeof control[slot];
    struct cmsghdr *option = CMSG_FIRSTHDR(&messages[slot].msg_hdr);
    *option = (struct cmsghdr){.cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT, .cmsg_len = CMSG_LEN(sizeof(uint16_t))};
    uint16_t segment = (uint16_t)(HEADER + length + TAG);
    memcpy(CMSG_DATA(option), &segment, sizeof segment);
  }
  for (int done = 0; done < until - from;) {
    int out = sendmmsg(fd, messages + done, (unsigned)(until - from - done), 0);
    done += out > 0 ? out : 1;
  }
  sent += (uint64_t)(until - from) * (uint64_t)packets;
}

static void send_all(int packets, size_t length) {
  for (int at = 0; at < count; at += BATCH) send_to(at, at + BATCH < count ? at + BATCH : count, packets, length);
}

static double cpu_us(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

int main(int argc, char **argv) {
  if (argc != 4) return 64;
  int ticks = atoi(argv[2]) * 1000000 / TICK_US, packets = atoi(argv[3]), port = 0;
  uint8_t key[16] = {1, 2, 3};
  int wanted = 4 << 20;
  fd = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
  for (; count < MOST && scanf("%d", &port) == 1; count += 1) {
    viewer *each = &viewers[count];
    each->to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, argv[1], &each->to.sin_addr);
    each->cipher = EVP_CIPHER_CTX_new();
    if (each->cipher == NULL || EVP_EncryptInit_ex(each->cipher, EVP_aes_128_gcm(), NULL, key, NULL) != 1) return 1;
  }
  if (packets < 1 || packets > MOST_PACKETS || fd < 0) return 64;
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  double before = cpu_us();
  for (int tick = 0; tick < ticks; tick += 1) {
    send_all(1, AUDIO_BYTES);
    if (tick % 2 == 0) send_all(packets, VIDEO_BYTES);
    next.tv_nsec += TICK_US * 1000;
    if (next.tv_nsec >= 1000000000) next.tv_sec += 1, next.tv_nsec -= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
  }
  printf("%.4f\n", (cpu_us() - before) / (double)sent);
}
