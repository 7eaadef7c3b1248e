package iso20022

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	// ErrBadText is returned when a text is longer than its element holds, or has control characters or blanks at its ends.
	ErrBadText = errors.New("text does not fit its element")
	// ErrBadCode is returned when a code is none of those that its element has, or cannot be a code.
	ErrBadCode = errors.New("not a code of this element")
	// ErrBadFlag is returned when a yes or no is neither.
	ErrBadFlag = errors.New("neither true nor false")
	// ErrBadNumber is returned when a count is not a plain number of at most 15 digits.
	ErrBadNumber = errors.New("not a plain number")
)

// The lengths of the texts of ISO 20022, in characters.
const (
	referenceMax  = 35
	remittanceMax = 140
	nameMax       = 140
	noteMax       = 500
)

// leaf returns the text of an element that has no children.
func (f *form) leaf() string {
	if len(f.node.kids) > 0 {
		f.fault(fmt.Errorf("%w: it has elements", ErrBadText))
	}
	return f.node.text
}

// text is free text. Banks write more than fits, so its length is only held against what we write.
func text(most int, s *string) part {
	return func(f *form) {
		if f.reading {
			*s = f.leaf()
			return
		}
		f.node.text = *s
		f.writable(most)
	}
}

func (f *form) writable(most int) { f.check(checkText(most, f.node.text)) }

// checkText checks that a text fits its element, as it is.
func checkText(most int, s string) error {
	switch {
	case utf8.RuneCountInString(s) > most:
		return fmt.Errorf("%w: more than %d characters", ErrBadText, most)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, uncarried):
		return fmt.Errorf("%w: a character that XML does not carry", ErrBadText)
	case trim(s) != s:
		return fmt.Errorf("%w: blanks at its ends", ErrBadText)
	}
	return nil
}

// checkSwift checks that a text fits its element, and has no character but those of the Swift X set.
func checkSwift(most int, s string) error { return errors.Join(CheckX(s), checkText(most, s)) }

// checkLine does the same with a line of free text. One without any cannot be written.
func checkLine(most int, s string) error {
	if s == "" {
		return fmt.Errorf("%w: an empty line", ErrBadText)
	}
	return checkSwift(most, s)
}

// uncarried reports whether a character is lost or changed on its way through XML.
func uncarried(r rune) bool {
	return r < ' ' || r >= 0x7F && r < 0xA0 || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError
}

// reference is a reference that another party gave. A longer one than fits would have been cut, and is refused.
func reference(s *string) part {
	return func(f *form) {
		text(referenceMax, s)(f)
		if f.reading && utf8.RuneCountInString(*s) > referenceMax {
			f.fault(fmt.Errorf("%w: more than %d characters", ErrBadText, referenceMax))
		}
	}
}

// id is an identifier that the sender gives: see [CheckID].
func id(s *string) part {
	return func(f *form) {
		reference(s)(f)
		if !f.reading && *s != "" {
			f.check(CheckID(*s))
		}
	}
}

// checked is a text that is held against its standard when it is written.
func checked(s *string, check func(string) error) part {
	return func(f *form) {
		text(nameMax, s)(f)
		if !f.reading && *s != "" {
			f.check(check(*s))
		}
	}
}

func (f *form) check(err error) {
	if err != nil {
		f.fault(err)
	}
}

// uetr is a unique end-to-end transaction reference. Some systems write its digits in capitals, which are the same.
func uetr(s *string) part {
	return func(f *form) {
		if f.reading {
			*s = strings.ToLower(f.leaf())
		}
		f.node.text = *s
		if *s != "" {
			f.check(CheckUETR(*s))
		}
	}
}

var codeGrammar = regexp.MustCompile(`^[A-Z0-9]{1,4}$`)

// code is a code of one to four capitals and digits.
func code[T ~string](s *T) part {
	return func(f *form) {
		if f.reading {
			*s = T(f.leaf())
		}
		f.node.text = string(*s)
		if *s != "" && !codeGrammar.MatchString(string(*s)) {
			f.fault(fmt.Errorf("%.20q: %w", *s, ErrBadCode))
		}
	}
}

var currencyGrammar = regexp.MustCompile(`^[A-Z]{3}$`)

// currency is the code of a currency beside which no amount stands.
func currency(s *string) part {
	return func(f *form) {
		text(3, s)(f)
		if *s != "" && !currencyGrammar.MatchString(*s) {
			f.fault(fmt.Errorf("%.20q: %w", *s, ErrBadCode))
		}
	}
}

// oneOf is a code of a closed list.
func oneOf[T ~string](s *T, codes ...T) part {
	return func(f *form) {
		if f.reading {
			*s = T(f.leaf())
		}
		f.node.text = string(*s)
		if *s != "" && !slices.Contains(codes, *s) {
			f.fault(fmt.Errorf("%.20q: %w", *s, ErrBadCode))
		}
	}
}

// constant is an element that has only one content here.
func constant(s string) part { return oneOf(&s, s) }

// mark is a yes that is left out when it is no.
func mark(b *bool) part {
	return func(f *form) {
		if f.reading || *b {
			flag(b)(f)
		}
	}
}

// flag is a yes or no.
func flag(b *bool) part {
	return func(f *form) {
		if !f.reading {
			f.node.text = strconv.FormatBool(*b)
			return
		}
		switch f.leaf() {
		case "true", "1":
			*b = true
		case "false", "0":
			*b = false
		default:
			f.fault(fmt.Errorf("%.20q: %w", f.node.text, ErrBadFlag))
		}
	}
}

var numberGrammar = regexp.MustCompile(`^[0-9]{1,15}$`)

// number is a count or sequence number; zero is left out.
func number(n *int) part {
	return func(f *form) {
		if !f.reading {
			if *n != 0 {
				f.node.text = strconv.Itoa(*n)
			}
			return
		}
		value, err := strconv.Atoi(f.leaf())
		if err != nil || !numberGrammar.MatchString(f.node.text) {
			f.fault(fmt.Errorf("%.20q: %w", f.node.text, ErrBadNumber))
			return
		}
		*n = value
	}
}

// texts are elements of free text that may stand several times.
func texts(f *form, name string, most int, items *[]string) {
	many(f, name, items, func(s *string, c *form) { text(most, s)(c) })
}
