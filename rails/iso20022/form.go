package iso20022

import (
	"errors"
	"fmt"
	"strconv"
)

var (
	// ErrMissing is returned when an element that the message needs is absent or empty.
	ErrMissing = errors.New("is missing")
	// ErrRepeated is returned when an element that stands once, or one of a choice, stands several times: readers would
	// disagree about which of them counts.
	ErrRepeated = errors.New("stands more than once")
	// ErrNoPlace is returned when something is set that this message cannot say. It is not left out silently.
	ErrNoPlace = errors.New("has no place in this message")
)

// FaultsMax is how many faults of a message are named.
const FaultsMax = 20

// form is one element while it is filled in or read. The same calls, in the order of the schema, do either: a part is told
// of the element's name, and gives or takes its content.
type form struct {
	node    *node
	reading bool
	parent  *form
	index   int // of an element that may stand several times, from 1
	faults  []error
}

// part gives or takes the content of one element.
type part func(*form)

// fault notes what is wrong with the element.
func (f *form) fault(err error) {
	if len(f.faults) < FaultsMax {
		f.faults = append(f.faults, fmt.Errorf("%s: %w", f.path(), err))
	}
}

// path names the element for people: "GrpHdr/MsgId", "CdtTrfTxInf[2]/Amt".
func (f *form) path() string {
	name := f.node.name
	if f.index > 0 {
		name += "[" + strconv.Itoa(f.index) + "]"
	}
	if f.parent == nil || f.parent.parent == nil {
		return name
	}
	return f.parent.path() + "/" + name
}

func missing(name string) error { return fmt.Errorf("%s %w", name, ErrMissing) }

// may is an element that stands at most once.
func (f *form) may(name string, p part) { f.single(name, false, p) }

// must is an element that stands exactly once.
func (f *form) must(name string, p part) { f.single(name, true, p) }

// should is an element that is always written, and can be done without when it is read.
func (f *form) should(name string, p part) { f.single(name, !f.reading, p) }

func (f *form) single(name string, needed bool, p part) {
	if !f.reading {
		f.write(name, 0, needed, p)
		return
	}
	found := f.named(name)
	if len(found) > 1 {
		f.read(found[0], 0, func(c *form) { c.fault(ErrRepeated) })
		return
	}
	if len(found) == 0 || needed && found[0].empty() {
		if needed {
			f.fault(missing(name))
		}
		return
	}
	f.read(found[0], 0, p)
}

// first is an element that may stand several times, of which the first alone is of interest.
func (f *form) first(name string, p part) {
	if !f.reading {
		f.write(name, 0, false, p)
		return
	}
	if found := f.named(name); len(found) > 0 {
		f.read(found[0], 0, p)
	}
}

// many is an element that stands once for each item.
func many[T any](f *form, name string, items *[]T, visit func(*T, *form)) {
	if !f.reading {
		for i := range *items {
			f.write(name, i+1, true, func(c *form) { visit(&(*items)[i], c) })
		}
		return
	}
	for i, n := range f.named(name) {
		var item T
		f.read(n, i+1, func(c *form) { visit(&item, c) })
		*items = append(*items, item)
	}
}

// some is many with at least one item.
func some[T any](f *form, name string, items *[]T, visit func(*T, *form)) {
	many(f, name, items, visit)
	if len(*items) == 0 {
		f.fault(missing(name))
	}
}

// nowhere is content that other messages of the same type carry and this one does not.
func (f *form) nowhere(what string, p part) {
	c := form{node: new(node)}
	p(&c)
	if !f.reading && !c.node.empty() {
		f.fault(fmt.Errorf("%s %w", what, ErrNoPlace))
	}
}

// named returns the children of that name in the element's own namespace.
func (f *form) named(name string) []*node {
	var found []*node
	for _, kid := range f.node.kids {
		if kid.name == name && kid.space == f.node.space {
			found = append(found, kid)
		}
	}
	return found
}

func (f *form) read(n *node, index int, p part) {
	c := form{node: n, reading: true, parent: f, index: index}
	p(&c)
	f.adopt(c.faults)
}

// write adds the element when it has content. What is wrong with an element that has none does not matter.
func (f *form) write(name string, index int, needed bool, p part) {
	c := form{node: &node{space: f.node.space, name: name}, parent: f, index: index}
	p(&c)
	switch {
	case !c.node.empty():
		f.node.kids = append(f.node.kids, c.node)
		f.adopt(c.faults)
	case needed:
		f.fault(missing(name))
	}
}

func (f *form) adopt(faults []error) {
	f.faults = append(f.faults, faults[:min(len(faults), FaultsMax-len(f.faults))]...)
}
