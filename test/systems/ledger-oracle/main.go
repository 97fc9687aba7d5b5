// Ledger-oracle reads an exported ledger with the Go project's own transparency-log code, which shares nothing with ours.
//
//	ledger-oracle DIR PUBLIC-KEY < questions
//
// It opens the checkpoint, builds the tree from the entries alone, checks that the tiles give the same tree, and answers
// each line "inclusion INDEX SIZE", "consistency OLDER NEWER" or "root SIZE" with hex hashes. Exit 1: the export is bad.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func refuse(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

// C2SP tlog-tiles leaves the height out of the path and calls the data level "entries".
func path(tile tlog.Tile) string {
	return strings.Replace(strings.Replace(tile.Path(), "tile/8/", "tile/", 1), "tile/data/", "tile/entries/", 1)
}

type tiles struct{ dir string }

func (t tiles) Height() int { return 8 }
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(t.dir, path(tile)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	dir, key := os.Args[1], os.Args[2]
	verifier := must(note.NewVerifier(key))
	signed := must(note.Open(must(os.ReadFile(filepath.Join(dir, "checkpoint"))), note.VerifierList(verifier)))
	lines := strings.Split(signed.Text, "\n")
	if lines[0] != verifier.Name() {
		refuse("origin %q is not the key's", lines[0])
	}
	tree := tlog.Tree{N: must(strconv.ParseInt(lines[1], 10, 64)), Hash: must(tlog.ParseHash(lines[2]))}

	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for n := int64(0); n < tree.N; {
		width := int(min(256, tree.N-n))
		bundle := must(os.ReadFile(filepath.Join(dir, path(tlog.Tile{H: 8, L: -1, N: n / 256, W: width}))))
		for ; width > 0; width-- {
			length := int(binary.BigEndian.Uint16(bundle))
			stored = append(stored, must(tlog.StoredHashes(n, bundle[2:2+length], reader))...)
			bundle = bundle[2+length:]
			n++
		}
		if len(bundle) > 0 {
			refuse("bytes after the bundle before leaf %d", n)
		}
	}
	if root := must(tlog.TreeHash(tree.N, reader)); root != tree.Hash {
		refuse("the entries give root %v, the checkpoint says %v", root, tree.Hash)
	}
	// TileHashReader checks every tile it reads against the signed root.
	fromTiles := tlog.TileHashReader(tree, tiles{dir})
	for n := int64(0); n < tree.N; n++ {
		index := tlog.StoredHashIndex(0, n)
		if must(fromTiles.ReadHashes([]int64{index}))[0] != stored[index] {
			refuse("the tiles have another leaf %d", n)
		}
	}
	answer(reader)
}

func answer(reader tlog.HashReader) {
	questions := bufio.NewScanner(os.Stdin)
	for questions.Scan() {
		var what string
		var a, b int64
		fmt.Sscan(questions.Text(), &what, &a, &b)
		var hashes []tlog.Hash
		switch what {
		case "inclusion":
			hashes = must(tlog.ProveRecord(b, a, reader))
		case "consistency":
			hashes = must(tlog.ProveTree(b, a, reader))
		case "root":
			hashes = []tlog.Hash{must(tlog.TreeHash(a, reader))}
		default:
			refuse("unknown question %q", questions.Text())
		}
		texts := make([]string, len(hashes))
		for i, hash := range hashes {
			texts[i] = hex.EncodeToString(hash[:])
		}
		fmt.Println(strings.Join(texts, " "))
	}
}
