package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"regexp"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// receipt holds the parts of docs/formats/receipts.md in the order of the text.
type receipt struct {
	origin, found string
	class, key    string // of the object; "" for a record
	text          string // of the object; "" for nothing
	proof         stateProof
	leaf          string
	index         int64
	hashes        tlog.RecordProof
	checkpoint    string
}

type stateProof struct {
	depth     int
	bitmap    []byte
	siblings  []tlog.Hash
	terminal  string // leaf, other, empty
	otherKey  tlog.Hash
	otherText tlog.Hash
	roots     [5]tlog.Hash // objects rules ranges4 ranges6 asns
}

var classes = regexp.MustCompile(`^(charter|member|organisation|zone|domain|host)$`)
var keys = regexp.MustCompile(`^(registry|MEMBER-[A-Z0-9-]{1,28}|ORG-[A-Z0-9-]{1,28}|\.|([a-z0-9_-]{1,63}\.)+)$`)

// lines takes a text apart; the first failure stays in err.
type lines struct {
	rest string
	err  error
}

func (l *lines) fail(format string, args ...interface{}) {
	if l.err == nil {
		l.err = fmt.Errorf(format, args...)
	}
}

func (l *lines) line() string {
	end := strings.IndexByte(l.rest, '\n')
	if l.err != nil || end < 0 {
		l.fail("the text ends too early")
		return ""
	}
	line := l.rest[:end]
	l.rest = l.rest[end+1:]
	return line
}

func (l *lines) value(name string) string {
	line := l.line()
	if !strings.HasPrefix(line, name) || len(line) == len(name) {
		l.fail("%q expected, not %q", name, line)
		return ""
	}
	return line[len(name):]
}

func (l *lines) empty() {
	if line := l.line(); line != "" {
		l.fail("an empty line expected, not %q", line)
	}
}

func (l *lines) paragraph() string {
	var text strings.Builder
	for l.err == nil {
		line := l.line()
		if line == "" {
			break
		}
		text.WriteString(line + "\n")
	}
	if text.Len() == 0 {
		l.fail("a paragraph expected")
	}
	return text.String()
}

func (l *lines) hash(text string) tlog.Hash {
	hash, err := decodeHash(text)
	if err != nil {
		l.fail("%v", err)
	}
	return hash
}

func (l *lines) number(text string) int64 {
	number, err := decodeNumber(text)
	if err != nil {
		l.fail("%v", err)
	}
	return number
}

func parseReceipt(text string) (*receipt, error) {
	l := &lines{rest: text}
	r := &receipt{origin: l.value("comity/1 receipt ")}
	if strings.HasPrefix(l.rest, "object: ") {
		words := strings.SplitN(l.value("object: "), " ", 2)
		if len(words) != 2 || !classes.MatchString(words[0]) || !keys.MatchString(words[1]) {
			return nil, fmt.Errorf("object: no class and key")
		}
		r.class, r.key = words[0], words[1]
	}
	r.found = l.value("found: ")
	switch {
	case r.found == "record" && r.class == "":
		r.index = l.number(l.value("index: "))
		l.empty()
		end := strings.Index(l.rest, "\nc2sp.org/tlog-proof@v1\n")
		if end < 1 || l.err != nil {
			return nil, fmt.Errorf("no record and tlog-proof")
		}
		r.leaf = l.rest[:end]
		l.rest = l.rest[end+1:]
		if !strings.HasSuffix(r.leaf, "\n") {
			return nil, fmt.Errorf("the record does not end with a line feed")
		}
	case (r.found == "value" || r.found == "tombstone" || r.found == "nothing") && r.class != "":
		l.empty()
		if r.found != "nothing" {
			r.text = l.paragraph()
		}
		r.proof = l.stateProof()
		l.empty()
		r.leaf = l.paragraph()
	default:
		return nil, fmt.Errorf("found: %q", r.found)
	}
	l.tlogProof(r)
	return r, l.err
}

func (l *lines) stateProof() (p stateProof) {
	p.depth = int(l.number(l.value("depth: ")))
	if p.depth > 256 {
		l.fail("depth %d", p.depth)
		return p
	}
	if p.depth > 0 {
		bitmap, err := decode64(l.value("siblings: "), (p.depth+7)/8)
		if err != nil {
			l.fail("siblings: %v", err)
			return p
		}
		p.bitmap = bitmap
	}
	for i := 0; i < 8*len(p.bitmap); i++ {
		if !bit(p.bitmap, i) {
			continue
		}
		if i >= p.depth {
			l.fail("siblings: a bit past the depth")
			return p
		}
		p.siblings = append(p.siblings, l.hash(l.value("hash: ")))
	}
	words := strings.Split(l.value("terminal: "), " ")
	p.terminal = words[0]
	switch {
	case len(words) == 1 && (words[0] == "leaf" || words[0] == "empty"):
	case len(words) == 3 && words[0] == "other":
		p.otherKey, p.otherText = l.hash(words[1]), l.hash(words[2])
	default:
		l.fail("terminal: %q", words)
	}
	for i, name := range []string{"objects: ", "rules: ", "ranges4: ", "ranges6: ", "asns: "} {
		p.roots[i] = l.hash(l.value(name))
	}
	return p
}

