/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From connection id to keys:
 *
 *	id, salt of the version ─ HKDF-Extract ─► initial secret
 *	   ─ "client in" ─► client's secret ─┬─ "quic key" ─► key
 *	                                     ├─ "quic iv"  ─► iv
 *	                                     └─ "quic hp"  ─► header protection
 *
 * Contexts are made once and used for every packet: to make them costs more
 * than what they do.
 */
#include <config.h>

#include "quic_keys.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_OPENSSL
#include <openssl/opensslv.h>
#endif

#if defined(HAVE_OPENSSL) && OPENSSL_VERSION_NUMBER >= 0x30000000L

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#define SECRET_OCTETS 32
#define LABEL_PREFIX "tls13 "
#define LABEL_OCTETS_MAX 18 /* "tls13 quicv2 key" and what may come */

struct quic_opener {
	EVP_KDF_CTX *extract, *expand;
	EVP_CIPHER_CTX *mask, *open;
};

bool
quic_keys_possible(void)
{
	return true;
}

static EVP_KDF_CTX *
new_kdf(int mode)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_HKDF, NULL);
	EVP_KDF_CTX *context = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
		OSSL_PARAM_construct_utf8_string(
		    OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};

	EVP_KDF_free(kdf);
	if (context != NULL && EVP_KDF_CTX_set_params(context, params) != 1) {
		EVP_KDF_CTX_free(context);
		context = NULL;
	}
	return context;
}

static EVP_CIPHER_CTX *
new_cipher(const EVP_CIPHER *cipher, bool encrypts)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

	if (context != NULL && EVP_CipherInit_ex2(context, cipher, NULL, NULL,
	                           encrypts, NULL) != 1) {
		EVP_CIPHER_CTX_free(context);
		context = NULL;
	}
	return context;
}

struct quic_opener *
quic_opener_new(void)
{
	struct quic_opener *opener = calloc(1, sizeof(*opener));

	if (opener == NULL)
		return NULL;
	opener->extract = new_kdf(EVP_KDF_HKDF_MODE_EXTRACT_ONLY);
	opener->expand = new_kdf(EVP_KDF_HKDF_MODE_EXPAND_ONLY);
	opener->mask = new_cipher(EVP_aes_128_ecb(), true);
	opener->open = new_cipher(EVP_aes_128_gcm(), false);
	if (opener->extract == NULL || opener->expand == NULL ||
	    opener->mask == NULL || opener->open == NULL)
		quic_opener_free(&opener);
	return opener;
}

void
quic_opener_free(struct quic_opener **pointer)
{
	struct quic_opener *opener = *pointer;

	if (opener == NULL)
		return;
	EVP_KDF_CTX_free(opener->extract);
	EVP_KDF_CTX_free(opener->expand);
	EVP_CIPHER_CTX_free(opener->mask);
	EVP_CIPHER_CTX_free(opener->open);
	free(opener);
	*pointer = NULL;
}

/* OpenSSL's parameters are not const, though it only reads them. */
static OSSL_PARAM
octets_param(const char *name, const void *octets, size_t length)
{
	union {
		const void *given;
		void *taken;
	} pointer = { .given = octets };

	return OSSL_PARAM_construct_octet_string(name, pointer.taken, length);
}

/* HKDF-Expand-Label without a context, RFC 8446, 7.1. */
static bool
expand_label(struct quic_opener *opener, const uint8_t *secret,
    const char *label, const char *more, uint8_t *result, uint8_t octets)
{
	uint8_t info[4 + LABEL_OCTETS_MAX] = { 0, octets };
	uint8_t *at = info + 3;
	OSSL_PARAM params[3];

	at = mempcpy(at, LABEL_PREFIX, strlen(LABEL_PREFIX));
	at = mempcpy(at, label, strlen(label));
	at = mempcpy(at, more, strlen(more));
	info[2] = (uint8_t)(at - (info + 3));
	*at++ = 0; /* octets of context */
	params[0] = octets_param(OSSL_KDF_PARAM_KEY, secret, SECRET_OCTETS);
	params[1] =
	    octets_param(OSSL_KDF_PARAM_INFO, info, (size_t)(at - info));
	params[2] = OSSL_PARAM_construct_end();
	return EVP_KDF_derive(opener->expand, result, octets, params) == 1;
}

