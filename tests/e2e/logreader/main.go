// Command logreader reads a Comity log, or verifies a receipt, without any of Comity's code: with Go's standard library and
// golang.org/x/mod/sumdb/{note,tlog}, from docs/formats alone. It is the second opinion of the tests.
//
//	logreader LOGDIR VKEY [POLICY]     every leaf, the tree, consistency, cosignatures
//	logreader receipt POLICY FILE      a receipt of docs/formats/receipts.md
//
// Exit status 0 and one line "ok ..." on success, 1 and the reason on refusal, 2 on wrong use.
package main

import (
	"fmt"
	"os"
)

func main() {
	args := os.Args[1:]
	var line string
	var err error
	switch {
	case len(args) == 3 && args[0] == "receipt":
		line, err = verifyReceiptFile(args[1], args[2])
	case len(args) == 2:
		line, err = verifyLog(args[0], args[1], "")
	case len(args) == 3:
		line, err = verifyLog(args[0], args[1], args[2])
	default:
		fmt.Fprintln(os.Stderr, "use: logreader LOGDIR VKEY [POLICY] | logreader receipt POLICY FILE")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "logreader:", err)
		os.Exit(1)
	}
	fmt.Println("ok", line)
}
