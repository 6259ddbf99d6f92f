package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8
const tileWidth = 1 << tileHeight

// tilesOnDisk reads C2SP tlog-tiles paths: tile/<L>/<N>[.p/<W>], bundles under tile/entries/.
type tilesOnDisk struct{ dir string }

func (t tilesOnDisk) Height() int                                { return tileHeight }
func (t tilesOnDisk) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (t tilesOnDisk) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := t.read(fmt.Sprint(tile.L), tile.N, tile.W)
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %d/%d holds %d bytes, not %d hashes", tile.L, tile.N, len(data), tile.W)
		}
		all = append(all, data[:tile.W*tlog.HashSize])
	}
	return all, nil
}

// read gives the file of the wanted width, or the full one, which may have replaced it.
func (t tilesOnDisk) read(level string, n int64, width int) ([]byte, error) {
	name := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	path := filepath.Join(t.dir, "tile", level, name)
	if width < tileWidth {
		data, err := os.ReadFile(fmt.Sprintf("%s.p/%d", path, width))
		if err == nil || !os.IsNotExist(err) {
			return data, err
		}
	}
	return os.ReadFile(path)
}

// readBundle splits an entry bundle into at least width leaves and returns the first width.
func (t tilesOnDisk) readBundle(n int64, width int) ([][]byte, error) {
	data, err := t.read("entries", n, width)
	if err != nil {
		return nil, err
	}
	var leaves [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("bundle %d is cut off in leaf %d", n, len(leaves))
		}
		size := int(binary.BigEndian.Uint16(data))
		leaves = append(leaves, data[2:2+size])
		data = data[2+size:]
	}
	if len(leaves) < width || len(leaves) > tileWidth {
		return nil, fmt.Errorf("bundle %d holds %d leaves, not %d", n, len(leaves), width)
	}
	return leaves[:width], nil
}

func verifyLog(dir, vkey, policyPath string) (string, error) {
	logVerifier, err := note.NewVerifier(vkey)
	if err != nil {
		return "", err
	}
	verifiers := []note.Verifier{logVerifier}
	var p *policy
	if policyPath != "" {
		if p, err = readPolicy(policyPath); err != nil {
			return "", err
		}
		if len(p.logKeys) != 1 || p.logKeys[0] != vkey {
			return "", fmt.Errorf("the policy's log key is another one")
		}
		verifiers = p.verifiers
	}
	text, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return "", err
	}
	tree, origin, err := openCheckpoint(text, verifiers...)
	if err != nil {
		return "", err
	}
	if origin != logVerifier.Name() {
		return "", fmt.Errorf("origin %q is not the key's name", origin)
	}
	cosigners := 0
	if p != nil {
		if _, cosigners, err = p.asOf(); err != nil {
			return "", err
		}
	}
	if tree.N < 1 {
		return "", fmt.Errorf("the log is empty")
	}
	tiles := tilesOnDisk{dir}
	hashes := tlog.TileHashReader(tree, tiles)
	if err := checkLeaves(tree, tiles, hashes); err != nil {
		return "", err
	}
	if err := checkGrowth(tree, hashes); err != nil {
		return "", err
	}
	return fmt.Sprintf("size=%d root=%v cosignatures=%d", tree.N, tree.Hash, cosigners), nil
}

// checkLeaves compares every leaf with its hash in the authenticated tiles, builds the tree again from the leaves alone,
// and proves some of them one by one.
func checkLeaves(tree tlog.Tree, tiles tilesOnDisk, hashes tlog.HashReader) error {
	var stored []tlog.Hash
	storedReader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var list []tlog.Hash
		for _, i := range indexes {
			list = append(list, stored[i])
		}
		return list, nil
	})
	for first := int64(0); first < tree.N; first += tileWidth {
		width := tileWidth
		if tree.N-first < tileWidth {
			width = int(tree.N - first)
		}
		leaves, err := tiles.readBundle(first/tileWidth, width)
		if err != nil {
			return err
		}
		var indexes []int64
		for i := range leaves {
			indexes = append(indexes, tlog.StoredHashIndex(0, first+int64(i)))
		}
		inTiles, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, leaf := range leaves {
			index := first + int64(i)
			if tlog.RecordHash(leaf) != inTiles[i] {
				return fmt.Errorf("leaf %d is not the one in the tiles", index)
			}
			more, err := tlog.StoredHashes(index, leaf, storedReader)
			if err != nil {
				return err
			}
			stored = append(stored, more...)
			if index%97 != 0 && index != tree.N-1 {
				continue
			}
			proof, err := tlog.ProveRecord(tree.N, index, hashes)
			if err != nil {
				return err
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, inTiles[i]); err != nil {
				return fmt.Errorf("leaf %d: %v", index, err)
			}
		}
	}
	root, err := tlog.TreeHash(tree.N, storedReader)
	if err == nil && root != tree.Hash {
		err = fmt.Errorf("the leaves give the root %v, the checkpoint says %v", root, tree.Hash)
	}
	return err
}

// checkGrowth proves that trees of some smaller sizes are prefixes of this one.
func checkGrowth(tree tlog.Tree, hashes tlog.HashReader) error {
	for _, old := range []int64{1, tree.N / 3, tree.N / 2, tree.N - 1} {
		if old < 1 || old >= tree.N {
			continue
		}
		oldRoot, err := tlog.TreeHash(old, hashes)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(tree.N, old, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, oldRoot); err != nil {
			return fmt.Errorf("size %d to %d: %v", old, tree.N, err)
		}
	}
	return nil
}