func (l *lines) tlogProof(r *receipt) {
	if first := l.line(); first != "c2sp.org/tlog-proof@v1" {
		l.fail("a tlog-proof expected, not %q", first)
	}
	index := l.number(l.value("index "))
	if r.found == "record" && index != r.index {
		l.fail("two indexes")
	}
	r.index = index
	for l.err == nil {
		line := l.line()
		if line == "" {
			break
		}
		r.hashes = append(r.hashes, l.hash(line))
		if len(r.hashes) > 63 {
			l.fail("too many hashes")
		}
	}
	r.checkpoint = l.rest
}

func bit(bytes []byte, i int) bool { return bytes[i/8]>>(7-uint(i%8))&1 == 1 }

func sum(parts ...[]byte) (hash tlog.Hash) {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	h.Sum(hash[:0])
	return hash
}

// root climbs from the terminal to the root of the trie (docs/formats/state.md, "Proof").
func (p *stateProof) root(name, text string, present bool) (tlog.Hash, error) {
	var zero, node tlog.Hash
	key := sum([]byte(name))
	textHash := sum([]byte(text))
	switch {
	case p.terminal == "leaf" && present:
		node = sum([]byte{2}, key[:], textHash[:])
	case p.terminal == "other" && !present:
		if p.otherKey == key {
			return node, fmt.Errorf("terminal: the key itself")
		}
		for i := 0; i < p.depth; i++ {
			if bit(p.otherKey[:], i) != bit(key[:], i) {
				return node, fmt.Errorf("terminal: a key of another branch")
			}
		}
		node = sum([]byte{2}, p.otherKey[:], p.otherText[:])
	case p.terminal == "empty" && !present:
	default:
		return node, fmt.Errorf("terminal %q does not prove it", p.terminal)
	}
	if p.depth > 0 && !bit(p.bitmap, p.depth-1) {
		return node, fmt.Errorf("a shorter proof would do")
	}
	next := len(p.siblings)
	for i := p.depth - 1; i >= 0; i-- {
		sibling := zero
		if bit(p.bitmap, i) {
			next--
			if sibling = p.siblings[next]; sibling == zero {
				return node, fmt.Errorf("a sibling of zeros")
			}
		}
		if bit(key[:], i) {
			node = sum([]byte{3}, sibling[:], node[:])
		} else {
			node = sum([]byte{3}, node[:], sibling[:])
		}
	}
	return node, nil
}

// verifyState follows the object to the block record's state.
func (r *receipt) verifyState(size int64) error {
	if r.index != size-1 {
		return fmt.Errorf("the block record is leaf %d, not the last of %d", r.index, size)
	}
	l := &lines{rest: r.leaf}
	if l.line() != "comity/1 block "+r.origin {
		return fmt.Errorf("not a block record of %s", r.origin)
	}
	l.number(l.value("height: "))
	l.value("time: ")
	l.number(l.value("records: "))
	for strings.HasPrefix(l.rest, "effect: ") {
		l.line()
	}
	state := l.hash(l.value("state: "))
	if l.err != nil || l.rest != "" {
		return fmt.Errorf("block record: %v, rest %q", l.err, l.rest)
	}
	if r.found != "nothing" {
		object := strings.Split(r.text, "\n")
		if len(object) < 4 || object[0] != r.class+": "+r.key || !strings.HasPrefix(object[1], "version: ") {
			return fmt.Errorf("the object is not %s %s", r.class, r.key)
		}
		if strings.HasPrefix(object[2], "became: ") != (r.found == "tombstone") {
			return fmt.Errorf("the object is no %s", r.found)
		}
	}
	root, err := r.proof.root(r.class+":"+r.key, r.text, r.found != "nothing")
	if err != nil {
		return err
	}
	roots := &r.proof.roots
	if root != roots[0] {
		return fmt.Errorf("the path does not lead to 'objects'")
	}
	if sum([]byte{4}, roots[0][:], roots[1][:], roots[2][:], roots[3][:], roots[4][:]) != state {
		return fmt.Errorf("the five roots do not give 'state'")
	}
	return nil
}

func verifyReceiptFile(policyPath, path string) (string, error) {
	p, err := readPolicy(policyPath)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	r, err := parseReceipt(string(text))
	if err != nil {
		return "", err
	}
	tree, origin, err := openCheckpoint([]byte(r.checkpoint), p.verifiers...)
	if err != nil {
		return "", err
	}
	if origin != r.origin || (p.origin != "" && p.origin != origin) {
		return "", fmt.Errorf("origins differ: receipt %q, checkpoint %q, policy %q", r.origin, origin, p.origin)
	}
	asOf, cosigners, err := p.asOf()
	if err != nil {
		return "", err
	}
	if err := tlog.CheckRecord(r.hashes, tree.N, tree.Hash, r.index, tlog.RecordHash([]byte(r.leaf))); err != nil {
		return "", err
	}
	if r.found == "record" {
		head := strings.SplitN(r.leaf, "\n", 2)[0]
		words := strings.Split(head, " ")
		if len(words) != 3 || words[0] != "comity/1" || words[2] != r.origin {
			return "", fmt.Errorf("not a record of %s: %q", r.origin, head)
		}
		return fmt.Sprintf("found=record kind=%s index=%d size=%d as_of=%d cosignatures=%d", words[1], r.index, tree.N, asOf, cosigners), nil
	}
	if err := r.verifyState(tree.N); err != nil {
		return "", err
	}
	return fmt.Sprintf("found=%s object=%q size=%d as_of=%d cosignatures=%d", r.found, r.class+" "+r.key, tree.N, asOf, cosigners), nil
}
