package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// decode64 reads strict base64 of exactly n bytes (any number if n < 0).
func decode64(text string, n int) ([]byte, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("base64 %q: %v", text, err)
	}
	// Go's decoder passes over CR and LF; one text per value is what the formats ask for.
	if base64.StdEncoding.EncodeToString(data) != text || (n >= 0 && len(data) != n) {
		return nil, fmt.Errorf("base64 %q: not the text of %d bytes", text, n)
	}
	return data, nil
}

func decodeHash(text string) (hash tlog.Hash, err error) {
	data, err := decode64(text, tlog.HashSize)
	copy(hash[:], data)
	return hash, err
}

// decodeNumber reads a decimal without sign or leading zeros, at most 2^62.
func decodeNumber(text string) (int64, error) {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < 0 || value > 1<<62 || strconv.FormatInt(value, 10) != text {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return value, nil
}

// cosignatureVerifier is a note.Verifier for keys of type 0x04: C2SP tlog-cosignature, "cosignature/v1".
type cosignatureVerifier struct {
	name  string
	id    uint32
	key   ed25519.PublicKey
	times map[string]int64 // time of each verified cosignature, by key name
}

func (v *cosignatureVerifier) Name() string    { return v.name }
func (v *cosignatureVerifier) KeyHash() uint32 { return v.id }
func (v *cosignatureVerifier) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(sig)
	if time > 253402300799 {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, msg)
	if !ed25519.Verify(v.key, []byte(signed), sig[8:]) {
		return false
	}
	v.times[v.name] = int64(time)
	return true
}

func newCosignatureVerifier(vkey string, times map[string]int64) (*cosignatureVerifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("vkey %q: not three parts", vkey)
	}
	data, err := decode64(parts[2], 1+ed25519.PublicKeySize)
	if err != nil {
		return nil, err
	}
	if data[0] != 4 {
		return nil, fmt.Errorf("vkey %q: type %d is no cosignature", vkey, data[0])
	}
	sum := sha256.Sum256([]byte(parts[0] + "\n" + string(data)))
	id := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", id) != parts[1] {
		return nil, fmt.Errorf("vkey %q: wrong key id", vkey)
	}
	return &cosignatureVerifier{parts[0], id, data[1:], times}, nil
}

// openCheckpoint opens a checkpoint note by the log's key and the cosigners' and returns its tree and origin.
func openCheckpoint(text []byte, verifiers ...note.Verifier) (tree tlog.Tree, origin string, err error) {
	opened, err := note.Open(text, note.VerifierList(verifiers...))
	if err != nil {
		return tree, "", err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return tree, "", fmt.Errorf("checkpoint: not exactly three lines")
	}
	if tree.N, err = decodeNumber(lines[1]); err != nil {
		return tree, "", fmt.Errorf("checkpoint size: %v", err)
	}
	if tree.Hash, err = decodeHash(lines[2]); err != nil {
		return tree, "", fmt.Errorf("checkpoint root: %v", err)
	}
	for _, sig := range opened.Sigs {
		if sig.Name == lines[0] {
			return tree, lines[0], nil
		}
	}
	return tree, "", fmt.Errorf("checkpoint of %s has no signature of the log's key", lines[0])
}
