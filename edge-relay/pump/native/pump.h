/*
 * The pump: one frame in, one SRTP packet a payload out to each of many viewers, from a thread of its own.
 *
 * Everything here is called by one thread, the owner's, which numbers packets and keeps what may be sent again. The sending thread gets
 * finished items through a bounded queue; it only encrypts and sends. Nothing is ever read from the network.
 */
#ifndef LECTERN_PUMP_H
#define LECTERN_PUMP_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <openssl/evp.h>

enum {
  PUMP_KEY_BYTES = 16,
  PUMP_SALT_BYTES = 12,
  PUMP_TAG_BYTES = 16,
  /* Header extension blocks a stream can choose from, packet by packet; the last two are for repairs. */
  PUMP_VARIANTS = 6,
  /* Its first extension is the connection's own count of packets, written when a packet is. */
  PUMP_COUNTED_VARIANT = 3,
  PUMP_REPAIR_VARIANT = 4,
  PUMP_COUNTED_REPAIR_VARIANT = 5,
  PUMP_BLOCK_BYTES = 64,
  /* `limits.ts` has these two as well. */
  PUMP_MAX_PAYLOAD = 1380,
  PUMP_MAX_FRAME_PAYLOADS = 4096,
  PUMP_MAX_DATAGRAM = 12 + PUMP_BLOCK_BYTES + 2 + PUMP_MAX_PAYLOAD + PUMP_TAG_BYTES,
  PUMP_STREAMS_A_SESSION = 4,
  PUMP_NO_RTX = -1,
  PUMP_TAKEN_ITEMS = 64,
};

/* Payloads of one frame, shared by all who get it. The bytes follow the offsets. */
typedef struct {
  atomic_int refs;
  uint32_t count;
  uint32_t offsets[];
} pump_frame;

typedef struct {
  uint8_t length;
  uint8_t bytes[PUMP_BLOCK_BYTES];
} pump_block;

/* One packet that was sent and may be asked for again. */
typedef struct {
  pump_frame *frame;
  uint32_t timestamp;
  uint32_t sent_ms;
  uint32_t resent_ms;
  uint16_t packet;
  uint16_t sequence;
  uint16_t number;
  uint8_t variant;
  uint8_t resends;
} pump_sent;

typedef struct {
  uint32_t ssrc;
  uint32_t rtx_ssrc;
  uint8_t payload_type;
  int16_t rtx_payload_type;
  /* The last packet of a frame has the marker bit. */
  bool marks;
  /* What was sent is kept for retransmission. */
  bool keeps;
  /* Goes before what is not: sound, which is little, before a picture for everybody, which takes the thread a tenth of a second. */
  bool urgent;
  uint16_t first_sequence;
  uint16_t first_rtx_sequence;
  pump_block blocks[PUMP_VARIANTS];
} pump_stream_options;

struct pump_session;
struct pump_group;

typedef struct {
  pump_stream_options options;
  struct pump_session *session;
  /* Where it is in a group, and with which header extension block; NULL where it is in none. */
  struct pump_group *group;
  uint32_t place;
  uint8_t variant;
  /* Counted without wrapping: the low 16 bits are the sequence number, the rest is the rollover counter. */
  uint64_t next;
  uint64_t rtx_next;
  pump_sent *history;
  uint32_t history_size;
} pump_stream;

typedef union {
  struct sockaddr any;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
} pump_address;

/* One far end: keys and address. Lives until it is closed and the last item of it was sent. */
typedef struct pump_session {
  atomic_int refs;
  uint8_t salt[PUMP_SALT_BYTES];
  /* Of the sending thread, and of the owner's for datagrams that go another way than by the socket. */
  EVP_CIPHER_CTX *cipher;
  EVP_CIPHER_CTX *own_cipher;
  bool direct;
  uint32_t id;
  pump_address to;
  uint32_t stream_ids[PUMP_STREAMS_A_SESSION];
  uint32_t stream_count;
  pump_stream streams[PUMP_STREAMS_A_SESSION];
} pump_session;

/* Streams that get the same payloads with the same timestamp: the list is kept from frame to frame. */
typedef struct pump_group {
  uint32_t size;
  uint32_t room;
  pump_stream **streams;
} pump_group;

/* Packets `from` to `until` of a frame for one viewer: all that the sending thread needs to know. */
typedef struct {
  pump_session *session;
  pump_frame *frame;
  const pump_block *block;
  uint64_t index;
  int64_t queued_ms;
  uint32_t ssrc;
  uint32_t timestamp;
  uint16_t from;
  uint16_t until;
  uint16_t original_sequence;
  /* Of the first packet, in the connection's own count. */
  uint16_t number;
  uint8_t payload_type;
  bool marks;
  bool repairs;
  bool counted;
  bool urgent;
  pump_address to;
} pump_item;

typedef struct pump pump;

typedef struct {
  /* A bound UDP socket; the pump keeps a duplicate of its own. */
  int fd;
  /* Items that may wait, a power of two, and half as many urgent ones; what comes on top is lost like a datagram, noticed by its number and asked for again. */
  uint32_t queue_items;
  bool segmentation;
} pump_options;

typedef struct {
  uint64_t packets;
  uint64_t bytes;
  /* Packets lost because the queue was full, and because the kernel refused them. */
  uint64_t overflowed;
  uint64_t refused;
  uint64_t calls;
  /* How long the oldest item has been waiting, ms. */
  uint64_t wait_ms;
} pump_stats;

typedef struct {
  uint32_t stream_id;
  uint32_t timestamp;
  uint32_t variant;
  /* The connection's own count of the first packet, where the variant is the counted one. */
  uint32_t number;
} pump_target;

