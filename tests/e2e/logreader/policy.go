package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// policy is what a C2SP tlog-policy file says, and the cosignature times of the checkpoint opened with it.
type policy struct {
	origin    string // from our header; "" in a policy from elsewhere
	logKeys   []string
	verifiers []note.Verifier
	keyNames  map[string]string // witness name -> key name
	groups    []group
	quorum    string
	times     map[string]int64 // by key name, filled by opening a checkpoint
}

type group struct {
	name    string
	k       int
	members []string
}

func readPolicy(path string) (*policy, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := &policy{keyNames: map[string]string{}, times: map[string]int64{}}
	for i, line := range strings.Split(string(data), "\n") {
		if err := p.readLine(i, line); err != nil {
			return nil, fmt.Errorf("%s:%d: %v", path, i+1, err)
		}
	}
	if p.quorum == "" {
		return nil, fmt.Errorf("%s: no quorum", path)
	}
	return p, nil
}

func (p *policy) readLine(number int, line string) error {
	if number == 0 && strings.HasPrefix(line, "# comity/1 policy ") {
		p.origin = strings.TrimPrefix(line, "# comity/1 policy ")
	}
	words := strings.Fields(line)
	if len(words) == 0 || strings.HasPrefix(words[0], "#") {
		return nil
	}
	switch {
	case words[0] == "log" && len(words) >= 2:
		verifier, err := note.NewVerifier(words[1])
		if err != nil {
			return err
		}
		p.logKeys = append(p.logKeys, words[1])
		p.verifiers = append(p.verifiers, verifier)
	case words[0] == "witness" && len(words) >= 3:
		verifier, err := newCosignatureVerifier(words[2], p.times)
		if err != nil {
			return err
		}
		for _, other := range p.verifiers {
			if same, ok := other.(*cosignatureVerifier); ok && same.key.Equal(verifier.key) {
				return fmt.Errorf("one key twice")
			}
		}
		p.keyNames[words[1]] = verifier.name
		p.verifiers = append(p.verifiers, verifier)
	case words[0] == "group" && len(words) >= 4:
		g := group{name: words[1], members: words[3:]}
		switch words[2] {
		case "any":
			g.k = 1
		case "all":
			g.k = len(g.members)
		default:
			k, err := strconv.Atoi(words[2])
			if err != nil || k < 1 || k > len(g.members) {
				return fmt.Errorf("threshold %q", words[2])
			}
			g.k = k
		}
		p.groups = append(p.groups, g)
	case words[0] == "quorum" && len(words) == 2 && p.quorum == "":
		p.quorum = words[1]
	default:
		return fmt.Errorf("cannot read %q", line)
	}
	return nil
}

// asOf gives the k-th largest time of the quorum, group by group, and how many witnesses cosigned.
func (p *policy) asOf() (time int64, cosigners int, err error) {
	times := map[string]int64{"none": 0}
	for name, keyName := range p.keyNames {
		if t, ok := p.times[keyName]; ok {
			times[name] = t
			cosigners++
		}
	}
	for _, g := range p.groups {
		var known []int64
		for _, member := range g.members {
			if t, ok := times[member]; ok {
				known = append(known, t)
			}
		}
		if len(known) >= g.k {
			sort.Slice(known, func(i, j int) bool { return known[i] > known[j] })
			times[g.name] = known[g.k-1]
		}
	}
	time, ok := times[p.quorum]
	if !ok {
		return 0, cosigners, fmt.Errorf("quorum %s: only %d cosignatures", p.quorum, cosigners)
	}
	return time, cosigners, nil
}