bool
quic_keys_derive(struct quic_opener *opener, const struct quic_version *version,
    struct span connection_id, struct quic_keys *keys)
{
	uint8_t initial[SECRET_OCTETS], client[SECRET_OCTETS];
	const OSSL_PARAM params[] = {
		octets_param(
		    OSSL_KDF_PARAM_SALT, version->salt, sizeof(version->salt)),
		octets_param(OSSL_KDF_PARAM_KEY, connection_id.octets,
		    connection_id.length),
		OSSL_PARAM_construct_end(),
	};

	keys->version = version->version;
	return EVP_KDF_derive(
	           opener->extract, initial, sizeof(initial), params) == 1 &&
	       expand_label(
	           opener, initial, "client in", "", client, sizeof(client)) &&
	       expand_label(opener, client, version->label, " key", keys->key,
	           sizeof(keys->key)) &&
	       expand_label(opener, client, version->label, " iv", keys->iv,
	           sizeof(keys->iv)) &&
	       expand_label(opener, client, version->label, " hp", keys->header,
	           sizeof(keys->header));
}

bool
quic_header_mask(struct quic_opener *opener, const struct quic_keys *keys,
    const uint8_t sample[QUIC_SAMPLE_OCTETS], uint8_t mask[5])
{
	uint8_t block[QUIC_SAMPLE_OCTETS];
	int octets;

	if (EVP_EncryptInit_ex2(opener->mask, NULL, keys->header, NULL, NULL) !=
	        1 ||
	    EVP_EncryptUpdate(opener->mask, block, &octets, sample,
	        QUIC_SAMPLE_OCTETS) != 1 ||
	    octets != QUIC_SAMPLE_OCTETS)
		return false;
	memcpy(mask, block, 5);
	return true;
}

bool
quic_open(struct quic_opener *opener, const struct quic_keys *keys,
    uint64_t packet_number, struct span header, struct span sealed,
    uint8_t *plain)
{
	size_t length = sealed.length - QUIC_TAG_OCTETS;
	uint8_t nonce[QUIC_IV_OCTETS], tag[QUIC_TAG_OCTETS];
	int octets;

	memcpy(nonce, keys->iv, sizeof(nonce));
	memcpy(tag, sealed.octets + length, sizeof(tag));
	for (int i = 0; i < 8; i++)
		nonce[sizeof(nonce) - 1 - (size_t)i] ^=
		    (uint8_t)(packet_number >> 8 * i);
	return EVP_DecryptInit_ex2(
	           opener->open, NULL, keys->key, nonce, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(opener->open, EVP_CTRL_AEAD_SET_TAG,
	           sizeof(tag), tag) == 1 &&
	       EVP_DecryptUpdate(opener->open, NULL, &octets, header.octets,
	           (int)header.length) == 1 &&
	       EVP_DecryptUpdate(opener->open, plain, &octets, sealed.octets,
	           (int)length) == 1 &&
	       EVP_DecryptFinal_ex(opener->open, plain + length, &octets) == 1;
}

#else

bool
quic_keys_possible(void)
{
	return false;
}

struct quic_opener *
quic_opener_new(void)
{
	return NULL;
}

void
quic_opener_free(struct quic_opener **opener)
{
	*opener = NULL;
}

bool
quic_keys_derive(struct quic_opener *opener, const struct quic_version *version,
    struct span connection_id, struct quic_keys *keys)
{
	(void)opener, (void)version, (void)connection_id, (void)keys;
	return false;
}

bool
quic_header_mask(struct quic_opener *opener, const struct quic_keys *keys,
    const uint8_t sample[QUIC_SAMPLE_OCTETS], uint8_t mask[5])
{
	(void)opener, (void)keys, (void)sample, (void)mask;
	return false;
}

bool
quic_open(struct quic_opener *opener, const struct quic_keys *keys,
    uint64_t packet_number, struct span header, struct span sealed,
    uint8_t *plain)
{
	(void)opener, (void)keys, (void)packet_number, (void)header;
	(void)sealed, (void)plain;
	return false;
}

#endif
