/* RTP headers (RFC 3550 section 5.1, RFC 8285) and AEAD_AES_128_GCM (RFC 7714). */
#include <string.h>
#include "pump.h"

static void write16(uint8_t *at, uint32_t value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static void write32(uint8_t *at, uint32_t value) {
  write16(at, value >> 16);
  write16(at + 2, value & 0xffff);
}

EVP_CIPHER_CTX *pump_cipher_create(const uint8_t key[PUMP_KEY_BYTES]) {
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
  if (cipher == NULL) return NULL;
  if (EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, key, NULL) == 1) return cipher;
  EVP_CIPHER_CTX_free(cipher);
  return NULL;
}

static size_t write_header(const pump_item *item, uint64_t index, bool marked, uint32_t number, uint8_t *out) {
  out[0] = item->block->length == 0 ? 0x80 : 0x90;
  out[1] = (uint8_t)((marked ? 0x80 : 0) | item->payload_type);
  write16(out + 2, (uint32_t)(index & 0xffff));
  write32(out + 4, item->timestamp);
  write32(out + 8, item->ssrc);
  memcpy(out + 12, item->block->bytes, item->block->length);
  /* RFC 8285: the first element's value is behind the profile, the length, and a header of one byte or of two. */
  if (item->counted && item->block->length >= 8) write16(out + 12 + (item->block->bytes[0] == 0xbe ? 5 : 6), number);
  return 12u + item->block->length;
}

/* RFC 7714 section 8.1: two zero bytes, SSRC, rollover counter, sequence number; xored with the salt. */
static void write_nonce(const pump_item *item, uint64_t index, uint8_t nonce[PUMP_SALT_BYTES]) {
  write16(nonce, 0);
  write32(nonce + 2, item->ssrc);
  write32(nonce + 6, (uint32_t)(index >> 16));
  write16(nonce + 10, (uint32_t)(index & 0xffff));
  for (int at = 0; at < PUMP_SALT_BYTES; at += 1) nonce[at] ^= item->session->salt[at];
}

size_t pump_seal(EVP_CIPHER_CTX *cipher, const pump_item *item, uint32_t packet, uint8_t out[PUMP_MAX_DATAGRAM]) {
  uint64_t index = item->index + (packet - item->from);
  size_t length = write_header(item, index, item->marks && packet + 1 == item->frame->count, item->number + (packet - item->from), out);
  uint8_t nonce[PUMP_SALT_BYTES];
  write_nonce(item, index, nonce);
  uint32_t payload_length = 0;
  const uint8_t *payload = pump_frame_payload(item->frame, packet, &payload_length);
  int written = 0;
  if (EVP_EncryptInit_ex(cipher, NULL, NULL, NULL, nonce) != 1) return 0;
  if (EVP_EncryptUpdate(cipher, NULL, &written, out, (int)length) != 1) return 0;
  if (item->repairs) {
    /* RFC 4588 section 4: the original sequence number in front of the original payload. */
    uint8_t original[2];
    write16(original, item->original_sequence);
    if (EVP_EncryptUpdate(cipher, out + length, &written, original, sizeof original) != 1) return 0;
    length += sizeof original;
  }
  if (payload_length > 0) {
    if (EVP_EncryptUpdate(cipher, out + length, &written, payload, (int)payload_length) != 1) return 0;
    length += payload_length;
  }
  if (EVP_EncryptFinal_ex(cipher, out + length, &written) != 1) return 0;
  if (EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, PUMP_TAG_BYTES, out + length) != 1) return 0;
  return length + PUMP_TAG_BYTES;
}