typedef struct {
  uint32_t again_ms;
  uint32_t budget_bytes;
  /* From which question on the answer goes twice; 0 for never. */
  uint8_t twice_from;
  /* Repairs are counted from `number` on, where they have a stream of their own. */
  bool counted;
  uint16_t number;
  uint32_t now_ms;
} pump_resend_options;

typedef struct {
  uint32_t packets;
  uint32_t bytes;
} pump_resent;

typedef struct {
  uint32_t session_id;
  uint32_t length;
  uint8_t bytes[PUMP_MAX_DATAGRAM];
} pump_direct;

/* frame.c */
pump_frame *pump_frame_create(const uint8_t *const *payloads, const uint32_t *lengths, uint32_t count);
void pump_frame_hold(pump_frame *frame);
void pump_frame_release(pump_frame *frame);
const uint8_t *pump_frame_payload(const pump_frame *frame, uint32_t index, uint32_t *length);

/* seal.c */
EVP_CIPHER_CTX *pump_cipher_create(const uint8_t key[PUMP_KEY_BYTES]);
/* Writes the SRTP packet (RFC 7714) of one payload; its length, or 0 where the cipher failed. */
size_t pump_seal(EVP_CIPHER_CTX *cipher, const pump_item *item, uint32_t packet, uint8_t out[PUMP_MAX_DATAGRAM]);

/* queue.c: one writer, one reader, no lock between them; what is urgent has a lane of its own */
typedef struct pump_queue pump_queue;
pump_queue *pump_queue_create(uint32_t items);
void pump_queue_destroy(pump_queue *queue);
bool pump_queue_push(pump_queue *queue, const pump_item *item);
/* Lets the reader see what was pushed. */
void pump_queue_publish(pump_queue *queue);
/* Urgent ones where there are any, else a few of the others. */
uint32_t pump_queue_take(pump_queue *queue, pump_item items[PUMP_TAKEN_ITEMS]);
/* When the oldest of those was put in that the reader took last, 0 where it found none. */
int64_t pump_queue_oldest_ms(const pump_queue *queue);
/* Blocks the reader until something was published or the queue was closed. */
void pump_queue_wait(pump_queue *queue);
void pump_queue_close(pump_queue *queue);
bool pump_queue_is_closed(const pump_queue *queue);

/* session.c */
pump_session *pump_session_create(const uint8_t key[PUMP_KEY_BYTES], const uint8_t salt[PUMP_SALT_BYTES]);
void pump_session_release(pump_session *session);
bool pump_session_aim(pump_session *session, const char *address, uint16_t port, sa_family_t family);
void pump_stream_begin(pump_stream *stream, pump_session *session, const pump_stream_options *options);
bool pump_stream_remember(pump_stream *stream, pump_frame *frame, uint16_t packet, const pump_target *target, uint32_t now_ms);
void pump_stream_forget(pump_stream *stream);
/* What was sent under this number and may go again now; NULL otherwise. */
pump_sent *pump_stream_find(pump_stream *stream, uint16_t sequence, const pump_resend_options *options);

/* group.c: a stream is in one group at most */
pump_group *pump_group_create(void);
void pump_group_destroy(pump_group *group);
bool pump_group_enter(pump_group *group, pump_stream *stream, uint8_t variant);
void pump_group_leave(pump_stream *stream);

/* sender.c */
typedef struct pump_sender pump_sender;
pump_sender *pump_sender_start(int fd, pump_queue *queue, bool segmentation);
void pump_sender_stop(pump_sender *sender);
void pump_sender_stats(const pump_sender *sender, pump_stats *stats);
int64_t pump_clock_ms(void);

/* pump.c: the whole, by numbers that a caller can get wrong without harm. Ids are never 0; 0 means that it did not work. */
pump *pump_create(const pump_options *options);
void pump_destroy(pump *self);
uint32_t pump_open_session(pump *self, const uint8_t key[PUMP_KEY_BYTES], const uint8_t salt[PUMP_SALT_BYTES]);
void pump_close_session(pump *self, uint32_t session_id);
/* A null address: datagrams are kept for `pump_take_direct`. */
bool pump_aim(pump *self, uint32_t session_id, const char *address, uint16_t port);
uint32_t pump_open_stream(pump *self, uint32_t session_id, const pump_stream_options *options);
void pump_forget(pump *self, uint32_t stream_id);
void pump_send(pump *self, pump_frame *frame, uint32_t from, uint32_t until, const pump_target *targets, uint32_t count, uint32_t now_ms);
uint32_t pump_open_group(pump *self);
/* Its streams are in none then. */
void pump_close_group(pump *self, uint32_t group_id);
/* Out of the group it was in. */
bool pump_join(pump *self, uint32_t group_id, uint32_t stream_id, uint32_t variant);
void pump_leave(pump *self, uint32_t stream_id);
/* As `pump_send` to each stream of the group, none of them counted; a variant that can't be joined with stands for the one that each has joined with. */
void pump_send_group(pump *self, pump_frame *frame, uint32_t group_id, uint32_t timestamp, uint32_t variant, uint32_t now_ms);
pump_resent pump_resend(pump *self, uint32_t stream_id, const uint16_t *sequences, uint32_t count, const pump_resend_options *options);
/* The newest packet once more in the repair stream, whoever asks or not; its bytes of payload, or 0 where nothing can go. */
uint32_t pump_probe(pump *self, uint32_t stream_id, uint16_t number);
/* Moves out the oldest datagram of sessions without an address. */
bool pump_take_direct(pump *self, pump_direct *out);
void pump_read_stats(const pump *self, pump_stats *stats);

#endif
