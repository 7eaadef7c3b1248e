package store

import (
	"context"
	"errors"

	"github.com/pressly/goose/v3"
)

// MigrateTo makes the database that a release with only the migrations up to version would have left.
func MigrateTo(ctx context.Context, dsn string, version int64) error {
	db, err := connect(dsn, postgresConns)
	if err != nil {
		return err
	}
	err = db.migrate(ctx, func(p *goose.Provider, ctx context.Context) ([]*goose.MigrationResult, error) {
		return p.UpTo(ctx, version)
	})
	return errors.Join(err, db.Close())
}
