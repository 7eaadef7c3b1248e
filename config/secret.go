package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
)

// Secret is text that is never printed. In the file it stands as env:NAME, file:PATH or, in test mode, as it is.
type Secret string

// hidden is printed instead.
const hidden = "(secret)"

// String hides the secret.
func (Secret) String() string { return hidden }

// Format hides the secret from every verb, %d and %#v included.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the secret from logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret from JSON and the like.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// reveal replaces references to secrets by what they refer to.
func (c *Config) reveal(j *judge, environ []string) {
	for i := range c.Channels {
		ch := &c.Channels[i]
		for name, secret := range map[string]*Secret{"secret": &ch.Secret, "callback_secret": &ch.CallbackSecret} {
			revealed, err := secret.resolve(environ, ch.Mode)
			j.require(err == nil, fmt.Sprintf("channels[%d].%s", i, name), "%v", err)
			*secret = revealed
		}
	}
}

// resolve returns what s refers to. Its errors never hold a secret, not even one that was mistaken for a reference.
func (s Secret) resolve(environ []string, mode string) (Secret, error) {
	if name, ok := strings.CutPrefix(string(s), "env:"); ok {
		i := slices.IndexFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, name+"=") })
		if i < 0 || name == "" {
			return "", errors.New("the environment has no such variable")
		}
		return Secret(strings.TrimPrefix(environ[i], name+"=")), nil
	}
	if path, ok := strings.CutPrefix(string(s), "file:"); ok {
		text, err := read(path)
		return Secret(strings.TrimSpace(string(text))), err
	}
	if s != "" && mode == "live" {
		return "", errors.New("must be env:NAME or file:PATH in live mode")
	}
	return s, nil
}

// read returns the content of a file of at most fileMax bytes. Its errors do not repeat the path.
func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, fileMax+1))
	if err != nil {
		return nil, withoutPath(err)
	}
	if len(content) > fileMax {
		return nil, fmt.Errorf("the file is longer than %d bytes", fileMax)
	}
	return content, nil
}

func withoutPath(err error) error {
	if at, ok := errors.AsType[*os.PathError](err); ok {
		return at.Err
	}
	return err
}
