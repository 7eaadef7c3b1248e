package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
)

// hashDomain keeps these hashes apart from any other use of SHA-256, and names the version of the encoding.
const hashDomain = "causeway ledger entry 1"

// Hash chains e to the entry before it, whose hash is prev; the first entry has a prev of zeros. It is the SHA-256 of
//
//	prev (32 bytes), then the fields: hashDomain, ID, and for each posting: account, asset, value
//
// where each field is its length in bytes (8 bytes, big-endian) followed by its bytes, the asset is money.Asset.String and
// the value money.Amount.Value, signed. The order of postings means nothing, so they are sorted by account, asset and value.
func Hash(prev [32]byte, e Entry) [32]byte {
	postings := make([][3]string, len(e.Postings))
	for i, p := range e.Postings {
		postings[i] = [3]string{string(p.Account), p.Amount.Asset().String(), p.Amount.Value()}
	}
	slices.SortFunc(postings, func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })

	digest := sha256.New()
	digest.Write(prev[:])
	writeFields(digest, hashDomain, e.ID)
	for _, p := range postings {
		writeFields(digest, p[:]...)
	}
	return [32]byte(digest.Sum(nil))
}

// writeFields puts the length before each field, so that no two lists of fields have the same bytes.
func writeFields(digest hash.Hash, fields ...string) {
	for _, field := range fields {
		digest.Write(binary.BigEndian.AppendUint64(nil, uint64(len(field))))
		digest.Write([]byte(field))
	}
}
