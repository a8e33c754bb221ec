/* SPDX-License-Identifier: BSD-2-Clause */
#include <config.h>

#include "digest.h"

#include <stdlib.h>

#ifdef HAVE_OPENSSL
#include <openssl/evp.h>
#else
#include <glib.h>
#endif

#ifdef HAVE_OPENSSL

/* The algorithm is looked up once: that costs more than a short digest. */
struct digest {
	EVP_MD_CTX *context;
};

struct digest *
digest_new(void)
{
	struct digest *digest = calloc(1, sizeof(*digest));

	if (digest == NULL)
		return NULL;
	digest->context = EVP_MD_CTX_new();
	if (digest->context == NULL ||
	    EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1)
		digest_free(&digest);
	return digest;
}

void
digest_free(struct digest **digest)
{
	if (*digest != NULL)
		EVP_MD_CTX_free((*digest)->context);
	free(*digest);
	*digest = NULL;
}

bool
digest_sha256(
    struct digest *digest, struct span octets, uint8_t result[DIGEST_OCTETS])
{
	return EVP_DigestInit_ex(digest->context, NULL, NULL) == 1 &&
	       EVP_DigestUpdate(
	           digest->context, octets.octets, octets.length) == 1 &&
	       EVP_DigestFinal_ex(digest->context, result, NULL) == 1;
}

#else

struct digest {
	GChecksum *checksum;
};

struct digest *
digest_new(void)
{
	struct digest *digest = calloc(1, sizeof(*digest));

	if (digest == NULL)
		return NULL;
	digest->checksum = g_checksum_new(G_CHECKSUM_SHA256);
	return digest;
}

void
digest_free(struct digest **digest)
{
	if (*digest != NULL)
		g_checksum_free((*digest)->checksum);
	free(*digest);
	*digest = NULL;
}

bool
digest_sha256(
    struct digest *digest, struct span octets, uint8_t result[DIGEST_OCTETS])
{
	gsize length = DIGEST_OCTETS;

	g_checksum_reset(digest->checksum);
	g_checksum_update(
	    digest->checksum, octets.octets, (gssize)octets.length);
	g_checksum_get_digest(digest->checksum, result, &length);
	return true;
}

#endif
