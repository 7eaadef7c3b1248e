package store

import (
	"context"

	"github.com/causeway-pay/causeway/breaker"
)

// SaveChannelFlag keeps an operator's decision on a channel, unless a newer one is kept already.
func (db *DB) SaveChannelFlag(ctx context.Context, f breaker.Flag) error {
	_, err := db.exec(ctx, `INSERT INTO channel_flags (channel, flag, at) VALUES (?, ?, ?)
		ON CONFLICT (channel) DO UPDATE SET flag = excluded.flag, at = excluded.at WHERE channel_flags.at <= excluded.at`,
		f.Channel, document(f), micros(f.At))
	return explain("save flag of "+f.Channel, err)
}

// ChannelFlags returns the operators' decisions.
func (db *DB) ChannelFlags(ctx context.Context) ([]breaker.Flag, error) {
	var flags []breaker.Flag
	err := db.documents(ctx, func(d *decoder, text string) {
		var f breaker.Flag
		d.document("flag", text, &f)
		flags = append(flags, f)
	}, `SELECT flag FROM channel_flags ORDER BY channel`)
	return flags, explain("channel flags", err)
}
