#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include "pump.h"

enum {
  FIRST_HISTORY = 256,
  MOST_HISTORY = 2048,
  /* What is older than any receiver waits for is not sent again, ms. */
  KEPT_MS = 2000,
  MAX_RESENDS = 8,
};

pump_session *pump_session_create(const uint8_t key[PUMP_KEY_BYTES], const uint8_t salt[PUMP_SALT_BYTES]) {
  pump_session *session = calloc(1, sizeof *session);
  if (session == NULL) return NULL;
  atomic_init(&session->refs, 1);
  memcpy(session->salt, salt, PUMP_SALT_BYTES);
  session->direct = true;
  session->cipher = pump_cipher_create(key);
  session->own_cipher = pump_cipher_create(key);
  if (session->cipher != NULL && session->own_cipher != NULL) return session;
  pump_session_release(session);
  return NULL;
}

void pump_session_release(pump_session *session) {
  if (atomic_fetch_sub_explicit(&session->refs, 1, memory_order_acq_rel) != 1) return;
  EVP_CIPHER_CTX_free(session->cipher);
  EVP_CIPHER_CTX_free(session->own_cipher);
  OPENSSL_cleanse(session->salt, sizeof session->salt);
  free(session);
}

/* An IPv4 address looks like IPv6 on a socket of that family (RFC 4291 section 2.5.5.2). */
static bool aim_six(pump_session *session, const char *address, uint16_t port) {
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  uint8_t four[4];
  if (inet_pton(AF_INET, address, four) == 1) {
    six.sin6_addr.s6_addr[10] = six.sin6_addr.s6_addr[11] = 0xff;
    memcpy(six.sin6_addr.s6_addr + 12, four, sizeof four);
  } else if (inet_pton(AF_INET6, address, &six.sin6_addr) != 1) {
    return false;
  }
  session->to.six = six;
  return true;
}

bool pump_session_aim(pump_session *session, const char *address, uint16_t port, sa_family_t family) {
  session->direct = address == NULL;
  if (address == NULL) return true;
  memset(&session->to, 0, sizeof session->to);
  if (family == AF_INET6) return aim_six(session, address, port);
  session->to.four.sin_family = AF_INET;
  session->to.four.sin_port = htons(port);
  return inet_pton(AF_INET, address, &session->to.four.sin_addr) == 1;
}

void pump_stream_begin(pump_stream *stream, pump_session *session, const pump_stream_options *options) {
  memset(stream, 0, sizeof *stream);
  stream->options = *options;
  stream->session = session;
  stream->next = options->first_sequence;
  stream->rtx_next = options->first_rtx_sequence;
}

static void drop(pump_sent *sent) {
  if (sent->frame != NULL) pump_frame_release(sent->frame);
  sent->frame = NULL;
}

/* Places by the low bits of the number, so a larger table takes all that the smaller had. */
static bool grow(pump_stream *stream, uint32_t size) {
  pump_sent *larger = calloc(size, sizeof *larger);
  if (larger == NULL) return false;
  for (uint32_t at = 0; at < stream->history_size; at += 1) {
    const pump_sent *sent = &stream->history[at];
    if (sent->frame != NULL) larger[sent->sequence & (size - 1)] = *sent;
  }
  free(stream->history);
  stream->history = larger;
  stream->history_size = size;
  return true;
}

bool pump_stream_remember(pump_stream *stream, pump_frame *frame, uint16_t packet, const pump_target *target, uint32_t now_ms) {
  uint16_t sequence = (uint16_t)stream->next;
  if (stream->history_size == 0 && !grow(stream, FIRST_HISTORY)) return false;
  pump_sent *place = &stream->history[sequence & (stream->history_size - 1)];
  if (place->frame != NULL && now_ms - place->sent_ms <= KEPT_MS && stream->history_size < MOST_HISTORY && grow(stream, stream->history_size * 2)) {
    place = &stream->history[sequence & (stream->history_size - 1)];
  }
  drop(place);
  pump_frame_hold(frame);
  *place = (pump_sent){.frame = frame, .timestamp = target->timestamp, .sent_ms = now_ms, .packet = packet, .sequence = sequence, .number = (uint16_t)target->number, .variant = (uint8_t)target->variant};
  return true;
}

void pump_stream_forget(pump_stream *stream) {
  for (uint32_t at = 0; at < stream->history_size; at += 1) drop(&stream->history[at]);
  free(stream->history);
  stream->history = NULL;
  stream->history_size = 0;
}

pump_sent *pump_stream_find(pump_stream *stream, uint16_t sequence, const pump_resend_options *options) {
  if (stream->history_size == 0) return NULL;
  pump_sent *sent = &stream->history[sequence & (stream->history_size - 1)];
  if (sent->frame == NULL || sent->sequence != sequence || options->now_ms - sent->sent_ms > KEPT_MS) return NULL;
  if (sent->resends >= MAX_RESENDS) return NULL;
  if (sent->resends > 0 && options->now_ms - sent->resent_ms < options->again_ms) return NULL;
  return sent;
}
